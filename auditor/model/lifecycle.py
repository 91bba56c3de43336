"""What became of a failing finding since earlier scans: new, recurring, continuing, resolved, or not settled."""

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


class FindingHistory(Struct, frozen=True):
    """What earlier scans of a tenant said, by fingerprint.

    A status of unknown settles nothing, so it takes no part: ``last_settled`` is the last one that is not.
    """

    last_settled: dict[str, Status] = {}
    rules: dict[str, str] = {}
    """The rule of each fingerprint in ``last_settled``."""
    ever_failed: frozenset[str] = frozenset()
