"""What the reports say of findings over time, and of what mends them."""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import remedy
from auditor.model.baseline import Acceptance
from auditor.model.drift import Change, Drift
from auditor.model.lifecycle import Gone, Lifecycle, Standing, TenantHistory, TrendPoint
from auditor.model.plan import Remediation
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.report.build import build_view
from auditor.report.drift_page import Compared, render_drift_page
from auditor.report.trend import draw_trend
from auditor.report.view import FindingView, ReportView, TenantView
from auditor.report.words import Mark
from tests.report import samples
from tests.report.hostile import PAYLOAD, Builder

FIGURES = st.integers(0, 60)


def view_of(result: ScanResult, remediation: Remediation | None = None) -> ReportView:
    return build_view(result, now=samples.NOW, most_detailed=100, remediation=remediation)


def tenant_view(result: ScanResult, remediation: Remediation | None = None) -> TenantView:
    return view_of(result, remediation).tenants[0]


def card(tenant: TenantView, rule: str) -> FindingView:
    return next(finding for finding in tenant.findings if finding.rule == rule)


def changed(**fields: object) -> ScanResult:
    """The drifted tenant with fields of its own replaced."""
    result = samples.drifted()
    return msgspec.structs.replace(result, tenants=(msgspec.structs.replace(result.tenants[0], **fields),))


# -- since when ----------------------------------------------------------------------------------------------------


def test_a_failing_finding_says_since_when_and_for_how_many_scans() -> None:
    told = {card_.standing.key: card_.standing.text for card_ in tenant_view(samples.drifted()).findings
            if card_.standing}  # fmt: skip
    assert told == {
        "continuing": "Failing since 2026-11-08 (14 days ago), 3 scans.",
        "new": "New: no recorded scan before this one saw it fail.",
        "recurring": "Recurring: it failed before, first on 2026-11-08 (14 days ago), and had been put right.",
    }


def test_the_summary_counts_what_is_new_and_what_is_resolved() -> None:
    (sentence,) = tenant_view(samples.drifted()).since
    assert sentence == (
        "Of 14 failing findings, five are new, four came back and five go on. "
        "Two findings are resolved since the last scan that assessed them."
    )


def test_an_unread_finding_that_failed_before_is_not_called_resolved() -> None:
    tenant = samples.with_history(samples.partial().tenants[0])
    view = tenant_view(msgspec.structs.replace(samples.partial(), tenants=(tenant,)))
    unknown = [finding for finding in view.findings if finding.mark is Mark.UNKNOWN]
    assert unknown
    for finding in unknown:
        assert finding.standing is not None
        assert finding.standing.text == (
            "Not settled: it failed when it was last assessed (since 2026-11-15 (7 days ago), 1 scan), "
            "and this scan could not assess it."
        )
    assert "this scan could not assess what failed when it was last assessed" in " ".join(view.since)
    assert not {row.rule for row in view.resolved} & {finding.rule for finding in unknown}


def test_what_is_resolved_is_listed_with_its_link_and_what_is_gone_without() -> None:
    rows = tenant_view(samples.drifted()).resolved
    assert [(row.rule, row.title, bool(row.anchor)) for row in rows] == [
        ("GTM-APP-001", "GoToMeeting is in the tenant", True),
        ("SAML-URL-001", "Reply URLs are safe places to send assertions to", False),
    ]
    assert {row.text for row in rows} == {"Resolved: it had failed since 2026-11-08 (14 days ago), 2 scans."}


def test_no_history_and_a_first_scan_are_told_apart() -> None:
    none, first = changed(history=None), changed(history=TenantHistory(0))
    assert tenant_view(none).since == (
        "The scan was made without the history, so since when anything fails is not told.",
    )
    assert tenant_view(first).since == (
        "This is the first recorded scan of the tenant, so since when anything fails is not known.",
    )
    for result in (none, first):
        view = tenant_view(result)
        assert {finding.standing for finding in view.findings} == {None}
        assert (view.trend, view.resolved) == (None, ())


def test_a_fleet_sums_up_its_tenants() -> None:
    result = samples.few()
    fleet = view_of(result).fleet
    assert fleet is not None
    assert fleet.since == ("Findings against the scans before: 5 new, 4 recurring, 5 continuing and 2 resolved.",)
    assert fleet.trend is not None
    assert "not of the same number of tenants: 2 and 3" in fleet.trend.note


# -- the trend -----------------------------------------------------------------------------------------------------


def points(*amounts: dict[str, int]) -> list[TrendPoint]:
    return [samples.point(1 + number % 28, **figures) for number, figures in enumerate(amounts)]


def test_one_scan_is_no_trend() -> None:
    assert draw_trend(points({"high": 1}), chart_id="x", title="t") is None


@given(
    st.lists(
        st.fixed_dictionaries(dict.fromkeys(("critical", "high", "low", "not_assessed"), FIGURES)),
        min_size=2,
        max_size=30,
    )
)
def test_columns_stand_in_the_chart_and_are_as_high_as_their_figures(amounts: list[dict[str, int]]) -> None:
    chart = draw_trend(points(*amounts), chart_id="x", title="t")
    assert chart is not None
    most = max(1, *(sum(figures.values()) for figures in amounts))
    for column, row, figures in zip(chart.columns, chart.rows, amounts, strict=True):
        assert 0 <= column.x <= column.x + column.width <= chart.right
        heights = sum(part.height for part in column.segments)
        assert heights == pytest.approx(sum(figures.values()) / most * (chart.baseline - 22), abs=0.5)
        assert all(part.y >= 0 and part.y + part.height <= chart.baseline + 0.2 for part in column.segments)
        assert sum(row.figures) == sum(figures.values())
        assert column.total_y >= 10
    assert chart.columns[-1].date
    assert chart.columns[-1].total
    marked = [column.middle for column in chart.columns if column.date]
    assert all(later - earlier >= 80 for earlier, later in pairwise(marked))
    heights_of_labels = sorted(label.y for label in chart.labels)
    assert all(later - earlier >= 14.9 for earlier, later in pairwise(heights_of_labels))
    assert all(8 <= label.y <= chart.height for label in chart.labels)


