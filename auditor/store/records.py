"""What the store gives back beside whole results: short descriptions that need no snapshot."""

from msgspec import Struct

from auditor.model.finding import Verdict
from auditor.model.result import PackRef, TenantRef, TenantResult


class Counts(Struct, frozen=True):
    """Figures of one tenant's outcome, or sums over a scan's tenants."""

    tenants: int = 0
    compliant: int = 0
    non_compliant: int = 0
    unknown: int = 0
    """Tenants by verdict."""
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    info: int = 0
    """Open findings (failing, not waived) by severity."""
    not_assessed: int = 0
    waived: int = 0
    changes: int = 0
    regressions: int = 0

    @property
    def open(self) -> int:
        """Open findings of every severity."""
        return self.critical + self.high + self.medium + self.low + self.info


class ScanInfo(Struct, frozen=True):
    """One recorded scan. ``finished_at``, ``verdict`` and ``counts`` are None while it runs, and if it died."""

    id: str
    started_at: str
    finished_at: str | None
    verdict: Verdict | None
    tool_version: str
    packs: tuple[PackRef, ...]
    tenants: tuple[TenantRef, ...]
    """The tenants that were to be scanned."""
    counts: Counts | None


class Unfinished(Struct, frozen=True):
    """A scan that was begun and not finished: it runs, or it died and can be resumed."""

    scan: ScanInfo
    done: tuple[str, ...]
    """Ids of the tenants already recorded."""


class RecordedTenant(Struct, frozen=True):
    """One tenant's result, with the scan that it belongs to."""

    scan: str
    started_at: str
    finished_at: str | None
    result: TenantResult


class Head(Struct, frozen=True):
    """What a scan is recorded with when it begins."""

    tool_name: str
    tool_version: str
    packs: tuple[PackRef, ...]
    tenants: tuple[TenantRef, ...]
    options: dict[str, object] = {}
