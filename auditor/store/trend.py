"""Verdicts and open findings over time, as a table for people and charts. Nothing is judged from it."""

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, select

from auditor.model.drift import Drift, Effect
from auditor.store import blobs
from auditor.store.records import Counts
from auditor.store.tables import outcomes, results, scans, tenants

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("scan", "at", *Counts.__struct_fields__, "open")


def trend(connection: Connection, tenant_id: str | None = None) -> "pd.DataFrame":
    """One row for each finished scan, the earliest first: figures of the whole scan, or of one tenant in it."""
    import pandas as pd

    rows = _of_scans(connection) if tenant_id is None else _of_tenant(connection, tenant_id)
    figures = [(name, at, *(getattr(counts, column) for column in COLUMNS[2:])) for name, at, counts in rows]
    frame = pd.DataFrame(figures, columns=list(COLUMNS))
    frame["at"] = pd.to_datetime(frame["at"], utc=True, format="ISO8601")
    return frame


def _of_scans(connection: Connection) -> list[tuple[str, str, Counts]]:
    query = (
        select(scans.c.name, scans.c.finished_at, scans.c.counts)
        .where(scans.c.finished_at.is_not(None))
        .order_by(scans.c.finished_at, scans.c.id)
    )
    return [(name, at, msgspec.json.decode(text, type=Counts)) for name, at, text in connection.execute(query)]


def _of_tenant(connection: Connection, tenant_id: str) -> list[tuple[str, str, Counts]]:
    query = (
        select(scans.c.name, scans.c.finished_at, outcomes.c.counts, results.c.drift)
        .join(results, results.c.scan == scans.c.id)
        .join(outcomes, outcomes.c.id == results.c.outcome)
        .join(tenants, tenants.c.id == results.c.tenant)
        .where(tenants.c.tenant_id == tenant_id, scans.c.finished_at.is_not(None))
        .order_by(scans.c.finished_at, scans.c.id)
    )
    rows = connection.execute(query).all()
    contents = blobs.get_many(connection, {row.drift for row in rows if row.drift is not None})
    found: list[tuple[str, str, Counts]] = []
    for row in rows:
        counts = msgspec.json.decode(row.counts, type=Counts)
        if row.drift is not None:
            changes = msgspec.json.decode(contents[row.drift], type=Drift).changes
            worse = sum(change.effect is Effect.REGRESSION for change in changes)
            counts = msgspec.structs.replace(counts, changes=len(changes), regressions=worse)
        found.append((row.name, row.finished_at, counts))
    return found
