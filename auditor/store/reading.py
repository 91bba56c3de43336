"""What is read: scans and their order in time, and results put together again.

The order of scans is that of the clock they were recorded under; ties go by the order of recording. ``latest`` and
``previous`` mean finished scans.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from auditor.model.audit import AuditEvent
from auditor.model.canonical import from_canonical
from auditor.model.drift import Drift
from auditor.model.finding import Verdict
from auditor.model.result import ScanResult, TenantResult
from auditor.model.snapshot import Snapshot
from auditor.store import blobs
from auditor.store.errors import NoSuchScan
from auditor.store.packing import unpack
from auditor.store.records import Counts, Head, RecordedTenant, ScanInfo, Unfinished
from auditor.store.tables import AnyRow, AnySelect, outcomes, receipts, results, scans, tenants

_COLUMNS = (
    results.c.scan,
    results.c.earlier,
    results.c.drift,
    results.c.days,
    outcomes.c.result,
    outcomes.c.snapshot,
    receipts.c.data,
)
_AT_ONCE = 500


def listed(connection: Connection, *, unfinished: bool = True) -> tuple[ScanInfo, ...]:
    """Every scan, the earliest first; those that are not finished by when they began."""
    query = select(scans).order_by(scans.c.id)
    if not unfinished:
        query = query.where(scans.c.finished_at.is_not(None))
    rows = connection.execute(query).all()
    ordered = sorted(rows, key=lambda row: (row.finished_at or row.started_at, row.id))
    heads = blobs.get_many(connection, {row.head for row in rows})
    return tuple(_info(row, heads[row.head]) for row in ordered)


def find(connection: Connection, name: str) -> ScanInfo:
    """The scan of this id (or the only one whose id begins so), ``latest`` or ``previous``. Raises NoSuchScan."""
    row = scan_row(connection, name)
    return _info(row, blobs.get(connection, row.head))


def unfinished(connection: Connection) -> tuple[Unfinished, ...]:
    """Scans that were begun and not finished, with the tenants that are done."""
    waiting = [info for info in listed(connection) if info.finished_at is None]
    return tuple(Unfinished(info, _done(connection, info.id)) for info in waiting)


def result(connection: Connection, name: str, only: Sequence[str] | None = None) -> ScanResult:
    """The whole result of a scan, or that of some tenants (ids) in it; tenants by name, then id."""
    row = scan_row(connection, name)
    head = from_canonical(blobs.get(connection, row.head), Head)
    found = sorted(
        tenant_results(connection, row.name, only), key=lambda one: (one.tenant.name.casefold(), one.tenant.id)
    )
    return ScanResult(
        id=row.name,
        started_at=row.started_at,
        finished_at=row.finished_at or row.started_at,
        tool_name=head.tool_name,
        tool_version=head.tool_version,
        packs=head.packs,
        verdict=Verdict(row.verdict) if row.verdict else Verdict.UNKNOWN,
        tenants=tuple(found),
        options=head.options,
    )


def tenant_results(connection: Connection, name: str, only: Sequence[str] | None = None) -> Iterator[TenantResult]:
    """The results of a scan's tenants, read some hundreds at a time."""
    query = _results().where(scans.c.name == name).order_by(results.c.tenant)
    if only is not None:
        query = query.where(tenants.c.tenant_id.in_(list(only)))
    rows = connection.execute(query).all()
    for start in range(0, len(rows), _AT_ONCE):
        yield from _unpacked(connection, rows[start : start + _AT_ONCE])


def previous_tenant(
    connection: Connection, tenant_id: str, before: str | None, upto: str | None = None
) -> RecordedTenant | None:
    """The tenant's last result with a snapshot, of a finished scan earlier than ``before`` (None: of any).

    ``upto``: of one finished by this time.
    """
    query = (
        _results()
        .add_columns(scans.c.name, scans.c.started_at, scans.c.finished_at)
        .where(tenants.c.tenant_id == tenant_id, scans.c.finished_at.is_not(None), outcomes.c.snapshot.is_not(None))
        .order_by(scans.c.finished_at.desc(), scans.c.id.desc())
        .limit(1)
    )
    if before is not None:
        query = query.where(earlier_than(scan_row(connection, before)))
    if upto is not None:
        query = query.where(scans.c.finished_at <= upto)
    row = connection.execute(query).first()
    if row is None:
        return None
    (found,) = _unpacked(connection, [row])
    return RecordedTenant(row.name, row.started_at, row.finished_at, found)


def pairs(connection: Connection, earlier: str, later: str) -> Iterator[tuple[str, Snapshot, Snapshot]]:
    """Tenant id and both snapshots, for each tenant of two scans whose snapshots are not the same content."""
    first, second = scan_row(connection, earlier).id, scan_row(connection, later).id
    one, other = results.alias(), results.alias()
    old, new = outcomes.alias(), outcomes.alias()
    query = (
        select(tenants.c.tenant_id, old.c.snapshot, new.c.snapshot)
        .join(one, and_(one.c.tenant == tenants.c.id, one.c.scan == first))
        .join(other, and_(other.c.tenant == tenants.c.id, other.c.scan == second))
        .join(old, old.c.id == one.c.outcome)
        .join(new, new.c.id == other.c.outcome)
        .where(old.c.snapshot != new.c.snapshot)
        .order_by(tenants.c.tenant_id)
    )
    rows = connection.execute(query).all()
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        contents = blobs.get_many(connection, {blob for row in part for blob in row[1:]})
        for tenant_id, before, after in part:
            yield tenant_id, from_canonical(contents[before], Snapshot), from_canonical(contents[after], Snapshot)


