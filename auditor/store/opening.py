"""Opening a store: made where there is none, migrated where older (a copy is kept), refused where newer."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from auditor import __version__
from auditor.store.connection import Fault, connect, no_fault, outside, reading, safe, write
from auditor.store.errors import StoreDamaged, StoreError, StoreMissing, StoreTooNew
from auditor.store.store import Store
from auditor.store.tables import info

HEAD = "0003"
"""The newest migration; a test holds it against the scripts."""
KNOWN = ("0001", "0002", "0003")
BUSY_S = 30.0
_OWNER_ONLY = 0o600
_LOCK = 0x61756469
"""PostgreSQL's advisory lock of whoever migrates: "audi"."""


def open_store(url: str, *, create: bool = True, busy_s: float = BUSY_S, fault: Fault = no_fault) -> Store:
    """The store at ``url`` (``sqlite:///FILE`` or ``postgresql+psycopg://…``), ready to use.

    A SQLite file is made for its owner alone. ``create=False`` raises :class:`StoreMissing` where there is none yet.
    ``busy_s``: how long to wait for another process, in seconds.
    """
    address = _address(url)
    path = _file(address)
    if path is not None:
        _prepare(path, create, fault)
    engine = connect(address, busy_s=busy_s, fault=fault)
    try:
        with reading(engine) as connection:
            revision = _revision(connection, address)
        if path is not None:
            outside(engine, "PRAGMA journal_mode=WAL")
        if revision != HEAD:
            if revision is None and not create:
                raise StoreMissing(f"There is no history in {safe(address)} yet.", "Run a scan first.")
            write(engine, lambda connection: _migrate(connection, engine, path, fault), fault)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, fault=fault)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "The history store's address cannot be read.", "Write sqlite:///FILE or postgresql+psycopg://HOST/NAME."
        ) from error
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise StoreError(
            f"The history store cannot be a {address.drivername} database.",
            "Use sqlite:///FILE or postgresql+psycopg://HOST/NAME.",
        )
    if address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:"):
        raise StoreError("The history store must be a file.", "Use sqlite:///FILE, or --no-history for none.")
    return address


def _file(address: URL) -> Path | None:
    return Path(str(address.database)) if address.get_backend_name() == "sqlite" else None


def _prepare(path: Path, create: bool, fault: Fault) -> None:
    """Make the file for its owner alone, and take away what others may do with one that is there."""
    try:
        if not path.exists():
            if not create:
                raise StoreMissing(f"There is no history store {path}.", "Run a scan first, or name one with --store.")
            fault("create")
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, _OWNER_ONLY))
            fault("created")
        elif path.is_dir():
            raise StoreError(f"The history store {path} is a folder.", "Name a file.")
        elif path.stat().st_mode & 0o077 and path.stat().st_uid == _user():
            path.chmod(_OWNER_ONLY)
            fault("chmod")
    except OSError as error:
        raise StoreError(
            f"The history store {path} cannot be opened: {error.strerror}.", "Check the folder and its permissions."
        ) from error


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else -1


def _revision(connection: Connection, address: URL) -> str | None:
    """The migration that the store is at; None where it is empty. Raises for what is newer, or none of ours."""
    names = set(inspect(connection).get_table_names())
    if "alembic_version" not in names:
        if names & {"scans", "blobs"} or (names and address.get_backend_name() == "sqlite"):
            raise StoreDamaged(f"{safe(address)} is no history store.", "Name another file.")
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if revision is None or revision in KNOWN:
        return revision
    writer = None
    if "store_info" in names:
        writer = connection.execute(select(info.c.value).where(info.c.key == "written_by")).scalar_one_or_none()
    raise StoreTooNew(
        f"The history store {safe(address)} was written by version {writer or 'unknown'} (schema {revision}); "
        f"this is {__version__}.",
        f"Use entra-saml-auditor {writer or 'a newer version'} or newer." if writer else "Use a newer version.",
    )


def _migrate(connection: Connection, engine: Engine, path: Path | None, fault: Fault) -> None:
    """Bring the store to :data:`HEAD` in the caller's transaction, which holds the write lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    revision = _revision(connection, engine.url)
    if revision == HEAD:
        return  # another process was quicker
    if revision is not None and path is not None:
        _keep_copy(path, revision, fault)
    from auditor.store.migrate import upgrade

    upgrade(connection, HEAD)
    connection.execute(info.delete().where(info.c.key == "written_by"))
    connection.execute(info.insert().values(key="written_by", value=__version__))


def _keep_copy(path: Path, revision: str, fault: Fault) -> None:
    """A whole copy of the file as it is, beside it, under its final name only when it is complete."""
    final = path.with_name(f"{path.name}.schema-{revision}.bak")
    part = final.with_name(f"{final.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
        fault("copy")
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        fault("copied")
        part.replace(final)
        fault("renamed")
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"No copy of the history store could be kept before it is migrated: {error}.", "Make room beside it."
        ) from error
