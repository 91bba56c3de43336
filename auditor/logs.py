"""Logs: what happens while the program runs, one line each, for whoever collects them. Never a secret, at any level.

Built on the standard library's logging and nothing else, because the libraries below (azure-identity, msal, aiohttp)
log there already: one tree, one handler and one redaction hold for all of them, where a second logging library would
leave theirs beside it. Every line passes :class:`Redactor` last, messages and tracebacks alike.
"""

import json
import logging
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")

scan_id: ContextVar[str | None] = ContextVar("scan_id", default=None)
"""The scan that runs; every line of it carries the id."""
tenant_id: ContextVar[str | None] = ContextVar("tenant_id", default=None)
"""The tenant that is being read; each task of a fleet has its own."""

_as_json: ContextVar[bool] = ContextVar("as_json", default=False)
_OURS = "auditor"
_LIBRARIES = ("alembic", "aiohttp", "asyncio", "azure", "fontTools", "httpcore", "httpx", "msal", "sqlalchemy")
_SILENT = ("apprise", "weasyprint")
"""Their failures are told by whoever calls them, in words of our own."""
_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime", "taskName"}
_SHORTEST = 6
"""A protected value shorter than this would take ordinary words with it."""

_PATTERNS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), "[key]"),
    (re.compile(r"\beyJ[\w%-]{6,}\.[\w%-]+(?:\.[\w%-]*)?", re.ASCII), "[token]"),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]+", re.ASCII), r"\1[token]"),
    (
        re.compile(
            r"(?i)\b(client_secret|client_assertion|access_token|refresh_token|id_token|password|device_code)"
            r"(['\"]?\s*[=:]\s*['\"]?)[^\s&'\",}]+"
        ),
        r"\1\2[secret]",
    ),
    (re.compile(r"([?&](?:code|assertion|sig)=)[^\s&'\"]+"), r"\1[secret]"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+(@)"), r"\1[secret]\2"),
)


class Redactor:
    """Takes secrets out of a text: the values that it was told of, and whatever has the shape of one."""

    def __init__(self) -> None:
        self._values: tuple[str, ...] = ()

    def protect(self, values: Iterable[str]) -> None:
        """From now on none of ``values`` is let through; nor is one as ``repr`` or JSON would escape it."""
        known = set(self._values)
        for value in values:
            for form in (value, value.strip(), repr(value)[1:-1], json.dumps(value)[1:-1]):
                if len(form) >= _SHORTEST:
                    known.add(form)
        self._values = tuple(sorted(known, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """``text`` without secrets."""
        for value in self._values:
            text = text.replace(value, "[secret]")
        for pattern, put in _PATTERNS:
            text = pattern.sub(put, text)
        return text


redact = Redactor()
"""The process's redactor: the command line tells it the secrets that a configuration names, as soon as it is read."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, scan, tenant, then what the caller gave as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; what JSON cannot hold is told by its text."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            **_bound(),
            **{name: _clean(value) for name, value in _extras(record).items()},
        }
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """One line for a person: level, message, and what the caller gave as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The record in a line; control characters are shown as escapes, and a traceback follows."""
        parts = {**_bound(), **_extras(record)}
        told = f"auditor: {record.levelname.lower()}: {record.getMessage()}"
        told += "".join(f" {name}={value}" for name, value in parts.items())
        told = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in told)
        if record.exc_info:
            told += "\n" + self.formatException(record.exc_info)
        return redact(told)


@contextmanager
def written(stream: TextIO, *, form: str = "text", level: str = "warning") -> Iterator[None]:
    """Write the program's logs to ``stream`` for as long as the block runs; then all is as it was.

    ``level`` is for our own lines. Libraries tell errors alone, at debug their warnings too: what they say at lower
    levels holds headers and bodies.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root, ours = logging.getLogger(), logging.getLogger(_OURS)
    floor = logging.WARNING if level == "debug" else logging.ERROR
    levels = {ours: logging.getLevelNamesMapping()[level.upper()]}
    levels |= {logging.getLogger(name): floor for name in _LIBRARIES}
    levels |= {logging.getLogger(name): logging.CRITICAL + 1 for name in _SILENT}
    before = {logger: logger.level for logger in levels}
    mark = _as_json.set(form == "json")
    root.addHandler(handler)
    for logger, wanted in levels.items():
        logger.setLevel(wanted)
    try:
        yield
    finally:
        for logger, was in before.items():
            logger.setLevel(was)
        root.removeHandler(handler)
        _as_json.reset(mark)


def lines_are_json() -> bool:
    """True within :func:`written` as JSON: whoever would print to the same stream logs instead."""
    return _as_json.get()


class Stopwatch:
    """Milliseconds since it was made, by the monotonic clock: for log lines alone."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def ms(self) -> float:
        """Elapsed so far, to a tenth."""
        return round((time.monotonic() - self._start) * 1000, 1)


def _bound() -> dict[str, str]:
    found = {"scan": scan_id.get(), "tenant": tenant_id.get()}
    return {name: value for name, value in found.items() if value is not None}


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in _STANDARD}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {str(name): _clean(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(member) for member in value]
    return value if isinstance(value, int | float | bool) or value is None else redact(str(value))
