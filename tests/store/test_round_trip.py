"""What is recorded comes back the same, on both databases."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.drift import Drift
from auditor.model.finding import Status, Verdict
from auditor.model.lifecycle import FindingHistory
from auditor.model.result import scan_verdict
from auditor.store import Store
from auditor.store.errors import NoSuchScan, StoreError
from auditor.store.packing import put_days, take_days
from tests.store import sample as s

DAY = "2026-11-{:02}T12:00:00Z"


def test_a_whole_scan_comes_back(store: Store) -> None:
    s.whole(store, "s-1", DAY.format(21), s.result(1), s.result(2))
    one, two, three = (
        s.result(1, drift=s.drift(), relay="https://x"),
        s.result(2, drift=s.drift(changed=False)),
        s.failed(3),
    )
    s.begin(store, "s-2", DAY.format(22), (1, 2, 3), scope="all")
    for tenant in (two, three, one):
        store.record_tenant("s-2", tenant, events=(s.event(),) if tenant is one else ())
    store.finish_scan("s-2", finished_at=DAY.format(22), verdict=scan_verdict((one, two, three)))
    whole = store.result("s-2")
    assert whole.tenants == (one, two, three)
    assert (whole.id, whole.started_at, whole.finished_at) == ("s-2", DAY.format(22), DAY.format(22))
    assert (whole.packs, whole.verdict, whole.options) == (s.PACKS, Verdict.NON_COMPLIANT, {"scope": "all"})
    assert store.result("s-2", tenants=[s.tenant_id(2)]).tenants == (two,)
    assert store.events(s.tenant_id(1), "s-1", "s-2") == (s.event(),)
    assert store.events(s.tenant_id(1), "s-2", "s-2") == ()


def test_latest_and_previous_go_by_recorded_time_and_are_finished(store: Store) -> None:
    with pytest.raises(NoSuchScan, match="no finished scan"):
        store.scan("latest")
    s.whole(store, "later", DAY.format(22), s.result())
    with pytest.raises(NoSuchScan, match="before the latest"):
        store.scan("previous")
    s.whole(store, "earlier", DAY.format(20), s.result())
    s.begin(store, "running", DAY.format(23))
    assert (store.scan("latest").id, store.scan("previous").id) == ("later", "earlier")
    assert [info.id for info in store.list()] == ["earlier", "later", "running"]
    s.whole(store, "later-too", DAY.format(22), s.result())
    assert (store.scan("latest").id, store.scan("previous").id) == ("later-too", "later")


def test_scans_are_found_by_the_beginning_of_their_id(store: Store) -> None:
    s.whole(store, "20261121-a", DAY.format(21), s.result())
    s.whole(store, "20261122-b", DAY.format(22), s.result())
    assert store.scan("20261122").id == "20261122-b"
    for name in ("2026", "20%", "", "nothing"):
        with pytest.raises(NoSuchScan):
            store.scan(name)


def test_previous_result_of_a_tenant_has_a_snapshot(store: Store) -> None:
    assert store.previous_tenant(s.tenant_id(1)) is None
    first = s.result(relay="https://1")
    s.whole(store, "s-1", DAY.format(20), first)
    s.whole(store, "s-2", DAY.format(21), s.failed(1))
    s.begin(store, "s-3", DAY.format(22))
    store.record_tenant("s-3", s.result(relay="https://3"))
    for before in ("s-3", "s-2", None):
        found = store.previous_tenant(s.tenant_id(1), before)
        assert found is not None
        assert (found.scan, found.result) == ("s-1", first)
    assert store.previous_tenant(s.tenant_id(1), "s-1") is None


def test_resuming_lists_what_is_done_and_replaces_what_is_recorded_again(store: Store) -> None:
    s.begin(store, "s-1", DAY.format(20), (1, 2))
    store.record_tenant("s-1", s.result(1, relay="https://old"), events=(s.event(),))
    store.record_tenant("s-1", s.result(1, relay="https://new"))
    (waiting,) = store.unfinished()
    assert (waiting.scan.id, waiting.done) == ("s-1", (s.tenant_id(1),))
    assert [tenant.id for tenant in waiting.scan.tenants] == [s.tenant_id(1), s.tenant_id(2)]
    store.record_tenant("s-1", s.result(2))
    store.finish_scan("s-1", finished_at=DAY.format(20), verdict=Verdict.UNKNOWN)
    assert store.unfinished() == ()
    assert store.result("s-1").tenants == (s.result(1, relay="https://new"), s.result(2))


def test_a_finished_scan_takes_nothing_more(store: Store) -> None:
    s.whole(store, "s-1", DAY.format(20), s.result())
    with pytest.raises(StoreError, match="finished"):
        store.record_tenant("s-1", s.result())
    with pytest.raises(StoreError, match="already"):
        s.begin(store, "s-1", DAY.format(21))
    with pytest.raises(NoSuchScan):
        store.record_tenant("s-2", s.result())


def test_a_wrong_hash_is_refused(store: Store) -> None:
    s.begin(store, "s-1", DAY.format(20))
    with pytest.raises(ValueError, match="snapshot_sha256"):
        store.record_tenant("s-1", msgspec.structs.replace(s.result(), snapshot_sha256="0" * 64))
    assert store.unfinished()[0].done == ()


def test_counts_and_trend(store: Store) -> None:
    s.whole(store, "s-1", DAY.format(20), s.result(1), s.result(2, statuses=(Status.PASS,)))
    s.whole(store, "s-2", DAY.format(21), s.result(1, drift=s.drift()), s.result(2, statuses=(Status.PASS,)))
    counts = store.scan("s-2").counts
    assert counts is not None
    assert (counts.tenants, counts.non_compliant, counts.compliant) == (2, 1, 1)
    assert (counts.high, counts.open, counts.waived, counts.not_assessed) == (1, 1, 2, 1)
    assert (counts.changes, counts.regressions) == (1, 1)
    frame = store.trend()
    assert list(frame["scan"]) == ["s-1", "s-2"]
    assert list(frame["changes"]) == [0, 1]
    of_one = store.trend(s.tenant_id(2))
    assert (list(of_one["compliant"]), list(of_one["waived"])) == ([1, 1], [1, 1])
    assert list(store.trend(s.tenant_id(1))["regressions"]) == [0, 1]
    assert store.trend("nobody").empty


def test_history_of_findings(store: Store) -> None:
    assert store.finding_history(s.tenant_id(1)) == FindingHistory()
    for day, statuses in enumerate(
        [
            (Status.FAIL, Status.PASS),
            (Status.PASS, Status.UNKNOWN),
            (Status.UNKNOWN, Status.FAIL),
            (Status.PASS, Status.FAIL),
        ],
        20,
    ):
        s.whole(store, f"s-{day}", DAY.format(day), s.result(statuses=statuses, days=day))
    first, second = (s.finding(rule, Status.PASS).fingerprint for rule in ("R-1", "R-2"))
    history = store.finding_history(s.tenant_id(1), "s-23")
    assert (history.last_settled[first], history.last_settled[second]) == (Status.PASS, Status.FAIL)
    assert {first, second} <= history.ever_failed
    assert history.rules[first] == "R-1"
    early = store.finding_history(s.tenant_id(1), "s-21")
    assert (early.last_settled[first], early.last_settled[second]) == (Status.FAIL, Status.PASS)
    assert second not in early.ever_failed


def test_an_unchanged_tenant_costs_a_row_and_no_content(store: Store) -> None:
    """Other request ids, times and numbers of days: the same content."""
    s.whole(store, "s-1", DAY.format(20), s.result(days=28, request="r-1"))
    before = _content(store)
    s.whole(
        store, "s-2", DAY.format(21), s.result(days=27, request="r-2", at=DAY.format(21), drift=s.drift(changed=False))
    )
    assert _content(store) == before
    (tenant,) = store.result("s-2").tenants
    assert "in 27 days" in tenant.findings[0].reason
    assert tenant.coverage[0].request_id == "r-2"
    assert tenant.drift == Drift("s-1", "2026-11-21T12:00:00Z", "s-2", "2026-11-22T12:00:00Z")


def test_snapshots_that_differ_are_given_in_pairs(store: Store) -> None:
    s.whole(store, "s-1", DAY.format(20), s.result(1), s.result(2))
    s.whole(store, "s-2", DAY.format(21), s.result(1), s.result(2, relay="https://x"), s.result(3))
    assert list(store.changed_snapshots("s-1", "s-2")) == [(s.tenant_id(2), s.snapshot(2), s.snapshot(2, "https://x"))]


@given(st.text(alphabet='019 days-.,"\\\x01in', max_size=60))
def test_taking_days_out_and_putting_them_back(text: str) -> None:
    encoded = msgspec.json.encode([text])
    hollow, days = take_days(encoded)
    assert put_days(hollow, days) == encoded


def test_days_are_taken_out_of_texts_that_count_them() -> None:
    hollow, days = take_days(b'"expires 2026-12-20, in 28 days, 1 day of grace, 007 days, 3.5 days, 4 daylights"')
    assert hollow == b'"expires 2026-12-20, in \x01 days, \x01 day of grace, 007 days, 3.5 days, 4 daylights"'
    assert days == msgspec.msgpack.encode([28, 1])


def _content(store: Store) -> list[tuple[object, ...]]:
    from auditor.store.tables import blobs, outcomes

    with store._engine.connect() as connection:  # counting rows is no business of the store's own interface
        return [
            tuple(row) for table in (blobs, outcomes) for row in connection.execute(table.select().order_by(table.c.id))
        ]
