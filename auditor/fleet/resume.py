"""Going on with a scan that was interrupted: which one it is, and whether it would still be the same scan.

A resumed scan has the id, the clock, the tenants and the rules of the one that was begun, so that its report is the one
that an undisturbed run would have given. What a run may change is how the tenants are read: credentials, concurrency,
time budget, and the machine.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from auditor import __version__
from auditor.config import Config, TenantConfig
from auditor.errors import UserError
from auditor.model.canonical import canonical_hash
from auditor.model.result import PackRef
from auditor.model.times import parse_time
from auditor.pipeline import Scan, whole_result
from auditor.store import Store, Unfinished

_AUDITED = "audited"
_AGAIN = "Restore what it was, or run a new scan without --resume."


class Begun(Struct, frozen=True):
    """A scan of the store that was begun and not finished."""

    id: str
    now: datetime
    tool_version: str
    packs: tuple[PackRef, ...]
    tenants: tuple[str, ...]
    """Ids of all tenants that it was to scan."""
    done: tuple[str, ...]
    """Ids of those that are recorded."""
    audited: dict[str, str]
    """What :func:`fingerprints` said when it was begun."""


def options_of(scan: Scan) -> dict[str, Any]:
    """What is recorded with a scan when it begins, so that it can be told later whether it is still the same."""
    return {_AUDITED: fingerprints(scan)}


def fingerprints(scan: Scan) -> dict[str, str]:
    """SHA-256 of each part of a scan's input that its results depend on, beside the rule packs and the clock."""
    tenants = [
        {
            "id": tenant.id,
            "name": tenant.name,
            "cloud": tenant.cloud.name,
            "graph": tenant.cloud.graph,
            "product": tenant.product,
            "skip": sorted(tenant.skip),
            "bind": sorted((one.pack or "", one.name, one.value) for one in tenant.bind),
            "audit_retention_days": tenant.audit_retention_days,
        }
        for tenant in sorted(scan.tenants, key=lambda tenant: tenant.id)
    ]
    return {
        "tenants": canonical_hash(tenants),
        "waivers": canonical_hash((scan.waivers, scan.waiver_warnings)),
    }


def begun_in(store: Store) -> Begun:
    """The unfinished scan of ``store`` with the latest clock; raises UserError where there is none."""
    waiting: Sequence[Unfinished] = store.unfinished()
    if not waiting:
        raise UserError(f"There is no unfinished scan in {store.name}.", "Run auditor scan without --resume.")
    scan = waiting[-1].scan
    now = parse_time(scan.started_at)
    if now is None:
        raise UserError(f"Scan {scan.id} has no time.", "Run auditor scan without --resume.")
    audited = store.result(scan.id, tenants=()).options.get(_AUDITED)
    if not isinstance(audited, dict):
        raise UserError(f"Scan {scan.id} was begun by a version that could not resume.", "Run a new scan.")
    return Begun(
        id=scan.id,
        now=now,
        tool_version=scan.tool_version,
        packs=scan.packs,
        tenants=tuple(tenant.id for tenant in scan.tenants),
        done=waiting[-1].done,
        audited=audited,
    )


def tenants_of(begun: Begun, config: Config) -> tuple[TenantConfig, ...]:
    """The tenants of the scan as the configuration has them; raises UserError for one that it no longer names."""
    configured = {tenant.id: tenant for tenant in config.tenants}
    for tenant_id in begun.tenants:
        if tenant_id not in configured:
            raise UserError(
                f"Scan {begun.id} cannot be resumed: the configuration no longer names tenant {tenant_id}.", _AGAIN
            )
    return tuple(configured[tenant_id] for tenant_id in begun.tenants)


def check_same(begun: Begun, scan: Scan) -> None:
    """Raise UserError, naming what differs, where ``scan`` would not give what the begun one was to give."""
    packs = whole_result(scan, ()).packs
    differing: list[str] = []
    if begun.tool_version != __version__:
        differing.append(f"the program (begun by version {begun.tool_version}, this is {__version__})")
    if begun.packs != packs:
        before, after = {pack.id: pack for pack in begun.packs}, {pack.id: pack for pack in packs}
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        differing.append(f"the rule packs ({', '.join(changed) or 'their order'})")
    now = fingerprints(scan)
    names = {"tenants": "what the configuration says of the tenants", "waivers": "the waivers"}
    differing += [
        names.get(part, part) for part in {**now, **begun.audited} if now.get(part) != begun.audited.get(part)
    ]
    if differing:
        raise UserError(
            f"Scan {begun.id} cannot be resumed: since it was begun there changed {' and '.join(differing)}.", _AGAIN
        )
