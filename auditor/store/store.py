"""The store as the rest of the program sees it: every method is one transaction, done whole or not at all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine

from auditor.model.audit import AuditEvent
from auditor.model.baseline import Acceptance, Baseline
from auditor.model.canonical import from_canonical
from auditor.model.finding import Verdict
from auditor.model.lifecycle import FindingHistory, TrendPoint
from auditor.model.notice import Remembered
from auditor.model.result import PackRef, ScanResult, TenantRef, TenantResult
from auditor.model.snapshot import Snapshot
from auditor.store import approvals, exporting, holding, notices, pruning, timeline, writing
from auditor.store import reading as reads
from auditor.store.connection import Fault, no_fault, outside, reading, safe, write
from auditor.store.pruning import Pruned
from auditor.store.records import Head, RecordedTenant, ScanInfo, Unfinished

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Store:
    """An open history.

    Times are RFC 3339 by the clock that rules and reports see; a scan is named by its id (or how it begins), ``latest``
    or ``previous`` (finished ones). Every method raises :class:`~auditor.store.errors.StoreError`.
    """

    def __init__(self, engine: Engine, *, fault: Fault = no_fault) -> None:
        self._engine = engine
        self._fault = fault

    @property
    def name(self) -> str:
        """The store's address, without a password."""
        return safe(self._engine.url)

    def begin_scan(
        self,
        scan: str,
        *,
        started_at: str,
        tool_name: str,
        tool_version: str,
        packs: Sequence[PackRef],
        tenants: Sequence[TenantRef],
        options: dict[str, Any] | None = None,
    ) -> None:
        """Record that a scan runs, of which tenants and by which rules."""
        head = Head(tool_name, tool_version, tuple(packs), tuple(tenants), options or {})
        self._write(lambda connection: writing.begin(connection, scan, started_at, head))

    def record_tenant(self, scan: str, result: TenantResult, *, events: Sequence[AuditEvent] = ()) -> None:
        """Record one tenant as it finishes, with the audit ``events`` that its drift was explained by.

        Recording a tenant again in a scan that runs replaces what was recorded of it.
        """
        self._write(lambda connection: writing.record(connection, scan, result, events))

    def hold(self, scan: str) -> AbstractContextManager[None]:
        """For the length of a block, be the one process that runs ``scan``; StoreBusy where another does."""
        return holding.held(self._engine, scan)

    def finish_scan(self, scan: str, *, finished_at: str, verdict: Verdict) -> None:
        """Record that a scan is over: from now on it counts as ``latest``."""
        self._write(lambda connection: writing.finish(connection, scan, finished_at, verdict))

    def list(self) -> tuple[ScanInfo, ...]:
        """Every scan, the earliest first."""
        return self._read(reads.listed)

    def scan(self, scan: str = "latest") -> ScanInfo:
        """One scan, in short."""
        return self._read(lambda connection: reads.find(connection, scan))

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Scans that run or died, with the tenants that are done."""
        return self._read(reads.unfinished)

    def result(self, scan: str = "latest", *, tenants: Sequence[str] | None = None) -> ScanResult:
        """A whole result again, or that of some tenants (ids). Without receipts it lacks request ids and times."""
        return self._read(lambda connection: reads.result(connection, scan, tenants))

    def previous_tenant(
        self, tenant_id: str, before: str | None = None, *, upto: str | None = None
    ) -> RecordedTenant | None:
        """The tenant's last result with a snapshot, of a finished scan earlier than ``before`` (None: of any).

        ``upto``: of one finished by this time, for a scan that is not yet recorded itself.
        """
        return self._read(lambda connection: reads.previous_tenant(connection, tenant_id, before, upto))

    def finding_history(self, tenant_id: str, before: str | None = None) -> FindingHistory:
        """What finished scans of the tenant, earlier than ``before`` (None: all), said of each finding."""
        return self._read(lambda connection: timeline.finding_history(connection, tenant_id, before))

    def histories(
        self, scan: str, tenants: Sequence[str]
    ) -> Iterator[tuple[str, FindingHistory, tuple[TrendPoint, ...]]]:
        """For each of ``tenants`` (ids): what scans before ``scan`` said of its findings, and its trend up to it."""
        with reading(self._engine) as connection:
            yield from timeline.histories(connection, scan, tenants)

    def points(self, scan: str) -> tuple[TrendPoint, ...]:
        """The figures of the last whole scans, the earliest first, up to and including ``scan``."""
        return self._read(lambda connection: timeline.scan_points(connection, scan))

    def changed_snapshots(self, earlier: str, later: str) -> Iterator[tuple[str, Snapshot, Snapshot]]:
        """Tenant id and both snapshots, for each tenant of both scans in whose snapshots anything differs."""
        with reading(self._engine) as connection:
            yield from reads.pairs(connection, earlier, later)

    def events(self, tenant_id: str, after: str, upto: str) -> tuple[AuditEvent, ...]:
        """The audit events kept with the tenant's results after scan ``after``, up to scan ``upto``."""
        return self._read(lambda connection: reads.events(connection, tenant_id, after, upto))

    def trend(self, tenant_id: str | None = None) -> "pd.DataFrame":
        """Verdicts, open findings and changes over the finished scans: see :mod:`auditor.store.trend`."""
        from auditor.store.trend import trend

        return self._read(lambda connection: trend(connection, tenant_id))

    def export(self, scans: Sequence[str] | None = None) -> Iterator[bytes]:
        """The history as lines of JSON, without their ends."""
        with reading(self._engine) as connection:
            yield from exporting.export(connection, scans)

    def prune(self, *, now: datetime, keep_days: int | None = None, keep_last: int | None = None) -> Pruned:
        """Remove scans past their time and what only they needed; give the room back where the store is a file."""
        pruned: Pruned = self._write(lambda connection: pruning.prune(connection, now, keep_days, keep_last))
        if pruned.scans and self._engine.dialect.name == "sqlite":
            outside(self._engine, "VACUUM")
            # The log holds the whole new file until it is written back.
            outside(self._engine, "PRAGMA wal_checkpoint(TRUNCATE)")
        return pruned

    def approve_baseline(
        self, tenant_id: str, name: str, *, scan: str, by: str, reason: str, at: str, until: str | None = None
    ) -> Baseline:
        """Approve what ``scan`` read of the tenant as its intended state."""
        return self._write(
            lambda connection: approvals.approve(connection, tenant_id, name, scan, by, reason, at, until)
        )

    def accept_change(self, tenant_id: str, acceptance: Acceptance) -> Baseline:
        """Accept one difference on top of the tenant's baseline."""
        return self._write(lambda connection: approvals.accept(connection, tenant_id, acceptance))

    def clear_baseline(self, tenant_id: str, *, by: str, reason: str, at: str) -> Baseline:
        """End the tenant's baseline; who ended it stays on record."""
        return self._write(lambda connection: approvals.clear(connection, tenant_id, by, reason, at))

    def baseline(self, tenant_id: str) -> Baseline | None:
        """The tenant's baseline, lapsed or not; None where there is none."""
        return self._read(lambda connection: approvals.current(connection, tenant_id))

    def baselines(self) -> tuple[Baseline, ...]:
        """Every tenant's baseline."""
        return self._read(approvals.all_current)

    def baseline_snapshot(self, baseline: Baseline) -> Snapshot:
        """The approved snapshot."""
        content: bytes = self._read(lambda connection: approvals.snapshot(connection, baseline))
        return from_canonical(content, Snapshot)

    def notices(self, channel: str) -> tuple[Remembered, ...]:
        """What a channel of notifications was told, or has yet to be."""
        return self._read(lambda connection: notices.remembered(connection, channel))

    def remember_notices(self, channel: str, kept: Sequence[Remembered], gone: Sequence[Remembered] = ()) -> None:
        """Keep and forget what a channel was told."""
        self._write(lambda connection: notices.remember(connection, channel, kept, gone))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, work: Callable[[Connection], T]) -> T:
        with reading(self._engine) as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], T]) -> T:
        return write(self._engine, work, self._fault)
