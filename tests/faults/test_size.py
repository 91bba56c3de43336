"""Row 21: very many assignments, very many other apps, a very long name: bounded memory, and every list with its count.

The figures of full size are those of ``make bench``; these are as large as a test's time allows.
"""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator

import pytest

from auditor.emulator import Emulator
from auditor.emulator.generate import tenants
from auditor.model.evidence import Known
from auditor.model.finding import TenantStatus
from auditor.model.result import ScanResult, TenantResult
from auditor.report import render
from tests.faults.conftest import Lab, NewLab
from tests.scan.conftest import NOW

ASSIGNED = 10_000
OTHERS = 60_000
LONG = "Ω" * 150_000
"""A display name of 300 KB in UTF-8."""


@pytest.fixture(scope="module")
def large() -> Iterator[Emulator]:
    """A tenant with very many assignments, and one with very many other apps."""
    crowded, spread = tenants(1, assignments=ASSIGNED), tenants(2, service_principals=OTHERS)[1:]
    with Emulator([*crowded, *spread], now=lambda: NOW) as running:
        yield running


@pytest.fixture
def crowd(large: Emulator, new_lab: NewLab) -> Lab:
    return new_lab(large)


def whole(result: TenantResult) -> ScanResult:
    return ScanResult(
        "s", "2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", "auditor", "1", (), result.verdict, (result,)
    )


@pytest.mark.fault(21)
def test_ten_thousand_assignments(crowd: Lab) -> None:
    result = crowd.scan(crowd.emulator.tenants[0].name)
    assert result.status is TenantStatus.COMPLETE
    assert result.snapshot is not None
    (instance,) = result.snapshot.apps[0].present
    assert isinstance(instance.assignments, Known)
    assert len(instance.assignments.value) == ASSIGNED
    files = render(whole(result), ["json", "html", "csv"], now=NOW)
    page = files["report.html"].decode()
    assert "10,000" in page
    assert len(page) < 20_000_000, "a page shows some of a list and counts the rest"


@pytest.mark.fault(21)
def test_sixty_thousand_other_apps_cost_nothing(crowd: Lab) -> None:
    crowd.scan(crowd.emulator.tenants[1].name)  # what is loaded once is loaded
    tracemalloc.start()
    result = crowd.scan(crowd.emulator.tenants[1].name)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.status is TenantStatus.COMPLETE
    assert peak < 20 * 2**20
    assert len(crowd.emulator.graph_log) < 12


@pytest.mark.fault(21)
def test_a_name_of_300_kb_is_read_and_shown_within_bounds(lab: Lab) -> None:
    long = {"path": "/v1.0/servicePrincipals*", "action": "edit", "set": {"appRoles.displayName": LONG}}
    users = {"path": "/v1.0/users/*", "action": "edit", "set": {"displayName": LONG}}
    before = lab.scan("fabrikam")
    result = lab.scan("fabrikam", long, users)
    assert lab.struck
    assert {finding.fingerprint: finding.status for finding in result.findings} == {
        finding.fingerprint: finding.status for finding in before.findings
    }
    files = render(whole(result), ["json", "html", "csv"], now=NOW)
    assert json.loads(files["results.json"])["tenants"][0]["findings"]
    assert len(files["results.json"]) < 2**25
    rows = list(csv.reader(io.StringIO(files["findings.csv"].decode("utf-8-sig"), newline="")))
    assert len({len(row) for row in rows}) == 1
    assert len(files["report.html"]) < 2**25
