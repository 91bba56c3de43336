"""Canonical JSON (the approach of RFC 8785 for our value types) and its SHA-256.

Keys are sorted, there is no white space, text is UTF-8, ``UNSET`` members are left out. Snapshots hold no
floating-point
numbers, so RFC 8785's number rules do not arise. Equal values give equal bytes on every machine and version of Python.
"""

import hashlib
from typing import TypeVar

import msgspec

T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="sorted")


def canonical_json(value: object) -> bytes:
    """The canonical JSON of any model value."""
    return _encoder.encode(value)


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_hash(value: object) -> str:
    """SHA-256 of the canonical JSON of ``value``."""
    return sha256_hex(canonical_json(value))


def from_canonical(data: bytes, kind: type[T]) -> T:
    """The model value of ``kind`` that ``data`` encodes; raises :class:`msgspec.ValidationError` where it is none."""
    return msgspec.json.decode(data, type=kind)
