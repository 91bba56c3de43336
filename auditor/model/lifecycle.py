"""What became of findings over time: new, recurring, continuing, resolved, or not settled; and a scan's figures.

A status of unknown settles nothing: what could not be read has neither gone nor come back.
"""

from enum import StrEnum

from msgspec import Struct

from auditor.model.finding import Status


class Lifecycle(StrEnum):
    """A failing finding's standing against earlier scans of its tenant."""

    NEW = "new"
    """Fails now, and was never seen to fail before."""
    RECURRING = "recurring"
    """Fails now, did not when it was last assessed, and failed before that."""
    CONTINUING = "continuing"
    """Fails now, and failed when it was last assessed."""
    RESOLVED = "resolved"
    """Failed when it was last assessed, and no longer does."""
    UNSETTLED = "unsettled"
    """Failed when it was last assessed; this scan could not assess it, or had its rule out of scope."""


class Stretch(Struct, frozen=True):
    """A run of scans in which a finding failed, with none between that saw it do otherwise."""

    since: str
    """When the first of them was finished, RFC 3339 in UTC."""
    scans: int
    """How many saw it fail; those that could not assess it are not counted."""


class FindingHistory(Struct, frozen=True):
    """What earlier scans of a tenant said, by fingerprint.

    A status of unknown settles nothing, so it takes no part: ``last_settled`` is the last one that is not. A finding
    that a later scan no longer lists, though it assessed the rule, is settled by that: it is not in ``last_settled``.
    """

    last_settled: dict[str, Status] = {}
    rules: dict[str, str] = {}
    """The rule of each fingerprint in ``last_settled``."""
    ever_failed: frozenset[str] = frozenset()
    stretches: dict[str, Stretch] = {}
    """For each whose last settled status is a failure, the run of scans that ends there."""
    first_failed: dict[str, str] = {}
    """For each that ever failed, when that was first seen."""
    scans: int = 0
    """How many finished scans of the tenant these are."""


class Standing(Struct, frozen=True):
    """A finding that fails now, or did when it was last assessed, against earlier scans of its tenant."""

    lifecycle: Lifecycle
    first_seen: str
    """When it was first seen to fail, RFC 3339 in UTC."""
    failing_since: str
    """Beginning of the run of failures that this scan continues, begins or ends."""
    scans: int
    """Scans of that run that saw it fail, this one included where it does."""


class Gone(Struct, frozen=True):
    """A finding that failed when it was last assessed, and that this scan does not list."""

    fingerprint: str
    rule: str
    standing: Standing


class TrendPoint(Struct, frozen=True):
    """The figures of one finished scan, or of one tenant in it, as they were recorded."""

    scan: str
    at: str
    """When it was finished, RFC 3339 in UTC."""
    tenants: int
    compliant: int
    non_compliant: int
    unknown: int
    """Tenants by verdict."""
    critical: int
    high: int
    medium: int
    low: int
    info: int
    """Open findings (failing, not waived) by severity."""
    not_assessed: int
    waived: int

    @property
    def open(self) -> int:
        """Open findings of every severity."""
        return self.critical + self.high + self.medium + self.low + self.info


class TenantHistory(Struct, frozen=True):
    """What the history says of one tenant's result. It has only what was recorded, and not yet pruned."""

    earlier_scans: int
    """Finished scans of the tenant before this one."""
    standings: dict[str, Standing] = {}
    """By fingerprint of the findings that this scan lists."""
    gone: tuple[Gone, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    """The last scans of the tenant, the earliest first, up to and including this one."""
