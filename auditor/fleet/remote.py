"""What travels between the machine that runs a fleet's scan and those that read tenants for it, and what is done there.

A chunk of tenants goes out, their results come back, both as bytes. No secret travels either way: a chunk names the
variables and files of credentials, and the machine that reads the tenants has them in an environment of its own.
"""

import asyncio
import os
from datetime import datetime

import msgspec
import zstandard
from msgspec import Struct

from auditor import __version__
from auditor.config import TenantConfig
from auditor.errors import UserError
from auditor.fleet.run import scan_each
from auditor.graph.collect import Collection
from auditor.graph.errors import SetupError
from auditor.logs import redact
from auditor.model.audit import AuditEvent
from auditor.model.evidence import Known, Unknown
from auditor.model.finding import Assessment
from auditor.model.result import RawBody, TenantResult
from auditor.model.rule import Pack, Waiver
from auditor.pipeline import Scan, Scanned

_LEVEL = 3
_LARGEST = 1 << 31


class Chunk(Struct, frozen=True):
    """Some tenants of a scan, and all that reading and judging them takes, save their secrets."""

    version: str
    tenants: tuple[TenantConfig, ...]
    packs: tuple[Pack, ...]
    waivers: tuple[Waiver, ...]
    waiver_warnings: tuple[str, ...]
    now: datetime
    scan_id: str
    max_concurrency: int
    budget_s: float
    keep_bodies: bool


class Answer(Struct, frozen=True):
    """One tenant of a chunk, as :class:`~auditor.pipeline.Scanned` tells it."""

    result: TenantResult
    events: tuple[AuditEvent, ...] | None
    no_events: Unknown | None
    gaps: bool
    setup_error: tuple[str, str] | None
    traceback: str | None
    bodies: tuple[RawBody, ...]


class OtherVersion(UserError):
    """The machine that was to read tenants has another version of the program."""


def encoded(scan: Scan, tenants: tuple[TenantConfig, ...]) -> bytes:
    """A chunk of ``scan``, as :func:`scan_chunk` takes it."""
    chunk = Chunk(
        version=__version__,
        tenants=tenants,
        packs=scan.packs,
        waivers=scan.waivers,
        waiver_warnings=scan.waiver_warnings,
        now=scan.now,
        scan_id=scan.scan_id,
        max_concurrency=scan.max_concurrency,
        budget_s=scan.budget_s,
        keep_bodies=scan.keep_bodies,
    )
    return zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.json.encode(chunk))


def scan_chunk(content: bytes) -> bytes:
    """Scan a chunk with this process's environment; gives what :func:`decoded` takes.

    It runs on the other machine, in a thread without an event loop. Raises :class:`OtherVersion`.
    """
    plain = _decompressed(content)
    version = msgspec.json.decode(plain, type=_Version).version
    if version != __version__:
        raise OtherVersion(
            f"A Dask worker runs version {__version__}; the scan was begun by {version}.",
            "Install the same version of entra-saml-auditor on both.",
        )
    chunk = msgspec.json.decode(plain, type=Chunk)
    environ = dict(os.environ)
    for tenant in chunk.tenants:
        names = (tenant.credential.env, tenant.credential.password_env)
        redact.protect(environ[name] for name in names if name is not None and name in environ)
    answers: list[Answer] = []
    scan = Scan(
        tenants=chunk.tenants,
        packs=chunk.packs,
        waivers=chunk.waivers,
        waiver_warnings=chunk.waiver_warnings,
        now=chunk.now,
        scan_id=chunk.scan_id,
        max_concurrency=chunk.max_concurrency,
        budget_s=chunk.budget_s,
        environ=environ,
        keep_bodies=chunk.keep_bodies,
    )
    asyncio.run(scan_each(scan, lambda scanned: answers.append(_answer(scanned))))
    return zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.json.encode(answers))


def decoded(content: bytes) -> list[Scanned]:
    """The results that :func:`scan_chunk` gave, in the order of finishing."""
    return [_scanned(answer) for answer in msgspec.json.decode(_decompressed(content), type=list[Answer])]


class _Version(Struct):
    version: str


def _decompressed(content: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(content, max_output_size=_LARGEST)


def _answer(scanned: Scanned) -> Answer:
    collection = scanned.collection
    error = collection.setup_error
    return Answer(
        result=scanned.result,
        events=collection.events.value if isinstance(collection.events, Known) else None,
        no_events=collection.events if isinstance(collection.events, Unknown) else None,
        gaps=collection.gaps,
        setup_error=(error.message, error.hint) if error is not None else None,
        traceback=scanned.traceback,
        bodies=tuple(RawBody(digest, body) for digest, body in collection.bodies.items()),
    )


def _scanned(answer: Answer) -> Scanned:
    result = answer.result
    return Scanned(
        result=result,
        collection=Collection(
            snapshot=result.snapshot,
            coverage=result.coverage,
            bodies={one.sha256: one.body for one in answer.bodies},
            events=answer.no_events if answer.no_events is not None else Known(answer.events or ()),
            permissions=result.permissions,
            gaps=answer.gaps,
            cause=result.cause,
            setup_error=SetupError(*answer.setup_error) if answer.setup_error is not None else None,
        ),
        assessment=Assessment(verdict=result.verdict, findings=result.findings, notices=result.notices),
        traceback=answer.traceback,
    )
