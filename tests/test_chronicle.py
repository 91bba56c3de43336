"""A result told against the recorded scans before it: trend, and what became of each finding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from auditor.chronicle import with_history
from auditor.model.finding import Status
from auditor.model.lifecycle import Lifecycle, Standing, TenantHistory
from auditor.model.result import ScanResult, TenantResult
from auditor.store import Store, open_store
from auditor.store.timeline import MOST_POINTS
from tests.store import sample as s

F, P, U = Status.FAIL, Status.PASS, Status.UNKNOWN
DAY = "2026-11-{:02}T12:00:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'history.db'}") as opened:
        yield opened


def recorded(store: Store, day: int, *results: TenantResult) -> ScanResult:
    s.whole(store, f"s-{day}", DAY.format(day), *results)
    return with_history(store, store.result(f"s-{day}"))


def standings_of(result: ScanResult, rule: str, tenant: int = 0) -> Standing | None:
    found = result.tenants[tenant]
    assert found.history is not None
    finding = next(finding for finding in found.findings if finding.rule == rule)
    return found.history.standings.get(finding.fingerprint)


def history_of(result: ScanResult) -> TenantHistory:
    history = result.tenants[0].history
    assert history is not None
    return history


def test_a_finding_is_followed_from_new_to_resolved_and_back(store: Store) -> None:
    expected = [
        (P, None),
        (F, (Lifecycle.NEW, 2, 2, 1)),
        (F, (Lifecycle.CONTINUING, 2, 2, 2)),
        (U, (Lifecycle.UNSETTLED, 2, 2, 2)),
        (F, (Lifecycle.CONTINUING, 2, 2, 3)),
        (P, (Lifecycle.RESOLVED, 2, 2, 3)),
        (P, None),
        (F, (Lifecycle.RECURRING, 2, 8, 1)),
        (F, (Lifecycle.CONTINUING, 2, 8, 2)),
    ]
    for day, (status, told) in enumerate(expected, 1):
        standing = standings_of(recorded(store, day, s.result(statuses=(status,), days=40 - day)), "R-1")
        if told is None:
            assert standing is None
        else:
            state, first, since, scans = told
            assert standing == Standing(state, DAY.format(first), DAY.format(since), scans), day


def test_a_scan_told_again_later_is_the_same(store: Store) -> None:
    first = recorded(store, 1, s.result(statuses=(F,)))
    second = recorded(store, 2, s.result(statuses=(F,)))
    recorded(store, 3, s.result(statuses=(P,)))
    assert with_history(store, store.result("s-1")) == first
    assert with_history(store, store.result("s-2")) == second
    assert [point.scan for point in second.trend or ()] == ["s-1", "s-2"]


def without(result: TenantResult, rule: str, *, and_rule: bool) -> TenantResult:
    """``result`` that no longer lists the finding; another of the same rule stays, unless ``and_rule``."""
    findings = []
    for finding in result.findings:
        if finding.rule != rule:
            findings.append(finding)
        elif not and_rule:
            findings.append(msgspec.structs.replace(finding, fingerprint="0" * 32, status=P))
    return msgspec.structs.replace(result, findings=tuple(findings))


def test_what_a_scan_no_longer_lists_is_resolved_once(store: Store) -> None:
    recorded(store, 1, s.result(statuses=(F,)))
    gone = history_of(recorded(store, 2, without(s.result(statuses=(F,)), "R-1", and_rule=False))).gone
    assert [(one.rule, one.standing.lifecycle, one.standing.scans) for one in gone] == [("R-1", Lifecycle.RESOLVED, 1)]
    assert history_of(recorded(store, 3, without(s.result(statuses=(F,)), "R-1", and_rule=False))).gone == ()
    back = standings_of(recorded(store, 4, s.result(statuses=(F,))), "R-1")
    assert back == Standing(Lifecycle.RECURRING, DAY.format(1), DAY.format(4), 1)


def test_what_was_put_out_of_scope_is_not_resolved(store: Store) -> None:
    recorded(store, 1, s.result(statuses=(F,)))
    for day in (2, 3):
        gone = history_of(recorded(store, day, without(s.result(statuses=(F,)), "R-1", and_rule=True))).gone
        assert [one.standing.lifecycle for one in gone] == [Lifecycle.UNSETTLED]
    assert standings_of(recorded(store, 4, s.result(statuses=(F,))), "R-1") == Standing(
        Lifecycle.CONTINUING, DAY.format(1), DAY.format(1), 2
    )


def test_tenants_have_their_own_trend_and_the_scan_has_its_own(store: Store) -> None:
    recorded(store, 1, s.result(1, statuses=(F,)))
    result = recorded(store, 2, s.result(1, statuses=(P,)), s.result(2, statuses=(F, F)))
    one, two = (tenant.history for tenant in result.tenants)
    assert one is not None
    assert two is not None
    assert [point.open for point in one.trend] == [1, 0]
    assert [point.open for point in two.trend] == [2]
    assert (one.earlier_scans, two.earlier_scans) == (1, 0)
    assert [(point.tenants, point.open, point.at) for point in result.trend or ()] == [
        (1, 1, DAY.format(1)),
        (2, 2, DAY.format(2)),
    ]


def test_a_trend_is_bounded_and_an_unfinished_scan_is_no_part_of_it(store: Store) -> None:
    for number in range(MOST_POINTS + 3):
        s.whole(store, f"old-{number}", f"2026-10-01T{number // 60:02}:{number % 60:02}:00Z", s.result())
    store.begin_scan("dead", started_at=DAY.format(1), tool_name="auditor", tool_version="1", packs=(), tenants=())
    store.record_tenant("dead", s.result())
    result = recorded(store, 2, s.result())
    history = history_of(result)
    assert history.earlier_scans == MOST_POINTS + 3
    for trend in (history.trend, result.trend or ()):
        assert len(trend) == MOST_POINTS
        assert trend[-1].scan == "s-2"
        assert trend[0].scan == "old-4"
