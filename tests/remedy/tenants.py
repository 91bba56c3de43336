"""Tenants to plan for: the healthy tenant of the rules' examples with a patch, assessed by the shipped rules."""

from typing import Any

import msgspec

from auditor.model.canonical import canonical_hash
from auditor.model.finding import Finding, TenantStatus
from auditor.model.plan import Manual, Plan, Step
from auditor.model.result import PackRef, ScanResult, TenantResult, scan_verdict
from auditor.model.rule import Waiver
from auditor.remedy.planner import plan
from tests.rules import examples

AT = "2026-11-22T12:00:00Z"
SCAN = "20261122T120000Z-0a1b2c3d"
GOTO = "aaaaaaaa-0000-4000-8000-000000000001"
APPLICATION = "cccccccc-0000-4000-8000-000000000001"
ADELE = "dddddddd-0000-4000-8000-000000000001"


def tenant_result(
    changes: dict[str, Any] | None = None, *, unknown: tuple[str, ...] = (), waivers: tuple[Waiver, ...] = ()
) -> TenantResult:
    """The result of a scan of the healthy tenant with ``changes`` at dotted places and sources left unread."""
    example = examples.Example(why="", set=changes or {}, unknown=list(unknown))
    tenant = examples.patched(example)
    snapshot = examples.snapshot_of(tenant)
    assessment = examples.evaluator().assess(
        snapshot, tenant=examples.tenant_of(tenant), waivers=waivers, now=examples.now_of(tenant)
    )
    return TenantResult(
        tenant=examples.tenant_of(tenant),
        status=TenantStatus.COMPLETE,
        verdict=assessment.verdict,
        coverage=(),
        findings=assessment.findings,
        snapshot=snapshot,
        snapshot_sha256=canonical_hash(snapshot),
        finished_at=AT,
    )


def scan_result(*tenants: TenantResult) -> ScanResult:
    """A scan of these tenants."""
    return ScanResult(
        id=SCAN,
        started_at=AT,
        finished_at=AT,
        tool_name="auditor",
        tool_version="0",
        packs=(PackRef(id="gotomeeting", version="1", sha256="0" * 64),),
        verdict=scan_verdict(tenants),
        tenants=tenants,
    )


def planned(changes: dict[str, Any] | None = None, **more: Any) -> Plan:
    """The plan for the healthy tenant with ``changes``."""
    return plan(tenant_result(changes, **more), scan=SCAN, at=AT)


def steps(found: Plan, remedy: str | None = None) -> list[Step]:
    """The scripted steps, of one remedy where it is named."""
    return [step for step in found.steps if isinstance(step, Step) and remedy in (None, step.remedy)]


def by_hand(found: Plan) -> list[Manual]:
    """The steps in words."""
    return [step for step in found.steps if isinstance(step, Manual)]


def with_findings(result: TenantResult, *findings: Finding) -> TenantResult:
    """``result`` with these findings in place of its own."""
    return msgspec.structs.replace(result, findings=findings)


BAD: dict[str, Any] = {
    "tenant.product": None,
    "instances.goto.application.identifierUris": ["https://login.citrixonline.com/saml/sp"],
    "instances.goto.application.web.redirectUris": ["https://a.example/acs", "https://b.example/acs"],
    "instances.goto.application.web.redirectUriSettings": [
        {"uri": "https://a.example/acs", "index": 1},
        {"uri": "https://b.example/acs", "index": 0},
    ],
    "instances.goto.application.passwordCredentials": [
        {"keyId": "0d0d0d0d-0000-4000-8000-000000000001", "displayName": "it's a secret", "customKeyIdentifier": None}
    ],
    "instances.goto.application.keyCredentials": [
        {
            "keyId": "0d0d0d0d-0000-4000-8000-000000000002",
            "usage": "Verify",
            "type": "AsymmetricX509Cert",
            "displayName": "CN=stray",
            "customKeyIdentifier": None,
        }
    ],
    "instances.goto.servicePrincipal.loginUrl": "https://sign-on.example/'$(id)",
    "instances.goto.servicePrincipal.samlSingleSignOnSettings.relayState": "https://“elsewhere”.example/${x}",
    "instances.goto.servicePrincipal.preferredSingleSignOnMode": "password",
    "instances.goto.servicePrincipal.notificationEmailAddresses": [],
    "instances.goto.servicePrincipal.accountEnabled": False,
    "instances.goto.servicePrincipal.appRoleAssignmentRequired": False,
    "instances.goto.servicePrincipalOwners": [],
    "principals.dddddddd-0000-4000-8000-000000000001.accountEnabled": False,
    "instances.goto.certificates": {
        "old": {"begins": "2022-01-01T00:00:00Z", "ends": "2025-01-01T00:00:00Z"},
        "current": {"begins": "2023-11-01T00:00:00Z", "ends": "2026-12-01T00:00:00Z"},
    },
    "instances.goto.servicePrincipal.preferredTokenSigningKeyThumbprint": None,
}
"""A tenant that needs every remedy but one; which one, the certificates decide."""


def bad(preferred: str | None = "current") -> dict[str, Any]:
    """``BAD`` with this certificate active."""
    changes = dict(BAD)
    thumbprint = None
    if preferred is not None:
        made = examples.certificate(preferred, AT, AT)["keyCredentials"][0]
        thumbprint = made["certificate"]["thumbprint"]
    changes["instances.goto.servicePrincipal.preferredTokenSigningKeyThumbprint"] = thumbprint
    return changes
