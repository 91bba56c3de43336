"""The retry budget: what is waited for, for how long, and when it ends."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.graph.retry import ATTEMPTS, Budget, Transient, transient_fault
from auditor.model.evidence import Outcome

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


def run(seconds: float, faults: Callable[[int], Transient | None]) -> tuple[Clock, int, Transient | None]:
    """Attempts under a budget: ``faults`` says for the n-th attempt what goes wrong."""
    clock = Clock()
    budget = Budget(seconds, clock=clock, sleep=clock.sleep, jitter=lambda: 0.5)
    attempts = 0

    async def attempt() -> str:
        nonlocal attempts
        attempts += 1
        fault = faults(attempts)
        if fault is not None:
            raise fault
        return "read"

    try:
        asyncio.run(budget.run(attempt))
    except Transient as fault:
        return clock, attempts, fault
    return clock, attempts, None


def throttled(retry_after: float | None = None) -> Transient:
    return Transient(Outcome.THROTTLED, "wait", retry_after=retry_after)


def failed() -> Transient:
    return Transient(Outcome.FAILED, "500")


def test_a_good_answer_waits_for_nothing() -> None:
    clock, attempts, fault = run(300, lambda _: None)
    assert (clock.waits, attempts, fault) == ([], 1, None)


@pytest.mark.fault(3)
def test_retry_after_is_followed_past_the_stock_handler_s_180_seconds() -> None:
    clock, attempts, fault = run(400, lambda attempt: throttled(315) if attempt == 1 else None)
    assert (attempts, fault) == (2, None)
    assert 315 <= clock.waits[0] <= 316


@pytest.mark.fault(3)
def test_a_wait_that_the_budget_cannot_pay_for_is_not_begun() -> None:
    clock, attempts, fault = run(300, lambda _: throttled(315))
    assert (clock.waits, attempts) == ([], 1)
    assert fault is not None
    assert fault.outcome is Outcome.THROTTLED


def test_throttling_is_waited_out_until_the_budget_ends() -> None:
    clock, attempts, fault = run(60, lambda _: throttled())
    assert attempts > ATTEMPTS
    assert clock.time <= 60
    assert fault is not None


def test_other_faults_are_tried_a_fixed_number_of_times() -> None:
    _, attempts, fault = run(300, lambda _: failed())
    assert attempts == ATTEMPTS
    assert fault is not None


def test_waits_grow_without_a_retry_after() -> None:
    clock, _, _ = run(300, lambda _: failed())
    assert clock.waits == sorted(clock.waits)
    assert len(set(clock.waits)) == len(clock.waits)


@pytest.mark.parametrize(("wish", "wait"), [(0, 0), (2, 2.1), (10, 10.5), (100, 100.5)])
def test_a_tenth_more_than_asked_for_is_waited_and_at_most_a_second(wish: float, wait: float) -> None:
    clock, _, _ = run(300, lambda attempt: throttled(wish) if attempt == 1 else None)
    assert clock.waits == [pytest.approx(wait)]


def test_waits_double_with_jitter_over_their_upper_half_and_end_at_half_a_minute() -> None:
    clock, _, _ = run(300, lambda attempt: throttled() if attempt <= 9 else None)
    assert clock.waits == [pytest.approx(0.75 * 0.4 * 2**n) for n in range(7)] + [pytest.approx(0.75 * 30)] * 2


def test_a_wait_that_would_take_all_that_is_left_is_not_begun() -> None:
    assert run(10.5, lambda _: throttled(10))[0].waits == []
    assert run(10.75, lambda attempt: throttled(10) if attempt == 1 else None)[0].waits == [10.5]


def test_each_wait_is_logged_with_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "auditor.graph.retry"):
        run(300, lambda attempt: {1: throttled(2.00026), 2: failed()}.get(attempt))
    told = [(one.getMessage(), one.__dict__["cause"], one.__dict__["wait_s"]) for one in caplog.records]
    assert told == [("throttled, waiting", "wait", 2.1), ("trying again", "500", 0.6)]
    assert [one.__dict__["attempt"] for one in caplog.records] == [1, 2]


def test_a_budget_knows_its_length() -> None:
    assert Budget(12.5).seconds == 12.5


@given(st.floats(0.1, 50), st.lists(st.one_of(st.none(), st.floats(0, 400)), min_size=1, max_size=12))
def test_no_sequence_of_wishes_overdraws_the_budget(seconds: float, wishes: list[float | None]) -> None:
    clock, _, _ = run(seconds, lambda attempt: throttled(wishes[(attempt - 1) % len(wishes)]) if attempt < 40 else None)
    assert clock.time <= seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1.0),
        ("0.5", 0.5),
        ("315", 315.0),
        ("-3", 0.0),
        ("Sun, 22 Nov 2026 12:02:00 GMT", 120.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 12:02:00 -0000", 120.0),
        ("Sun, 22 Nov 2026 14:02:00 +0200", 120.0),
        ("Sun, 22 Nov 99999999999999999999 12:02:00 GMT", None),
        ("nan", 0.0),
        ("", None),
        ("soon", None),
    ],
)
def test_retry_after_in_every_form(header: str, seconds: float | None) -> None:
    fault = transient_fault(429, {"Retry-After": header}, lambda: NOW)
    assert fault is not None
    assert fault.retry_after == seconds
    assert fault.throttled


@given(st.text(max_size=60))
def test_any_wish_is_a_number_of_seconds_or_none(wish: str) -> None:
    fault = transient_fault(429, {"Retry-After": wish})
    assert fault is not None
    assert fault.retry_after is None or fault.retry_after >= 0


def test_a_date_is_held_against_the_clock_where_no_other_is_given() -> None:
    fault = transient_fault(429, {"Retry-After": "Sun, 22 Nov 2020 12:02:00 GMT"})
    assert fault is not None
    assert fault.retry_after == 0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_s_fault_is_transient_but_no_throttling(status: int) -> None:
    fault = transient_fault(status, {})
    assert fault is not None
    assert not fault.throttled
    assert (fault.cause, str(fault)) == (f"the service answered with status {status}",) * 2
    assert (fault.outcome, fault.retry_after) == (Outcome.FAILED, None)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (429, Outcome.THROTTLED),
        (503, Outcome.THROTTLED),
        (500, Outcome.FAILED),
        (502, Outcome.FAILED),
        (504, Outcome.FAILED),
    ],
)
def test_a_wish_makes_a_503_throttling_and_is_kept_elsewhere(status: int, outcome: Outcome) -> None:
    fault = transient_fault(status, {"retry-AFTER": "7"})
    assert fault is not None
    assert (fault.outcome, fault.retry_after) == (outcome, 7)
    said = "asked to wait (status {})" if outcome is Outcome.THROTTLED else "answered with status {}"
    assert fault.cause == "the service " + said.format(status)


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 410, 501])
def test_other_statuses_are_final(status: int) -> None:
    assert transient_fault(status, {"Retry-After": "1"}) is None
