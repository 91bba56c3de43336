"""From a configuration to a finished scan: everything a verb needs between parsing its options and writing files.

All that can be wrong with configuration, packs and waivers is found here, before the network is asked.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from auditor import pipeline
from auditor.chronicle import with_history
from auditor.config import Config, TenantConfig
from auditor.errors import UserError
from auditor.evaluate import waivers_of_no_tenant
from auditor.history import History
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.model.rule import Pack
from auditor.rulepack import LoadedWaivers, PackOverrides, RulepackError, load_packs, load_waivers, references_in
from auditor.store import open_store

REMEDIATION = "remediation"
"""The format that is scripts rather than a report."""


def known_formats() -> tuple[str, ...]:
    """Every format that a scan can write, in the order in which they are made."""
    from auditor.report import FORMATS

    return (*FORMATS, REMEDIATION)


class Prepared(Struct, frozen=True):
    """A scan that can begin: nothing of the configuration is left to fail."""

    scan: pipeline.Scan
    store: str | None = None
    """Address of the history; None for a scan that neither reads nor writes it."""
    retention_days: dict[str, int | None] = {}
    """Tenant id → how long its audit log is kept, where the configuration says so."""


def prepare(
    config: Config,
    *,
    names: Sequence[str],
    rules: Path | None,
    now: str | None,
    environ: Mapping[str, str],
    history: bool = True,
    keep_bodies: bool = False,
) -> Prepared:
    """Load packs and waivers, choose tenants, set the clock; raises :class:`UserError` for whatever is wrong.

    ``now`` is the option's text; without one, ``AUDITOR_NOW`` of ``environ`` counts, and without that the present.
    """
    tenants = pipeline.select_tenants(config, names)
    packs = rule_packs(config, rules)
    waivers = _waivers(config)
    pipeline.check_products(tenants, packs)
    pipeline.check_bindings(tenants, packs)
    pipeline.check_secrets(tenants, environ)
    moment = pipeline.parse_now(now if now is not None else environ.get("AUDITOR_NOW"))
    return Prepared(
        scan=pipeline.Scan(
            tenants=tenants,
            packs=packs,
            waivers=waivers.waivers,
            waiver_warnings=(*waivers.warnings, *_waivers_of_nobody(config, waivers)),
            now=moment,
            scan_id=pipeline.new_scan_id(moment),
            max_concurrency=config.max_concurrency,
            budget_s=config.budget_s,
            environ=environ,
            keep_bodies=keep_bodies,
        ),
        store=config.store if history else None,
        retention_days={tenant.id: tenant.audit_retention_days for tenant in tenants},
    )


def rule_packs(config: Config, rules: Path | None = None) -> tuple[Pack, ...]:
    """The packs that the configuration and ``--rules`` name, with what is put out of scope."""
    folder = str(rules) if rules is not None else config.rules
    try:
        references = [*config.packs, *(references_in(Path(folder)) if folder is not None else ())]
        return load_packs(references, shipped=pipeline.shipped_folder(), overrides=PackOverrides(skip=config.skip))
    except RulepackError as error:
        raise UserError(str(error), error.hint) from error


def run(prepared: Prepared, *, finished: Callable[[TenantResult], None] = lambda result: None) -> ScanResult:
    """Scan, compare with the history and record in it; give the result over all tenants.

    ``finished`` hears of each tenant as it is done. Raises UserError where the history cannot be opened, and where no
    tenant could be contacted at all: then nothing is recorded.
    """
    if prepared.store is None:
        return _run(prepared, lambda scanned: scanned.result, finished)
    with open_store(prepared.store) as store:
        history = History(store, prepared.scan, prepared.retention_days)
        result = _run(prepared, history.finished, finished)
        history.close(result)
        return with_history(store, result)


def _run(
    prepared: Prepared,
    compared: Callable[[pipeline.Scanned], TenantResult],
    finished: Callable[[TenantResult], None],
) -> ScanResult:
    results: list[TenantResult] = []

    def done(scanned: pipeline.Scanned) -> None:
        result = compared(scanned)
        results.append(result)
        finished(result)

    asyncio.run(_interruptible(pipeline.run_scan(prepared.scan, done=done)))
    return pipeline.whole_result(prepared.scan, results)


async def _interruptible(work: Coroutine[Any, Any, object]) -> None:
    """Await ``work``; SIGTERM cancels it as Ctrl-C does, and is told apart afterwards."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    terminated = False

    def terminate() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # another platform, or not the main thread
        loop.add_signal_handler(signal.SIGTERM, terminate)
    try:
        await task
    except asyncio.CancelledError:
        if terminated:
            raise SystemExit(143) from None
        raise


def render(prepared: Prepared, result: ScanResult, formats: Sequence[str]) -> dict[str, bytes]:
    """The files of ``formats``, by name; results.json always among them."""
    return render_result(result, formats, now=prepared.scan.now)


def render_result(result: ScanResult, formats: Sequence[str], *, now: datetime) -> dict[str, bytes]:
    """The files of ``formats`` for a result, by name; results.json always among them."""
    from auditor import remedy, report

    files = report.render(result, {"json", *formats} - {REMEDIATION}, now=now)
    return files | remedy.render(result) if REMEDIATION in formats else files


def tenant_named(config: Config, name: str) -> TenantConfig:
    """The one tenant of this name or id."""
    return pipeline.select_tenants(config, [name])[0]


def _waivers_of_nobody(config: Config, waivers: LoadedWaivers) -> list[str]:
    """A sentence for each waiver whose tenant the configuration does not name: it would wait unseen for ever."""
    tenants = [
        TenantRef(id=tenant.id, name=tenant.name, cloud=tenant.cloud.name, product=tenant.product)
        for tenant in config.tenants
    ]
    return [notice.message for notice in waivers_of_no_tenant(waivers.waivers, tenants)]


def _waivers(config: Config) -> LoadedWaivers:
    path = config.waivers
    if path is None:
        path = config.folder / "waivers.yaml"
        if not path.is_file():
            return LoadedWaivers()
    try:
        return load_waivers(path)
    except RulepackError as error:
        raise UserError(str(error), error.hint) from error
