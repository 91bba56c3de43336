"""Recorded scans in their order of time, tenant by tenant: what they said of each finding, and their figures.

Only finished scans count. A finding's status is read once for each set of findings that stands for a run of scans, for
an unchanged tenant repeats itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, or_, select

from auditor.model.finding import Status
from auditor.model.lifecycle import FindingHistory, Stretch, TrendPoint
from auditor.store import blobs
from auditor.store.packing import without_days
from auditor.store.reading import earlier_than, scan_row
from auditor.store.records import Counts
from auditor.store.tables import AnyRow, outcomes, results, scans, tenants

MOST_POINTS = 30
"""Scans that a trend tells of; ``auditor history trend`` has them all."""
_AT_ONCE = 200


class _Line(Struct, frozen=True):
    """What matters of a recorded finding here; the rest is passed over as it is decoded."""

    fingerprint: str
    rule: str
    status: Status


class _Lines(Struct, frozen=True):
    findings: tuple[_Line, ...]


def finding_history(connection: Connection, tenant_id: str, before: str | None) -> FindingHistory:
    """What finished scans of a tenant, earlier than ``before`` (None: all), said of each finding."""
    until = None if before is None else earlier_than(scan_row(connection, before))
    rows = _rows(connection, [tenant_id], until)
    return _history(rows, _contents(connection, rows))


def histories(
    connection: Connection, scan: str, only: Sequence[str]
) -> Iterator[tuple[str, FindingHistory, tuple[TrendPoint, ...]]]:
    """For each tenant (id) of ``only`` that was recorded up to ``scan``: what earlier scans said, and its trend.

    The trend has at most :data:`MOST_POINTS` scans, the earliest first, ``scan`` the last of them.
    """
    end = scan_row(connection, scan)
    upto = or_(earlier_than(end), scans.c.id == end.id)
    for start in range(0, len(only), _AT_ONCE):
        rows = _rows(connection, only[start : start + _AT_ONCE], upto)
        contents = _contents(connection, [row for row in rows if row.scan != end.id])
        for tenant_id, found in groupby(rows, key=lambda row: row.tenant_id):
            of_tenant = list(found)
            earlier = [row for row in of_tenant if row.scan != end.id]
            points = tuple(_point(row, row.counts) for row in of_tenant[-MOST_POINTS:])
            yield str(tenant_id), _history(earlier, contents), points


def scan_points(connection: Connection, scan: str) -> tuple[TrendPoint, ...]:
    """The figures of at most :data:`MOST_POINTS` whole scans, the earliest first, ``scan`` the last of them."""
    end = scan_row(connection, scan)
    query = (
        select(scans.c.id.label("scan"), scans.c.name, scans.c.finished_at, scans.c.counts)
        .where(scans.c.finished_at.is_not(None), or_(earlier_than(end), scans.c.id == end.id))
        .order_by(scans.c.finished_at.desc(), scans.c.id.desc())
        .limit(MOST_POINTS)
    )
    return tuple(_point(row, row.counts) for row in reversed(connection.execute(query).all()))


def _rows(connection: Connection, tenant_ids: Sequence[str], until: ColumnElement[bool] | None) -> list[AnyRow]:
    """One row for each tenant and finished scan, by tenant and then in time."""
    query = (
        select(
            tenants.c.tenant_id,
            results.c.scan,
            scans.c.name,
            scans.c.finished_at,
            outcomes.c.result,
            outcomes.c.standing,
            outcomes.c.counts,
        )
        .join(results, results.c.tenant == tenants.c.id)
        .join(outcomes, outcomes.c.id == results.c.outcome)
        .join(scans, scans.c.id == results.c.scan)
        .where(tenants.c.tenant_id.in_(list(tenant_ids)), scans.c.finished_at.is_not(None))
        .order_by(tenants.c.tenant_id, scans.c.finished_at, scans.c.id)
    )
    if until is not None:
        query = query.where(until)
    return list(connection.execute(query).all())


def _contents(connection: Connection, rows: Iterable[AnyRow]) -> dict[bytes, tuple[_Line, ...]]:
    """The findings of each standing: one result for each is read, for all that share it say the same of them."""
    wanted = {bytes(row.standing): row.result for row in rows}
    contents = blobs.get_many(connection, set(wanted.values()))
    return {
        standing: msgspec.json.decode(without_days(contents[blob]), type=_Lines).findings
        for standing, blob in wanted.items()
    }


def _history(rows: Sequence[AnyRow], contents: dict[bytes, tuple[_Line, ...]]) -> FindingHistory:
    settled: dict[str, Status] = {}
    rules: dict[str, str] = {}
    stretches: dict[str, Stretch] = {}
    first: dict[str, str] = {}
    for standing, run in groupby(rows, key=lambda row: bytes(row.standing)):
        alike = list(run)
        lines = contents[standing]
        for line in lines:
            if line.status is Status.UNKNOWN:
                continue
            settled[line.fingerprint], rules[line.fingerprint] = line.status, line.rule
            if line.status is Status.FAIL:
                first.setdefault(line.fingerprint, alike[0].finished_at)
                begun = stretches.get(line.fingerprint, Stretch(alike[0].finished_at, 0))
                stretches[line.fingerprint] = Stretch(begun.since, begun.scans + len(alike))
            else:
                stretches.pop(line.fingerprint, None)
        for fingerprint in _ended(lines, stretches, rules):
            del settled[fingerprint], rules[fingerprint], stretches[fingerprint]
    return FindingHistory(settled, rules, frozenset(first), stretches, first, len(rows))


def _ended(lines: Sequence[_Line], failing: Iterable[str], rules: dict[str, str]) -> list[str]:
    """Those of ``failing`` that these findings settle by no longer listing them: their subject is gone."""
    listed = {line.fingerprint for line in lines}
    unknown = {line.rule for line in lines if line.status is Status.UNKNOWN}
    assessed = {line.rule for line in lines} - unknown
    return [fingerprint for fingerprint in failing if fingerprint not in listed and rules[fingerprint] in assessed]


def _point(row: AnyRow, counts: str) -> TrendPoint:
    figures = msgspec.json.decode(counts, type=Counts)
    return TrendPoint(
        scan=row.name,
        at=row.finished_at,
        **{name: getattr(figures, name) for name in TrendPoint.__struct_fields__[2:]},
    )