def events(connection: Connection, tenant_id: str, after: str, upto: str) -> tuple[AuditEvent, ...]:
    """The audit events kept with a tenant's results of the finished scans after ``after``, up to ``upto``."""
    first, last = scan_row(connection, after), scan_row(connection, upto)
    query = (
        select(results.c.events)
        .join(scans, scans.c.id == results.c.scan)
        .join(tenants, tenants.c.id == results.c.tenant)
        .where(
            tenants.c.tenant_id == tenant_id,
            results.c.events.is_not(None),
            scans.c.finished_at.is_not(None),
            ~earlier_than(first),
            scans.c.id != first.id,
            or_(earlier_than(last), scans.c.id == last.id),
        )
    )
    contents = blobs.get_many(connection, {blob for (blob,) in connection.execute(query)})
    found = {
        event.id: event for content in contents.values() for event in from_canonical(content, tuple[AuditEvent, ...])
    }
    return tuple(found[event_id] for event_id in sorted(found))


def _results() -> AnySelect:
    return (
        select(*_COLUMNS)
        .join(outcomes, outcomes.c.id == results.c.outcome)
        .join(scans, scans.c.id == results.c.scan)
        .join(tenants, tenants.c.id == results.c.tenant)
        .outerjoin(receipts, and_(receipts.c.scan == results.c.scan, receipts.c.tenant == results.c.tenant))
    )


def _unpacked(connection: Connection, rows: Iterable[AnyRow]) -> Iterator[TenantResult]:
    rows = list(rows)
    wanted = {blob for row in rows for blob in (row.result, row.snapshot, row.drift) if blob is not None}
    contents = blobs.get_many(connection, wanted)
    names = _times(connection, {row.earlier for row in rows if row.earlier} | {row.scan for row in rows})
    for row in rows:
        yield unpack(
            contents[row.result],
            row.days,
            contents[row.snapshot] if row.snapshot is not None else None,
            _drift(row, contents, names),
            row.data,
        )


def _drift(row: AnyRow, contents: dict[int, bytes], names: dict[int, tuple[str, str]]) -> Drift | None:
    """The drift as stored; where it was empty, one between the two scans."""
    if row.drift is not None:
        return from_canonical(contents[row.drift], Drift)
    if row.earlier is None or row.earlier not in names:
        return None
    return Drift(*names[row.earlier], *names[row.scan])


def _times(connection: Connection, numbers: set[int]) -> dict[int, tuple[str, str]]:
    query = select(scans.c.id, scans.c.name, scans.c.started_at).where(scans.c.id.in_(numbers))
    return {number: (name, started_at) for number, name, started_at in connection.execute(query)}


def scan_row(connection: Connection, name: str) -> AnyRow:
    """The row of the scan that :func:`find` describes."""
    if name in ("latest", "previous"):
        query = (
            select(scans)
            .where(scans.c.finished_at.is_not(None))
            .order_by(scans.c.finished_at.desc(), scans.c.id.desc())
            .offset(0 if name == "latest" else 1)
            .limit(1)
        )
        row = connection.execute(query).first()
        if row is None:
            missing = "no finished scan" if name == "latest" else "no finished scan before the latest"
            raise NoSuchScan(f"The history store holds {missing}.", "Run a scan first.")
        return row
    row = connection.execute(select(scans).where(scans.c.name == name)).first()
    if row is not None:
        return row
    begins = connection.execute(select(scans).where(scans.c.name.startswith(name, autoescape=True)).limit(2)).all()
    if len(begins) == 1 and name:
        return begins[0]
    cause = "Several scans begin with" if begins and name else "There is no scan"
    raise NoSuchScan(f"{cause} {name!r} in the history store.", "See: auditor history list")


def earlier_than(row: AnyRow) -> ColumnElement[bool]:
    """Earlier in recorded time: a scan that still runs stands at the time when it began."""
    at = row.finished_at or row.started_at
    return or_(scans.c.finished_at < at, and_(scans.c.finished_at == at, scans.c.id < row.id))


def _info(row: AnyRow, head: bytes) -> ScanInfo:
    begun = from_canonical(head, Head)
    return ScanInfo(
        id=row.name,
        started_at=row.started_at,
        finished_at=row.finished_at,
        verdict=Verdict(row.verdict) if row.verdict else None,
        tool_version=begun.tool_version,
        packs=begun.packs,
        tenants=begun.tenants,
        counts=msgspec.json.decode(row.counts, type=Counts) if row.counts else None,
    )


def _done(connection: Connection, name: str) -> tuple[str, ...]:
    query = (
        select(tenants.c.tenant_id)
        .join(results, results.c.tenant == tenants.c.id)
        .join(scans, scans.c.id == results.c.scan)
        .where(scans.c.name == name)
        .order_by(tenants.c.tenant_id)
    )
    return tuple(tenant_id for (tenant_id,) in connection.execute(query))
