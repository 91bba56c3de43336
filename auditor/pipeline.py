"""The one place where the stages meet: collect → evaluate → compare → record → render.

A tenant is the unit of work: whatever happens to one ends in its own result, with the cause, and never costs another.
"""

import asyncio
import logging
import os
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from auditor import __version__, logs
from auditor.config import Config, TenantConfig, nearest
from auditor.errors import ConfigError, UserError
from auditor.evaluate import Evaluator
from auditor.graph.collect import Collection, Target, collect, utc_now
from auditor.graph.credentials import check_secret
from auditor.graph.errors import SetupError
from auditor.graph.transport import Session
from auditor.model.canonical import canonical_hash
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.finding import Assessment, TenantStatus
from auditor.model.result import PackRef, ScanResult, TenantRef, TenantResult, scan_verdict
from auditor.model.rule import Binding, Pack, Waiver
from auditor.model.snapshot import Snapshot
from auditor.model.times import format_time
from auditor.rulepack import RulepackError, bind_packs

log = logging.getLogger(__name__)

_EVALUATORS_KEPT = 64
_GRACE_S = 5.0
"""Beyond its budget a tenant is cut off: nothing in the collector should take so long."""


class Scan(Struct, frozen=True):
    """What a scan is to do. ``now`` is the clock of rules, drift and reports; ``network_clock`` that of requests."""

    tenants: tuple[TenantConfig, ...]
    packs: tuple[Pack, ...]
    waivers: tuple[Waiver, ...]
    waiver_warnings: tuple[str, ...]
    now: datetime
    scan_id: str
    max_concurrency: int
    budget_s: float
    environ: Mapping[str, str]
    keep_bodies: bool = False
    network_clock: Callable[[], datetime] = utc_now


class Scanned(Struct, frozen=True):
    """One tenant's result, with what drift and evidence need beside it."""

    result: TenantResult
    collection: Collection
    assessment: Assessment
    traceback: str | None = None
    """Of the internal error that stopped the scan of the tenant, without secrets; None where there was none."""


def new_scan_id(now: datetime) -> str:
    """An id that sorts by time and is never met twice."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"


def select_tenants(config: Config, names: Sequence[str]) -> tuple[TenantConfig, ...]:
    """The tenants of these names or ids, in the configuration's order; all of them where none is named."""
    if not names:
        return config.tenants
    known = {tenant.name: tenant for tenant in config.tenants} | {tenant.id: tenant for tenant in config.tenants}
    for name in names:
        if name not in known:
            raise ConfigError(f"No tenant is named {name!r} in the configuration.", nearest(name, known))
    wanted = {known[name].id for name in names}
    return tuple(tenant for tenant in config.tenants if tenant.id in wanted)


def check_products(tenants: Sequence[TenantConfig], packs: Sequence[Pack]) -> None:
    """Raise ConfigError for a declared product that no pack knows: a misspelt one must not switch its rule off."""
    products = {product for pack in packs for product in pack.app.products}
    for tenant in tenants:
        if tenant.product is not None and tenant.product not in products:
            raise ConfigError(
                f"Tenant {tenant.name}: no rule pack knows the product {tenant.product!r}.",
                nearest(tenant.product, products) if products else "",
            )


def check_secrets(tenants: Sequence[TenantConfig], environ: Mapping[str, str]) -> dict[str, SetupError]:
    """Tenant id → what is missing. Raises UserError where no tenant at all has what its credential names."""
    missing = missing_secrets(tenants, environ)
    if missing and len(missing) == len(tenants):
        raise as_user_error(next(iter(missing.values())))
    return missing


def missing_secrets(tenants: Sequence[TenantConfig], environ: Mapping[str, str]) -> dict[str, SetupError]:
    """Tenant id → what its credential names and is not there."""
    missing: dict[str, SetupError] = {}
    for tenant in tenants:
        try:
            check_secret(tenant.credential, tenant.name, environ)
        except SetupError as error:
            missing[tenant.id] = error
    return missing


async def scan_tenant(
    scan: Scan, tenant: TenantConfig, session: Session, evaluators: "Evaluators", missing: SetupError | None = None
) -> Scanned:
    """One tenant from sign-in to findings; ``missing`` is what its credential lacks, where that is known.

    The boundary between tenants: a time-out, a refusal, or an error of ours ends in the result, with its cause.
    UserError passes (a configuration that no rule pack fits), and so does cancellation.
    """
    logs.scan_id.set(scan.scan_id)  # seen in this tenant's task alone
    logs.tenant_id.set(tenant.id)
    evaluator = evaluators.of(tenant)
    try:
        if missing is not None:
            collection = not_collected(str(missing), missing)
        else:
            collection = await _collect(scan, tenant, session)
        return assess(scan, tenant, collection, evaluator)
    except UserError:
        raise
    except Exception as error:
        log.exception("an internal error stopped the scan of this tenant")
        cause = f"an internal error stopped the scan of this tenant ({type(error).__name__})"
        return unscanned(scan, tenant, evaluator, cause, _kept_traceback(error))


