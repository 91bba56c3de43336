"""report.xlsx: typed cells that compute and link nothing, filters, a frozen header, and nothing lost without a word."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.evidence import Known
from auditor.model.finding import Status, Verdict
from auditor.model.result import ScanResult
from auditor.report import render, xlsx
from auditor.report.sheet import MOST_CHARACTERS, cell_text
from auditor.report.text import visible
from tests.report import samples
from tests.report.hostile import EVERY, Builder

SMALL = sorted(set(EVERY) - {"fleet"})
SHEETS = ["Summary", "Findings", "Drift", "Coverage", "Certificates", "Assignments", "Waivers"]


def data_of(result: ScanResult) -> bytes:
    return render(result, ["xlsx"], now=samples.NOW)["report.xlsx"]


def book_of(result: ScanResult) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data_of(result)))


def rows(sheet: Any, header: int = 1) -> list[dict[str, Any]]:
    titles = [cell.value for cell in sheet[header]]
    found = [dict(zip(titles, row, strict=True)) for row in sheet.iter_rows(min_row=header + 1, values_only=True)]
    return [row for row in found if any(value is not None for value in row.values())]


def tenants_of(book: Any) -> list[dict[str, Any]]:
    sheet = book["Summary"]
    header = next(cell.row for cell in sheet["A"] if cell.value == "Tenant")
    return rows(sheet, header)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.fault(15)
def test_no_cell_is_a_formula_or_a_link_and_the_sheets_are_these(name: str) -> None:
    data = data_of(EVERY[name]())
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == SHEETS
    kinds = Counter(cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row)
    assert set(kinds) <= {"s", "n", "d"}
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = parts.namelist()
        text = b"".join(parts.read(part) for part in names if part.startswith("xl/worksheets/"))
    assert not re.search(rb"<f[ >]|<hyperlink", text)
    assert not [part for part in names if re.search("external|connections|vba|hyperlink|embed", part, re.IGNORECASE)]


@pytest.mark.parametrize("name", ["few", "none"])
def test_lists_have_filters_and_a_frozen_header(name: str) -> None:
    book = book_of(EVERY[name]())
    for sheet in book:
        header = 1 if sheet.title != "Summary" else next(cell.row for cell in sheet["A"] if cell.value == "Tenant")
        assert sheet.freeze_panes == f"{'B' if sheet.title == 'Summary' else 'A'}{header + 1}"
        assert sheet.auto_filter.ref.startswith(f"A{header}:")


@pytest.mark.parametrize("name", [name for name in SMALL if name in samples.ALL])
def test_every_tenant_and_every_finding_has_its_row(name: str) -> None:
    result = EVERY[name]()
    book = book_of(result)
    told = [row for row in tenants_of(book) if row["Tenant"] != "none"]
    assert Counter(row["Tenant ID"] for row in told) == Counter(tenant.tenant.id for tenant in result.tenants)
    words = {
        Status.PASS: "Pass",
        Status.FAIL: "Fail",
        Status.UNKNOWN: "Unknown",
        Status.NOT_APPLICABLE: "Not applicable",
    }
    expected = Counter(
        (tenant.tenant.id, one.rule, "Waived" if one.waiver else words[one.status])
        for tenant in result.tenants
        for one in tenant.findings
    )
    found = Counter((row["Tenant ID"], row["Rule"], row["Status"]) for row in rows(book["Findings"]) if row["Rule"])
    assert found == expected
    for tenant in result.tenants:
        row = next(one for one in told if one["Tenant ID"] == tenant.tenant.id)
        assert row["Unknown"] == sum(one.status is Status.UNKNOWN for one in tenant.findings)
        assert (row["What was not read"] is None) == (tenant.status.value == "complete")


def test_a_scan_of_nothing_is_not_compliant() -> None:
    summary = book_of(msgspec.structs.replace(samples.scan(), verdict=Verdict.COMPLIANT))["Summary"]
    assert summary["B1"].value == "Not known"


def test_dates_are_dates_and_numbers_are_numbers() -> None:
    book = book_of(samples.drifted())
    certificates = rows(book["Certificates"])
    assert (certificates[0]["Role"], certificates[0]["Ends"]) == ("active", datetime(2026, 12, 20))
    assert certificates[0]["Days left"] == 28
    (waiver,) = [row for row in rows(book["Waivers"]) if row["State"] == "In force"]
    assert (waiver["Expires"], waiver["Days left"], waiver["Owner"]) == (datetime(2026, 12, 31), 39, "Nestor Wilke")
    assert rows(book["Drift"])[0]["When (UTC)"] == datetime(2026, 11, 22, 8, 14, 9)
    assert rows(book["Coverage"])[0]["Attempts"] == 1
    failing = [row for row in rows(book["Findings"]) if row["Status"] == "Fail"]
    assert all(isinstance(row["Failing since (UTC)"], datetime) for row in failing)


def test_what_could_not_be_compared_is_told_beside_the_changes() -> None:
    told = rows(book_of(samples.drifted())["Drift"])
    assert [row["Kind"] for row in told] == ["added", "changed", "removed", "changed", "not comparable"]
    assert "403 was answered" in told[-1]["Who"]


def test_unknown_certificates_and_assignments_are_rows_and_no_silence() -> None:
    book = book_of(Builder("text", unread=True).build(ScanResult))
    assert all("not known" in row["Note"] for row in rows(book["Certificates"]))
    assert all("not known" in row["Note"] for row in rows(book["Assignments"]))
    assert rows(book["Certificates"])
    assert rows(book["Assignments"])


def test_a_tenant_of_which_nothing_was_read_is_a_row_with_the_cause() -> None:
    book = book_of(samples.failed())
    for name in ("Certificates", "Assignments", "Coverage"):
        (row,) = rows(book[name])
        assert row["Tenant"] == "adatum"
        assert "AADSTS7000222" in row["Cause" if name == "Coverage" else "Note"]


def test_a_long_list_is_cut_and_its_length_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ASSIGNMENTS", 10)
    sheet = book_of(samples.drifted())["Assignments"]
    assert sheet.max_row == 12
    assert sheet["A12"].value == "The first 10 of 21 rows are here; results.json has them all."
    assert sheet.auto_filter.ref.endswith("11")


def test_a_thousand_assignments_of_an_instance_are_listed_and_the_rest_counted() -> None:
    result = samples.healthy()
    (tenant,) = result.tenants
    assert tenant.snapshot is not None
    (app,) = tenant.snapshot.apps
    instance = app.present[0]
    assert isinstance(instance.assignments, Known)
    many = Known(instance.assignments.value[:1] * 1200)
    instances = Known((msgspec.structs.replace(instance, assignments=many),))
    snapshot = msgspec.structs.replace(tenant.snapshot, apps=(msgspec.structs.replace(app, instances=instances),))
    tenants = (msgspec.structs.replace(tenant, snapshot=snapshot),)
    told = rows(book_of(msgspec.structs.replace(result, tenants=tenants))["Assignments"])
    assert len(told) == 1001
    assert "The first 1,000 of 1,200" in told[0]["Note"]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "\uff1d1", "=cmd|'/c calc'!A0"]


def cell_of(text: str) -> Any:
    """The cell in which the title of the first finding stands."""
    result = samples.absent()
    (tenant,) = result.tenants
    first = msgspec.structs.replace(tenant.findings[0], title=text)
    tenants = (msgspec.structs.replace(tenant, findings=(first,)),)
    return book_of(msgspec.structs.replace(result, tenants=tenants))["Findings"]["E2"]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.fault(15)
def test_what_looks_like_a_formula_is_text_that_stays_text(text: str) -> None:
    cell = cell_of(text)
    assert (cell.data_type, cell.value) == ("s", visible(text))
    assert cell.quotePrefix, "without it, editing the cell would make it compute"


@pytest.mark.parametrize("text", ["https://example.com/", "mailto:a@b", "12", "1e9", "TRUE", "2026-01-01", "_x0041_"])
def test_what_looks_like_something_else_is_the_text_it_is(text: str) -> None:
    cell = cell_of(text)
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text, None)


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(), min_size=1, max_size=60))
@pytest.mark.fault(15)
def test_any_text_reads_back_as_it_is_shown(text: str) -> None:
    assert (cell_of(text).value or "") == visible(text)


@pytest.mark.parametrize("character", ["a", "\U0001f600", "\u202e"])
def test_a_text_too_long_for_a_cell_is_cut_and_says_so(character: str) -> None:
    for length in (MOST_CHARACTERS - 1, MOST_CHARACTERS, MOST_CHARACTERS + 1, 70_000):
        cell = cell_text(character * length)
        assert len(cell.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
        whole = visible(character * length)
        assert cell == whole or cell.endswith(f"… [cut: {length:,} characters in all]")
        assert (cell == whole) == (len(whole.encode("utf-16-le")) // 2 <= MOST_CHARACTERS)


def test_the_same_scan_gives_the_same_bytes() -> None:
    data = data_of(samples.drifted())
    assert data == data_of(samples.drifted())
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-22T12:00:00Z" in parts.read("docProps/core.xml")


def test_wrapped_texts_have_the_height_that_they_need() -> None:
    """Not every program works out a row's height when it opens a file: lines would lie over each other."""
    sheet = book_of(samples.drifted())["Findings"]
    heights = [sheet.row_dimensions[row].height or 15 for row in range(2, sheet.max_row + 1)]
    assert max(heights) > 30
    assert all(height <= 180 for height in heights)
