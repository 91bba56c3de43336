"""Rows 1, 3, 4 and 5: refusals, throttling, failed parts of batches, and the way out of the configured host."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from auditor.cli.exits import Exit
from auditor.emulator import Entry
from auditor.graph.catalogue import permission_of
from auditor.model.evidence import Outcome
from auditor.model.finding import Status, TenantStatus
from auditor.model.result import TenantResult
from tests.faults import sweep
from tests.faults.conftest import Lab

ENDPOINTS = {
    "servicePrincipal": {"path": "/v1.0/servicePrincipals/*", "query": "[$]select=id,appId*"},
    "application": {"path": "/v1.0/applications"},
    "servicePrincipalOwners": {"path": "/v1.0/servicePrincipals/*/owners"},
    "assignments": {"path": "*/appRoleAssignedTo"},
    "oauth2PermissionGrants": {"path": "*/oauth2PermissionGrants"},
    "synchronizationJobs": {"path": "*/synchronization/jobs"},
    "conditionalAccessPolicies": {"path": "/v1.0/identity/conditionalAccess/policies"},
    "tokenIssuancePolicies": {"path": "/v1.0/policies/tokenIssuancePolicies"},
    "users": {"path": "/v1.0/users/*"},
    "groups": {"path": "/v1.0/groups/*", "query": "[$]select=*"},
    "directoryAudits": {"path": "/v1.0/auditLogs/directoryAudits"},
}
"""Source → the requests that it is read with."""
CONDITIONAL_ACCESS = ENDPOINTS["conditionalAccessPolicies"]["path"]


def statuses(result: TenantResult) -> dict[str, set[Status]]:
    return {
        rule: {finding.status for finding in result.findings if finding.rule == rule}
        for rule in {finding.rule for finding in result.findings}
    }


@pytest.mark.fault(1)
@pytest.mark.parametrize("source", ENDPOINTS)
def test_one_endpoint_refuses(lab: Lab, source: str) -> None:
    whole = lab.scan("contoso")
    result = lab.scan("contoso", {**ENDPOINTS[source], "action": "status", "status": 403})
    assert lab.struck
    before, after = statuses(whole), statuses(result)
    changed = {rule for rule in before if before[rule] != after[rule]}
    assert changed <= sweep.RESTS[source] | (sweep.RESTS["applicationOwners"] if source == "application" else set())
    assert changed or source in ("directoryAudits", "servicePrincipalOwners")
    for finding in result.findings:
        if finding.rule in changed:
            assert finding.status is Status.UNKNOWN
            assert permission_of(source) in {cause.permission for cause in finding.causes}
            assert str(permission_of(source)) in finding.reason
    denied = [entry for entry in result.coverage if entry.outcome is Outcome.DENIED]
    assert {entry.source for entry in denied} == {source}
    assert all(entry.cause for entry in denied)
    assert result.status is TenantStatus.PARTIAL
    assert sweep.code_of(whole) is Exit.OK
    assert sweep.code_of(result) is Exit.NOT_ASSESSED


@pytest.mark.fault(1)
def test_findings_win_over_what_was_refused(lab: Lab) -> None:
    result = lab.scan("fabrikam", {"path": CONDITIONAL_ACCESS, "action": "status", "status": 403})
    assert sweep.code_of(result) is Exit.FINDINGS


@pytest.mark.fault(3)
@pytest.mark.parametrize(
    ("wish", "outcome"),
    [
        ({"retry_after": 1}, Outcome.OK),
        ({"retry_after": 0.4}, Outcome.OK),
        ({"retry_after": 315}, Outcome.OK),
        ({"retry_after_date_s": 90}, Outcome.OK),
        ({"retry_after_date_s": -90}, Outcome.OK),
        ({}, Outcome.OK),
        ({"retry_after": "soon"}, Outcome.OK),
        ({"retry_after": 86_400}, Outcome.THROTTLED),
        ({"retry_after_date_s": 86_400}, Outcome.THROTTLED),
    ],
    ids=str,
)
def test_a_retry_after_is_followed_where_the_budget_can_pay_for_it(
    lab: Lab, wish: dict[str, Any], outcome: Outcome
) -> None:
    times = 1 if wish.get("retry_after") == 315 else 2  # the budget is 400 s
    result = lab.scan(
        "contoso", {"path": CONDITIONAL_ACCESS, "times": times, "action": "status", "status": 429, **wish}
    )
    (entry,) = [one for one in result.coverage if one.source == "conditionalAccessPolicies"]
    assert entry.outcome is outcome
    if outcome is Outcome.OK:
        assert entry.attempts == times + 1
        assert result.status is TenantStatus.COMPLETE
    if outcome is Outcome.THROTTLED:
        assert entry.cause
        assert entry.attempts == 1
        assert result.status is TenantStatus.PARTIAL


@pytest.mark.fault(4)
@pytest.mark.parametrize(
    "fault", [{"status": 429, "retry_after": 2}, {"status": 429}, {"status": 503}, {"status": 500}]
)
def test_of_a_batch_the_failed_part_alone_is_asked_again(lab: Lab, fault: dict[str, Any]) -> None:
    whole = lab.scan("contoso")
    asked_before = parts_of(lab.emulator.graph_log)
    result = lab.scan("contoso", {"path": CONDITIONAL_ACCESS, "part": True, "times": 2, "action": "status", **fault})
    assert lab.struck == 2
    assert (result.status, result.findings) == (TenantStatus.COMPLETE, whole.findings)
    asked = parts_of(lab.emulator.graph_log)
    again = {url: asked[url] - asked_before.get(url, 0) for url in asked if asked[url] != asked_before.get(url, 0)}
    assert again == {"/identity/conditionalAccess/policies": 2}


def parts_of(log: list[Entry]) -> dict[str, int]:
    """Address → how often it was asked for, in batches and outside."""
    found: dict[str, int] = {}
    for entry in log:
        alone = [] if entry.path.endswith("/$batch") else [entry.path.removeprefix("/v1.0")]
        for url in (*alone, *(part.url for part in entry.parts)):
            found[url] = found.get(url, 0) + 1
    return found


@pytest.fixture
def elsewhere() -> Iterator[socket.socket]:
    """Another host on loopback, which accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.fault(5)
