"""The tables as the newest migration leaves them. Written for both databases: no type or clause that only one knows.

``results`` is the one table that grows with every scan: four small integers a tenant, clustered by scan. All that it
says stands in ``outcomes``, which an unchanged tenant shares between its scans.
"""

from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
)

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

metadata = MetaData()

info = Table(
    "store_info",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""``written_by``: the newest version of the program that has changed the schema; named to whoever is too old."""

blobs = Table(
    "blobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", LargeBinary(32), nullable=False, unique=True),
    Column("base", Integer, ForeignKey("blobs.id"), index=True),
    Column("size", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Content by its hash: zstd, with another blob (``base``) as the dictionary where that is shorter."""

scans = Table(
    "scans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32)),
    Column("head", Integer, ForeignKey("blobs.id"), nullable=False, index=True),
    Column("verdict", String(16)),
    Column("counts", Text),
)
"""``head``: tool, packs, options and the tenants to scan. ``finished_at`` is null while a scan runs, and if it died."""

tenants = Table(
    "tenants",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant_id", String(64), nullable=False, unique=True),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Integer, ForeignKey("tenants.id"), nullable=False),
    Column("result", Integer, ForeignKey("blobs.id"), nullable=False, index=True),
    Column("snapshot", Integer, ForeignKey("blobs.id"), index=True),
    Column("standing", LargeBinary(16), nullable=False),
    Column("counts", Text, nullable=False),
    UniqueConstraint("tenant", "result"),
)
"""``result``: the tenant's result without what differs between scans of an unchanged tenant. ``standing``: hash over
fingerprints and statuses, so that the history of findings reads each set of them once."""

results = Table(
    "results",
    metadata,
    Column("scan", Integer, ForeignKey("scans.id"), primary_key=True),
    Column("tenant", Integer, ForeignKey("tenants.id"), primary_key=True),
    Column("outcome", Integer, nullable=False),
    Column("earlier", Integer),
    Column("drift", Integer),
    Column("events", Integer),
    Column("days", LargeBinary),
    sqlite_with_rowid=False,
)
"""``earlier``: the scan compared with. ``drift`` and ``events``: only where something changed. ``days``: the numbers of
days that the result's texts speak of, which differ from one day to the next though nothing else does. What it refers to
is no declared key: each would need an index upon millions of rows, or retention would search them all."""

receipts = Table(
    "receipts",
    metadata,
    Column("scan", Integer, ForeignKey("scans.id"), primary_key=True),
    Column("tenant", Integer, ForeignKey("tenants.id"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""Request ids, times and hashes of bodies of one scan of one tenant; kept of the last scans only.
Too large for a table without row ids, whose rows spill into a page each past a quarter of one."""

baselines = Table(
    "baselines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Integer, ForeignKey("tenants.id"), nullable=False, index=True),
    Column("tenant_name", Text, nullable=False),
    Column("scan", String(80), nullable=False),
    Column("snapshot", Integer, ForeignKey("blobs.id"), nullable=False, index=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("until", String(32)),
    Column("cleared_by", Text),
    Column("cleared_at", String(32)),
    Column("cleared_reason", Text),
)
"""Approvals, the cleared ones too: who approved what is itself history. The one in force is the newest not cleared."""

acceptances = Table(
    "acceptances",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("baseline", Integer, ForeignKey("baselines.id"), nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("value_sha256", String(64), nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(32), nullable=False),
    Column("until", String(32)),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(200), nullable=False),
    Column("tenant_id", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("key", String(64), nullable=False),
    Column("notice", Text, nullable=False),
    Column("first_at", String(32), nullable=False),
    Column("told_at", String(32)),
    UniqueConstraint("channel", "tenant_id", "kind", "key"),
)
"""``channel``: the name of the variable that holds the address, never the address. ``told_at`` is null until it was
delivered. The tenant is named by its own id: it may never have been recorded."""
