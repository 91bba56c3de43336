"""How a scan gets on, with an estimate of what is left: a bar on a terminal, lines without one.

Without a terminal a few tenants have a line each; of many, those that could not be read whole have one as they finish,
and the rest is counted at intervals, so that a scheduler's log stays readable.
"""

import logging
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from auditor.cli.exits import say
from auditor.logs import lines_are_json
from auditor.model.finding import TenantStatus
from auditor.model.result import TenantResult

FEW = 20
"""Up to so many tenants have a line each."""
INTERVAL_S = 10.0
"""Seconds between two counts."""
_FIRST_ESTIMATE = 5
"""Before so many have finished, nothing is said of the time left."""


class Progress:
    """Counts finished tenants on standard error. ``done`` of ``total`` were done before; ``clock`` is in seconds."""

    def __init__(self, total: int, done: int = 0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._before = done
        self._done = done
        self._failed = 0
        self._clock = clock
        self._begun = self._told = clock()
        self._bar: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not lines_are_json():
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, initial=self._done, unit="tenant", file=sys.stderr, leave=False)
        elif self._before:
            say(f"{self._before} of {self._total} tenants were done before", level=logging.INFO)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._total > FEW:
            self._count()

    @property
    def done(self) -> int:
        """Tenants that are finished, those of before included."""
        return self._done

    def finished(self, result: TenantResult) -> None:
        """Tell that a tenant is done."""
        self._done += 1
        self._failed += result.status is TenantStatus.FAILED
        if self._bar is not None:
            self._bar.set_postfix_str(f"{self._failed} failed" if self._failed else "", refresh=False)
            self._bar.update()
            return
        if self._total <= FEW or lines_are_json() or result.status is TenantStatus.FAILED:
            self._line(result)
        if self._total > FEW and self._clock() - self._told >= INTERVAL_S:
            self._told = self._clock()
            self._count()

    def _line(self, result: TenantResult) -> None:
        cause = f": {visible(result.cause)}" if result.cause else ""
        say(
            f"[{self._done}/{self._total}] {visible(result.tenant.name)}: {result.status.value}{cause}",
            level=logging.INFO,
            tenant=result.tenant.id,
            status=result.status.value,
            verdict=result.verdict.value,
        )

    def _count(self) -> None:
        failed = f", {self._failed} failed" if self._failed else ""
        left = self._seconds_left()
        estimate = f", about {duration(left)} left" if left is not None else ""
        say(
            f"{self._done} of {self._total} tenants{failed}{estimate}",
            level=logging.INFO,
            done=self._done,
            total=self._total,
            failed=self._failed,
        )

    def _seconds_left(self) -> float | None:
        """At the rate so far; None where that is not known yet, and at the end."""
        here = self._done - self._before
        if here < _FIRST_ESTIMATE or self._done == self._total:
            return None
        return (self._clock() - self._begun) / here * (self._total - self._done)


def duration(seconds: float) -> str:
    """A length of time in words for people: ``40 s``, ``5 min``, ``2 h 5 min``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def visible(text: str) -> str:
    """``text`` for a terminal: control and formatting characters are shown as escapes, never sent."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
