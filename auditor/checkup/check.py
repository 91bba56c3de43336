"""One thing that was looked at, as a value."""

from msgspec import Struct


class Check(Struct, frozen=True):
    """``state`` is ``ok``, ``warning`` (a scan would be incomplete) or ``error`` (it could not run)."""

    what: str
    state: str
    told: str
    hint: str = ""
    tenant: str | None = None
    """Id of the tenant that it is about."""
    permission: str | None = None
    """The permission that is missing."""
    rules: tuple[str, ...] = ()
    """Ids of the rules that stay unknown without it."""
    url: str | None = None
    """A page that an administrator opens to put it right."""
    commands: tuple[str, ...] = ()
    """What an administrator runs to put it right."""
