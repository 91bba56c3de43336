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


def test_retry_after_is_followed_past_the_stock_handler_s_180_seconds() -> None:
    clock, attempts, fault = run(400, lambda attempt: throttled(315) if attempt == 1 else None)
    assert (attempts, fault) == (2, None)
    assert 315 <= clock.waits[0] <= 316


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
        ("soon", None),
    ],
)
def test_retry_after_in_every_form(header: str, seconds: float | None) -> None:
    fault = transient_fault(429, {"Retry-After": header}, lambda: NOW)
    assert fault is not None
    assert fault.retry_after == seconds
    assert fault.throttled


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_s_fault_is_transient_but_no_throttling(status: int) -> None:
    fault = transient_fault(status, {})
    assert fault is not None
    assert not fault.throttled


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 410, 501])
def test_other_statuses_are_final(status: int) -> None:
    assert transient_fault(status, {"Retry-After": "1"}) is None
