"""Results to record, with something in every field that the store must give back."""

from __future__ import annotations

from typing import Any

import msgspec

from auditor.model.audit import AuditEvent
from auditor.model.canonical import canonical_hash
from auditor.model.drift import Actor, Attribution, Candidate, Change, ChangeKind, Drift, Effect, NotComparable
from auditor.model.evidence import Outcome, Unknown
from auditor.model.finding import (
    Finding,
    Status,
    Subject,
    TenantStatus,
    Verdict,
    WaiverNotice,
    fingerprint,
    verdict_of,
)
from auditor.model.result import CoverageEntry, PackRef, Permissions, TenantRef, TenantResult
from auditor.model.rule import Citation, Severity, Waiver
from auditor.model.snapshot import Snapshot
from auditor.store import Store
from tests.drift import sample as drifting

PACKS = (PackRef("gotomeeting", "1", "0" * 64, "GoToMeeting", ("GTM-SES-001",)),)
WAIVER = Waiver("R-2", "*", "*", "an.owner", "accepted", "T-1", "2027-01-01", "x")
GONE = Unknown("synchronizationJobs", Outcome.DENIED, "403", "Synchronization.Read.All")


def tenant_id(number: int) -> str:
    return f"{number:08}-1111-1111-1111-111111111111"


def snapshot(number: int = 1, relay: str = "https://global.gotomeeting.com") -> Snapshot:
    document = drifting.document()
    document["tenantId"] = tenant_id(number)
    drifting.service_principal(document)["samlSingleSignOnSettings"] = {"relayState": relay}
    return msgspec.convert(document, Snapshot)


def finding(rule: str, status: Status, number: int = 1, reason: str = "", waiver: Waiver | None = None) -> Finding:
    return Finding(
        rule=rule,
        title=f"Title of {rule}",
        severity=Severity.HIGH,
        status=status,
        subject=Subject("application", drifting.SP, "GoToMeeting"),
        expected="a",
        observed="b",
        reason=reason,
        citation=Citation("d", "s", "5.a", "https://example.test", "2022-11-21"),
        controls={"nist-800-53r5": ("CM-6",)},
        remedy=None,
        fingerprint=fingerprint(tenant_id(number), rule, drifting.SP),
        pack="gotomeeting",
        group="saml",
        risk="…",
        guidance="…",
        waiver=waiver,
        causes=(GONE,) if status is Status.UNKNOWN else (),
    )


def result(
    number: int = 1,
    *,
    relay: str = "https://global.gotomeeting.com",
    days: int = 28,
    statuses: tuple[Status, ...] = (Status.PASS, Status.FAIL, Status.UNKNOWN),
    drift: Drift | None = None,
    request: str = "r-1",
    at: str = "2026-11-22T12:00:00Z",
) -> TenantResult:
    """A tenant's result; ``request``, ``at`` and ``days`` are what differs between scans of an unchanged tenant."""
    findings = tuple(
        finding(f"R-{place}", status, number, f"The certificate expires 2026-12-20, in {days} days; 1 day of grace.")
        for place, status in enumerate(statuses, 1)
    )
    findings = (*findings, finding("R-9", Status.FAIL, number, waiver=WAIVER))
    content = snapshot(number, relay)
    return TenantResult(
        tenant=TenantRef(tenant_id(number), f"tenant {number}", "global", "GoToMeeting"),
        status=TenantStatus.PARTIAL,
        verdict=verdict_of(findings),
        coverage=(
            CoverageEntry(
                "servicePrincipal",
                "GET /servicePrincipals/x",
                Outcome.OK,
                None,
                "Application.Read.All",
                request,
                "a" * 64,
                at,
                2,
            ),
            CoverageEntry(
                "synchronizationJobs", "GET /x/jobs", Outcome.DENIED, "403", "Synchronization.Read.All", None, None, at
            ),
        ),
        findings=findings,
        snapshot=content,
        snapshot_sha256=canonical_hash(content),
        permissions=Permissions(("Application.Read.All",), ("Application.Read.All", "Synchronization.Read.All")),
        drift=drift,
        notices=(WaiverNotice("lapsing", WAIVER, "lapses in 30 days"),),
        warnings=("a warning",),
        started_at=at,
        finished_at=at,
    )


def failed(number: int = 1) -> TenantResult:
    return TenantResult(
        tenant=TenantRef(tenant_id(number), f"tenant {number}", "global"),
        status=TenantStatus.FAILED,
        verdict=Verdict.UNKNOWN,
        coverage=(),
        findings=(finding("R-1", Status.UNKNOWN, number),),
        snapshot=None,
        snapshot_sha256=None,
        cause="sign-in was refused",
    )


def drift(before: str | None = "s-1", after: str = "s-2", *, changed: bool = True) -> Drift:
    actor = Actor("user", "admin@contoso.example", "u-1", "203.0.113.7")
    change = Change(
        Subject("application", drifting.SP, "GoToMeeting"),
        "servicePrincipal.loginUrl",
        ChangeKind.CHANGED,
        None,
        "https://x",
        Effect.REGRESSION,
        Attribution.MATCHED,
        actor,
        "2026-11-22T11:00:00Z",
        "e-1",
        ("GTM-SAML-003",),
        (Candidate("e-1", "2026-11-22T11:00:00Z", "Update service principal", actor, "c-1", "because"),),
    )
    gap = NotComparable("synchronizationJobs", "synchronizationJobs", "403", "after")
    times = (before, "2026-11-21T12:00:00Z", after, "2026-11-22T12:00:00Z")
    return Drift(*times, (change,), (gap,)) if changed else Drift(*times)


def event(ident: str = "e-1") -> AuditEvent:
    return AuditEvent(
        id=ident, activity_display_name="Update service principal", activity_date_time="2026-11-22T11:00:00Z"
    )


def begin(store: Store, scan: str, at: str, numbers: tuple[int, ...] = (1,), **options: Any) -> None:
    store.begin_scan(
        scan,
        started_at=at,
        tool_name="auditor",
        tool_version="0.1.0",
        packs=PACKS,
        tenants=[TenantRef(tenant_id(number), f"tenant {number}", "global") for number in numbers],
        options=options,
    )


def whole(store: Store, scan: str, at: str, *results: TenantResult) -> None:
    """Record a finished scan."""
    begin(store, scan, at, tuple(range(1, len(results) + 1)))
    for one in results:
        store.record_tenant(scan, one)
    store.finish_scan(scan, finished_at=at, verdict=Verdict.NON_COMPLIANT)
