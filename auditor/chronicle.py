"""A finished result told against the scans before it: trend, and what became of each finding. It records nothing.

What it adds follows from the recorded scans up to and including this one, so that a report rendered again later is the
same; it goes back as far as the history does, which ``auditor history prune`` shortens.
"""

import msgspec

from auditor.drift import standings
from auditor.model.lifecycle import FindingHistory, TenantHistory, TrendPoint
from auditor.model.result import ScanResult, TenantResult
from auditor.store import Store


def with_history(store: Store, result: ScanResult) -> ScanResult:
    """``result``, recorded in ``store`` as finished, with its trend and with what became of its findings."""
    told = {
        tenant_id: (history, points)
        for tenant_id, history, points in store.histories(result.id, [tenant.tenant.id for tenant in result.tenants])
    }
    return msgspec.structs.replace(
        result,
        tenants=tuple(
            _tenant(tenant, *told.get(tenant.tenant.id, (FindingHistory(), ())), at=result.finished_at)
            for tenant in result.tenants
        ),
        trend=store.points(result.id),
    )


def _tenant(tenant: TenantResult, history: FindingHistory, points: tuple[TrendPoint, ...], *, at: str) -> TenantResult:
    by_fingerprint, gone = standings(tenant.findings, history, at)
    return msgspec.structs.replace(tenant, history=TenantHistory(history.scans, by_fingerprint, gone, points))
