"""Baselines in the store: who approved what, on top of it what was accepted, and that nothing is overwritten."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auditor.model.baseline import Acceptance
from auditor.store import Store
from auditor.store.errors import StoreError
from tests.store import sample as s

AT = "2026-11-22T12:00:00Z"
TENANT = s.tenant_id(1)


def approve(store: Store, scan: str = "latest", until: str | None = None) -> None:
    store.approve_baseline(TENANT, "tenant 1", scan=scan, by="an.auditor", reason="reviewed", at=AT, until=until)


def accepted(value: str = "1" * 64, until: str | None = None) -> Acceptance:
    return Acceptance("sp", "servicePrincipal.loginUrl", value, "an.owner", "known", AT, until)


def test_approve_show_clear(store: Store) -> None:
    s.whole(store, "s-1", "2026-11-20T00:00:00Z", s.result(relay="https://1"), s.result(2))
    assert store.baseline(TENANT) is None
    approve(store, until="2027-01-01T00:00:00Z")
    baseline = store.baseline(TENANT)
    assert baseline is not None
    assert (baseline.scan, baseline.by, baseline.reason, baseline.at) == ("s-1", "an.auditor", "reviewed", AT)
    assert baseline.until == "2027-01-01T00:00:00Z"
    assert store.baseline_snapshot(baseline) == s.snapshot(relay="https://1")
    assert store.baselines() == (baseline,)
    assert store.baseline(s.tenant_id(2)) is None
    assert store.clear_baseline(TENANT, by="x", reason="y", at=AT) == baseline
    assert store.baseline(TENANT) is None
    with pytest.raises(StoreError, match="no baseline"):
        store.clear_baseline(TENANT, by="x", reason="y", at=AT)


def test_a_new_approval_takes_the_place_of_the_last(store: Store) -> None:
    s.whole(store, "s-1", "2026-11-20T00:00:00Z", s.result(relay="https://1"))
    s.whole(store, "s-2", "2026-11-21T00:00:00Z", s.result(relay="https://2"))
    approve(store, "s-1")
    store.accept_change(TENANT, accepted())
    approve(store, "s-2")
    baseline = store.baseline(TENANT)
    assert baseline is not None
    assert (baseline.scan, baseline.acceptances) == ("s-2", ())
    assert len(store.baselines()) == 1


def test_paths_accepted_on_top(store: Store) -> None:
    s.whole(store, "s-1", "2026-11-20T00:00:00Z", s.result())
    with pytest.raises(StoreError, match="no baseline"):
        store.accept_change(TENANT, accepted())
    approve(store)
    store.accept_change(TENANT, accepted())
    store.accept_change(TENANT, accepted("2" * 64))
    baseline = store.accept_change(TENANT, accepted(until="2027-01-01T00:00:00Z"))
    assert {one.value_sha256[0]: one.until for one in baseline.acceptances} == {"1": "2027-01-01T00:00:00Z", "2": None}


def test_what_was_not_read_cannot_be_approved(store: Store) -> None:
    s.whole(store, "s-1", "2026-11-20T00:00:00Z", s.failed(1))
    with pytest.raises(StoreError, match="read nothing"):
        approve(store)


def test_pruning_spares_what_a_baseline_approves(store: Store) -> None:
    s.whole(store, "s-1", "2026-01-01T00:00:00Z", s.result(relay="https://1"))
    approve(store)
    s.whole(store, "s-2", "2026-11-20T00:00:00Z", s.result(relay="https://2"))
    assert store.prune(now=datetime(2026, 11, 21, tzinfo=UTC), keep_days=30).scans == 1
    baseline = store.baseline(TENANT)
    assert baseline is not None
    assert store.baseline_snapshot(baseline) == s.snapshot(relay="https://1")
