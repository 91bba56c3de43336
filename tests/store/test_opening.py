"""Opening: made private, migrated with a copy, refused where newer or foreign, and shared between processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from auditor import __version__
from auditor.store import Store, open_store
from auditor.store.errors import StoreBusy, StoreDamaged, StoreError, StoreMissing, StoreTooNew
from auditor.store.migrate import scripts
from auditor.store.opening import HEAD, KNOWN
from auditor.store.tables import metadata
from tests.store import dying
from tests.store import sample as s

ROOT = Path(__file__).parents[2]


def test_the_constants_name_the_scripts() -> None:
    found = [script.revision for script in scripts().walk_revisions()]
    assert found[0] == HEAD
    assert tuple(reversed(found)) == KNOWN


def test_the_migrations_make_the_tables_that_the_code_uses(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with open_store(f"sqlite:///{path}") as store:
        s.whole(store, "s-1", "2026-11-20T00:00:00Z", s.result())
        assert {entry.stat().st_mode & 0o077 for entry in tmp_path.iterdir()} == {0}
    path.chmod(0o644)
    open_store(f"sqlite:///{path}").close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_older_store_is_migrated_and_a_copy_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    dying.older(path)
    with open_store(f"sqlite:///{path}") as store:
        assert store.result("s-1").tenants == (s.result(1), s.result(2))
        store.approve_baseline(s.tenant_id(1), "x", scan="latest", by="a", reason="b", at="2026-11-22T00:00:00Z")
    copy = tmp_path / "history.db.schema-0001.bak"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert connection.execute("SELECT count(*) FROM results").fetchone() == (4,)
    assert not list(tmp_path.glob("*.part"))


def test_a_newer_store_is_refused_with_the_version_needed(address: str) -> None:
    with open_store(address) as store, store._engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE store_info SET value = '7.1.0'"))
    with pytest.raises(StoreTooNew, match=r"written by version 7\.1\.0 \(schema 9999\)") as caught:
        open_store(address)
    assert __version__ in str(caught.value)
    assert "7.1.0 or newer" in caught.value.hint


def test_a_database_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE scans (x)")
        connection.commit()
    content = path.read_bytes()
    with pytest.raises(StoreDamaged, match="no history store"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:////nowhere/at/all/x.db", "cannot be opened"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("mysql://host/name", "cannot be a mysql"),
        ("nonsense", "cannot be read"),
    ],
)
def test_addresses_that_cannot_be_used(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        open_store(url)


def test_a_password_is_never_told(postgres: str) -> None:
    host = postgres.rpartition("@")[2].partition("/")[0]
    url = f"postgresql://auditor:hunter2canary@{host}/not_there?sslpassword=hunter2canary"
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "hunter2canary" not in str(caught.value)
    assert "not_there" in str(caught.value)


def test_reading_does_not_make_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="no history store"):
        open_store(f"sqlite:///{tmp_path / 'history.db'}", create=False)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_store_that_somebody_holds_too_long(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    with open_store(url, busy_s=0.2) as store, closing(sqlite3.connect(tmp_path / "history.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="held by another process"):
            s.begin(store, "s-1", "2026-11-20T00:00:00Z")
        assert store.list() == ()
        other.rollback()
        s.begin(store, "s-1", "2026-11-20T00:00:00Z")


WRITER = """
import sys
from auditor.store import open_store
from tests.store import sample as s
address, scan = sys.argv[1:]
with open_store(address) as store:
    s.whole(store, scan, "2026-11-20T00:00:00Z", *(s.result(n, relay=f"https://{n % 3}") for n in range(1, 13)))
"""


def test_two_processes_at_once_both_land(address: str) -> None:
    """From nothing: they race to make the store, then to write the same content."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, address, scan], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for scan in ("one", "two")
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    expected = sorted(
        (s.result(number, relay=f"https://{number % 3}") for number in range(1, 13)),
        key=lambda tenant: tenant.tenant.name,
    )
    with open_store(address) as store:
        assert {info.id for info in store.list()} == {"one", "two"}
        for scan in ("one", "two"):
            assert list(store.result(scan).tenants) == expected


def test_threads_share_a_store(store: Store) -> None:
    s.begin(store, "s-1", "2026-11-20T00:00:00Z", tuple(range(1, 9)))
    threads = [threading.Thread(target=store.record_tenant, args=("s-1", s.result(number))) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.unfinished()[0].done) == 8
