"""Lists in pages: filtering, ordering, counting, and the opaque tokens of ``@odata.nextLink``.

A token is bound to tenant, path and query, carries its time of issue, and may expire. Source: Microsoft Graph,
"Paging Microsoft Graph data in your app".
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from auditor.emulator.directory import Collection
from auditor.emulator.errors import GraphError, bad_request
from auditor.emulator.odata.filters import Filter
from auditor.emulator.odata.options import Options


class Token(NamedTuple):
    """What a skip or delta token says."""

    offset: int
    position: int
    """Number of changes seen, for delta queries."""
    issued: int
    """Seconds since the epoch."""
    since: int = 0
    """For a page of changes: the position that they are counted from, plus one; 0 for a page of everything."""


def encode_token(token: Token, bound_to: str) -> str:
    """The opaque form of a token."""
    text = f"{'.'.join(map(str, token))}.{zlib.crc32(bound_to.encode())}"
    return "AXNwd" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_token(text: str, bound_to: str) -> Token | None:
    """The token in its opaque form, or None where it is none of ours or belongs to another query."""
    raw = text.removeprefix("AXNwd")
    try:
        numbers = [int(one) for one in base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).split(b".")]
    except (binascii.Error, ValueError):
        return None
    if len(numbers) != 5 or min(numbers) < 0 or numbers[4] != zlib.crc32(bound_to.encode()):
        return None
    return Token(*numbers[:4])


def read_skip_token(text: str, bound_to: str, *, now: float, lifetime_s: float | None) -> Token:
    """The token of a request. Raises the 400 that Graph answers for an expired or foreign one."""
    token = decode_token(text, bound_to)
    if token is None:
        raise bad_request("The specified page token value is invalid for this request.", "Directory_InvalidPageToken")
    if lifetime_s is not None and now - token.issued >= lifetime_s:
        raise GraphError(
            400,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
        )
    return token


def find(rows: Collection | Sequence[dict[str, Any]], criterion: Filter | None) -> Sequence[dict[str, Any]]:
    """The rows that match, through the collection's indexes where the filter allows it."""
    if criterion is None:
        return rows.all() if isinstance(rows, Collection) else rows
    candidates: Sequence[dict[str, Any]]
    if isinstance(rows, Collection):
        if criterion.lookups is None:
            candidates = rows.all()
        else:
            unique: dict[int, dict[str, Any]] = {}
            for prop, value in criterion.lookups:
                for one in rows.by(prop, value):
                    unique[id(one)] = one
            candidates = list(unique.values())
    else:
        candidates = rows
    matches = criterion.matches
    return [one for one in candidates if matches(one)]


def order(rows: Sequence[dict[str, Any]], options: Options) -> Sequence[dict[str, Any]]:
    """The rows in the order that ``$orderby`` asks for; nulls first, text without regard to case."""
    for prop, descending in reversed(options.orderby):
        rows = sorted(rows, key=lambda one, prop=prop: _key(one.get(prop)), reverse=descending)  # type: ignore[misc]
    return rows


def _key(value: Any) -> tuple[bool, str]:
    return (value is not None, str(value or "").lower())
