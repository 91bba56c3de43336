"""The retry budget: what is tried again, after how long, and when to stop. Reads alone are ever repeated.

One budget belongs to one tenant and covers its waits and its work. Graph's own wish (``Retry-After``, in seconds or
as a date) is followed where the budget can pay for it, and where it cannot, nothing is waited for. Without one the wait
grows exponentially, with jitter over its upper half. Throttling is waited out for as long as the budget lasts; other
faults are tried :data:`ATTEMPTS` times. Source: Microsoft Graph throttling guidance; RFC 9110, Retry-After.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from auditor.model.evidence import Outcome

T = TypeVar("T")
log = logging.getLogger(__name__)

ATTEMPTS = 5
"""How often a request is sent that fails for another reason than throttling."""

_FIRST_WAIT_S = 0.4
_LONGEST_WAIT_S = 30.0
_TRANSIENT_STATUS = frozenset({429, 500, 502, 503, 504})


class Transient(Exception):
    """A fault that may pass: worth another try within the budget."""

    def __init__(self, outcome: Outcome, cause: str, *, retry_after: float | None = None) -> None:
        super().__init__(cause)
        self.outcome = outcome
        self.cause = cause
        self.retry_after = retry_after

    @property
    def throttled(self) -> bool:
        """True where the service asks for patience, so that the number of tries does not count."""
        return self.outcome is Outcome.THROTTLED


class Budget:
    """Seconds that one tenant may take, waits included, by the monotonic clock."""

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._end = clock() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._end - self._clock())

    async def run(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """``attempt`` until it does not raise :class:`Transient`, or raise the last one when it is time to stop."""
        try:
            return await attempt()
        except Transient as fault:
            first: Transient | None = fault

        async def attempt_again() -> T:
            nonlocal first
            if first is not None:  # the try that failed counts as the first: most reads never come here
                fault, first = first, None
                raise fault
            return await attempt()

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Transient),
            wait=self._wait,
            stop=self._stop,
            sleep=self._sleep,
            before_sleep=_told,
            reraise=True,
        )
        return await retrying(attempt_again)

    def _wait(self, state: RetryCallState) -> float:
        fault = _fault(state)
        if fault.retry_after is not None:
            return fault.retry_after + self._jitter() * min(1.0, 0.1 * fault.retry_after)
        longest: float = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(state.attempt_number - 1, 16))
        return longest * (0.5 + 0.5 * self._jitter())

    def _stop(self, state: RetryCallState) -> bool:
        if not _fault(state).throttled and state.attempt_number >= ATTEMPTS:
            return True
        return state.upcoming_sleep >= self.remaining


def _told(state: RetryCallState) -> None:
    fault = _fault(state)
    extra = {"cause": fault.cause, "wait_s": round(state.upcoming_sleep, 3), "attempt": state.attempt_number}
    log.info("throttled, waiting" if fault.throttled else "trying again", extra=extra)


def _fault(state: RetryCallState) -> Transient:
    fault = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(fault, Transient):
        raise TypeError("the retry budget judges transient faults alone")
    return fault


def transient_fault(
    status: int, headers: Mapping[str, str], now: Callable[[], datetime] | None = None
) -> Transient | None:
    """The transient fault that a status stands for, or None. ``headers`` are looked up without regard to case."""
    if status not in _TRANSIENT_STATUS:
        return None
    wish = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    wait = _retry_after(wish, now or _utc_now)
    if status == 429 or (status == 503 and wait is not None):
        return Transient(Outcome.THROTTLED, f"the service asked to wait (status {status})", retry_after=wait)
    return Transient(Outcome.FAILED, f"the service answered with status {status}", retry_after=wait)


def _retry_after(wish: str | None, now: Callable[[], datetime]) -> float | None:
    """Seconds that a Retry-After asks for: a number, with a fraction or not, or a date. None where it is unreadable."""
    if wish is None:
        return None
    try:
        return max(0.0, float(wish))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(wish)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now()).total_seconds())


def _utc_now() -> datetime:
    return datetime.now(UTC)