def unscanned(scan: Scan, tenant: TenantConfig, evaluator: Evaluator, cause: str, kept: str | None = None) -> Scanned:
    """A tenant of which nothing is known; the cause tells where the traceback ``kept`` is, where there is one."""
    if kept is not None:
        cause += f"; the traceback is in {traceback_name(tenant.id)} in the output folder"
    scanned = assess(scan, tenant, not_collected(cause), evaluator)
    return msgspec.structs.replace(scanned, traceback=kept)


def traceback_name(tenant_id: str) -> str:
    """Where a tenant's traceback is kept, relative to the output folder."""
    return f"tracebacks/{tenant_id}.txt"


def _kept_traceback(error: Exception) -> str:
    """The traceback as it may be kept: what the process knows to be a secret, or looks like one, is taken out."""
    return logs.redact("".join(traceback.format_exception(error)))


def target_of(tenant: TenantConfig) -> Target:
    """What the collector needs of a configured tenant."""
    return Target(
        tenant_id=tenant.id,
        name=tenant.name,
        cloud=tenant.cloud,
        client_id=tenant.client_id,
        credential=tenant.credential,
    )


async def _collect(scan: Scan, tenant: TenantConfig, session: Session) -> Collection:
    watch = logs.Stopwatch()
    log.info("tenant begins")
    collection = await _collected(scan, tenant, session)
    requests = sum(entry.attempts for entry in collection.coverage)
    log.info("tenant was read", extra={"duration_ms": watch.ms, "requests": requests, "cause": collection.cause})
    return collection


async def _collected(scan: Scan, tenant: TenantConfig, session: Session) -> Collection:
    try:
        async with asyncio.timeout(scan.budget_s + _GRACE_S):
            return await collect(
                target_of(tenant),
                {pack.id: pack.app for pack in scan.packs},
                session,
                environ=scan.environ,
                budget_s=scan.budget_s,
                keep_bodies=scan.keep_bodies,
                clock=scan.network_clock,
            )
    except TimeoutError:
        return not_collected(f"the tenant's time budget of {scan.budget_s:g} s was spent")


def not_collected(cause: str, error: SetupError | None = None) -> Collection:
    """The collection of a tenant of which nothing was read."""
    return Collection(
        snapshot=None,
        coverage=(),
        bodies={},
        events=Unknown("directoryAudits", Outcome.NOT_ASKED, cause),
        permissions=None,
        gaps=True,
        cause=cause,
        setup_error=error,
    )


def assess(scan: Scan, tenant: TenantConfig, collection: Collection, evaluator: Evaluator) -> Scanned:
    """What the rules say of what was collected, as a tenant's result; pure."""
    ref = TenantRef(id=tenant.id, name=tenant.name, cloud=tenant.cloud.name, product=tenant.product)
    if collection.snapshot is None:
        cause = Unknown("servicePrincipals", Outcome.NOT_ASKED, collection.cause or "nothing was read")
        assessment = evaluator.unassessed(ref, cause)
    else:
        assessment = evaluator.assess(collection.snapshot, tenant=ref, waivers=scan.waivers, now=scan.now)
    at = format_time(scan.now)
    warnings = list(scan.waiver_warnings)
    if collection.permissions is not None and collection.permissions.write:
        names = ", ".join(collection.permissions.write)
        warnings.append(f"The access token can write ({names}); reading needs none of these.")
    if collection.permissions is not None and collection.permissions.held is None:
        warnings.append("The access token does not tell its permissions, so what it can do was not checked.")
    return Scanned(
        result=TenantResult(
            tenant=ref,
            status=tenant_status(collection),
            verdict=assessment.verdict,
            coverage=collection.coverage,
            findings=assessment.findings,
            snapshot=collection.snapshot,
            snapshot_sha256=canonical_hash(collection.snapshot) if collection.snapshot is not None else None,
            permissions=collection.permissions,
            notices=assessment.notices,
            warnings=tuple(warnings),
            cause=_failure(collection),
            started_at=at,
            finished_at=at,
        ),
        collection=collection,
        assessment=assessment,
    )


