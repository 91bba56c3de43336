"""Standard output that cannot cost a command its exit code: a reader that goes away, a full disk, an old locale.

What a scan found is said by its exit code and its files. So a summary that nobody reads to its end must neither end the
run nor turn its code into success. Data in a file or a pipe is UTF-8 whatever the locale; a terminal gets its own
encoding, with escapes for what that lacks. This room never decides an exit code.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Outlet(io.RawIOBase):
    """Writes to ``below`` until that fails once, and drops the rest; without ``below`` it drops everything."""

    def __init__(self, below: BinaryIO | None) -> None:
        self._below = below
        self.fault: OSError | None = None
        """What stopped it; None while all was written."""

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self._below is not None and self._below.isatty()

    def fileno(self) -> int:
        """The descriptor below; raises OSError where there is none."""
        if self._below is None:
            raise io.UnsupportedOperation("fileno")
        return self._below.fileno()

    def write(self, content: "ReadableBuffer", /) -> int:
        """Hand all of ``content`` on, or drop it; never raises for what lies below."""
        size = memoryview(content).nbytes
        if self._below is not None and self.fault is None:
            try:
                self._below.write(content)
                self._below.flush()
            except OSError as error:
                self.fault = error
        return size


@contextmanager
def standard_output() -> Iterator[Outlet]:
    """Put an outlet in the place of ``sys.stdout``, and something in the place of a standard error that is closed."""
    stdout, stderr = sys.stdout, sys.stderr
    outlet = Outlet(stdout.buffer if stdout is not None else None)
    encoding = stdout.encoding if outlet.isatty() else "utf-8"
    stream = io.TextIOWrapper(
        io.BufferedWriter(outlet), encoding=encoding, errors="backslashreplace", line_buffering=outlet.isatty()
    )
    sys.stdout = stream
    if stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it is the process's, for as long as it runs
    try:
        yield outlet
    finally:
        stream.flush()
        sys.stdout = stdout
        if outlet.fault is not None:
            _drop(stdout)


def _drop(stream: TextIO) -> None:
    """Let what the broken stream still holds go nowhere: the interpreter flushes it once more at its end."""
    try:
        descriptor = stream.fileno()
    except OSError:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
