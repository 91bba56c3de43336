"""The result of a scan: what results.json, the reports and the exit code are made from."""

from typing import Any

from msgspec import Struct

from auditor.model.drift import Drift
from auditor.model.evidence import Outcome
from auditor.model.finding import Finding, TenantStatus, Verdict, WaiverNotice
from auditor.model.lifecycle import TenantHistory, TrendPoint
from auditor.model.snapshot import Snapshot


class TenantRef(Struct, frozen=True):
    """A tenant as the configuration names it."""

    id: str
    name: str
    cloud: str
    product: str | None = None
    """The product whose RelayState the configuration declares."""


class CoverageEntry(Struct, frozen=True):
    """One request of a scan and how it ended. ``cause`` is set for every outcome but ``ok``."""

    source: str
    request: str
    outcome: Outcome
    cause: str | None
    permission: str | None
    request_id: str | None
    sha256: str | None
    """SHA-256 of the body as received; None where no body came."""
    at: str | None = None
    """When the answer came, by the network's clock."""
    attempts: int = 1


class RawBody(Struct, frozen=True):
    """A body as received, kept for the evidence bundle."""

    sha256: str
    body: bytes


class Permissions(Struct, frozen=True):
    """What the token carries, against what the catalogue needs. ``held`` is None where the token could not be read."""

    held: tuple[str, ...] | None
    needed: tuple[str, ...]
    write: tuple[str, ...] = ()
    """Held permissions that can write: a warning."""
    delegated: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Needed permissions that the token does not name; a directory role can still give what they give."""
        return () if self.held is None else tuple(name for name in self.needed if name not in self.held)


class TenantResult(Struct, frozen=True):
    """One tenant's part of a scan. ``snapshot`` is None where the tenant failed before anything was read."""

    tenant: TenantRef
    status: TenantStatus
    verdict: Verdict
    coverage: tuple[CoverageEntry, ...]
    findings: tuple[Finding, ...]
    snapshot: Snapshot | None
    snapshot_sha256: str | None
    permissions: Permissions | None = None
    drift: Drift | None = None
    """None where there is nothing to compare with."""
    notices: tuple[WaiverNotice, ...] = ()
    warnings: tuple[str, ...] = ()
    cause: str | None = None
    """Why the tenant failed, where it did."""
    started_at: str | None = None
    finished_at: str | None = None
    history: TenantHistory | None = None
    """None where no history was asked. It follows from the recorded scans, and is no part of what is recorded."""


class PackRef(Struct, frozen=True):
    """Which rules were asked."""

    id: str
    version: str
    sha256: str
    title: str = ""
    skipped: tuple[str, ...] = ()


class ScanResult(Struct, frozen=True):
    """A whole scan. Times are RFC 3339 in UTC, by the clock that rules and reports see."""

    id: str
    started_at: str
    finished_at: str
    tool_name: str
    tool_version: str
    packs: tuple[PackRef, ...]
    verdict: Verdict
    tenants: tuple[TenantResult, ...]
    options: dict[str, Any] = {}
    trend: tuple[TrendPoint, ...] | None = None
    """The last scans, the earliest first, up to and including this one; None where no history was asked."""
    warnings: tuple[str, ...] = ()
    """What went wrong beside the scan and concerns no one tenant: a notification that was not delivered."""


def scan_verdict(tenants: tuple[TenantResult, ...]) -> Verdict:
    """The verdict over tenants: non-compliant wins, then unknown (a failed tenant is unknown; none at all, too)."""
    verdicts = {
        Verdict.UNKNOWN
        if tenant.status is TenantStatus.FAILED and tenant.verdict is Verdict.COMPLIANT
        else tenant.verdict
        for tenant in tenants
    }
    if Verdict.NON_COMPLIANT in verdicts:
        return Verdict.NON_COMPLIANT
    if not verdicts or Verdict.UNKNOWN in verdicts:
        return Verdict.UNKNOWN
    return Verdict.COMPLIANT
