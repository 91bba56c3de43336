"""From a configuration to a finished scan: everything a verb needs between parsing its options and writing files.

All that can be wrong with configuration, packs and waivers is found here, before the network is asked.
"""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from auditor import pipeline
from auditor.chronicle import with_history
from auditor.config import Config
from auditor.errors import UserError
from auditor.evaluate import waivers_of_no_tenant
from auditor.evidence import FILE as BUNDLE
from auditor.fleet import Runner, check_contact, scan_each
from auditor.fleet.resume import Begun, begun_in, check_same, tenants_of
from auditor.fleet.select import Selection, selected
from auditor.graph.errors import SetupError
from auditor.history import History
from auditor.model.plan import Remediation
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.model.rule import Pack
from auditor.model.times import format_time
from auditor.rulepack import LoadedWaivers, PackOverrides, RulepackError, load_packs, load_waivers, references_in
from auditor.store import open_store

REMEDIATION = "remediation"
"""The format that is scripts rather than a report."""
ALL = Selection()
"""Every configured tenant."""
EVIDENCE = "evidence"
"""The format that is the evidence bundle."""
NEED_ANSWERS = frozenset({EVIDENCE, "pdfa"})
"""The formats that carry the answers of Microsoft Graph, which no history keeps."""
_POINTING = frozenset({"html", "pdf", "pdfa"})
"""The formats that tell of each finding which step of the plan mends it."""


def known_formats() -> tuple[str, ...]:
    """Every format that a scan can write, in the order in which they are made."""
    from auditor.report import FORMATS

    return (*FORMATS, EVIDENCE, REMEDIATION)


Keep = Callable[[pipeline.Scanned, TenantResult], None]
"""Hears of each tenant as it is read, and of its result as it is recorded."""


def keep_nothing(scanned: pipeline.Scanned, result: TenantResult) -> None:
    """For a scan that leaves no evidence bundle."""


class Prepared(Struct, frozen=True):
    """A scan that can begin: nothing of the configuration is left to fail."""

    scan: pipeline.Scan
    store: str | None = None
    """Address of the history; None for a scan that neither reads nor writes it."""
    retention_days: dict[str, int | None] = {}
    """Tenant id → how long its audit log is kept, where the configuration says so."""
    resumed: bool = False
    """True for a scan that the store has already, unfinished."""
    done: int = 0
    """How many tenants of a resumed scan are recorded already."""


def prepare(
    config: Config,
    *,
    selection: Selection = ALL,
    rules: Path | None,
    now: str | None,
    environ: Mapping[str, str],
    history: bool = True,
    resume: bool = False,
    keep_bodies: bool = False,
    secrets_here: bool = True,
) -> Prepared:
    """Load packs and waivers, choose tenants, set the clock; raises :class:`UserError` for whatever is wrong.

    ``now`` is the option's text; without one, ``AUDITOR_NOW`` of ``environ`` counts, and without that the present.
    ``resume`` goes on with the store's unfinished scan: its tenants, id and clock count. ``secrets_here`` is False
    where other machines sign in, with secrets of their own; ``keep_bodies`` keeps the answers for an evidence bundle.
    """
    begun = _begun(config, selection, now) if resume and history else None
    if resume and begun is None:
        raise UserError("A scan that is not recorded cannot be resumed.", "Leave out --no-history.")
    if begun is not None and begun.done and keep_bodies:
        raise UserError(
            f"The answers of {len(begun.done)} tenants that are done were lost when scan {begun.id} was interrupted.",
            "Leave evidence and pdfa out of --format, or run a new scan without --resume.",
        )
    tenants = tenants_of(begun, config) if begun is not None else selected(config, selection)
    packs = rule_packs(config, rules)
    waivers = _waivers(config)
    pipeline.check_products(tenants, packs)
    pipeline.check_bindings(tenants, packs)
    pipeline.check_skips(tenants, packs)
    if secrets_here:
        pipeline.check_secrets(tenants, environ)
    moment = (
        begun.now if begun is not None else pipeline.parse_now(now if now is not None else environ.get("AUDITOR_NOW"))
    )
    scan = pipeline.Scan(
        tenants=tenants,
        packs=packs,
        waivers=waivers.waivers,
        waiver_warnings=(*waivers.warnings, *_waivers_of_nobody(config, waivers)),
        now=moment,
        scan_id=begun.id if begun is not None else pipeline.new_scan_id(moment),
        max_concurrency=config.max_concurrency,
        budget_s=config.budget_s,
        environ=environ,
        keep_bodies=keep_bodies,
    )
    if begun is not None:
        check_same(begun, scan)
    return Prepared(
        scan=scan,
        store=config.store if history else None,
        retention_days={tenant.id: tenant.audit_retention_days for tenant in tenants},
        resumed=begun is not None,
        done=len(begun.done) if begun is not None else 0,
    )


def _begun(config: Config, selection: Selection, now: str | None) -> Begun:
    """The scan to resume; raises UserError for options that would make it another one."""
    if selection:
        raise UserError("--resume goes on with the tenants of the scan that was begun.", "Name none.")
    with open_store(config.store, create=False) as store:
        begun = begun_in(store)
    if now is not None and pipeline.parse_now(now) != begun.now:
        raise UserError(
            f"--resume goes on by the clock of scan {begun.id}, {format_time(begun.now)}.", "Leave out --now."
        )
    return begun


