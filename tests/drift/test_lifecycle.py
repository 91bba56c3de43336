"""Findings over time, and drift against an approved state."""

from __future__ import annotations

import msgspec
import pytest

from auditor.drift import accept, against, compare, lifecycle, standings
from auditor.model.drift import Change
from auditor.model.finding import Finding, Status, Subject
from auditor.model.lifecycle import FindingHistory, Lifecycle
from auditor.model.rule import Citation, Severity
from tests.drift import sample as s
from tests.drift.test_paths import CASES

F, P, U, N = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NOT_APPLICABLE


def finding(status: Status, rule: str = "R", fingerprint: str = "f") -> Finding:
    return Finding(
        rule=rule, title=rule, severity=Severity.HIGH, status=status, subject=Subject("application", "i", None),
        expected="", observed="", reason="", citation=Citation("d", "s"), controls={}, remedy=None,
        fingerprint=fingerprint, pack="p", group="g", risk="", guidance="",
    )  # fmt: skip


def standing(
    now: Status | None, last: Status | None, *, failed: bool = False, rule_now: Status | None = None
) -> str | None:
    """The standing of one finding; ``rule_now``: what its rule says now of another subject, where it is gone."""
    history = FindingHistory(
        {"f": last} if last else {},
        {"f": "R"} if last else {},
        frozenset({"f"}) if failed or last is F else frozenset(),
    )
    current = [finding(now)] if now else [finding(rule_now, fingerprint="other")] if rule_now else []
    found = lifecycle(current, history).get("f")
    return found.value if found else None


@pytest.mark.parametrize(
    ("now", "last", "failed", "expected"),
    [
        (F, None, False, Lifecycle.NEW),
        (F, P, False, Lifecycle.NEW),
        (F, N, False, Lifecycle.NEW),
        (F, P, True, Lifecycle.RECURRING),
        (F, F, True, Lifecycle.CONTINUING),
        (P, F, True, Lifecycle.RESOLVED),
        (N, F, True, Lifecycle.RESOLVED),
        (U, F, True, Lifecycle.UNSETTLED),
        (U, P, True, None),
        (P, P, True, None),
        (P, None, False, None),
    ],
)
def test_standing(now: Status, last: Status | None, failed: bool, expected: Lifecycle | None) -> None:
    assert standing(now, last, failed=failed) == expected


@pytest.mark.parametrize(
    ("rule_now", "expected"),
    [(P, Lifecycle.RESOLVED), (F, Lifecycle.RESOLVED), (U, Lifecycle.UNSETTLED), (None, Lifecycle.UNSETTLED)],
)
def test_a_finding_whose_subject_is_gone(rule_now: Status | None, expected: Lifecycle) -> None:
    """Resolved where its rule was assessed without a gap; a skipped rule, or one with a gap, settles nothing."""
    assert standing(None, F, rule_now=rule_now) == expected


def test_what_is_gone_is_told_by_rule_and_then_by_fingerprint() -> None:
    rules = {"f-2": "R-2", "f-3": "R-1", "f-1": "R-1"}
    history = FindingHistory(dict.fromkeys(rules, F), rules, frozenset(rules))
    _, gone = standings([finding(P, rule, fingerprint=f"new {rule}") for rule in ("R-1", "R-2")], history, "2026-11-22")
    assert [(one.rule, one.fingerprint) for one in gone] == [("R-1", "f-1"), ("R-1", "f-3"), ("R-2", "f-2")]
    assert {one.standing.lifecycle for one in gone} == {Lifecycle.RESOLVED}


def relay(value: str) -> Change:
    document = s.document()
    s.service_principal(document)["samlSingleSignOnSettings"] = {"relayState": value}
    (change,) = compare(s.snapshot(), s.snapshot(document))[0]
    return change


def test_an_acceptance_covers_this_value_and_no_other() -> None:
    acceptance = accept(relay("https://x"), by="a", reason="b", at="2026-11-22T00:00:00Z")
    assert against([relay("https://x")], [acceptance], "2026-11-23T00:00:00Z") == (
        (),
        ((relay("https://x"), acceptance),),
    )
    assert against([relay("https://y")], [acceptance], "2026-11-23T00:00:00Z") == ((relay("https://y"),), ())
    elsewhere = msgspec.structs.replace(relay("https://x"), subject=Subject("application", "other", None))
    assert against([elsewhere], [acceptance], "2026-11-23T00:00:00Z") == ((elsewhere,), ())


def test_an_acceptance_says_who_why_and_when() -> None:
    acceptance = accept(relay("https://x"), by="admin@contoso.example", reason="agreed", at="2026-11-22T00:00:00Z")
    assert (acceptance.by, acceptance.reason) == ("admin@contoso.example", "agreed")
    assert (acceptance.at, acceptance.until) == ("2026-11-22T00:00:00Z", None)
    assert (acceptance.subject, acceptance.path) == (s.SP, "servicePrincipal.samlSingleSignOnSettings.relayState")


def test_an_acceptance_lapses_at_its_date() -> None:
    end = "2026-12-01T00:00:00Z"
    acceptance = accept(relay("https://x"), by="a", reason="b", at="2026-11-22T00:00:00Z", until=end)
    assert against([relay("https://x")], [acceptance], "2026-11-30T23:59:59Z")[0] == ()
    assert against([relay("https://x")], [acceptance], "2026-12-01T00:00:00Z")[0] == (relay("https://x"),)


def test_an_acceptance_does_not_mind_who_did_it_or_what_it_turned() -> None:
    """Effect and attribution are found anew each time; the accepted state is path, kind and value."""
    document = s.document()
    CASES["assigned"][0](document)
    (change,) = compare(s.snapshot(), s.snapshot(document))[0]
    acceptance = accept(change, by="a", reason="b", at="2026-11-22T00:00:00Z")
    later = msgspec.structs.replace(change, rules=("R",), audit_event="e-1")
    assert against([later], [acceptance], "2026-11-23T00:00:00Z")[0] == ()
