"""Content by hash: canonical JSON, compressed with zstd, near copies as what differs from a base.

Bases are at most two deep: one tenant's first result differs from another tenant's, its later ones differ from its
first. A blob whose content does not match its hash is never given out.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import zstandard
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from auditor.store.errors import StoreDamaged
from auditor.store.tables import blobs

_LEVEL = 9
_DEPTH = 2
_WORTH = 0.75
"""A base is used where it makes a blob at most so large as it is without one."""


def put(connection: Connection, content: bytes, near: int | None = None) -> int:
    """Id of the blob that holds ``content``, stored where it is not there yet; ``near`` may resemble it."""
    digest = hashlib.sha256(content).digest()
    known = _find(connection, digest)
    if known is not None:
        return known
    data, base = zstandard.ZstdCompressor(level=_LEVEL).compress(content), None
    if near is not None:
        near = _shallow(connection, near)
        delta = _compressor(get(connection, near)).compress(content)
        if len(delta) <= len(data) * _WORTH:
            data, base = delta, near
    values = {"sha256": digest, "base": base, "size": len(content), "data": data}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    # Another process may store the same content between the look and the insert: then this does nothing.
    insert = dialect.insert(blobs).values(values).on_conflict_do_nothing(index_elements=["sha256"])
    stored = connection.execute(insert.returning(blobs.c.id)).scalar_one_or_none()
    stored = stored if stored is not None else _find(connection, digest)
    if stored is None:
        raise StoreDamaged("A record was written to the history store and is not in it.")
    return stored


def get(connection: Connection, blob: int) -> bytes:
    """The content of a blob; raises StoreDamaged where it does not match its hash."""
    return get_many(connection, [blob])[blob]


def get_many(connection: Connection, wanted: Iterable[int]) -> dict[int, bytes]:
    """The contents of several blobs, each and each base read once."""
    asked = set(wanted)
    rows: dict[int, Row] = {}
    missing = asked
    while missing:
        rows.update(_rows(connection, missing))
        missing = {row[1] for row in rows.values() if row[1] is not None} - rows.keys()
    known: dict[int, bytes] = {}
    while len(known) < len(rows):
        ready = [(blob, row) for blob, row in rows.items() if blob not in known and (row[1] is None or row[1] in known)]
        if not ready:
            raise _damaged(min(rows.keys() - known.keys()))
        for blob, row in ready:
            known[blob] = _content(blob, row, known[row[1]] if row[1] is not None else None)
    return {blob: known[blob] for blob in asked}


Row = tuple[bytes, int | None, int, bytes]
_AT_ONCE = 500


def _rows(connection: Connection, wanted: set[int]) -> dict[int, Row]:
    found: dict[int, Row] = {}
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _AT_ONCE):
        query = select(blobs.c.id, blobs.c.sha256, blobs.c.base, blobs.c.size, blobs.c.data).where(
            blobs.c.id.in_(ordered[start : start + _AT_ONCE])
        )
        for blob, digest, base, size, data in connection.execute(query):
            found[blob] = (bytes(digest), base, size, bytes(data))
    if missing := wanted - found.keys():
        raise StoreDamaged(f"The history store lacks {len(missing)} of its records.", "Restore it from a copy.")
    return found


def _content(blob: int, row: Row, base: bytes | None) -> bytes:
    digest, _, size, data = row
    dictionary = _dictionary(base) if base is not None else None
    try:
        content = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(data, max_output_size=size)
    except zstandard.ZstdError as error:
        raise _damaged(blob) from error
    if hashlib.sha256(content).digest() != digest:
        raise _damaged(blob)
    return content


def _damaged(blob: int) -> StoreDamaged:
    return StoreDamaged(f"Record {blob} of the history store does not match its hash.", "Restore it from a copy.")


@lru_cache(maxsize=8)
def _compressor(base: bytes) -> zstandard.ZstdCompressor:
    """One tenant after another is stored as what differs from the same base: its dictionary is made once."""
    return zstandard.ZstdCompressor(level=_LEVEL, dict_data=_dictionary(base))


def _dictionary(content: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _find(connection: Connection, digest: bytes) -> int | None:
    return connection.execute(select(blobs.c.id).where(blobs.c.sha256 == digest)).scalar_one_or_none()


def _shallow(connection: Connection, near: int) -> int:
    """``near``, or its base where a blob upon it would lie too deep."""
    chain = [near]
    while (
        base := connection.execute(select(blobs.c.base).where(blobs.c.id == chain[-1])).scalar_one_or_none()
    ) is not None:
        chain.append(base)
    return chain[max(0, len(chain) - _DEPTH)]
