"""Killed at every statement, commit and file operation: the store is an old state or the new, and goes on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from auditor.model.finding import Verdict
from auditor.store import Store, open_store
from auditor.store.errors import StoreError
from tests.store import dying
from tests.store import sample as s

ROOT = Path(__file__).parents[2]


def state(store: Store) -> bytes:
    """All that can be seen of a store."""
    return b"\n".join([*store.export(), *(msgspec.json.encode(waiting) for waiting in store.unfinished())])


def killed(python: str, work: str, folder: Path) -> int:
    command = [python, "-m", "tests.store.dying", work, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=280)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def allowed(address: str) -> dict[bytes, str]:
    """Every state that the undisturbed work goes through."""
    states: dict[bytes, str] = {}

    def look(name: str) -> None:
        with open_store(address) as other:
            states[state(other)] = name

    dying.scanning(address, lambda point: None, look)
    return states


@pytest.mark.fault(9)
def test_scanning_and_pruning(python: str, tmp_path: Path) -> None:
    states = allowed(f"sqlite:///{tmp_path / 'whole.db'}")
    (folder := tmp_path / "killed").mkdir()
    points = killed(python, "scanning", folder)
    assert points > 100
    seen = set()
    for point in range(1, points + 1):
        path = folder / f"{point}.db"
        if not path.exists():
            seen.add("nothing")
            continue
        with open_store(f"sqlite:///{path}") as store:
            now = state(store)
            assert now in states, f"torn at point {point}"
            seen.add(states[now])
            _goes_on(store)
        assert path.stat().st_mode & 0o777 == 0o600
    assert seen == {"nothing", *states.values()}


@pytest.mark.fault(9)
def test_migrating(python: str, tmp_path: Path) -> None:
    dying.older(tmp_path / "older.db")
    with open_store(f"sqlite:///{tmp_path / 'older.db'}") as store:
        expected = state(store)
    (tmp_path / "older.db").unlink()
    (tmp_path / "older.db.schema-0001.bak").unlink()
    dying.older(tmp_path / "older.db")
    points = killed(python, "migrating", tmp_path)
    assert points > 10
    copies = 0
    for point in range(1, points + 1):
        path = tmp_path / f"{point}.db"
        with open_store(f"sqlite:///{path}") as store:
            assert state(store) == expected, f"torn at point {point}"
        copy = path.with_name(f"{path.name}.schema-0001.bak")
        copies += copy.exists()
        assert copy.exists()
        with open_store(f"sqlite:///{copy}") as kept:
            assert state(kept) == expected
    assert copies == points


def _goes_on(store: Store) -> None:
    """The scan that died is resumed; another is recorded after it."""
    for waiting in store.unfinished():
        for number in (1, 2):
            if s.tenant_id(number) not in waiting.done:
                store.record_tenant(waiting.scan.id, s.result(number))
        store.finish_scan(waiting.scan.id, finished_at="2026-11-22T00:00:00Z", verdict=Verdict.NON_COMPLIANT)
        assert len(store.result(waiting.scan.id).tenants) == 2
    s.whole(store, "next", "2026-11-23T00:00:00Z", s.result(1))
    assert store.result("latest").tenants == (s.result(1),)


@pytest.mark.fault(9)
def test_a_write_that_fails_leaves_nothing(address: str) -> None:
    """The n-th statement raises instead of killing, on both databases: the transaction is undone."""
    stop = _Stop()
    with open_store(address, fault=stop) as store:
        before = state(store)
        for point in range(1, 40):
            stop.left = point
            try:
                s.begin(store, "s-1", "2026-11-20T00:00:00Z")
            except _StoppedError:
                assert state(store) == before
            else:
                break
        else:
            pytest.fail("the work does not end")
        assert point > 2
        stop.left = 0
        assert [info.id for info in store.list()] == ["s-1"]


class _StoppedError(Exception):
    pass


class _Stop:
    """A fault that raises at the n-th statement from now."""

    left = 0

    def __call__(self, name: str) -> None:
        if name == "execute" and self.left:
            self.left -= 1
            if self.left == 0:
                raise _StoppedError


def test_damage_is_told_and_not_given_out(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with open_store(f"sqlite:///{path}") as store:
        s.whole(store, "s-1", "2026-11-20T00:00:00Z", s.result(1))
        from sqlalchemy import text

        with store._engine.connect() as connection, connection.begin():
            connection.execute(text("UPDATE blobs SET sha256 = zeroblob(32) WHERE id = 2"))
        with pytest.raises(StoreError, match="does not match its hash"):
            store.result("s-1")
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="no history store"):
        open_store(f"sqlite:///{path}")
