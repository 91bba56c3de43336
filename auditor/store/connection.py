"""The connection to the database: how it is set up, where it can be made to fail, and how its failures are told.

SQLite runs with a write-ahead log: readers never wait for a writer, and a process that is killed leaves the last
committed state. Writers take their lock at the start, so that two of them wait for each other instead of failing late.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, NoSuchModuleError, OperationalError

from auditor.store.errors import StoreBusy, StoreDamaged, StoreError

T = TypeVar("T")
Fault = Callable[[str], None]
"""Called around every statement, commit and file operation, with its name; a test may kill the process there."""

_WRITE = "auditor_write"
_TRIES = 4
_RETRY_STATES = ("40001", "40P01")
"""PostgreSQL: serialization failure, deadlock. The transaction was rolled back and can be run again."""


def no_fault(point: str) -> None:
    """The seam in ordinary use: nothing happens."""


def connect(url: URL, *, busy_s: float, fault: Fault) -> Engine:
    """An engine for ``url``; no connection is made yet."""
    sqlite = url.get_backend_name() == "sqlite"
    arguments: dict[str, Any] = (
        {"timeout": busy_s, "isolation_level": None, "check_same_thread": False}
        if sqlite
        else {"connect_timeout": max(2, int(busy_s)), "application_name": "auditor"}
    )
    try:
        engine = create_engine(url, connect_args=arguments)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            f"The driver for {safe(url)} is not installed.", "Install entra-saml-auditor[postgres]."
        ) from error
    if sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", lambda *_: fault("execute"))
    event.listen(engine, "after_cursor_execute", lambda *_: fault("executed"))
    event.listen(engine, "commit", lambda _: fault("commit"))
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state throughout."""
    with told(engine.url), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def write(engine: Engine, work: Callable[[Connection], T], fault: Fault = no_fault) -> T:
    """Run ``work`` in one transaction, again where the database asks for that; gives what it returns."""
    for attempt in range(_TRIES):
        try:
            with told(engine.url), engine.connect() as connection:
                with connection.execution_options(**{_WRITE: True}).begin():
                    outcome = work(connection)
                fault("committed")
                return outcome
        except _Again as error:
            if attempt == _TRIES - 1:
                raise StoreBusy("The history store is too busy to write to.", "Run fewer scans at once.") from error
    raise AssertionError("unreachable")


@contextmanager
def told(url: URL) -> Iterator[None]:
    """Failures of the database as errors of ours, which name the store and never a password."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state in _RETRY_STATES:
            raise _Again from error
        raise _translated(error, safe(url)) from error


class _Again(Exception):
    """The transaction failed for no fault of its own."""


def outside(engine: Engine, statement: str) -> None:
    """Run one statement of SQLite's that no transaction may surround."""
    with told(engine.url), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)


def safe(url: URL) -> str:
    """The store's address without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def _translated(error: DBAPIError, name: str) -> StoreError:
    text = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    lower = text.lower()
    if "locked" in lower or "busy" in lower or "lock timeout" in lower:
        return StoreBusy(
            f"The history store {name} is held by another process.", "Wait for it to finish and run this again."
        )
    if "not a database" in lower or "malformed" in lower:
        return StoreDamaged(f"{name} is no history store, or is damaged ({text}).", "Restore it from a copy.")
    if "full" in lower:
        return StoreError(f"There is no room left to write the history store {name}.", "Make room and run this again.")
    if "readonly" in lower or "read-only" in lower:
        return StoreError(f"The history store {name} cannot be written.", "Check its permissions.")
    if isinstance(error, OperationalError):
        return StoreError(f"The history store {name} cannot be used: {text}.")
    if isinstance(error, DatabaseError):
        return StoreDamaged(f"The history store {name} did not accept a statement: {text}.")
    return StoreError(f"The history store {name} cannot be used: {text}.")


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA cache_size=-32000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITE) else "BEGIN")
