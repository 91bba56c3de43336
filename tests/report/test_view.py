"""The view: what the reports say, before any layout."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.drift import Drift
from auditor.model.evidence import Outcome, Unknown
from auditor.model.finding import Finding, Status
from auditor.model.result import Permissions, ScanResult
from auditor.model.rule import Severity
from auditor.report.build import build_view
from auditor.report.difference import Segment, mark_differences, stacked
from auditor.report.drift_view import value_text
from auditor.report.evidence_view import permissions_view
from auditor.report.sentences import changed, first_actions
from auditor.report.timeline import Span, draw
from auditor.report.view import ReportView, TenantView
from auditor.report.words import Mark, count, distance_words, listed
from tests.report import samples
from tests.rules import examples


def view_of(result: ScanResult, most_detailed: int = 100) -> ReportView:
    return build_view(result, now=samples.NOW, most_detailed=most_detailed)


def tenant_of(name: str) -> TenantView:
    return view_of(samples.ALL[name]()).tenants[0]


# -- the answer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["healthy", "drifted", "partial", "failed", "absent"])
def test_the_figures_are_those_of_the_findings_and_add_up(name: str) -> None:
    found = samples.ALL[name]().tenants[0].findings
    counts = tenant_of(name).counts
    rules = {rule: [f for f in found if f.rule == rule] for rule in {f.rule for f in found}}
    assert counts.total == len(rules)
    assert counts.failed == sum(any(f.is_open for f in fs) for fs in rules.values())
    assert counts.passed == sum(all(f.status is Status.PASS for f in fs) for fs in rules.values())
    assert counts.unknown == sum(
        any(f.status is Status.UNKNOWN for f in fs) and not any(f.is_open for f in fs) for fs in rules.values()
    )
    assert counts.total == counts.failed + counts.unknown + counts.waived + counts.passed + counts.not_applicable


def test_nothing_unread_is_ever_called_a_pass() -> None:
    for name in ("partial", "failed"):
        tenant = tenant_of(name)
        assert tenant.mark is Mark.UNKNOWN
        assert "not known" in tenant.answer
        assert tenant.gaps
    failed = tenant_of("failed")
    assert failed.counts.passed == 0
    assert "AADSTS7000222" in failed.answer


def test_the_gaps_name_the_permission_and_every_rule_that_waits_for_it() -> None:
    tenant = tenant_of("partial")
    unknown = {row.rule for group in tenant.groups for row in group.rows if row.mark is Mark.UNKNOWN}
    assert {rule for gap in tenant.gaps for rule in gap.rules} == unknown
    assert {gap.permission for gap in tenant.gaps} == {"Policy.Read.All"}
    assert any(action.title == "Grant the scan Policy.Read.All" for action in tenant.actions)


@pytest.mark.parametrize(
    ("held", "titles"),
    [
        ((), ["Grant the scan Application.Read.All and Policy.Read.All"]),
        (("Application.Read.All",), ["Grant the scan Policy.Read.All"]),
    ],
)
def test_two_permissions_and_one_of_them_are_one_thing_to_do(held: tuple[str, ...], titles: list[str]) -> None:
    def waits(finding: Finding, permission: str) -> Finding:
        cause = Unknown("tokenIssuancePolicies", Outcome.DENIED, "permission was refused", permission)
        return msgspec.structs.replace(
            finding, status=Status.UNKNOWN, causes=(cause,), severity=Severity.LOW, waiver=None
        )

    one, other, *_ = samples.ALL["healthy"]().tenants[0].findings
    unknown = [waits(one, "Policy.Read.All"), waits(other, "Application.Read.All and Policy.Read.All")]
    actions = first_actions(unknown, {}, held)
    assert [action.title for action in actions] == titles
    assert all(finding.rule in actions[0].text for finding in unknown)


def test_what_to_do_first_is_the_worst_and_at_most_three() -> None:
    tenant = tenant_of("drifted")
    assert [action.severity.value for action in tenant.actions if action.severity] == ["critical", "critical", "high"]
    cards = {finding.anchor for finding in tenant.findings}
    assert all(action.anchor in cards for action in tenant.actions)


def test_a_waived_failure_is_neither_a_pass_nor_an_open_failure() -> None:
    tenant = tenant_of("drifted")
    waived = [finding for finding in tenant.findings if finding.mark is Mark.WAIVED]
    assert [finding.rule for finding in waived] == ["SAML-ACC-004"]
    assert tenant.waivers[0].expires == "2026-12-31, in 39 days"
    assert tenant.counts.waived == 1


# -- findings ------------------------------------------------------------------------------------------------------


def test_the_cause_is_the_audit_logs_or_not_determined() -> None:
    causes = {finding.rule: finding.cause for finding in tenant_of("drifted").findings}
    assert "adele.vance@fabrikam.example (user)" in causes["GTM-SAML-001"]
    assert "no entry of the audit log matches" in causes["GTM-SAML-004"]
    assert causes["SAML-ACC-002"].startswith("Not determined: no change that turned this rule")
    without = msgspec.structs.replace(samples.drifted().tenants[0], drift=None)
    told = view_of(samples.scan(without)).tenants[0].findings
    assert {finding.cause for finding in told} == {"Not determined: there is no earlier scan to compare with."}


def test_differing_characters_are_marked_and_a_space_is_shown() -> None:
    expected, observed = mark_differences("https://host/path", "https://host/path /")
    assert expected == (Segment("https://host/path"),)
    assert observed == (Segment("https://host/path"), Segment("·/", True))
    assert mark_differences("true", "none") == ((Segment("true"),), (Segment("none"),))
    assert stacked("a" * 35)
    assert not stacked("a" * 34, "b\nc")


def test_a_line_too_many_is_marked_whole() -> None:
    _, observed = mark_differences("one", "zero\none")
    assert observed == (Segment("zero", True), Segment("\n"), Segment("one"))
    assert not any(segment.differs for side in mark_differences("one", "two\nthree") for segment in side)


@given(st.text(max_size=40), st.text(max_size=40))
def test_marking_changes_no_text(first: str, second: str) -> None:
    for given_text, segments in zip((first, second), mark_differences(first, second), strict=True):
        assert "".join(s.text for s in segments).replace("·", " ") == given_text.replace("·", " ")


# -- drift ---------------------------------------------------------------------------------------------------------


def test_what_changed_is_said_in_words_also_where_nothing_did() -> None:
    assert changed(None) == ("There is no earlier scan to compare with.",)
    assert changed(Drift("a", "2026-11-21T12:00:00Z", "b", samples.AT)) == (
        "Nothing changed since 2026-11-21 12:00 UTC.",
    )
    sentences = changed(samples.drift())
    assert sentences[0] == (
        "4 changes since 2026-11-21 12:00 UTC: two made a rule fail, one mended one and one turned no rule."
    )
    assert sentences[1] == "1 part could not be compared: one scan did not read it."
    partly = msgspec.structs.replace(samples.drift(), changes=())
    assert changed(partly)[0] == "Nothing that could be compared changed since 2026-11-21 12:00 UTC."


def test_regressions_come_first_and_unknown_authors_are_not_guessed() -> None:
    drift = tenant_of("drifted").drift
    assert [change.effect for change in drift.changes] == ["regression", "regression", "improvement", "neutral"]
    assert [("not known" in change.who) for change in drift.changes] == [False, True, True, True]


def test_an_object_is_told_one_property_a_line_and_its_lists_are_counted() -> None:
    key: dict[str, Any] = {
        "thumbprint": "AB",
        "notAfter": "2029-01-01T00:00:00Z",
        "hint": None,
        "keys": [{"a": 1}, {"a": 2}],
        "n": {"b": []},
    }
    assert value_text(key) == 'thumbprint: AB\nnotAfter: 2029-01-01T00:00:00Z\nkeys: 2 entries\nn: {"b": []}'
    assert value_text(["a", "b"]) == "a\nb"
    values: list[Any] = [None, "", {}, False, 7]
    assert [value_text(value) for value in values] == ["(none)", "(blank)", "(none)", "false", "7"]


# -- certificates, assignments, permissions --------------------------------------------------------------------------


def spans(*years: tuple[int, int]) -> list[Span]:
    return [
        Span("x", "y", Mark.PASS, datetime(a, 2, 28, tzinfo=UTC), datetime(b, 12, 31, tzinfo=UTC), False)
        for a, b in years
    ]


@pytest.mark.parametrize(
    ("now", "given_spans"),
    [
        (datetime(2024, 2, 29, tzinfo=UTC), spans((2023, 2026))),
        (datetime(2026, 11, 22, tzinfo=UTC), spans((2025, 9999), (1, 2027))),
        (datetime(2026, 11, 22, tzinfo=UTC), spans((2040, 2050))),
        (datetime(9999, 12, 31, tzinfo=UTC), spans((9998, 9999))),
        (datetime(1, 1, 1, tzinfo=UTC), spans((1, 2))),
    ],
)
def test_the_time_line_stays_within_its_frame(now: datetime, given_spans: list[Span]) -> None:
    chart = draw(given_spans, now, chart_id="c", title="t", description="d")
    for bar in chart.bars:
        assert chart.label_width <= bar.x <= bar.x + bar.width <= chart.width + 2
    assert chart.label_width <= chart.today <= chart.width
    assert all(chart.label_width <= tick.x <= chart.width for tick in chart.ticks)
    assert len(chart.ticks) <= 14


def test_certificates_are_grouped_and_the_active_one_comes_first() -> None:
    rows = tenant_of("drifted").instances[0].certificates
    assert [row.role for row in rows] == ["active", "not active", "not active"]
    assert rows[0].state == "valid, expires in 28 days"
    assert rows[0].key == "RSA 2048, sha256"


@pytest.mark.fault(21)
def test_assignments_say_who_is_gone_and_are_cut_off_with_the_count_told() -> None:
    states = {row.name: row.state for row in tenant_of("drifted").instances[0].assignments.rows}
    assert states["Grady Archie"] == "disabled"
    assert states["Diego Siciliani"] == "enabled guest"
    assert states["GoToMeeting users"] == "42 members"
    tenant = samples.patched()
    one: dict[str, Any] = tenant["instances"]["goto"]["assignments"][0]
    tenant["instances"]["goto"]["assignments"] = [{**one, "id": f"as-{number}"} for number in range(1500)]
    listed_ones = view_of(samples.scan(samples.tenant_result(tenant))).tenants[0].instances[0].assignments
    assert len(listed_ones.rows) == 1000
    assert "The first 1,000 of 1,500 are listed" in listed_ones.note


def test_unread_evidence_is_told_as_such() -> None:
    tenant = samples.patched()
    tenant["instances"]["goto"]["assignments"] = examples.UNREAD
    tenant["instances"]["goto"]["servicePrincipal"] = examples.UNREAD
    instance = view_of(samples.scan(samples.tenant_result(tenant))).tenants[0].instances[0]
    assert instance.assignments.note.startswith("The assignments are not known.")
    assert instance.certificates_note is not None
    assert instance.certificates_note.startswith("The certificates are not known.")


def test_permissions_that_can_write_are_a_warning() -> None:
    told = permissions_view(
        Permissions(held=("A.Read", "B.ReadWrite"), needed=("A.Read", "C.Read"), write=("B.ReadWrite",))
    )
    assert [(row.name, row.mark) for row in told.rows] == [
        ("A.Read", Mark.PASS),
        ("C.Read", Mark.UNKNOWN),
        ("B.ReadWrite", Mark.FAIL),
    ]
    assert told.warning is not None
    assert "B.ReadWrite" in told.warning
    assert permissions_view(None).rows == ()
    assert permissions_view(Permissions(held=None, needed=("A.Read",))).rows[0].mark is Mark.UNKNOWN


# -- the fleet -----------------------------------------------------------------------------------------------------


def test_the_matrix_has_every_rule_of_every_tenant_worst_first() -> None:
    result = samples.fleet()
    fleet = view_of(result).fleet
    assert fleet is not None
    assert len(fleet.rows) == 50
    assert all(len(row.cells) == len(fleet.rules) for row in fleet.rows)
    order = [Mark.FAIL, Mark.UNKNOWN, Mark.PASS]
    places = [order.index(row.mark) for row in fleet.rows]
    assert places == sorted(places)
    assert (fleet.non_compliant, fleet.unknown, fleet.compliant) == tuple(places.count(place) for place in range(3))
    by_name = {tenant.tenant.name: tenant for tenant in result.tenants}
    for row in fleet.rows:
        failing = {finding.rule for finding in by_name[row.name].findings if finding.is_open}
        assert {cell.rule for cell in row.cells if cell.mark is Mark.FAIL} == failing


def test_only_the_worst_of_many_are_told_in_full() -> None:
    view = view_of(samples.fleet(), most_detailed=10)
    detailed = [tenant for tenant in view.tenants if tenant.detailed]
    assert len(detailed) == 10
    assert view.tenants_note is not None
    assert "10 worst of 50" in view.tenants_note
    assert sum(tenant.mark is Mark.FAIL for tenant in detailed) == 10


# -- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-12-20", "in 28 days"),
        ("2026-11-23", "in 1 day"),
        ("2026-11-22", "today"),
        ("2026-11-18", "4 days ago"),
        ("9999-12-31", "in 7,973 years"),
        ("0002-01-01", "2,024 years ago"),
    ],
)
def test_distances(at: str, words: str) -> None:
    assert distance_words(datetime.fromisoformat(f"{at}T00:00:00+00:00"), samples.NOW) == words


def test_counts_and_lists() -> None:
    assert [count(number, "rule") for number in (0, 1, 1200)] == ["no rules", "1 rule", "1,200 rules"]
    assert listed(["a"]) == "a"
    assert listed(list("abcdefg"), most=3) == "a, b, c and 4 more"
    assert listed([]) == ""


def test_what_to_do_first_in_a_fleet_is_what_is_gravest_though_one_tenant_alone_has_it() -> None:
    view = build_view(samples.few(), now=samples.NOW, most_detailed=5)
    assert view.fleet is not None
    assert view.fleet.common == ()
    assert [rule.severity.value for rule in view.fleet.first] == ["critical", "critical", "high"]
    assert {rule.where for rule in view.fleet.first} == {"fabrikam"}
    healthy = samples.scan(*(samples.fleet(1).tenants * 2))
    alike = build_view(healthy, now=samples.NOW, most_detailed=5).fleet
    assert alike is not None
    assert alike.first == ()
