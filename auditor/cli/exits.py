"""Exit codes, and how failures are told."""

import io
import logging
import sys
import tempfile
import traceback
from enum import IntEnum

from auditor.logs import lines_are_json, redact

log = logging.getLogger(__name__)


class Exit(IntEnum):
    """What the process says to its caller; documented in the README."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOT_ASSESSED = 3
    BUG = 4
    INTERRUPTED = 130
    TERMINATED = 143


def say(text: str, *, level: int = logging.ERROR, **details: object) -> None:
    """Tell something on standard error: a line as it is, or a log line with ``details`` where these are JSON."""
    if lines_are_json():
        log.log(level, text.removeprefix("auditor: "), extra=details)
    else:
        print(redact(text), file=sys.stderr)


def fail(message: str, hint: str = "") -> int:
    """Tell a usage or configuration error in one line, with its hint; gives exit code 2."""
    say(f"auditor: {message} {hint}".strip())
    return Exit.USAGE


def report_bug(error: Exception) -> int:
    """Keep the traceback in a file of the owner's, say where it is; gives exit code 4."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="auditor-traceback-", suffix=".txt", delete=False, encoding="utf-8"
    ) as stream:
        told = io.StringIO()
        traceback.print_exception(error, file=told)
        stream.write(redact(told.getvalue()))
    say(f"auditor: internal error ({type(error).__name__}): this is a bug. The traceback is in {stream.name}.")
    return Exit.BUG
