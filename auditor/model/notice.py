"""Notices: what somebody is to hear of, and what the store remembers of having told it."""

from enum import StrEnum

from msgspec import Struct

from auditor.model.rule import Severity


class NoticeKind(StrEnum):
    """What a notice is about; the values are those of ``on`` in the configuration."""

    FAILURE = "failures"
    """A rule fails that did not fail when the channel was last told."""
    REGRESSION = "regressions"
    """A change made a rule fail."""
    CERTIFICATE = "certificates"
    """A rule about the signing certificate fails: it expires, has expired, or will not do."""
    UNREADABLE = "unreadable"
    """A tenant could not be read, or not wholly."""


class Notice(Struct, frozen=True):
    """One thing to tell. ``key`` is its identity over time, within the tenant and the kind."""

    kind: NoticeKind
    tenant_id: str
    tenant: str
    """The tenant's name, as configured."""
    key: str
    severity: Severity
    rule: str
    """Ids of the rules, or the sources that could not be read; empty where there are none."""
    told: str
    """What it is, in words of ours: a rule's title, a property's path, a cause. Never a value that was observed."""
    subject: str
    """Name of the application, which is the tenant's own text; empty where there is none."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Tenant, kind and key: what one channel is told once."""
        return self.tenant_id, self.kind.value, self.key


class Remembered(Struct, frozen=True):
    """A notice in the store. ``told_at`` is None while it has yet to be delivered."""

    notice: Notice
    first_at: str
    told_at: str | None = None
