"""Waivers: what they accept, when they lapse and reopen, and that none passes unseen."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate import Evaluator, waivers_of_no_tenant
from auditor.evaluate.waivers import apply_waivers, concerns
from auditor.model.finding import Assessment, Finding, Status, Verdict
from auditor.model.result import TenantRef
from auditor.model.rule import Waiver
from tests.rules.examples import Example, base, pack, patched, snapshot_of, tenant_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUBJECT = "aaaaaaaa-0000-4000-8000-000000000001"
DISABLED = patched(Example(why="", set={"instances.goto.servicePrincipal.accountEnabled": False}))


def waiver(**changes: Any) -> Waiver:
    fields = {
        "rule": "SAML-ACC-001",
        "tenant": "contoso",
        "subject": SUBJECT,
        "owner": "adele.vance@contoso.com",
        "reason": "being retired",
        "ticket": "CHG-1",
        "expires": "2027-06-30",
        "observed": "false",
        **changes,
    }
    return Waiver(**fields)


def assessed(*waivers: Waiver, tenant: dict[str, Any] = DISABLED, now: datetime = NOW) -> Assessment:
    return Evaluator([pack()]).assess(snapshot_of(tenant), tenant=tenant_of(tenant), waivers=waivers, now=now)


def disabled(assessment: Assessment) -> Finding:
    return next(finding for finding in assessment.findings if finding.rule == "SAML-ACC-001")


def kinds(assessment: Assessment) -> list[str]:
    return [notice.kind for notice in assessment.notices]


def test_a_waiver_marks_and_does_not_hide() -> None:
    assessment = assessed(waiver())
    finding = disabled(assessment)
    assert finding.status is Status.FAIL
    assert finding.waiver == waiver()
    assert not finding.is_open
    assert assessment.verdict is Verdict.COMPLIANT
    assert kinds(assessment) == []
    assert len(assessment.findings) == len(assessed().findings)


def test_without_it_the_tenant_is_not_compliant() -> None:
    assert assessed().verdict is Verdict.NON_COMPLIANT


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": "*"},
        {"tenant": "11111111-1111-1111-1111-111111111111"},
        {"subject": "*"},
        {"subject": SUBJECT.upper()},
        {"observed": "false\n"},
    ],
)
def test_what_else_matches(changes: dict[str, str]) -> None:
    assert disabled(assessed(waiver(**changes))).waiver is not None


def test_a_tenant_s_id_is_the_same_in_any_letters() -> None:
    tenant = TenantRef(id="abcdef00-0000-4000-8000-00000000000a", name="contoso", cloud="global")
    for written in (tenant.id, tenant.id.upper(), tenant.id.title()):
        assert concerns(waiver(tenant=written), tenant)
    assert not concerns(waiver(tenant="Contoso"), tenant)


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": "fabrikam"},
        {"rule": "SAML-ACC-002"},
        {"subject": "x"},
        {"observed": "false "},
        {"observed": "falseX"},
    ],
)
def test_what_does_not_match(changes: dict[str, str]) -> None:
    assert disabled(assessed(waiver(**changes))).waiver is None


@pytest.fixture(params=["UTC0", "EAST-14", "WEST+12"])
def anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own clock: UTC, and as far from it as clocks are set on either side."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("anywhere")
def test_it_lapses_at_the_start_of_its_day_in_utc() -> None:
    before = datetime(2027, 6, 29, 23, 59, 59, tzinfo=UTC)
    after = datetime(2027, 6, 30, tzinfo=UTC)
    assert disabled(assessed(waiver(), now=before)).waiver is not None
    lapsed = assessed(waiver(), now=after)
    assert disabled(lapsed).waiver is None
    assert kinds(lapsed) == ["lapsed"]
    assert lapsed.verdict is Verdict.NON_COMPLIANT


def test_it_reopens_when_the_observed_value_differs() -> None:
    assessment = assessed(waiver(observed="true"))
    assert disabled(assessment).waiver is None
    assert kinds(assessment) == ["reopened"]
    assert "no longer holds for GoToMeeting" in assessment.notices[0].message


def test_white_space_is_a_difference() -> None:
    url = " "
    tenant = patched(Example(why="", set={"instances.goto.servicePrincipal.loginUrl": url}))
    accepted = waiver(rule="GTM-SAML-003", observed="(blank)")
    assert kinds(assessed(accepted, tenant=tenant)) == ["reopened"]
    assert kinds(assessed(waiver(rule="GTM-SAML-003", observed=url), tenant=tenant)) == []


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("2026-11-23", ["lapsing"]),
        ("2026-12-22", ["lapsing"]),
        ("2026-12-23", []),
        ("2027-11-22", []),
        ("2027-11-23", ["too_long"]),
        ("9999-12-31", ["too_long"]),
        ("2026-11-22", ["lapsed"]),
    ],
)
def test_notices_of_dates(expires: str, expected: list[str]) -> None:
    assert kinds(assessed(waiver(expires=expires))) == expected


def test_a_leap_day_is_a_day() -> None:
    now = datetime(2028, 2, 29, tzinfo=UTC)
    assert "too_long" not in kinds(assessed(waiver(expires="2029-02-28"), now=now))
    assert "too_long" in kinds(assessed(waiver(expires="2029-03-01"), now=now))


def test_an_unused_one_is_told() -> None:
    assessment = assessed(waiver(rule="SAML-ACC-009"))
    assert kinds(assessment) == ["unused"]
    assert "matches no failing finding of contoso" in assessment.notices[0].message


def test_one_of_a_passing_rule_is_unused() -> None:
    assert kinds(assessed(waiver(), tenant=base())) == ["unused"]


def test_one_whose_rule_could_not_be_assessed_is_not_called_unused() -> None:
    tenant = patched(Example(why="", remove=["instances.goto.servicePrincipal.accountEnabled"]))
    assessment = assessed(waiver(), tenant=tenant)
    assert kinds(assessment) == []
    assert disabled(assessment).status is Status.UNKNOWN
    assert disabled(assessment).waiver is None


def test_another_tenants_waiver_is_no_news_here() -> None:
    assert kinds(assessed(waiver(tenant="fabrikam"))) == []


def test_waivers_that_name_no_scanned_tenant_are_told_once() -> None:
    tenants = [TenantRef("1", "contoso", "global"), TenantRef("2", "fabrikam", "global")]
    notices = waivers_of_no_tenant([waiver(), waiver(tenant="fabrikm"), waiver(tenant="*")], tenants)
    assert [notice.waiver.tenant for notice in notices] == ["fabrikm"]


def test_the_first_of_several_counts() -> None:
    first, second = waiver(ticket="CHG-1"), waiver(ticket="CHG-2")
    assessment = assessed(first, second)
    assert disabled(assessment).waiver == first
    assert kinds(assessment) == []


def test_a_lapsed_one_gives_way_to_one_in_force() -> None:
    lapsed, valid = waiver(expires="2026-01-01"), waiver(ticket="CHG-2")
    assert disabled(assessed(lapsed, valid)).waiver == valid


def test_one_that_is_about_something_else_hides_none_after_it() -> None:
    other = waiver(rule="SAML-ACC-002")
    assert disabled(assessed(other, waiver())).waiver == waiver()


WHO = "The waiver of SAML-ACC-001 by adele.vance@contoso.com (CHG-1)"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (waiver(expires="2026-11-23"), ("lapsing", f"{WHO} lapses on 2026-11-23, in 1 day.")),
        (waiver(expires="2026-11-25"), ("lapsing", f"{WHO} lapses on 2026-11-25, in 3 days.")),
        (
            waiver(expires="2028-01-01"),
            ("too_long", f"{WHO} lies more than a year ahead: it lapses on 2028-01-01."),
        ),
        (waiver(expires="2026-11-22"), ("lapsed", f"{WHO} lapsed on 2026-11-22.")),
        (
            waiver(observed="true"),
            ("reopened", f"{WHO} no longer holds for GoToMeeting: the observed value is not the accepted one."),
        ),
        (waiver(subject="x"), ("unused", f"{WHO} matches no failing finding of contoso.")),
    ],
)
def test_what_is_told_of_a_waiver(given: Waiver, told: tuple[str, str]) -> None:
    (notice,) = assessed(given).notices
    assert (notice.kind, notice.message, notice.waiver) == (*told, given)


def test_a_waiver_that_reopens_for_several_names_each_once() -> None:
    two = patched(
        Example(
            why="",
            copy={"instances.second": "instances.goto"},
            set={
                "instances.second.id": "b" * 8,
                "instances.second.displayName": "Another",
                "instances.goto.servicePrincipal.accountEnabled": False,
                "instances.second.servicePrincipal.accountEnabled": False,
            },
        )
    )
    (notice,) = assessed(waiver(subject="*", observed="true"), tenant=two).notices
    assert "no longer holds for Another, GoToMeeting: " in notice.message


def test_one_that_names_no_tenant_of_the_scan_is_told_in_words() -> None:
    (notice,) = waivers_of_no_tenant([waiver(tenant="fabrikm")], [TenantRef("1", "contoso", "global")])
    assert (notice.kind, notice.message) == ("unused", f"{WHO} names no scanned tenant.")


@given(
    st.lists(
        st.builds(
            waiver,
            rule=st.sampled_from(["SAML-ACC-001", "SAML-ACC-002", "GTM-SAML-001"]),
            tenant=st.sampled_from(["*", "contoso", "fabrikam"]),
            subject=st.sampled_from(["*", SUBJECT, "x"]),
            expires=st.dates().map(str),
            observed=st.sampled_from(["false", "true", "(blank)"]),
        ),
        max_size=5,
    )
)
def test_a_waiver_changes_nothing_but_its_mark(waivers: list[Waiver]) -> None:
    tenant = tenant_of(DISABLED)
    findings = assessed().findings
    marked, _ = apply_waivers(findings, waivers, tenant, NOW)
    for before, after in zip(findings, marked, strict=True):
        assert after.status is before.status
        assert (after.fingerprint, after.observed, after.reason) == (before.fingerprint, before.observed, before.reason)
        if after.waiver is not None:
            assert after.status is Status.FAIL
            assert after.waiver.observed == after.observed
            assert after.waiver.expires > "2026-11-22"