def test_what_was_not_assessed_stands_on_top_and_is_in_the_label() -> None:
    chart = draw_trend(points({"high": 3}, {"high": 1, "not_assessed": 2}), chart_id="x", title="t")
    assert chart is not None
    last = chart.columns[-1]
    assert [part.severity is None for part in last.segments] == [False, True]
    assert last.segments[1].y < last.segments[0].y
    assert last.total == "1 + 2?"
    assert chart.headings == ("High", "Not assessed")
    assert chart.description.endswith("2 not assessed in the last.")


# -- what mends a finding ------------------------------------------------------------------------------------------


def test_each_mendable_failure_points_to_its_step_and_its_files() -> None:
    result = samples.drifted()
    view = tenant_view(result, remedy.steps(result, written=True))
    files = remedy.render(result)
    for finding in view.findings:
        if finding.mark is not Mark.FAIL:
            assert finding.remedy is None
            continue
        assert finding.remedy is not None
        assert finding.remedy.command is None
        for step in finding.remedy.steps:
            number = re.match(r"Step (\d+)", step.words)
            assert number is not None
            for script in step.scripts:
                name, _, place = script.path.partition("#")
                assert name in files
                if place:
                    assert place == f"step-{number[1]}"
                    assert f'<a id="{place}"></a>' in files[name].decode()
    certificate = card(view, "SAML-CERT-008").remedy
    assert certificate is not None
    assert certificate.files == ("plan.md", "apply-3-remove-expired.ps1", "apply-3-remove-expired.sh")


def test_where_no_scripts_are_written_the_command_that_writes_them_is_told() -> None:
    result = samples.drifted()
    planned = remedy.steps(result, written=False)
    told = card(tenant_view(result, planned), "GTM-SAML-001").remedy
    assert told is not None
    assert told.folder is None
    assert [step.scripts for step in told.steps] == [()]
    assert told.command == (
        "auditor remediate 20261122T120000Z-5eed0001 --tenant 22222222-2222-2222-2222-222222222222 --out ."
    )
    unrecorded = card(tenant_view(changed(history=None), planned), "GTM-SAML-001").remedy
    assert unrecorded is not None
    assert unrecorded.command == (
        "auditor scan --tenant 22222222-2222-2222-2222-222222222222 --format remediation --out ."
    )


def test_a_command_holds_no_id_that_a_shell_could_read_otherwise() -> None:
    result = msgspec.structs.replace(samples.drifted(), id="x; rm -rf ~")
    told = card(tenant_view(result, remedy.steps(result, written=False)), "GTM-SAML-001").remedy
    assert told is not None
    assert told.command is not None
    assert told.command.startswith("auditor remediate SCAN --tenant ")


# -- the page of drift ---------------------------------------------------------------------------------------------


def compared(tenant: TenantResult) -> Compared:
    return Compared(tenant.tenant, tenant.drift, "" if tenant.drift else "it was not read")


def drift_html(*tenants: TenantResult) -> str:
    return render_drift_page([compared(one) for one in tenants], generated_at=samples.AT).decode("utf-8")


@pytest.mark.parametrize(
    ("names", "answer"),
    [
        (("drifted",), "4 changes in fabrikam; two made a rule fail."),
        (
            ("drifted", "healthy", "failed"),
            "4 changes in 1 of 3 tenants; two made a rule fail. 1 tenant could not be compared.",
        ),
        (("healthy",), "Nothing changed in contoso."),
        (("failed",), "Whether anything changed in adatum is not known."),
        ((), "No tenant was asked about, so nothing is known of changes."),
    ],
)
def test_the_page_of_drift_answers_first(names: tuple[str, ...], answer: str) -> None:
    text = drift_html(*(samples.ALL[name]().tenants[0] for name in names))
    assert f"<h1>{answer}</h1>" in text
    assert text.startswith("<!DOCTYPE html>")


def test_the_page_of_drift_is_inert_whatever_tenants_write() -> None:
    build = Builder().build
    hostile = Compared(
        build(TenantRef), build(Drift), PAYLOAD, since=PAYLOAD, accepted=((build(Change), build(Acceptance)),)
    )
    unread = msgspec.structs.replace(hostile, drift=None)
    text = render_drift_page([hostile, unread], generated_at=samples.AT).decode("utf-8")
    assert text.count("<script") == 1
    assert "<img" not in text
    assert not set("\x00\x1b\u202e\u2066\u2028") & set(text)
    assert not re.search(r'href="(?!#)', text)
    assert "{{7*7}}" in text


def test_standings_are_words_that_a_reader_knows() -> None:
    told = Standing(Lifecycle.RESOLVED, samples.AT, samples.AT, 1)
    rows = tenant_view(changed(history=TenantHistory(1, {}, (Gone("f", "GTM-NO-MORE", told),)))).resolved
    assert [(row.rule, row.title, row.text) for row in rows] == [
        ("GTM-NO-MORE", "", "Resolved: it had failed since 2026-11-22 (today), 1 scan.")
    ]
