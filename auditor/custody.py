"""The chain of custody: from what a scan read to an evidence bundle, and from a bundle to the same result again.

Nothing in here asks a network. What comes out of a bundle was checked before (:class:`~auditor.evidence.Bundle`).
"""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import msgspec

from auditor import __version__, pipeline
from auditor.config import Config, TenantConfig
from auditor.evidence import Bundle, Fault, Head, Spool, TenantHead, write_bundle
from auditor.evidence.layout import RESULTS, tenant_folder
from auditor.fleet import Done, Runner
from auditor.graph.clouds import BUILT_IN, Cloud
from auditor.graph.collect import Collection
from auditor.graph.credentials import CredentialSpec
from auditor.graph.replay import collect_again
from auditor.model.canonical import canonical_hash
from auditor.model.evidence import Known
from auditor.model.result import ScanResult, TenantResult
from auditor.model.rule import AppIdentity
from auditor.model.times import format_time
from auditor.pipeline import Evaluators, Scan, Scanned, not_collected

Sign = Callable[[bytes], bytes]
"""Bytes → a detached signature over them."""


class Keeper:
    """Keeps the evidence of a scan's tenants while it runs; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is where the evidence waits, on disk and without a name; raises OutputError."""
        self._spool = Spool(folder)

    def keep(self, scanned: Scanned, result: TenantResult) -> None:
        """One tenant's evidence; ``result`` is what was recorded of it, with its drift."""
        events = scanned.collection.events
        self._spool.keep(result, scanned.collection.bodies, events.value if isinstance(events, Known) else ())

    def bundle(self, scan: Scan, result: ScanResult, results_json: bytes, sign: Sign | None = None) -> bytes:
        """The finished scan's bundle. It is compressed; answers were never in memory together."""
        stream = io.BytesIO()
        write_bundle(
            stream,
            self._spool,
            head=_head(scan, result),
            result=result,
            packs=scan.packs,
            results_json=results_json,
            sign=sign,
        )
        return stream.getvalue()

    def __enter__(self) -> "Keeper":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()


def _head(scan: Scan, result: ScanResult) -> Head:
    configured = {tenant.id: tenant for tenant in scan.tenants}
    return Head(
        result=msgspec.structs.replace(result, tenants=()),
        now=format_time(scan.now),
        waivers=scan.waivers,
        waiver_warnings=scan.waiver_warnings,
        tenants=tuple(
            TenantHead(
                tenant=one.tenant,
                graph=configured[one.tenant.id].cloud.graph,
                skip=configured[one.tenant.id].skip,
                bind=configured[one.tenant.id].bind,
                audit_retention_days=configured[one.tenant.id].audit_retention_days,
            )
            for one in result.tenants
        ),
    )


def of_bundle(config: Config, bundle: Bundle) -> Config:
    """``config`` with the bundle's tenants in place of its own.

    Of a tenant that ``config`` names, its product, bindings and rules out of scope count as they are now; of another,
    as they were.
    """
    configured = {tenant.id: tenant for tenant in config.tenants}
    tenants = tuple(_tenant(head, configured.get(head.tenant.id)) for head in bundle.head.tenants)
    return msgspec.structs.replace(config, tenants=tenants)


def _tenant(head: TenantHead, now: TenantConfig | None) -> TenantConfig:
    ref = head.tenant
    known = BUILT_IN.get(ref.cloud)
    return TenantConfig(
        name=ref.name,
        id=ref.id,
        cloud=Cloud(
            ref.cloud, head.graph, None, known.audience if known is not None else head.graph, private=known is None
        ),
        client_id=None,
        credential=CredentialSpec(kind="none"),  # nobody signs in to a recording
        product=now.product if now is not None else ref.product,
        skip=now.skip if now is not None else head.skip,
        audit_retention_days=now.audit_retention_days if now is not None else head.audit_retention_days,
        bind=now.bind if now is not None else head.bind,
    )


def replayed(bundle: Bundle) -> Runner:
    """Scans a bundle's tenants in place of the network's: decodes the answers and evaluates them anew."""

    async def scan_each(scan: Scan, done: Done) -> None:
        evaluators = Evaluators(scan.packs)
        apps = {pack.id: pack.app for pack in scan.packs}
        for tenant in scan.tenants:
            collection = await collected(bundle, tenant, apps)
            done(pipeline.assess(scan, tenant, collection, evaluators.of(tenant)))

    return scan_each


async def collected(bundle: Bundle, tenant: TenantConfig, apps: Mapping[str, AppIdentity]) -> Collection:
    """A tenant's collection again, decoded from the bundle's answers by today's program."""
    result = bundle.tenant(tenant.id)
    if result.snapshot is None:
        gone = not_collected(result.cause or "nothing was read")
        return msgspec.structs.replace(gone, coverage=result.coverage, permissions=result.permissions)

    def body_of(sha256: str) -> bytes | None:
        return bundle.body(tenant.id, sha256)

    return await collect_again(pipeline.target_of(tenant), apps, result.coverage, body_of, result.permissions)


async def derivation_faults(bundle: Bundle, results_json: Callable[[ScanResult], bytes]) -> list[Fault] | None:
    """Where a bundle contradicts itself: a snapshot or verdict that its answers do not give, or another results.json.

    None where another version of the program wrote it, which may have decoded and judged otherwise.
    """
    if bundle.head.result.tool_version != __version__:
        return None
    faults: list[Fault] = []
    packs = bundle.packs()
    apps = {pack.id: pack.app for pack in packs}
    evaluators = Evaluators(packs)
    now = pipeline.parse_now(bundle.head.now)
    for head in bundle.head.tenants:
        tenant = _tenant(head, None)
        told = bundle.tenant(tenant.id)
        folder = tenant_folder(tenant.id)
        again = await collected(bundle, tenant, apps)
        if told.snapshot is None or again.snapshot is None:
            continue
        if canonical_hash(again.snapshot) != told.snapshot_sha256:
            faults.append(Fault(f"{folder}/snapshot.json", "does not follow from the answers in bodies/"))
            continue
        assessment = evaluators.of(tenant).assess(
            told.snapshot, tenant=head.tenant, waivers=bundle.head.waivers, now=now
        )
        if (assessment.verdict, assessment.findings) != (told.verdict, told.findings):
            faults.append(Fault(f"{folder}/tenant.json", "its findings do not follow from the snapshot and the rules"))
    if results_json(bundle.result()) != bundle.results_json:
        faults.append(Fault(RESULTS, "does not say what scan.json and tenants/ say"))
    return faults
