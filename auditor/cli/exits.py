"""Exit codes, and how failures are told."""

import sys
import tempfile
import traceback
from enum import IntEnum


class Exit(IntEnum):
    """What the process says to its caller; documented in the README."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOT_ASSESSED = 3
    BUG = 4
    INTERRUPTED = 130
    TERMINATED = 143


def fail(message: str, hint: str = "") -> int:
    """Tell a usage or configuration error in one line, with its hint; gives exit code 2."""
    print(f"auditor: {message} {hint}".strip(), file=sys.stderr)
    return Exit.USAGE


def report_bug(error: Exception) -> int:
    """Keep the traceback in a file of the owner's, say where it is; gives exit code 4."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="auditor-traceback-", suffix=".txt", delete=False, encoding="utf-8"
    ) as stream:
        traceback.print_exception(error, file=stream)
    print(
        f"auditor: internal error ({type(error).__name__}): this is a bug. The traceback is in {stream.name}.",
        file=sys.stderr,
    )
    return Exit.BUG
