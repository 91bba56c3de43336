"""The request log: what was asked of the emulator, in memory and, on request, as JSON lines in a file.

Bodies and tokens are never in it.
"""

from collections import deque
from pathlib import Path
from threading import Lock
from typing import IO

import msgspec


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of a ``$batch``."""

    id: str
    method: str
    url: str
    status: int
    fault: str | None = None
    """Name of the fault that a script applied."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One HTTP request. ``time`` is seconds since the epoch, ``tenant`` the id from the token, ``path`` with query."""

    time: float
    service: str
    method: str
    path: str
    host: str
    tenant: str | None
    client: str | None
    status: int
    request_id: str
    parts: tuple[Part, ...] = ()
    fault: str | None = None
    """Name of the fault that a script applied."""


class RequestLog:
    """Keeps the last ``limit`` entries; appends every entry to ``file`` where one is given."""

    def __init__(self, file: Path | None = None, limit: int = 200_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._lock = Lock()
        self._encode = msgspec.json.Encoder().encode
        self._stream: IO[bytes] | None = file.open("ab") if file else None

    def add(self, entry: Entry) -> None:
        """Add an entry."""
        with self._lock:
            self._entries.append(entry)
            if self._stream is not None:
                self._stream.write(self._encode(entry) + b"\n")
                self._stream.flush()

    def entries(self) -> list[Entry]:
        """The entries so far, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget the entries in memory."""
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._stream is not None:
                self._stream.close()
                self._stream = None
