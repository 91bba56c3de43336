"""History as lines of JSON: for an archive, another tool, or a move to another store. Opens with what format it is."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from auditor.model.canonical import canonical_json
from auditor.store.approvals import all_current
from auditor.store.reading import listed, tenant_results

FORMAT = "auditor-history"
VERSION = 1


def export(connection: Connection, only: Sequence[str] | None = None) -> Iterator[bytes]:
    """Lines without their end: the format, then each scan followed by its tenants' results, then the baselines.

    ``only`` names scans by id; without it all are exported, the unfinished ones too.
    """
    yield canonical_json({"format": FORMAT, "version": VERSION})
    for info in listed(connection):
        if only is not None and info.id not in only:
            continue
        yield canonical_json({"scan": info})
        for result in tenant_results(connection, info.id):
            yield canonical_json({"scan_id": info.id, "tenant": result})
    if only is None:
        for baseline in all_current(connection):
            yield canonical_json({"baseline": baseline})
