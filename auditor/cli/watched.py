"""A run that others watch: a sign of life when it begins and ends, metrics of it, its id on every line of the log."""

import logging
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from auditor import alerts
from auditor.cli.exits import Exit, say
from auditor.config import Config
from auditor.errors import UserError
from auditor.logs import scan_id
from auditor.model.result import ScanResult
from auditor.notify.metrics import Ran


class Watched:
    """Around a scan, from the configuration on; whatever goes wrong in here is told on standard error and no more."""

    def __init__(self, config: Config, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self._begun = time.monotonic()
        self._result: ScanResult | None = None
        self._code: int | None = None
        self._warnings: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        alerts.protect(self._config, self._environ)
        self._mark = scan_id.set(None)
        self._warn(alerts.sign_of_life(self._config.healthcheck, self._environ, None))
        return self

    def named(self, scan: str) -> None:
        """From now on the log's lines carry this scan's id."""
        scan_id.set(scan)

    def told(self, result: ScanResult, *, history: bool) -> ScanResult:
        """Notify; gives the result with all that has gone wrong in here until now."""
        for warning in alerts.tell(self._config, result, self._environ, history=history):
            self._warn(warning)
        self._result = alerts.with_warnings(result, self._warnings)
        return self._result

    def ended(self, code: int) -> int:
        """Take down the exit code, and give it back."""
        self._code = code
        return code

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        code = _code_of(error) if error is not None else self._code if self._code is not None else Exit.BUG
        ran = Ran(finished=time.time(), duration_s=round(time.monotonic() - self._begun, 3), exit_code=code)
        self._warn(alerts.write_metrics(self._config.metrics, self._result, ran))
        self._warn(alerts.sign_of_life(self._config.healthcheck, self._environ, code))
        scan_id.reset(self._mark)

    def _warn(self, warning: str | None) -> None:
        if warning is not None:
            self._warnings = (*self._warnings, warning)
            say(f"auditor: warning: {warning}", level=logging.WARNING)


def _code_of(error: BaseException) -> int:
    """The exit code that an error will end the process with."""
    if isinstance(error, UserError):
        return Exit.USAGE
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else Exit.FINDINGS
    return Exit.BUG
