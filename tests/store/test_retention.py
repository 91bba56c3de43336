"""Retention and export: what goes, what stays readable, and that nothing is left behind."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from auditor.store import Store, open_store
from auditor.store.errors import NoSuchScan
from auditor.store.tables import blobs, outcomes, receipts
from auditor.store.writing import RECEIPTS
from tests.store import sample as s

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def count(store: Store, table: object) -> int:
    with store._engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def fill(store: Store, days: range) -> None:
    for day in days:
        s.whole(store, f"s-{day:02}", f"2026-11-{day:02}T00:00:00Z", s.result(relay=f"https://{day}"), s.result(2))


def test_keep_last(store: Store) -> None:
    fill(store, range(1, 8))
    expected = store.result("s-07"), store.result("s-06")
    pruned = store.prune(now=NOW, keep_last=2)
    assert (pruned.scans, pruned.results) == (5, 10)
    assert [info.id for info in store.list()] == ["s-06", "s-07"]
    assert (store.result("s-07"), store.result("s-06")) == expected
    assert count(store, outcomes) == 3
    with pytest.raises(NoSuchScan):
        store.scan("s-01")


def test_keep_days_and_the_latest_always_stays(store: Store) -> None:
    fill(store, range(1, 8))
    assert store.prune(now=NOW, keep_days=17).scans == 4
    assert [info.id for info in store.list()] == ["s-05", "s-06", "s-07"]
    assert store.prune(now=NOW, keep_days=0).scans == 2
    assert [info.id for info in store.list()] == ["s-07"]
    assert store.prune(now=NOW, keep_days=0).scans == 0


def test_either_limit_keeps(store: Store) -> None:
    fill(store, range(1, 8))
    assert store.prune(now=NOW, keep_days=17, keep_last=5).scans == 2


def test_no_content_is_left_behind(store: Store) -> None:
    fill(store, range(1, 8))
    store.prune(now=NOW, keep_last=1)
    with store._engine.connect() as connection:
        held = {row.id for row in connection.execute(select(blobs.c.id))}
        bases = {row.base for row in connection.execute(select(blobs.c.base)) if row.base}
        used = {row.result for row in connection.execute(select(outcomes.c.result))}
        used |= {row.snapshot for row in connection.execute(select(outcomes.c.snapshot))}
    assert held - used - bases == set() or len(held - used - bases) == 1  # the scan's head
    assert store.result("s-07").tenants[0] == s.result(relay="https://7")


def test_a_scan_that_died_goes_with_its_time(store: Store) -> None:
    s.begin(store, "died", "2026-11-01T12:00:00Z")
    store.record_tenant("died", s.result())
    fill(store, range(2, 5))
    s.begin(store, "runs", "2026-11-21T00:00:00Z")
    assert store.prune(now=NOW, keep_last=3).scans == 1
    assert [info.id for info in store.list()] == ["s-02", "s-03", "s-04", "runs"]


def test_receipts_are_kept_of_the_last_scans(store: Store) -> None:
    for day in range(1, RECEIPTS + 3):
        drift = s.drift(f"s-{day - 1:02}", f"s-{day:02}", changed=False)
        s.whole(store, f"s-{day:02}", f"2026-11-{day:02}T00:00:00Z", s.result(drift=drift))
    assert count(store, receipts) == RECEIPTS
    (kept,) = store.result("s-03").tenants
    assert [entry.request_id for entry in kept.coverage] == ["r-1", None]
    (tenant,) = store.result("s-02").tenants
    assert [entry.request_id for entry in tenant.coverage] == [None, None]
    assert tenant.findings == s.result().findings
    assert tenant.drift is not None
    assert (tenant.drift.before_scan, tenant.drift.after_scan, tenant.drift.changes) == ("s-01", "s-02", ())


def test_export_gives_everything_as_lines(store: Store) -> None:
    fill(store, range(1, 3))
    store.approve_baseline(s.tenant_id(1), "tenant 1", scan="latest", by="a", reason="b", at="2026-11-22T00:00:00Z")
    lines = [json.loads(line) for line in store.export()]
    assert lines[0] == {"format": "auditor-history", "version": 1}
    assert [next(iter(line)) for line in lines[1:]] == [
        "scan",
        "scan_id",
        "scan_id",
        "scan",
        "scan_id",
        "scan_id",
        "baseline",
    ]
    assert lines[2]["tenant"]["snapshot"]["tenantId"] == s.tenant_id(1)
    assert len(list(store.export(["s-01"]))) == 4


def test_the_file_gives_the_room_back(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        for day in range(1, 21):
            noise = "".join(hashlib.sha256(f"{day}-{part}".encode()).hexdigest() for part in range(500))
            s.whole(store, f"s-{day:02}", f"2026-11-{day:02}T00:00:00Z", s.result(relay=f"https://{noise}"))
        before = sum(file.stat().st_size for file in tmp_path.iterdir())
        store.prune(now=NOW, keep_last=1)
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) < before / 2
