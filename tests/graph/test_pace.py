"""Pacing: whatever is asked, no window of time holds more than Graph's limit, and far from it nothing waits."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from auditor.emulator import Emulator, throttle
from auditor.emulator.requestlog import Entry
from auditor.fleet import run_scan
from auditor.graph import reads
from auditor.graph.asks import Ask
from auditor.graph.clouds import Cloud
from auditor.graph.pace import KEY_CREDENTIALS, OTHER_LIMITS, RESOURCE_UNITS, Limit, Pace, units_of
from auditor.graph.wire import Found
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.finding import TenantStatus
from auditor.pipeline import shipped_folder
from auditor.rulepack import load_packs
from tests.graph.conftest import Bench
from tests.scan.conftest import NOW, scan_of, token_tenant

AUDITS = OTHER_LIMITS["directoryAudits"]


def most_in_a_window(times: list[float], limit: Limit) -> int:
    """How many of ``times`` any window of the limit's length holds at most."""
    return max(sum(start <= other < start + limit.seconds for other in times) for start in times)


@pytest.mark.parametrize(
    ("ask", "units"),
    [
        (reads.organization(), 1),
        (reads.application("a"), 1),  # 2, and $select takes one off
        (reads.application_owners("a"), 2),
        (reads.assignments("a"), 2),
        (reads.user("a"), 1),
        (reads.group_members("a"), 3),  # 5, less $select, less $top under 20
        (reads.all_users(), 1),
        (reads.service_principal("a"), 1),
        (reads.oauth2_permission_grants("a"), 2),
    ],
    ids=lambda value: value.source if isinstance(value, Ask) else str(value),
)
def test_units_are_those_of_the_documentation(ask: Ask[Any], units: int) -> None:
    assert units_of(ask.source, ask.url) == units


def test_a_whole_scan_of_an_ordinary_tenant_waits_for_nothing() -> None:
    pace = Pace(clock=lambda: 0.0)
    asks: list[Ask[Any]] = [reads.organization(), reads.conditional_access_policies(), reads.directory_audits("a")]
    asks += [reads.directory_audits("b"), reads.service_principal("a"), reads.service_principal_keys("a")]
    asks += [reads.user(f"u{number}") for number in range(400)]
    assert {pace.reserve(ask.source, ask.url) for ask in asks} == {0.0}


@given(gaps=st.lists(st.floats(0, 8), min_size=1, max_size=60))
def test_no_window_holds_more_audit_requests_than_the_limit(gaps: list[float]) -> None:
    now = [0.0]
    pace = Pace(clock=lambda: now[0])
    sent = []
    for gap in gaps:
        now[0] += gap
        wait = pace.reserve("directoryAudits", "/auditLogs/directoryAudits")
        assert wait >= 0
        sent.append(now[0] + wait)
    assert sent == sorted(sent)
    assert most_in_a_window(sent, AUDITS) <= AUDITS.units


def test_what_is_over_the_limit_waits_no_longer_than_it_must() -> None:
    pace = Pace(clock=lambda: 0.0)
    waits = [pace.reserve("directoryAudits", "/") for _ in range(11)]
    assert waits == [0.0] * 5 + [pytest.approx(10.1)] * 5 + [pytest.approx(20.2)]
    assert pace.reserve("conditionalAccessPolicies", "/") == 0.0
    assert pace.reserve("conditionalAccessPolicies", "/") == pytest.approx(1.1)
    assert pace.reserve("organization", "/organization") == 0.0


def test_resource_units_and_keys_have_their_windows_too() -> None:
    pace = Pace(clock=lambda: 0.0)
    url = reads.assignments("a").url
    sent = [pace.reserve("assignments", url) for _ in range(RESOURCE_UNITS.units // 2 + 1)]
    assert sent[:-1] == [0.0] * (RESOURCE_UNITS.units // 2)
    assert sent[-1] > RESOURCE_UNITS.seconds
    pace = Pace(clock=lambda: 0.0)
    keys = reads.service_principal_keys("a")
    waits = [pace.reserve(keys.source, keys.url) for _ in range(KEY_CREDENTIALS.units + 1)]
    assert waits[-2:] == [0.0, pytest.approx(KEY_CREDENTIALS.seconds + 0.1)]


def test_a_paced_read_goes_out_when_its_window_has_room_and_the_others_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OTHER_LIMITS, "directoryAudits", Limit(2, 0.3))
    asks = [Ask("directoryAudits", f"/audits/{number}", Found) for number in range(5)]
    asks.append(Ask("organization", "/organization", Found))
    for ask in asks:
        bench.server.on(f"/v1.0{ask.url}", {"id": "x"})
    readings = bench.read(asks, pace=Pace())
    assert all(isinstance(reading, Known) for reading in readings)
    first, second, third = bench.server.bodies
    assert (first.count(b"/audits/"), second.count(b"/audits/"), len(third)) == (2, 2, 0)
    assert b"/organization" in first
    assert bench.server.log[2] == ("GET", "/v1.0/audits/4")


def test_a_read_for_which_the_budget_leaves_no_room_is_told_and_never_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OTHER_LIMITS, "directoryAudits", Limit(1, 60))
    asks = [Ask("directoryAudits", f"/audits/{number}", Found) for number in range(2)]
    bench.server.on("/v1.0/audits/0", {"id": "x"})
    known, unknown = bench.read(asks, budget_s=2, pace=Pace())
    assert isinstance(known, Known)
    assert isinstance(unknown, Unknown)
    assert unknown.outcome is Outcome.THROTTLED
    assert "limits" in unknown.cause
    assert len(bench.server.log) == 1
    assert bench.client is not None
    assert sorted(entry.outcome for entry in bench.client.coverage) == [Outcome.OK, Outcome.THROTTLED]


@pytest.mark.parametrize("paced", [True, False])
def test_a_scan_is_throttled_by_a_service_with_graph_s_limits_only_where_it_is_not_paced(
    paced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three instances take six audit requests. The emulator counts by the same documentation, in its own way."""
    monkeypatch.setitem(OTHER_LIMITS, "directoryAudits", Limit(5, 1))
    monkeypatch.setitem(throttle.OTHER_LIMITS, "directoryAudits", throttle.Limit(5, 1, True, True))
    packs = load_packs(["gotomeeting"], shipped=shipped_folder())
    with Emulator(throttle=True, now=lambda: NOW) as emulator:
        # A cloud of the configuration's own (private) is not paced: its limits are not known.
        cloud = Cloud("c", emulator.graph_url, None, "https://graph.microsoft.com", None, private=not paced)
        tenant = replace(token_tenant(emulator, "fabrikam"), cloud=cloud)
        (scanned,) = asyncio.run(run_scan(scan_of(packs, [tenant], {"TOKEN": emulator.token("fabrikam")})))
        assert scanned.result.status is TenantStatus.COMPLETE
        audits = [entry.attempts for entry in scanned.result.coverage if entry.source == "directoryAudits"]
        assert len(audits) == 6
        assert (429 in statuses(emulator.graph_log)) is not paced
        assert (max(audits) > 1) is not paced


def statuses(entries: list[Entry]) -> set[int]:
    return {entry.status for entry in entries} | {part.status for entry in entries for part in entry.parts}
