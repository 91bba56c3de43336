"""Scan results for the tests of the reports, made by the real rules from the healthy tenant of the rules' examples."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from auditor.evaluate import Evaluator
from auditor.model.canonical import canonical_hash
from auditor.model.drift import Actor, Attribution, Candidate, Change, ChangeKind, Drift, Effect, NotComparable
from auditor.model.evidence import Outcome, Unknown
from auditor.model.finding import Finding, Status, Subject, TenantStatus
from auditor.model.lifecycle import Gone, Lifecycle, Standing, TenantHistory, TrendPoint
from auditor.model.result import (
    CoverageEntry,
    PackRef,
    Permissions,
    ScanResult,
    TenantRef,
    TenantResult,
    scan_verdict,
)
from auditor.model.rule import Severity, Waiver
from tests.rules import examples

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT = "2026-11-22T12:00:00Z"
INSTANCE = "aaaaaaaa-0000-4000-8000-000000000001"
NEEDED = (
    "Application.Read.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "GroupMember.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Synchronization.Read.All",
    "User.Read.All",
)
DENIED = {
    "unknown": {
        "source": "conditionalAccessPolicies",
        "outcome": "denied",
        "cause": "The service refused it: the token lacks the permission.",
        "permission": "Policy.Read.All",
    }
}
FAILURE = Unknown("token", Outcome.FAILED, "Sign-in was refused: the client secret has expired (AADSTS7000222).")


@cache
def evaluator() -> Evaluator:
    return Evaluator([examples.pack()])


def patched(**changes: Any) -> dict[str, Any]:
    """The healthy tenant with values put at dotted places (written with ``__`` for each dot)."""
    return examples.patched(
        examples.Example(why="", set={place.replace("__", "."): value for place, value in changes.items()})
    )


def scan(*tenants: TenantResult, scan_id: str = "20261122T120000Z-5eed0001") -> ScanResult:
    pack = examples.pack()
    return ScanResult(
        id=scan_id,
        started_at=AT,
        finished_at=AT,
        tool_name="auditor",
        tool_version="0.1.0",
        packs=(PackRef(pack.id, pack.version, pack.sha256, pack.title, pack.skipped),),
        verdict=scan_verdict(tenants),
        tenants=tenants,
    )


def tenant_result(
    tenant: dict[str, Any],
    *,
    waivers: tuple[Waiver, ...] = (),
    drift: Drift | None = None,
    status: TenantStatus = TenantStatus.COMPLETE,
    permissions: Permissions | None = None,
    warnings: tuple[str, ...] = (),
) -> TenantResult:
    snapshot = examples.snapshot_of(tenant)
    ref = examples.tenant_of(tenant)
    assessment = evaluator().assess(snapshot, tenant=ref, waivers=waivers, now=NOW)
    return TenantResult(
        tenant=ref,
        status=status,
        verdict=assessment.verdict,
        coverage=coverage(denied=status is TenantStatus.PARTIAL),
        findings=assessment.findings,
        snapshot=snapshot,
        snapshot_sha256=canonical_hash(snapshot),
        permissions=permissions or Permissions(held=NEEDED, needed=NEEDED),
        drift=drift,
        notices=assessment.notices,
        warnings=warnings,
        started_at=AT,
        finished_at=AT,
    )


def coverage(*, denied: bool = False) -> tuple[CoverageEntry, ...]:
    asked = (
        ("organization", "GET /organization?$select=id,displayName,assignedPlans", "Organization.Read.All"),
        ("applicationTemplates", "GET /applicationTemplates?$filter=displayName eq 'GoToMeeting'", None),
        (
            "servicePrincipals",
            "GET /servicePrincipals?$filter=servicePrincipalNames/any(n:n eq 'https://authentication.logmeininc.com/saml/sp')"
            "&$select=id,appId,displayName,accountEnabled,appRoleAssignmentRequired,loginUrl,replyUrls&$top=999",
            "Application.Read.All",
        ),
        ("servicePrincipal", f"GET /servicePrincipals/{INSTANCE}?$select=keyCredentials", "Application.Read.All"),
        (
            "applications",
            "GET /applications?$filter=appId eq 'bbbbbbbb-0000-4000-8000-000000000001'",
            "Application.Read.All",
        ),
        ("assignments", f"GET /servicePrincipals/{INSTANCE}/appRoleAssignedTo?$top=999", "Application.Read.All"),
        ("synchronizationJobs", f"GET /servicePrincipals/{INSTANCE}/synchronization/jobs", "Synchronization.Read.All"),
    )
    rows = [
        CoverageEntry(
            source=source,
            request=request,
            outcome=Outcome.OK,
            cause=None,
            permission=permission,
            request_id=f"00000000-aaaa-4000-8000-{number:012d}",
            sha256=f"{number:x}" * 64,
            at=AT,
        )
        for number, (source, request, permission) in enumerate(asked, start=1)
    ]
    if denied:
        rows.append(
            CoverageEntry(
                source="conditionalAccessPolicies",
                request="GET /identity/conditionalAccess/policies",
                outcome=Outcome.DENIED,
                cause="403 Authorization_RequestDenied: insufficient privileges",
                permission="Policy.Read.All",
                request_id="00000000-aaaa-4000-8000-000000000099",
                sha256=None,
                at=AT,
                attempts=2,
            )
        )
    return tuple(rows)


def healthy() -> ScanResult:
    drift = Drift("20261121T120000Z-5eed0000", "2026-11-21T12:00:00Z", "20261122T120000Z-5eed0001", AT)
    return scan(tenant_result(patched(), drift=drift))


def drifted_tenant() -> dict[str, Any]:
    """Three certificates, twenty assignments, and most of what can go wrong."""
    tenant = patched(
        tenant__id="22222222-2222-2222-2222-222222222222",
        tenant__name="fabrikam",
        instances__goto__application__identifierUris=["https://authentication.logmeininc.com/saml/sp/"],
        instances__goto__application__web__redirectUris=[
            "https://authentication.logmeininc.com/saml/acs",
            "http://login.citrixonline.com/saml/global.gotomeeting.com/acs",
        ],
        instances__goto__servicePrincipal__loginUrl="https://sso.fabrikam.example/start",
        instances__goto__servicePrincipal__samlSingleSignOnSettings={"relayState": "https://global.gotomeeting.com /"},
        instances__goto__servicePrincipal__appRoleAssignmentRequired=False,
        instances__goto__servicePrincipal__notificationEmailAddresses=[],
        instances__goto__notificationUsers={},
    )
    goto = tenant["instances"]["goto"]
    goto["certificates"] = {
        "SSO 2023": {"begins": "2023-12-20T00:00:00Z", "ends": "2026-12-20T00:00:00Z"},
        "SSO 2020": {"begins": "2020-06-01T00:00:00Z", "ends": "2023-06-01T00:00:00Z"},
        "Lab": {"begins": "2025-01-01T00:00:00Z", "ends": "2026-02-01T00:00:00Z"},
    }
    thumbprint = examples.certificate("SSO 2023", "", "")["keyCredentials"][0]["certificate"]["thumbprint"]
    goto["servicePrincipal"]["preferredTokenSigningKeyThumbprint"] = thumbprint
    role = "18d14569-c3bd-439b-9a66-3a2aee01d14f"
    names = ("Alex Wilber", "B.Simon", "Christie Cline", "Diego Siciliani", "Grady Archie", "Isaiah Langer")
    goto["assignments"] = [tenant["instances"]["goto"]["assignments"][1]]
    for number in range(19):
        person = f"dddddddd-0000-4000-8000-{number + 100:012d}"
        name = names[number] if number < len(names) else f"Sample Person {number + 1}"
        goto["assignments"].append(
            {
                **goto["assignments"][0],
                "id": f"as-{number + 10}",
                "appRoleId": role,
                "principalId": person,
                "principalType": "User",
                "principalDisplayName": name,
            }
        )
        tenant["principals"][person] = {
            "kind": "user",
            "displayName": name,
            "userPrincipalName": f"{name.lower().replace(' ', '.')}@fabrikam.example",
            "userType": "Guest" if number == 3 else "Member",
            "accountEnabled": number != 4,
        }
    return tenant


def drift() -> Drift:
    """A drift with a change of each kind, each effect and most attributions."""
    app = Subject("application", INSTANCE, "GoToMeeting")
    adele = Actor("user", "adele.vance@fabrikam.example", "dddddddd-0000-4000-8000-000000000001", "198.51.100.7")
    changes = (
        Change(
            app,
            "application.identifierUris[https://authentication.logmeininc.com/saml/sp/]",
            ChangeKind.ADDED,
            None,
            "https://authentication.logmeininc.com/saml/sp/",
            Effect.REGRESSION,
            Attribution.MATCHED,
            adele,
            "2026-11-22T08:14:09Z",
            "Directory_9f1c2d3e_A1B2C_123456",
            ("GTM-SAML-001",),
            (
                Candidate(
                    "Directory_9f1c2d3e_A1B2C_123456",
                    "2026-11-22T08:14:09Z",
                    "Update application",
                    adele,
                    "0c0ffee0-0000-4000-8000-000000000001",
                    "the target, the property and the value are the same",
                ),
            ),
        ),
        Change(
            app,
            "servicePrincipal.samlSingleSignOnSettings.relayState",
            ChangeKind.CHANGED,
            "https://global.gotomeeting.com",
            "https://global.gotomeeting.com /",
            Effect.REGRESSION,
            Attribution.NO_MATCHING_EVENT,
            rules=("GTM-SAML-004", "GTM-SAML-005"),
        ),
        Change(
            app,
            "application.owners[dddddddd-0000-4000-8000-000000000009]",
            ChangeKind.REMOVED,
            {"displayName": "Megan Bowen", "kind": "user"},
            None,
            Effect.NEUTRAL,
            Attribution.NO_PERMISSION,
        ),
        Change(
            app,
            "servicePrincipal.accountEnabled",
            ChangeKind.CHANGED,
            False,
            True,
            Effect.IMPROVEMENT,
            Attribution.OUTSIDE_RETENTION,
            rules=("SAML-ACC-001",),
        ),
    )
    return Drift(
        "20261121T120000Z-5eed0000",
        "2026-11-21T12:00:00Z",
        "20261122T120000Z-5eed0001",
        AT,
        changes,
        (NotComparable("conditionalAccessPolicies", "conditionalAccessPolicies", "403 was answered", "before"),),
    )


def point(day: int, tenants: int = 1, failing: int = 1, **figures: int) -> TrendPoint:
    """The figures of a scan at noon of that day of November 2026."""
    known = {"critical": 0, "high": 0, "medium": 0, "low": 0, "info": 0, "not_assessed": 0, "waived": 0} | figures
    verdicts = {"compliant": tenants - failing, "non_compliant": failing, "unknown": 0}
    return TrendPoint(f"scan-{day:02}", f"2026-11-{day:02}T12:00:00Z", tenants, **verdicts, **known)


def trend_of(tenant: TenantResult) -> tuple[TrendPoint, ...]:
    """Four scans: all well, one failure, less that could be read, and the present."""
    now = {
        severity.value: sum(finding.is_open and finding.severity is severity for finding in tenant.findings)
        for severity in Severity
    }
    return (
        point(1, failing=0),
        point(8, medium=1),
        point(15, critical=1, medium=2, not_assessed=3),
        point(22, **now, waived=1),
    )


def standing_of(number: int, finding: Finding) -> Standing | None:
    """Failing findings are new, recurring and continuing in turn; an unknown one is not settled; a pass is resolved."""
    if finding.status is Status.FAIL:
        return (
            Standing(Lifecycle.CONTINUING, "2026-11-08T12:00:00Z", "2026-11-08T12:00:00Z", 3),
            Standing(Lifecycle.NEW, AT, AT, 1),
            Standing(Lifecycle.RECURRING, "2026-11-08T12:00:00Z", AT, 1),
        )[number % 3]
    if finding.status is Status.UNKNOWN:
        return Standing(Lifecycle.UNSETTLED, "2026-11-08T12:00:00Z", "2026-11-15T12:00:00Z", 1)
    return None


def with_history(tenant: TenantResult) -> TenantResult:
    """The tenant after three earlier scans; the first rule that passes has been put right, and one finding is gone."""
    failing = [finding for finding in tenant.findings if finding.status in (Status.FAIL, Status.UNKNOWN)]
    told = {finding.fingerprint: standing_of(number, finding) for number, finding in enumerate(failing)}
    standings = {fingerprint: standing for fingerprint, standing in told.items() if standing is not None}
    resolved = Standing(Lifecycle.RESOLVED, "2026-11-08T12:00:00Z", "2026-11-08T12:00:00Z", 2)
    mended = next(finding for finding in tenant.findings if finding.status is Status.PASS)
    gone = (Gone("0" * 32, "SAML-URL-001", resolved),)
    return msgspec.structs.replace(
        tenant, history=TenantHistory(3, {**standings, mended.fingerprint: resolved}, gone, trend_of(tenant))
    )


def drifted() -> ScanResult:
    waiver = Waiver(
        rule="SAML-ACC-004",
        tenant="fabrikam",
        subject="*",
        owner="Nestor Wilke",
        reason="Partner trainers join as guests until the contract ends",
        ticket="CHG-1042",
        expires="2026-12-31",
        observed="",
    )
    tenant = drifted_tenant()
    found = tenant_result(tenant)
    observed = next(finding.observed for finding in found.findings if finding.rule == "SAML-ACC-004")
    waiver = msgspec.structs.replace(waiver, observed=observed)
    result = tenant_result(
        tenant,
        waivers=(waiver,),
        drift=drift(),
        permissions=Permissions(
            held=(*NEEDED, "Application.ReadWrite.All"), needed=NEEDED, write=("Application.ReadWrite.All",)
        ),
        warnings=("The access token can write (Application.ReadWrite.All); reading needs none of these.",),
    )
    told = with_history(result)
    return msgspec.structs.replace(scan(told), trend=trend_of(told))


def partial() -> ScanResult:
    tenant = patched(
        tenant__id="33333333-3333-3333-3333-333333333333",
        tenant__name="northwind",
        conditionalAccessPolicies=DENIED,
        tokenIssuancePolicies={"unknown": {**DENIED["unknown"], "source": "tokenIssuancePolicies"}},
        claimsMappingPolicies={"unknown": {**DENIED["unknown"], "source": "claimsMappingPolicies"}},
    )
    missing = tuple(name for name in NEEDED if name != "Policy.Read.All")
    return scan(
        tenant_result(tenant, status=TenantStatus.PARTIAL, permissions=Permissions(held=missing, needed=NEEDED))
    )


def failed_tenant(name: str = "adatum", tenant_id: str = "44444444-4444-4444-4444-444444444444") -> TenantResult:
    ref = TenantRef(id=tenant_id, name=name, cloud="global")
    assessment = evaluator().unassessed(ref, FAILURE)
    return TenantResult(
        tenant=ref,
        status=TenantStatus.FAILED,
        verdict=assessment.verdict,
        coverage=(),
        findings=assessment.findings,
        snapshot=None,
        snapshot_sha256=None,
        cause=FAILURE.cause,
        started_at=AT,
        finished_at=AT,
    )


def failed() -> ScanResult:
    return scan(failed_tenant())


def absent() -> ScanResult:
    """The app is not in the tenant."""
    tenant = patched(tenant__name="wingtip", tenant__id="55555555-5555-5555-5555-555555555555")
    tenant["instances"] = {}
    return scan(tenant_result(tenant))


def few() -> ScanResult:
    """The three tenants of a small organisation: healthy, drifted, partial."""
    result = scan(*(one().tenants[0] for one in (healthy, drifted, partial)))
    trend = (point(15, 2, medium=4), point(22, 3, critical=2, high=3, medium=5, low=1, info=1, not_assessed=4))
    return msgspec.structs.replace(result, trend=trend)


def fleet(size: int = 50) -> ScanResult:
    """``size`` tenants: some drifted, some partial, some failed, the rest healthy."""
    kinds = [healthy().tenants[0], drifted().tenants[0], partial().tenants[0], absent().tenants[0], failed_tenant()]
    pattern = (0, 1, 0, 2, 0, 0, 1, 0, 3, 0, 0, 2, 0, 0, 4, 0, 1)
    tenants = []
    for number in range(size):
        given = kinds[pattern[number % len(pattern)]]
        ref = msgspec.structs.replace(
            given.tenant, id=f"{number:08d}-0000-4000-8000-{number:012d}", name=f"contoso-{number + 1:03d}"
        )
        tenants.append(msgspec.structs.replace(given, tenant=ref))
    return scan(*tenants)


ALL: dict[str, Callable[[], ScanResult]] = {
    "healthy": healthy,
    "drifted": drifted,
    "partial": partial,
    "failed": failed,
    "absent": absent,
    "few": few,
    "fleet": fleet,
    "none": lambda: scan(),
}
