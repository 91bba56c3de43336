"""Row 20: dates of certificates as Graph may send them, and a clock that jumps, over a whole scan."""

from datetime import timedelta
from typing import Any

import pytest

from auditor.evaluate import Evaluator
from auditor.model.finding import Status, TenantStatus
from auditor.model.result import TenantResult
from tests.faults.conftest import Lab

SETTINGS = {"path": "/v1.0/servicePrincipals/*", "query": "[$]select=id,appId*", "action": "edit"}


def dated(start: Any, end: Any) -> dict[str, Any]:
    """The rule by which every key of the app is valid from ``start`` to ``end``."""
    kinds = ("keyCredentials", "passwordCredentials")
    changes = {
        f"{kind}.{name}": value for kind in kinds for name, value in (("startDateTime", start), ("endDateTime", end))
    }
    return {**SETTINGS, "set": changes}


def of(result: TenantResult, rule: str) -> set[Status]:
    return {finding.status for finding in result.findings if finding.rule == rule}


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    ("start", "end", "valid"),
    [
        ("2025-03-01T09:12:41Z", "2028-03-01T09:12:41Z", Status.PASS),
        ("2025-03-01T09:12:41.1234567Z", "2028-03-01T09:12:41.9999999Z", Status.PASS),
        ("2024-02-29T23:59:59Z", "2028-02-29T23:59:59Z", Status.PASS),
        ("2025-03-01T09:12:41+14:00", "9999-12-31T23:59:59.9999999Z", Status.PASS),
        ("2025-03-01T09:12:41Z", "2026-11-22T11:59:59.9999999Z", Status.FAIL),
        ("2027-01-01T00:00:00Z", "2029-01-01T00:00:00Z", Status.FAIL),
        ("0001-01-01T00:00:00Z", "2028-01-01T00:00:00Z", Status.UNKNOWN),
        ("2025-02-30T00:00:00Z", "yesterday", Status.UNKNOWN),
        (None, None, Status.PASS),  # the certificate itself tells
        (17, {}, Status.UNKNOWN),
    ],
    ids=str,
)
def test_a_certificate_s_dates(lab: Lab, start: Any, end: Any, valid: Status) -> None:
    result = lab.scan("contoso", dated(start, end))
    assert lab.struck
    assert result.status is TenantStatus.COMPLETE
    told = of(result, "SAML-CERT-001")
    assert told in ({valid}, {Status.NOT_APPLICABLE}) or valid is Status.UNKNOWN
    if valid is not Status.PASS:
        assert Status.PASS not in told, "what is not known to be valid does not pass"


@pytest.mark.fault(20)
@pytest.mark.parametrize("end", [None, "yesterday", "0001-01-01T00:00:00Z"])
def test_without_dates_and_without_the_key_no_certificate_passes(lab: Lab, end: Any) -> None:
    withheld = {**SETTINGS, "query": "[$]select=keyCredentials", "remove": ["keyCredentials.key"]}
    result = lab.scan("contoso", dated(None, end), withheld)
    assert lab.struck == 2
    assert Status.PASS not in of(result, "SAML-CERT-001")


@pytest.mark.fault(20)
@pytest.mark.parametrize("days", [-4_000, -1, 1, 2_900_000])
def test_a_clock_that_jumps_changes_statuses_and_no_facts(lab: Lab, days: int) -> None:
    result = lab.scan("contoso")
    moment = lab.now + timedelta(days=days)
    assert result.snapshot is not None
    found = Evaluator(lab.packs).assess(result.snapshot, tenant=result.tenant, now=moment)
    assert {finding.fingerprint for finding in found.findings} == {finding.fingerprint for finding in result.findings}
    assert all(finding.reason for finding in found.findings)
    told = {finding.status for finding in found.findings if finding.rule == "SAML-CERT-001"}
    assert told == ({Status.PASS} if abs(days) == 1 else {Status.FAIL})