def rule_packs(config: Config, rules: Path | None = None) -> tuple[Pack, ...]:
    """The packs that the configuration and ``--rules`` name, with what is put out of scope."""
    folder = str(rules) if rules is not None else config.rules
    try:
        references = [*config.packs, *(references_in(Path(folder)) if folder is not None else ())]
        return load_packs(references, shipped=pipeline.shipped_folder(), overrides=PackOverrides(skip=config.skip))
    except RulepackError as error:
        raise UserError(str(error), error.hint) from error


def run(
    prepared: Prepared,
    *,
    finished: Callable[[TenantResult], None] = lambda result: None,
    kept: Callable[[str, str], None] = lambda name, text: None,
    runner: Runner = scan_each,
    keep: Keep = keep_nothing,
) -> ScanResult:
    """Scan, compare with the history and record in it; give the result over all tenants.

    ``finished`` hears of each tenant as it is done, and ``kept`` of each traceback of an internal error: its name in
    the output folder, and its text. ``runner`` says where the tenants are read, ``keep`` keeps their evidence. Raises
    UserError where the history cannot be opened, where another process runs the scan, and where no tenant could be
    contacted at all: then nothing is recorded.
    """
    scan = prepared.scan
    if prepared.store is None:
        results = _run(scan, lambda scanned: scanned.result, finished, kept, runner, keep)
        return pipeline.whole_result(scan, results)
    with open_store(prepared.store) as store, store.hold(scan.scan_id):
        earlier = store.result(scan.scan_id).tenants if prepared.resumed else ()
        done = {tenant.tenant.id for tenant in earlier}
        left = msgspec.structs.replace(scan, tenants=tuple(one for one in scan.tenants if one.id not in done))
        history = History(store, scan, prepared.retention_days, resumed=prepared.resumed)
        results = [*earlier, *_run(left, history.finished, finished, kept, runner, keep, contacted=bool(earlier))]
        result = pipeline.whole_result(scan, results)
        history.close(result)
        return with_history(store, result)


def runner(dask: str | None) -> Runner:
    """Where tenants are read: here, or on the Dask cluster at this address."""
    if dask is None:
        return scan_each
    from auditor.fleet.cluster import scan_on

    return partial(scan_on, address=dask)


def _run(
    scan: pipeline.Scan,
    compared: Callable[[pipeline.Scanned], TenantResult],
    finished: Callable[[TenantResult], None],
    kept: Callable[[str, str], None],
    runner: Runner,
    keep: Keep,
    *,
    contacted: bool = False,
) -> list[TenantResult]:
    """The results in the order of finishing; UserError where no tenant was contacted, unless one was before."""
    results: list[TenantResult] = []
    errors: list[SetupError | None] = []

    def done(scanned: pipeline.Scanned) -> None:
        if scanned.traceback is not None:
            kept(pipeline.traceback_name(scanned.result.tenant.id), scanned.traceback)
        result = compared(scanned)
        keep(scanned, result)
        results.append(result)
        errors.append(scanned.collection.setup_error)
        finished(result)

    asyncio.run(_interruptible(runner(scan, done)))
    if not contacted:
        check_contact(errors)
    return results


async def _interruptible(work: Awaitable[object]) -> None:
    """Await ``work``; SIGTERM cancels it as Ctrl-C does, and ends in exit code 143.

    A plain handler and not the event loop's: the loop would lose a signal that comes while the last tenant is written,
    because the work ends before the loop looks again.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    terminated = False

    def terminate(*_: object) -> None:
        nonlocal terminated
        terminated = True
        loop.call_soon_threadsafe(task.cancel)

    former: Any = signal.SIG_DFL
    handled = threading.current_thread() is threading.main_thread()
    if handled:
        former = signal.signal(signal.SIGTERM, terminate)
    try:
        await task
    except asyncio.CancelledError:
        if not terminated:
            raise
    finally:
        if handled:
            signal.signal(signal.SIGTERM, former if former is not None else signal.SIG_DFL)
    if terminated:
        raise SystemExit(143)


def render(
    prepared: Prepared,
    result: ScanResult,
    formats: Sequence[str],
    *,
    page_size: str = "A4",
    bundle: bytes | None = None,
) -> dict[str, bytes]:
    """The files of ``formats``, by name; results.json always among them. ``page_size`` is that of the PDFs."""
    return render_result(result, formats, now=prepared.scan.now, page_size=page_size, bundle=bundle)


def render_result(
    result: ScanResult,
    formats: Sequence[str],
    *,
    now: datetime,
    page_size: str = "A4",
    bundle: bytes | None = None,
) -> dict[str, bytes]:
    """The files of ``formats`` for a result, by name; results.json always among them.

    ``bundle`` is the evidence; without it there is no ``evidence``, and archive.pdf has results.json attached alone.
    """
    from auditor import remedy, report

    pointed = planned(result, written=REMEDIATION in formats) if _POINTING & set(formats) else None
    files = report.render(result, ["json"], now=now)
    files |= report.render(
        result,
        set(formats) - {"json", EVIDENCE, REMEDIATION},
        now=now,
        page_size=page_size,
        remediation=pointed,
        attached=files | ({BUNDLE: bundle} if bundle is not None else {}),
    )
    if EVIDENCE in formats and bundle is not None:
        files[BUNDLE] = bundle
    return files | remedy.render(result) if REMEDIATION in formats else files


def results_json(result: ScanResult) -> bytes:
    """results.json of a result: what a bundle carries, and is held against."""
    from auditor import report

    (content,) = report.render(result, ["json"], now=datetime.min).values()
    return content


def planned(result: ScanResult, *, written: bool) -> Remediation:
    """What mends each finding, for reports to point to; ``written`` says that the scripts lie beside them."""
    from auditor import remedy

    return remedy.steps(result, written=written)


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
