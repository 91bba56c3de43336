"""Baselines in the store: approve, accept one more path, clear, show. What is cleared stays on record."""

from sqlalchemy import Connection, insert, select, update

from auditor.model.baseline import Acceptance, Baseline
from auditor.store import blobs
from auditor.store.errors import StoreError
from auditor.store.reading import find
from auditor.store.tables import AnyRow, AnySelect, acceptances, baselines, outcomes, results, scans, tenants
from auditor.store.tables import blobs as blob_table


def approve(
    connection: Connection, tenant_id: str, name: str, scan: str, by: str, reason: str, at: str, until: str | None
) -> Baseline:
    """Approve what ``scan`` read of the tenant; the baseline before it, if any, is replaced and stays on record."""
    scan = find(connection, scan).id
    snapshot = connection.execute(
        select(outcomes.c.snapshot)
        .join(results, results.c.outcome == outcomes.c.id)
        .join(scans, scans.c.id == results.c.scan)
        .join(tenants, tenants.c.id == results.c.tenant)
        .where(scans.c.name == scan, tenants.c.tenant_id == tenant_id)
    ).scalar_one_or_none()
    if snapshot is None:
        raise StoreError(f"Scan {scan} read nothing of tenant {name} that could be approved.", "Choose another scan.")
    tenant = connection.execute(select(tenants.c.id).where(tenants.c.tenant_id == tenant_id)).scalar_one()
    _retire(connection, tenant_id, by, f"replaced by scan {scan}", at)
    connection.execute(
        insert(baselines).values(
            tenant=tenant, tenant_name=name, scan=scan, snapshot=snapshot, by=by, reason=reason, at=at, until=until
        )
    )
    approved = current(connection, tenant_id)
    if approved is None:
        raise StoreError("The baseline was not stored.")
    return approved


def accept(connection: Connection, tenant_id: str, acceptance: Acceptance) -> Baseline:
    """Accept one difference on top of the tenant's baseline, in place of an earlier acceptance of the same value."""
    row = _current(connection, tenant_id)
    if row is None:
        raise StoreError("The tenant has no baseline on which a path could be accepted.", "Approve a scan first.")
    same = (
        acceptances.c.baseline == row.id,
        acceptances.c.subject == acceptance.subject,
        acceptances.c.path == acceptance.path,
        acceptances.c.value_sha256 == acceptance.value_sha256,
    )
    connection.execute(acceptances.delete().where(*same))
    connection.execute(
        insert(acceptances).values(
            baseline=row.id,
            subject=acceptance.subject,
            path=acceptance.path,
            value_sha256=acceptance.value_sha256,
            by=acceptance.by,
            reason=acceptance.reason,
            at=acceptance.at,
            until=acceptance.until,
        )
    )
    return _baseline(connection, row)


def clear(connection: Connection, tenant_id: str, by: str, reason: str, at: str) -> Baseline:
    """End the tenant's baseline; gives what it was."""
    row = _current(connection, tenant_id)
    if row is None:
        raise StoreError("The tenant has no baseline.")
    ended = _baseline(connection, row)
    _retire(connection, tenant_id, by, reason, at)
    return ended


def current(connection: Connection, tenant_id: str) -> Baseline | None:
    """The tenant's baseline with its acceptances; whether it has lapsed is for the reader's clock to say."""
    row = _current(connection, tenant_id)
    return _baseline(connection, row) if row is not None else None


def all_current(connection: Connection) -> tuple[Baseline, ...]:
    """Every tenant's baseline, by tenant id."""
    query = _query().where(baselines.c.cleared_at.is_(None)).order_by(tenants.c.tenant_id, baselines.c.id)
    newest = {row.tenant_id: row for row in connection.execute(query)}
    return tuple(_baseline(connection, newest[tenant_id]) for tenant_id in sorted(newest))


def snapshot(connection: Connection, baseline: Baseline) -> bytes:
    """The canonical JSON of the approved snapshot."""
    digest = bytes.fromhex(baseline.snapshot_sha256)
    return blobs.get(
        connection, connection.execute(select(blob_table.c.id).where(blob_table.c.sha256 == digest)).scalar_one()
    )


def _retire(connection: Connection, tenant_id: str, by: str, reason: str, at: str) -> None:
    tenant = select(tenants.c.id).where(tenants.c.tenant_id == tenant_id).scalar_subquery()
    connection.execute(
        update(baselines)
        .where(baselines.c.tenant == tenant, baselines.c.cleared_at.is_(None))
        .values(cleared_by=by, cleared_reason=reason, cleared_at=at)
    )


def _query() -> AnySelect:
    return (
        select(baselines, tenants.c.tenant_id, blob_table.c.sha256)
        .join(tenants, tenants.c.id == baselines.c.tenant)
        .join(blob_table, blob_table.c.id == baselines.c.snapshot)
    )


def _current(connection: Connection, tenant_id: str) -> AnyRow | None:
    query = _query().where(tenants.c.tenant_id == tenant_id, baselines.c.cleared_at.is_(None))
    return connection.execute(query.order_by(baselines.c.id.desc()).limit(1)).first()


def _baseline(connection: Connection, row: AnyRow) -> Baseline:
    found = connection.execute(select(acceptances).where(acceptances.c.baseline == row.id).order_by(acceptances.c.id))
    return Baseline(
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        scan=row.scan,
        snapshot_sha256=bytes(row.sha256).hex(),
        by=row.by,
        reason=row.reason,
        at=row.at,
        until=row.until,
        acceptances=tuple(
            Acceptance(one.subject, one.path, one.value_sha256, one.by, one.reason, one.at, one.until) for one in found
        ),
    )
