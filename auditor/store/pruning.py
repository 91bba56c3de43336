"""Retention: scans that are past their time go, with all that only they needed. What a baseline approves stays."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select, text, union

from auditor.model.times import parse_time
from auditor.store.tables import baselines, blobs, outcomes, receipts, results, scans


class Pruned(Struct, frozen=True):
    """What went."""

    scans: int
    results: int
    blobs: int


def prune(connection: Connection, now: datetime, keep_days: int | None, keep_last: int | None) -> Pruned:
    """Remove scans that are neither within ``keep_days`` of ``now`` nor among the last ``keep_last`` finished ones.

    The latest finished scan always stays. One that was never finished goes when it is older than the earliest that
    stays.
    """
    if connection.dialect.name == "postgresql":
        # A scan that is being recorded may count on content that nothing else needs any more: wait for it.
        connection.execute(text("LOCK TABLE blobs, outcomes, results IN EXCLUSIVE MODE"))
    gone = _doomed(connection, now, keep_days, keep_last)
    if not gone:
        return Pruned(0, 0, 0)
    for table in (receipts, results):
        outcome = connection.execute(delete(table).where(table.c.scan.in_(gone)))
    connection.execute(delete(scans).where(scans.c.id.in_(gone)))
    connection.execute(delete(outcomes).where(outcomes.c.id.not_in(select(results.c.outcome).distinct())))
    return Pruned(len(gone), outcome.rowcount, _sweep(connection))


def _doomed(connection: Connection, now: datetime, keep_days: int | None, keep_last: int | None) -> list[int]:
    rows = connection.execute(select(scans.c.id, scans.c.started_at, scans.c.finished_at)).all()
    finished = sorted((row for row in rows if row.finished_at), key=lambda row: (row.finished_at, row.id))
    kept = {row.id for row in finished[-max(1, keep_last or 1) :]}
    if keep_days is not None:
        limit = now - timedelta(days=keep_days)
        kept |= {row.id for row in finished if _moment(row.finished_at) >= limit}
    earliest = min((row.started_at for row in finished if row.id in kept), default=None)
    return [
        row.id
        for row in rows
        if row.id not in kept and (row.finished_at or (earliest is not None and row.started_at < earliest))
    ]


def _sweep(connection: Connection) -> int:
    """Remove content that nothing refers to, and then what was only the base of such."""
    needed = union(
        select(outcomes.c.result),
        select(outcomes.c.snapshot).where(outcomes.c.snapshot.is_not(None)),
        select(results.c.drift).where(results.c.drift.is_not(None)),
        select(results.c.events).where(results.c.events.is_not(None)),
        select(scans.c.head),
        select(baselines.c.snapshot),
        select(blobs.c.base).where(blobs.c.base.is_not(None)),
    )
    removed = 0
    while True:
        found = connection.execute(delete(blobs).where(blobs.c.id.not_in(needed))).rowcount
        removed += found
        if not found:
            return removed


def _moment(at: str) -> datetime:
    moment = parse_time(at)
    if moment is None:
        raise ValueError("a recorded scan has no time")
    return moment


def size(connection: Connection) -> int:
    """Bytes of content held."""
    return int(connection.execute(select(func.coalesce(func.sum(func.length(blobs.c.data)), 0))).scalar_one())
