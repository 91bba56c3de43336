"""How a scan gets on: a bar where standard error is a terminal, a line for each tenant where it is not."""

import logging
import sys
from types import TracebackType
from typing import Any, Self

from auditor.cli.exits import say
from auditor.logs import lines_are_json
from auditor.model.result import TenantResult


class Progress:
    """Counts finished tenants on standard error."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not lines_are_json():
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, unit="tenant", file=sys.stderr, leave=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def finished(self, result: TenantResult) -> None:
        """Tell that a tenant is done."""
        self._done += 1
        if self._bar is not None:
            self._bar.update()
            return
        cause = f": {visible(result.cause)}" if result.cause else ""
        say(
            f"[{self._done}/{self._total}] {visible(result.tenant.name)}: {result.status.value}{cause}",
            level=logging.INFO,
            tenant=result.tenant.id,
            status=result.status.value,
            verdict=result.verdict.value,
        )


def visible(text: str) -> str:
    """``text`` for a terminal: control and formatting characters are shown as escapes, never sent."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