def tenant_status(collection: Collection) -> TenantStatus:
    """``failed`` where sign-in or discovery of an app failed, ``partial`` where some source was not read."""
    if _failure(collection) is not None:
        return TenantStatus.FAILED
    return TenantStatus.PARTIAL if collection.gaps else TenantStatus.COMPLETE


def _failure(collection: Collection) -> str | None:
    if collection.snapshot is None:
        return collection.cause or "nothing was read"
    return _undiscovered(collection.snapshot)


def _undiscovered(snapshot: Snapshot) -> str | None:
    for app in snapshot.apps:
        if not isinstance(app.instances, Known) and not app.seen:
            return f"the app could not be looked for: {app.instances.cause}"
    return None


def whole_result(scan: Scan, tenants: Sequence[TenantResult]) -> ScanResult:
    """The result of the scan over its tenants, sorted by name."""
    ordered = tuple(sorted(tenants, key=lambda tenant: (tenant.tenant.name.casefold(), tenant.tenant.id)))
    at = format_time(scan.now)
    return ScanResult(
        id=scan.scan_id,
        started_at=at,
        finished_at=at,
        tool_name="auditor",
        tool_version=__version__,
        packs=tuple(
            PackRef(id=pack.id, version=pack.version, sha256=pack.sha256, title=pack.title, skipped=pack.skipped)
            for pack in scan.packs
        ),
        verdict=scan_verdict(ordered),
        tenants=ordered,
    )


class Evaluators:
    """The packs as each tenant has them, with its bindings and what it puts out of scope; compiled where they differ.

    The last few are kept: tenants without bindings share one, and thousands with bindings of their own take no memory.
    """

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = tuple(packs)
        self._made = lru_cache(maxsize=_EVALUATORS_KEPT)(self._make)

    def of(self, tenant: TenantConfig | None) -> Evaluator:
        """The tenant's evaluator, or that of the bare packs; ConfigError for a binding or a skip that fits none."""
        if tenant is None:
            return self._made((), ())
        try:
            return self._made(tenant.bind, tenant.skip)
        except RulepackError as error:
            raise _unbindable(tenant, error) from error

    def _make(self, bind: tuple[Binding, ...], skip: tuple[str, ...]) -> Evaluator:
        return Evaluator(_without(bind_packs(self._packs, bind), skip))


def check_bindings(tenants: Sequence[TenantConfig], packs: Sequence[Pack]) -> None:
    """Raise ConfigError for a tenant's binding that fits no placeholder of the packs, or more than one pack."""
    for tenant in tenants:
        try:
            bind_packs(packs, tenant.bind)
        except RulepackError as error:
            raise _unbindable(tenant, error) from error


def check_skips(tenants: Sequence[TenantConfig], packs: Sequence[Pack]) -> None:
    """Raise ConfigError for a rule that a tenant puts out of scope and no pack has."""
    for skip in {tenant.skip for tenant in tenants}:
        _without(packs, skip)


def _unbindable(tenant: TenantConfig, error: RulepackError) -> ConfigError:
    return ConfigError(f"Tenant {tenant.name}: {error}", error.hint)


def _without(packs: Sequence[Pack], skip: Sequence[str]) -> Sequence[Pack]:
    """The packs with rules put out of scope; raises ConfigError for one that no pack has."""
    if not skip:
        return packs
    known = {rule.id for pack in packs for rule in pack.rules}
    for rule in skip:
        if rule not in known:
            raise ConfigError(f"skip names an unknown rule {rule!r}.", nearest(rule, known))
    return [
        msgspec.structs.replace(
            pack,
            skipped=tuple(sorted({*pack.skipped, *(rule.id for rule in pack.rules if rule.id in skip)})),
        )
        for pack in packs
    ]


def as_user_error(error: SetupError) -> UserError:
    """What is wrong with the configuration or the surroundings, as the command line tells it."""
    return UserError(error.message, error.hint)


def read_environment() -> dict[str, str]:
    """The process's environment, once, so that the rest takes it as a value."""
    return dict(os.environ)


def parse_now(text: str | None) -> datetime:
    """The clock that rules, drift and reports see: ``text`` as RFC 3339, else the present."""
    from auditor.model.times import parse_time

    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = parse_time(text)
    except ValueError as error:
        raise UserError(f"--now {text!r} is no time.", "Write it as 2026-11-22T12:00:00Z.") from error
    if moment is None:
        raise UserError(f"--now {text!r} is no time.", "Write it as 2026-11-22T12:00:00Z.")
    return moment


def shipped_folder() -> Path:
    """Where the shipped rule packs are."""
    from auditor.resources import rules_dir

    return Path(str(rules_dir()))
