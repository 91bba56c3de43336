"""What has been told to whom: one row for each thing that a channel has heard of, or has yet to, until it is over."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from auditor.model.notice import Notice, Remembered
from auditor.store.tables import notices

_IDENTITY = ("channel", "tenant_id", "kind", "key")


def remembered(connection: Connection, channel: str) -> tuple[Remembered, ...]:
    """All that ``channel`` was told, or has yet to be, the earliest first."""
    rows = connection.execute(select(notices).where(notices.c.channel == channel).order_by(notices.c.id))
    return tuple(
        Remembered(msgspec.json.decode(row.notice, type=Notice), first_at=row.first_at, told_at=row.told_at)
        for row in rows
    )


def remember(connection: Connection, channel: str, kept: Sequence[Remembered], gone: Sequence[Remembered]) -> None:
    """Keep ``kept`` in place of what was kept of the same things, and forget ``gone``."""
    for one in gone:
        identity = zip(_IDENTITY, (channel, *one.notice.identity), strict=True)
        connection.execute(delete(notices).where(*(notices.c[name] == value for name, value in identity)))
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for one in kept:
        content = {
            "notice": msgspec.json.encode(one.notice).decode(),
            "first_at": one.first_at,
            "told_at": one.told_at,
        }
        identity_values = dict(zip(_IDENTITY, (channel, *one.notice.identity), strict=True))
        statement = dialect.insert(notices).values(**identity_values, **content)
        connection.execute(statement.on_conflict_do_update(index_elements=_IDENTITY, set_=content))
