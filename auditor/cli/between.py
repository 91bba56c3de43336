"""Drift between two recorded states of a tenant: what was found at scan time where that is it, else compared anew."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from auditor.model.baseline import Acceptance, Baseline, in_force
from auditor.model.drift import Change, Drift
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.model.times import parse_time

if TYPE_CHECKING:
    from auditor.evaluate import Evaluator
    from auditor.store import Store


class TenantDrift(Struct, frozen=True):
    """One tenant's drift; ``cause`` says why there is none to tell, where there is none."""

    tenant: TenantRef
    drift: Drift | None
    cause: str | None = None
    baseline: Baseline | None = None
    accepted: tuple[tuple[Change, Acceptance], ...] = ()


class Between:
    """Compares recorded states. ``evaluator_of`` a tenant's id judges its effects at the later scan's clock."""

    def __init__(
        self, store: "Store", evaluator_of: "Callable[[str], Evaluator]", retention_days: dict[str, int | None]
    ) -> None:
        self._store = store
        self._evaluator_of = evaluator_of
        self._retention = retention_days

    def scans(self, tenants: Sequence[TenantRef], earlier: str | None, later: str) -> list[TenantDrift]:
        """Each tenant's drift from scan ``earlier`` (None: its own last one before) to scan ``later``."""
        to = self._store.result(later, tenants=[tenant.id for tenant in tenants])
        found = {result.tenant.id: result for result in to.tenants}
        before: dict[str, tuple[str, str, TenantResult]] = {}
        if earlier is not None:
            since = self._store.result(earlier, tenants=[tenant.id for tenant in tenants])
            before = {one.tenant.id: (since.id, since.started_at, one) for one in since.tenants}
        told = []
        for tenant in tenants:
            after = found.get(tenant.id)
            if after is None or after.snapshot is None:
                told.append(TenantDrift(tenant, None, f"scan {to.id} read nothing of it"))
                continue
            if earlier is None and (previous := self._store.previous_tenant(tenant.id, to.id)) is not None:
                before[tenant.id] = (previous.scan, previous.started_at, previous.result)
            told.append(self._of_scans(tenant, before.get(tenant.id), to, after))
        return told

    def baseline(self, tenants: Sequence[TenantRef], later: str, now: str) -> list[TenantDrift]:
        """Each tenant's drift from its approved state to scan ``later``; what was accepted since is told apart."""
        from auditor.drift import against

        to = self._store.result(later, tenants=[tenant.id for tenant in tenants])
        found = {result.tenant.id: result for result in to.tenants}
        told = []
        for tenant in tenants:
            after, baseline = found.get(tenant.id), self._store.baseline(tenant.id)
            if baseline is None:
                told.append(TenantDrift(tenant, None, "it has no baseline"))
            elif not in_force(baseline.until, now):
                told.append(TenantDrift(tenant, None, f"its baseline lapsed at {baseline.until}", baseline))
            elif after is None or after.snapshot is None:
                told.append(TenantDrift(tenant, None, f"scan {to.id} read nothing of it", baseline))
            else:
                approved = msgspec.structs.replace(after, snapshot=self._store.baseline_snapshot(baseline), coverage=())
                drift = self._compared((baseline.scan, self._started(baseline), approved), to, after)
                opened, accepted = against(drift.changes, baseline.acceptances, now)
                told.append(
                    TenantDrift(tenant, msgspec.structs.replace(drift, changes=opened), None, baseline, accepted)
                )
        return told

    def _of_scans(
        self, tenant: TenantRef, before: tuple[str, str, TenantResult] | None, to: ScanResult, after: TenantResult
    ) -> TenantDrift:
        if before is None or before[2].snapshot is None:
            return TenantDrift(tenant, None, "there is no earlier scan of it to compare with")
        scan, started_at, result = before
        if after.drift is not None and after.drift.before_scan == scan:
            return TenantDrift(tenant, after.drift)
        return TenantDrift(tenant, self._compared((scan, started_at, result), to, after))

    def _compared(self, before: tuple[str, str | None, TenantResult], to: ScanResult, after: TenantResult) -> Drift:
        from auditor.drift import attribute, compare, ids_of_instances, window_between

        scan, at, earlier_result = before
        earlier, later = earlier_result.snapshot, after.snapshot
        if earlier is None or later is None:
            raise ValueError("only snapshots can be compared")
        moment = parse_time(to.started_at)
        if moment is None:
            raise ValueError("a recorded scan has no time")
        evaluator = self._evaluator_of(after.tenant.id)
        changes, not_comparable = compare(
            earlier,
            later,
            assess=lambda snapshot: evaluator.assess(snapshot, tenant=after.tenant, now=moment),
            rules=[rule for pack in evaluator.packs for rule in pack.rules],
        )
        premium = later.organization.value.premium if isinstance(later.organization, Known) else None
        known = any(info.id == scan for info in self._store.list())
        changes = attribute(
            changes,
            self._store.events(after.tenant.id, scan, to.id) if known else (),
            window=window_between(earlier_result, after, (at, to.finished_at)),
            scanned=(at, to.started_at),
            audit=_audit(after),
            premium=premium if isinstance(premium, bool) else None,
            retention_days=self._retention.get(after.tenant.id),
            instances=ids_of_instances((earlier, later)),
        )
        return Drift(scan, at, to.id, to.started_at, changes, not_comparable)

    def _started(self, baseline: Baseline) -> str | None:
        """When the approved scan was, where it is still recorded."""
        return next((info.started_at for info in self._store.list() if info.id == baseline.scan), None)


def _audit(result: TenantResult) -> Known[Any] | Unknown:
    """Whether the later scan could read the audit log, by its coverage."""
    for entry in result.coverage:
        if entry.source == "directoryAudits" and entry.outcome is not Outcome.OK:
            return Unknown(entry.source, entry.outcome, entry.cause or "it was not read", entry.permission)
    return Known(None)
