"""Between a scan and the store: each tenant compared with its last recorded state, and recorded as it finishes.

A scan that never came to read anything, because of its configuration or surroundings, leaves no trace in the history.
"""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from auditor import pipeline
from auditor.drift import attribute, compare, ids_of_instances, window_between
from auditor.fleet.resume import options_of
from auditor.model.audit import AuditEvent
from auditor.model.drift import Drift, NotComparable
from auditor.model.evidence import Known, Unknown
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.model.snapshot import Snapshot
from auditor.model.times import format_time
from auditor.pipeline import Scan, Scanned
from auditor.store import RecordedTenant, Store

log = logging.getLogger(__name__)


class History:
    """Compares and records one scan's tenants in an open store."""

    def __init__(
        self, store: Store, scan: Scan, retention_days: dict[str, int | None], *, resumed: bool = False
    ) -> None:
        """``resumed``: the store knows this scan already, with some of its tenants."""
        self._store = store
        self._scan = scan
        self._retention = retention_days
        self._evaluators = pipeline.Evaluators(scan.packs)
        self._tenants = {tenant.id: tenant for tenant in scan.tenants}
        self._begun = resumed
        self._deferred: list[TenantResult] = []

    def finished(self, scanned: Scanned) -> TenantResult:
        """The tenant's result with its drift since the last scan before this one's clock; recorded.

        While no tenant at all was contacted, nothing is recorded.
        """
        recorded = self._store.previous_tenant(
            scanned.result.tenant.id,
            self._scan.scan_id if self._begun else None,
            upto=None if self._begun else format_time(self._scan.now),
        )
        result, events = self._isolated(scanned, recorded)
        if scanned.collection.setup_error is not None and not self._begun:
            self._deferred.append(result)
        else:
            self._record(result, events)
        return result

    def close(self, result: ScanResult) -> None:
        """Record that the scan is over."""
        self._begin()
        self._store.finish_scan(self._scan.scan_id, finished_at=result.finished_at, verdict=result.verdict)

    def _record(self, result: TenantResult, events: Sequence[AuditEvent]) -> None:
        self._begin()
        self._store.record_tenant(self._scan.scan_id, result, events=events)

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        head = pipeline.whole_result(self._scan, ())
        self._store.begin_scan(
            self._scan.scan_id,
            started_at=head.started_at,
            tool_name=head.tool_name,
            tool_version=head.tool_version,
            packs=head.packs,
            tenants=[
                TenantRef(id=tenant.id, name=tenant.name, cloud=tenant.cloud.name, product=tenant.product)
                for tenant in self._scan.tenants
            ],
            options=options_of(self._scan),
        )
        for tenant in self._deferred:
            self._store.record_tenant(self._scan.scan_id, tenant, events=())
        self._deferred.clear()

    def _isolated(self, scanned: Scanned, recorded: RecordedTenant | None) -> tuple[TenantResult, Sequence[AuditEvent]]:
        """The result with its drift; where comparing fails by an error of ours, that stays with this tenant."""
        try:
            return self._compared(scanned, recorded)
        except Exception as error:
            if recorded is None:
                raise
            log.exception(
                "an internal error stopped the comparison of this tenant", extra={"tenant": scanned.result.tenant.id}
            )
            cause = f"an internal error stopped the comparison ({type(error).__name__})"
            drift = Drift(
                before_scan=recorded.scan,
                before_at=recorded.finished_at or recorded.started_at,
                after_scan=self._scan.scan_id,
                after_at=format_time(self._scan.now),
                not_comparable=(NotComparable("*", "servicePrincipal", cause, "both"),),
            )
            warnings = (*scanned.result.warnings, f"What changed since scan {recorded.scan} is not known: {cause}.")
            return msgspec.structs.replace(scanned.result, drift=drift, warnings=warnings), ()

    def _compared(self, scanned: Scanned, recorded: RecordedTenant | None) -> tuple[TenantResult, Sequence[AuditEvent]]:
        result = scanned.result
        if recorded is None or result.snapshot is None or recorded.result.snapshot is None:
            return result, ()
        before, after = recorded.result.snapshot, result.snapshot
        evaluator = self._evaluators.of(self._tenants.get(result.tenant.id))
        changes, gaps = compare(
            before,
            after,
            assess=lambda snapshot: evaluator.assess(snapshot, tenant=result.tenant, now=self._scan.now),
        )
        before_at = recorded.finished_at or recorded.started_at
        after_at = format_time(self._scan.now)
        events = scanned.collection.events
        changes = attribute(
            changes,
            events.value if isinstance(events, Known) else (),
            window=window_between(recorded.result, result, (before_at, after_at)),
            scanned=(before_at, after_at),
            audit=events,
            premium=_premium(after),
            retention_days=self._retention.get(result.tenant.id),
            instances=ids_of_instances([before, after]),
        )
        named = {candidate.audit_event for change in changes for candidate in change.candidates}
        named |= {change.audit_event for change in changes if change.audit_event is not None}
        drift = Drift(
            before_scan=recorded.scan,
            before_at=before_at,
            after_scan=self._scan.scan_id,
            after_at=after_at,
            changes=changes,
            not_comparable=gaps,
        )
        kept = [event for event in _all(events) if event.id in named]
        return msgspec.structs.replace(result, drift=drift), kept


def _all(events: Known[Any] | Unknown) -> Sequence[AuditEvent]:
    return events.value if isinstance(events, Known) else ()


def _premium(snapshot: Snapshot) -> bool | None:
    organization = snapshot.organization
    if isinstance(organization, Known) and isinstance(organization.value.premium, bool):
        return organization.value.premium
    return None
