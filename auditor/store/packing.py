"""A tenant's result taken apart: what an unchanged tenant shares between scans, and the little that differs each time.

Request ids, times and hashes of bodies go into a receipt. Texts that speak of days ("in 28 days") change every day
though nothing else does: their numbers are taken out, so that the rest is the same content as yesterday. Putting the
parts together gives the very result back.
"""

import hashlib
import re

import msgspec
import zstandard
from msgspec import Struct

from auditor.model.audit import AuditEvent
from auditor.model.canonical import canonical_json, from_canonical
from auditor.model.drift import Drift
from auditor.model.finding import Status
from auditor.model.result import CoverageEntry, TenantResult
from auditor.model.snapshot import Snapshot
from auditor.store.records import Counts

_DAYS = re.compile(rb" days?\b")
_NUMBER = re.compile(rb"(?:^|[^\w.,-])(0|[1-9][0-9]{0,8})$")
_LONGEST = 10
_HOLE = b"\x01"
"""A byte that JSON never holds bare: canonical JSON escapes control characters."""


class Receipt(Struct, frozen=True, array_like=True):
    """What one scan of one tenant has of its own, in the order of the coverage."""

    requests: tuple[tuple[str | None, str | None, str | None, int], ...]
    """For each entry of the coverage: request id, SHA-256 of the body, time, attempts."""
    started_at: str | None
    finished_at: str | None
    drift: tuple[str | None, str | None, str | None, str | None] | None
    """Scans and times that the drift is between; None where there was nothing to compare with."""


class Packed(Struct, frozen=True):
    """A result in its parts."""

    result: bytes
    days: bytes | None
    snapshot: bytes | None
    drift: bytes | None
    events: bytes | None
    receipt: bytes
    standing: bytes
    counts: Counts


def pack(result: TenantResult, events: tuple[AuditEvent, ...] = ()) -> Packed:
    """The parts of ``result``. Raises ValueError where its hash is not that of its snapshot."""
    snapshot = canonical_json(result.snapshot) if result.snapshot is not None else None
    if snapshot is not None and hashlib.sha256(snapshot).hexdigest() != result.snapshot_sha256:
        raise ValueError("the result's snapshot_sha256 is not that of its snapshot")
    drift = result.drift
    shared = msgspec.structs.replace(
        result,
        snapshot=None,
        drift=None,
        history=None,
        started_at=None,
        finished_at=None,
        coverage=tuple(_without_receipt(entry) for entry in result.coverage),
    )
    text, days = take_days(canonical_json(shared))
    told = drift is not None and (drift.changes or drift.not_comparable)
    return Packed(
        result=text,
        days=days,
        snapshot=snapshot,
        drift=canonical_json(drift) if told else None,
        events=canonical_json(events) if events else None,
        receipt=zstandard.ZstdCompressor(level=3).compress(msgspec.msgpack.encode(_receipt(result))),
        standing=standing(result),
        counts=counts(result),
    )


def unpack(
    text: bytes, days: bytes | None, snapshot: bytes | None, drift: Drift | None, receipt: bytes | None
) -> TenantResult:
    """The result again. Without its receipt, what that held is None (attempts: 1) and drift is as it was stored."""
    result = msgspec.structs.replace(
        from_canonical(put_days(text, days), TenantResult),
        snapshot=from_canonical(snapshot, Snapshot) if snapshot is not None else None,
    )
    if receipt is None:
        return msgspec.structs.replace(result, drift=drift)
    slip = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(receipt), type=Receipt)
    if slip.drift is not None and (drift is None or not (drift.changes or drift.not_comparable)):
        drift = Drift(*slip.drift)
    return msgspec.structs.replace(
        result,
        drift=drift,
        started_at=slip.started_at,
        finished_at=slip.finished_at,
        coverage=tuple(
            msgspec.structs.replace(entry, request_id=request_id, sha256=sha256, at=at, attempts=attempts)
            for entry, (request_id, sha256, at, attempts) in zip(result.coverage, slip.requests, strict=True)
        ),
    )


def take_days(text: bytes) -> tuple[bytes, bytes | None]:
    """``text`` with holes where it speaks of a number of days, and the numbers."""
    numbers: list[int] = []
    parts: list[bytes] = []
    start = 0
    for found in _DAYS.finditer(text):
        end = found.start()
        number = _NUMBER.search(text[max(start, end - _LONGEST) : end])
        if number is not None and end - len(number.group(1)) > start:
            numbers.append(int(number.group(1)))
            parts.append(text[start : end - len(number.group(1))])
            start = end
    if not numbers:
        return text, None
    return _HOLE.join([*parts, text[start:]]), msgspec.msgpack.encode(numbers)


def put_days(text: bytes, days: bytes | None) -> bytes:
    """The text again."""
    numbers = msgspec.msgpack.decode(days, type=list[int]) if days is not None else []
    parts = text.split(_HOLE)
    if len(parts) != len(numbers) + 1:
        raise ValueError("the numbers do not belong to this text")
    filled = [part + str(number).encode() for part, number in zip(parts, numbers, strict=False)]
    return b"".join([*filled, parts[-1]])


def without_days(text: bytes) -> bytes:
    """The text as JSON again, with 0 for each number: for readers to whom what it says of days does not matter."""
    return text.replace(_HOLE, b"0")


def standing(result: TenantResult) -> bytes:
    """16 bytes that are equal where every finding has the same status."""
    pairs = sorted((finding.fingerprint, finding.rule, finding.status.value) for finding in result.findings)
    return hashlib.sha256(canonical_json(pairs)).digest()[:16]


def counts(result: TenantResult) -> Counts:
    """The figures of one tenant; changes are not among them, since they belong to a scan and not to an outcome."""
    figures = {"tenants": 1, result.verdict.value: 1}
    for finding in result.findings:
        if finding.is_open:
            figures[finding.severity.value] = figures.get(finding.severity.value, 0) + 1
        elif finding.status is Status.FAIL:
            figures["waived"] = figures.get("waived", 0) + 1
        elif finding.status is Status.UNKNOWN:
            figures["not_assessed"] = figures.get("not_assessed", 0) + 1
    return Counts(**figures)


def _without_receipt(entry: CoverageEntry) -> CoverageEntry:
    return msgspec.structs.replace(entry, request_id=None, sha256=None, at=None, attempts=1)


def _receipt(result: TenantResult) -> Receipt:
    drift = result.drift
    return Receipt(
        requests=tuple((entry.request_id, entry.sha256, entry.at, entry.attempts) for entry in result.coverage),
        started_at=result.started_at,
        finished_at=result.finished_at,
        drift=(drift.before_scan, drift.before_at, drift.after_scan, drift.after_at) if drift is not None else None,
    )
