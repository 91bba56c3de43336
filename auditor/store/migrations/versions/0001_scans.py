"""Scans, tenants, outcomes, results, receipts, and the content they share.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "store_info",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "blobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("base", sa.Integer, sa.ForeignKey("blobs.id"), index=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "scans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("finished_at", sa.String(32)),
        sa.Column("head", sa.Integer, sa.ForeignKey("blobs.id"), nullable=False, index=True),
        sa.Column("verdict", sa.String(16)),
        sa.Column("counts", sa.Text),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False, unique=True),
    )
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tenant", sa.Integer, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("result", sa.Integer, sa.ForeignKey("blobs.id"), nullable=False, index=True),
        sa.Column("snapshot", sa.Integer, sa.ForeignKey("blobs.id"), index=True),
        sa.Column("standing", sa.LargeBinary(16), nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant", "result"),
    )
    op.create_table(
        "results",
        sa.Column("scan", sa.Integer, sa.ForeignKey("scans.id"), primary_key=True),
        sa.Column("tenant", sa.Integer, sa.ForeignKey("tenants.id"), primary_key=True),
        sa.Column("outcome", sa.Integer, nullable=False),
        sa.Column("earlier", sa.Integer),
        sa.Column("drift", sa.Integer),
        sa.Column("events", sa.Integer),
        sa.Column("days", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipts",
        sa.Column("scan", sa.Integer, sa.ForeignKey("scans.id"), primary_key=True),
        sa.Column("tenant", sa.Integer, sa.ForeignKey("tenants.id"), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
