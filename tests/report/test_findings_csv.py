"""findings.csv: every finding a row, stable columns, safe cells."""

from __future__ import annotations

import csv
import io

import pytest

from auditor.model.result import ScanResult
from auditor.report import render
from auditor.report.findings_csv import COLUMNS
from tests.report import samples
from tests.report.hostile import PAYLOAD, Builder


def rows(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_every_finding_of_every_tenant_has_its_row(name: str) -> None:
    result = samples.ALL[name]()
    found = rows(render(result, ["csv"], now=samples.NOW)["findings.csv"])
    given = sorted((t.tenant.id, f.rule, f.status.value, f.fingerprint) for t in result.tenants for f in t.findings)
    assert sorted((row["tenant_id"], row["rule"], row["status"], row["fingerprint"]) for row in found) == given
    assert all(None not in row and None not in row.values() for row in found)


def test_the_first_columns_are_these() -> None:
    assert COLUMNS[:10] == (
        "scan", "finished_at", "tenant_id", "tenant", "tenant_status", "rule", "title", "severity", "status", "waived",
    )  # fmt: skip
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_a_waiver_and_what_an_unknown_waits_for_are_told() -> None:
    waived = [
        row
        for row in rows(render(samples.drifted(), ["csv"], now=samples.NOW)["findings.csv"])
        if row["waived"] == "yes"
    ]
    assert [(row["rule"], row["status"], row["waiver_owner"]) for row in waived] == [
        ("SAML-ACC-004", "fail", "Nestor Wilke")
    ]
    unknown = [
        row
        for row in rows(render(samples.partial(), ["csv"], now=samples.NOW)["findings.csv"])
        if row["status"] == "unknown"
    ]
    assert unknown
    assert {row["unknown_permissions"] for row in unknown} == {"Policy.Read.All"}


@pytest.mark.parametrize("unread", [False, True])
@pytest.mark.parametrize("text", [PAYLOAD, "=1+1", "@SUM(A1)", " +1", "\t-1", "\r=1", "\n=1", "\uff1d1"])
@pytest.mark.fault(15)
def test_no_cell_of_a_hostile_scan_is_a_formula(text: str, unread: bool) -> None:
    data = render(Builder(text, unread=unread).build(ScanResult), ["csv"], now=samples.NOW)["findings.csv"]
    cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in row]
    assert len(cells) > 2 * len(COLUMNS)
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))]
    assert not any(character in cell for cell in cells for character in "\x00\x1b\u202e\u2066\r\t")
