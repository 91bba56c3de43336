"""Row 2: lists in pages, odd ones among them, are read whole and each member once, or are told as not read."""

from collections.abc import Iterator
from typing import Any

import pytest

from auditor.emulator import Emulator
from auditor.emulator.generate import tenants
from auditor.model.evidence import Known, Outcome
from auditor.model.finding import Status, TenantStatus
from auditor.model.result import TenantResult
from tests.faults import sweep
from tests.faults.conftest import Lab, NewLab
from tests.scan.conftest import NOW

ASSIGNED = 2_000
LIST = "/v1.0/servicePrincipals/*/appRoleAssignedTo"
FURTHER = "*skiptoken*"
OWN_RULES = sweep.RESTS["assignments"]


@pytest.fixture(scope="module")
def paged() -> Iterator[Emulator]:
    """One tenant whose assignments fill three pages."""
    with Emulator(tenants(1, assignments=ASSIGNED), now=lambda: NOW) as running:
        yield running


@pytest.fixture
def bench(paged: Emulator, new_lab: NewLab) -> Lab:
    return new_lab(paged)


def scan(bench: Lab, *rules: dict[str, Any], budget_s: float = 60) -> TenantResult:
    return bench.scan(bench.emulator.tenants[0].name, *rules, budget_s=budget_s)


def assigned(result: TenantResult) -> list[str]:
    """The principals of the assignments that were read."""
    assert result.snapshot is not None
    (instance,) = result.snapshot.apps[0].present
    assert isinstance(instance.assignments, Known)
    return sorted(str(one.principal_id) for one in instance.assignments.value)


def asked(bench: Lab) -> int:
    """How often the list, or a page of it, was asked for."""
    urls = [part.url for entry in bench.emulator.graph_log for part in entry.parts]
    urls += [entry.path for entry in bench.emulator.graph_log]
    return sum("/appRoleAssignedTo" in url for url in urls)


@pytest.mark.fault(2)
def test_every_page_is_read(bench: Lab) -> None:
    result = scan(bench)
    assert len(set(assigned(result))) == len(assigned(result)) == ASSIGNED
    assert asked(bench) == 3


@pytest.mark.fault(2)
@pytest.mark.parametrize(
    "fault",
    [
        {"action": "empty-page", "path": LIST, "times": 1},
        {"action": "empty-page", "path": LIST, "query": FURTHER, "times": 3},
        {"action": "repeat-page", "path": LIST, "times": 1},
        {"action": "repeat-page", "path": LIST, "query": FURTHER, "nth": 2, "times": 2},
        {"action": "expired-token", "path": LIST, "query": FURTHER, "nth": 2, "times": 1},
        {"action": "expired-token", "path": LIST, "query": FURTHER, "nth": 1, "times": 2},
    ],
    ids=["empty first", "empty later", "first again", "last twice again", "expired on the third", "expired twice"],
)
def test_an_odd_page_costs_nothing_and_adds_nothing(bench: Lab, fault: dict[str, Any]) -> None:
    whole = scan(bench)
    result = scan(bench, fault)
    assert bench.struck == fault["times"]
    assert assigned(result) == assigned(whole)
    assert (result.status, result.findings) == (TenantStatus.COMPLETE, whole.findings)
    assert result.snapshot_sha256 == whole.snapshot_sha256


@pytest.mark.fault(2)
@pytest.mark.parametrize(
    ("fault", "most"),
    [
        ({"action": "expired-token", "query": FURTHER}, 6),
        ({"action": "empty-page"}, 1_100),
        ({"action": "repeat-page", "query": FURTHER, "nth": 2}, 1_100),
    ],
    ids=["expired for ever", "empty for ever", "the same for ever"],
)
def test_a_list_that_never_ends_is_given_up_and_told(bench: Lab, fault: dict[str, Any], most: int) -> None:
    whole = scan(bench)
    result = scan(bench, {"path": LIST, **fault})
    assert asked(bench) <= most
    assert result.status is TenantStatus.PARTIAL
    told = [entry for entry in result.coverage if entry.outcome is not Outcome.OK]
    assert {entry.source for entry in told} == {"assignments"}
    assert all(entry.cause for entry in told)
    unknown = {finding.rule for finding in result.findings if finding.status is Status.UNKNOWN}
    assert unknown == OWN_RULES | {finding.rule for finding in whole.findings if finding.status is Status.UNKNOWN}
    before = {finding.fingerprint: finding for finding in whole.findings}
    for finding in result.findings:
        assert finding.rule in OWN_RULES or finding == before[finding.fingerprint]


@pytest.mark.fault(2)
def test_a_list_without_end_does_not_outlast_the_tenant_s_budget(bench: Lab) -> None:
    """Pages may be slow: then the time ends before the patience, and the tenant is not lost with it."""
    result = scan(bench, {"path": LIST, "action": "empty-page", "delay_s": 0.02}, budget_s=2)
    assert result.status is TenantStatus.PARTIAL
    assert result.snapshot is not None
    assert [entry for entry in result.coverage if entry.source == "assignments" and entry.outcome is not Outcome.OK]