@pytest.mark.parametrize("action", ["next-link", "redirect"])
@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "127.0.0.1.:{port}", "localhost:{port}", "{own}@127.0.0.1:{port}"]
)
def test_nothing_leads_to_another_host(lab: Lab, elsewhere: socket.socket, action: str, host: str) -> None:
    whole = lab.scan("contoso")
    asked_before = parts_of(lab.emulator.graph_log)
    own = lab.emulator.graph_url.removeprefix("http://").replace(":", "%3A")
    there = host.format(port=elsewhere.getsockname()[1], own=own)
    result = lab.scan("contoso", {"path": "*/appRoleAssignedTo", "action": action, "to": f"http://{there}/v1.0/users"})
    with pytest.raises(BlockingIOError):
        elsewhere.accept()
    (entry,) = [one for one in result.coverage if one.outcome is not Outcome.OK]
    assert entry.source == "assignments"
    assert entry.cause
    told = {finding.rule for finding in result.findings if finding.status is Status.UNKNOWN}
    known = {finding.rule for finding in whole.findings if finding.status is Status.UNKNOWN}
    assert told - known == sweep.RESTS["assignments"]
    assert parts_of(lab.emulator.graph_log).items() <= asked_before.items()


@pytest.mark.fault(5)
def test_a_redirect_to_the_same_host_is_not_followed_either(lab: Lab) -> None:
    result = lab.scan("contoso", {"path": "/v1.0/organization", "action": "redirect", "to": "/v1.0/users"})
    assert [entry.source for entry in result.coverage if entry.outcome is not Outcome.OK] == ["organization"]
    assert not any(url.startswith("/users?") for url in parts_of(lab.emulator.graph_log) if "filter" not in url)


@pytest.mark.fault(5)
def test_a_redirect_of_a_whole_batch_is_not_followed(lab: Lab) -> None:
    result = lab.scan("contoso", {"path": "/v1.0/$batch", "action": "redirect", "to": "/v1.0/servicePrincipals"})
    assert result.status is TenantStatus.FAILED
    assert all(entry.method == "POST" for entry in lab.emulator.graph_log)


@pytest.mark.fault(5)
@pytest.mark.parametrize("name", ["contoso", "fabrikam", "northwind"])
def test_the_log_of_a_disturbed_scan_holds_reads_alone(lab: Lab, name: str) -> None:
    lab.scan(name, {"action": "status", "status": 503, "share": 0.3, "part": True}, {"action": "html", "share": 0.1})
    assert lab.struck
    for entry in lab.emulator.graph_log:
        assert (entry.method, entry.path) == ("POST", "/v1.0/$batch") if entry.parts else ("GET", entry.path)
        assert {part.method for part in entry.parts} <= {"GET"}
