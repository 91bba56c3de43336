"""What an access token says of itself: its tenant, its permissions, and which of these can write.

A token's claims are read, not verified: Graph verifies them; here they are only told. Source: Microsoft identity
platform, "Access token claims reference"; Microsoft Graph permissions reference.
"""

import base64
import re

import msgspec

_READ_ONLY = re.compile(r"[A-Za-z-]+\.(Read|ReadBasic)(\.[A-Za-z-]+)?", re.ASCII)
_NO_ACCESS_TO_DATA = frozenset({"openid", "profile", "email", "offline_access"})


class TokenClaims(msgspec.Struct, frozen=True):
    """The claims that matter. ``roles`` are application permissions, ``scp`` delegated ones, space-separated."""

    tid: str | None = None
    roles: tuple[str, ...] = ()
    scp: str | None = None
    appid: str | None = None
    oid: str | None = None
    """Object id of who signed in: the user, or the application's service principal."""

    @property
    def delegated(self) -> bool:
        """True where the token acts for a signed-in user."""
        return self.scp is not None

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every permission that the token names, sorted."""
        return tuple(sorted({*self.roles, *(self.scp or "").split()}))


def read_claims(token: str) -> TokenClaims | None:
    """The claims of a JWT, or None where the token is opaque or not readable as one."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=TokenClaims)
    except (ValueError, msgspec.MsgspecError):
        return None


def can_write(permission: str) -> bool:
    """True unless the permission is known to read only.

    Graph has some ninety permissions whose names contain neither "Read" nor "Write" and that write all the same
    (``Mail.Send``, ``Group.Create``), so whatever is not plainly ``X.Read…`` counts as able to write.
    """
    return permission not in _NO_ACCESS_TO_DATA and _READ_ONLY.fullmatch(permission) is None
