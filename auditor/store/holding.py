"""Who runs a scan: one process at a time, so that none resumes what another still does.

The hold belongs to the process and ends with it, however it ends: a lock on a file beside a SQLite store, an advisory
lock of PostgreSQL's. Where a platform has no such file lock, nothing is held.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from auditor.store.connection import safe, told
from auditor.store.errors import StoreBusy, StoreError

_OWNER_ONLY = 0o600


@contextmanager
def held(engine: Engine, scan: str) -> Iterator[None]:
    """Hold ``scan`` for the length of the block; raises StoreBusy where another process does."""
    digest = hashlib.sha256(scan.encode()).digest()
    if engine.dialect.name == "postgresql":
        with _on_server(engine, scan, int.from_bytes(digest[:8], signed=True)):
            yield
    else:
        file = Path(str(engine.url.database))
        with _beside(file.with_name(f"{file.name}.running-{digest.hex()[:12]}"), scan, safe(engine.url)):
            yield


@contextmanager
def _on_server(engine: Engine, scan: str, key: int) -> Iterator[None]:
    with told(engine.url), engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one():
            raise _busy(scan, safe(engine.url))
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


@contextmanager
def _beside(path: Path, scan: str, store: str) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows
        yield
        return
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, _OWNER_ONLY)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be made: {error.strerror}.", "It marks a running scan; check the folder's permissions."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(scan, store) from error
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # another's business: the lock is what counts
                path.unlink()
    finally:
        os.close(handle)


def _busy(scan: str, store: str) -> StoreBusy:
    return StoreBusy(f"Scan {scan} in {store} runs in another process.", "Wait for it to finish, or end it.")
