"""What is written while a scan runs: its head, each tenant as it finishes, its end. One transaction each."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from auditor.model.audit import AuditEvent
from auditor.model.canonical import canonical_json
from auditor.model.drift import Drift, Effect
from auditor.model.finding import Verdict
from auditor.model.result import TenantResult
from auditor.model.times import parse_time
from auditor.store import blobs
from auditor.store.errors import NoSuchScan, StoreError
from auditor.store.packing import Packed, pack
from auditor.store.records import Counts, Head
from auditor.store.tables import AnyRow, outcomes, receipts, results, scans, tenants

RECEIPTS = 10
"""Of so many finished scans request ids, times and hashes of bodies are kept: they are new each time and do not shrink.
The evidence bundle of a scan has them for ever."""


def begin(connection: Connection, name: str, started_at: str, head: Head) -> None:
    """Write down that a scan runs."""
    if parse_time(started_at) is None:
        raise ValueError("a scan needs a time")
    if connection.execute(select(scans.c.id).where(scans.c.name == name)).first() is not None:
        raise StoreError(
            f"A scan {name} is already in the history store.", "Resume it, or let a new one have its own id."
        )
    blob = blobs.put(connection, canonical_json(head))
    connection.execute(insert(scans).values(name=name, started_at=started_at, head=blob))


def record(connection: Connection, scan: str, result: TenantResult, events: Sequence[AuditEvent]) -> None:
    """Write down one tenant's result, in place of one that this scan already has of it."""
    packed = pack(result, tuple(events))
    number = _running(connection, scan)
    tenant = _tenant(connection, result.tenant.id)
    outcome = _outcome(connection, tenant, packed)
    row = {
        "outcome": outcome,
        "earlier": _earlier(connection, result),
        "drift": blobs.put(connection, packed.drift) if packed.drift is not None else None,
        "events": blobs.put(connection, packed.events) if packed.events is not None else None,
        "days": packed.days,
    }
    _replace(connection, results, number, tenant, row)
    _replace(connection, receipts, number, tenant, {"data": packed.receipt})


def finish(connection: Connection, scan: str, finished_at: str, verdict: Verdict) -> None:
    """Write down that a scan is over, with its sums; drop the receipts of older ones."""
    if parse_time(finished_at) is None:
        raise ValueError("a scan needs a time")
    number = _running(connection, scan)
    total = sums(connection, number)
    connection.execute(
        update(scans)
        .where(scans.c.id == number)
        .values(finished_at=finished_at, verdict=verdict.value, counts=msgspec.json.encode(total).decode())
    )
    done = scans.c.finished_at.is_not(None)
    recent = select(scans.c.id).where(done).order_by(scans.c.finished_at.desc(), scans.c.id.desc()).limit(RECEIPTS)
    kept = {row.id for row in connection.execute(recent)}
    old = select(scans.c.id).where(done, scans.c.id.not_in(kept))
    connection.execute(delete(receipts).where(receipts.c.scan.in_(old)))


def sums(connection: Connection, number: int) -> Counts:
    """The figures of all tenants of a scan, with the changes that it found."""
    query = (
        select(outcomes.c.counts, func.count())
        .join(results, results.c.outcome == outcomes.c.id)
        .where(results.c.scan == number)
        .group_by(outcomes.c.counts)
    )
    figures = dict.fromkeys(Counts.__struct_fields__, 0)
    for text, times in connection.execute(query):
        counts = msgspec.json.decode(text, type=Counts)
        for name in figures:
            figures[name] += getattr(counts, name) * times
    drifts = select(results.c.drift).where(results.c.scan == number, results.c.drift.is_not(None))
    found = [blob for (blob,) in connection.execute(drifts)]
    contents = blobs.get_many(connection, found)
    for blob in found:
        drift = msgspec.json.decode(contents[blob], type=Drift)
        figures["changes"] += len(drift.changes)
        figures["regressions"] += sum(change.effect is Effect.REGRESSION for change in drift.changes)
    return Counts(**figures)


def _replace(connection: Connection, table: Table, scan: int, tenant: int, row: Mapping[str, object]) -> None:
    """A row of this scan and tenant, in place of one that is there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(scan=scan, tenant=tenant, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["scan", "tenant"], set_=dict(row)))


def _earlier(connection: Connection, result: TenantResult) -> int | None:
    """The scan that the drift is against, where it is still recorded."""
    name = result.drift.before_scan if result.drift is not None else None
    if name is None:
        return None
    return connection.execute(select(scans.c.id).where(scans.c.name == name)).scalar_one_or_none()


def _running(connection: Connection, scan: str) -> int:
    row = connection.execute(select(scans.c.id, scans.c.finished_at).where(scans.c.name == scan)).first()
    if row is None:
        raise NoSuchScan(f"There is no scan {scan} in the history store.")
    if row.finished_at is not None:
        raise StoreError(f"Scan {scan} is finished; nothing can be added to it.")
    return int(row.id)


def _tenant(connection: Connection, tenant_id: str) -> int:
    known = connection.execute(select(tenants.c.id).where(tenants.c.tenant_id == tenant_id)).scalar_one_or_none()
    if known is not None:
        return int(known)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(tenants).values(tenant_id=tenant_id)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id"]))
    return int(connection.execute(select(tenants.c.id).where(tenants.c.tenant_id == tenant_id)).scalar_one())


def _outcome(connection: Connection, tenant: int, packed: Packed) -> int:
    """The tenant's outcome that is the same in all but the days, else a new one."""
    last = connection.execute(
        select(outcomes.c.result, outcomes.c.snapshot)
        .where(outcomes.c.tenant == tenant)
        .order_by(outcomes.c.id.desc())
        .limit(1)
    ).first()
    near = last if last is not None else _sibling(connection)
    result = blobs.put(connection, packed.result, near.result if near is not None else None)
    known = select(outcomes.c.id).where(outcomes.c.tenant == tenant, outcomes.c.result == result)
    found = connection.execute(known).scalar_one_or_none()
    if found is not None:
        return int(found)
    snapshot = None
    if packed.snapshot is not None:
        snapshot = blobs.put(connection, packed.snapshot, near.snapshot if near is not None else None)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {
        "tenant": tenant,
        "result": result,
        "snapshot": snapshot,
        "standing": packed.standing,
        "counts": msgspec.json.encode(packed.counts).decode(),
    }
    statement = dialect.insert(outcomes).values(values).on_conflict_do_nothing(index_elements=["tenant", "result"])
    stored = connection.execute(statement.returning(outcomes.c.id)).scalar_one_or_none()
    return int(stored if stored is not None else connection.execute(known).scalar_one())


def _sibling(connection: Connection) -> AnyRow | None:
    """The last outcome of any tenant: another tenant's result holds the same rules in the same words."""
    query = select(outcomes.c.result, outcomes.c.snapshot).order_by(outcomes.c.id.desc()).limit(1)
    return connection.execute(query).first()
