"""The demo's stage: the emulator with its sample tenants, and scans of them as any configuration would run them.

Sign-in is azure-identity's over TLS, Graph is msgraph-sdk's over HTTP; nothing is short-circuited. Whatever could
differ between two runs (clock, scan id) is fixed, so that the reports are reproducible.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from auditor import job, pipeline
from auditor.config import TenantConfig
from auditor.custody import Keeper
from auditor.emulator import Emulator, EmulatorError, Tenant
from auditor.graph.clouds import Cloud
from auditor.graph.credentials import CredentialSpec
from auditor.model.result import ScanResult, TenantResult
from auditor.resources import default_packs
from auditor.rulepack import load_packs

CLOCK = "2026-11-22T12:00:00Z"
"""The clock that the sample tenants were written for."""

PORT = 47080
"""Where the demo serves Graph, so that its reports are the same byte for byte."""

_AFTER = "after"
_BUDGET_S = 60.0
_BETWEEN = timedelta(days=1)


class Stage:
    """A running emulator and the configuration to scan it with."""

    def __init__(self, emulator: Emulator, clock: list[datetime], store: str, name: str = "demo") -> None:
        self._name = name
        self._emulator = emulator
        self._store = store
        self._clock = clock
        self._packs = load_packs(default_packs(), shipped=pipeline.shipped_folder())
        self._environ: dict[str, str] = {}
        self._bundles: dict[str, bytes] = {}
        cloud = Cloud(
            name="emulator",
            graph=emulator.graph_url,
            authority=emulator.authority_url,
            audience="https://graph.microsoft.com",
            ca_file=str(emulator.ca_file),
            private=True,
        )
        self.tenants = tuple(self._tenant(number, cloud) for number in range(len(emulator.tenants)))

    def _tenant(self, number: int, cloud: Cloud) -> TenantConfig:
        tenant = self._emulator.tenants[number]
        client = self._emulator.client(tenant.name)
        variable = f"DEMO_SECRET_{number}"
        self._environ[variable] = str(client.secret)
        return TenantConfig(
            name=tenant.name,
            id=tenant.id,
            cloud=cloud,
            client_id=client.client_id,
            credential=CredentialSpec(kind="client-secret", env=variable),
            product=(tenant.notes.get("expect") or {}).get("product"),
            skip=(),
            audit_retention_days=None,
        )

    @property
    def _now(self) -> datetime:
        return self._clock[0]

    def rest(self) -> None:
        """Let a day pass in which nothing changes."""
        self._clock[0] += _BETWEEN

    def drift(self) -> None:
        """Let a day pass, and the tenants change as their files say."""
        self.rest()
        self._emulator.advance(_AFTER)

    def scan(self, *, finished: Callable[[TenantResult], None] = lambda result: None) -> ScanResult:
        """Scan every sample tenant in its present state."""
        prepared = self._prepared()
        with Keeper(Path(gettempdir())) as keeper:
            result = job.run(prepared, finished=finished, keep=keeper.keep)
            self._bundles[result.id] = keeper.bundle(prepared.scan, result, job.results_json(result))
        return result

    def render(self, result: ScanResult, formats: Sequence[str] | None = None) -> dict[str, bytes]:
        """The files of ``result`` in these formats (None: every one that there is), by name."""
        wanted = job.known_formats() if formats is None else formats
        return job.render_result(result, wanted, now=self._now, bundle=self._bundles.get(result.id))

    def _prepared(self) -> job.Prepared:
        now = self._now
        return job.Prepared(
            scan=pipeline.Scan(
                tenants=self.tenants,
                packs=self._packs,
                waivers=(),
                waiver_warnings=(),
                now=now,
                scan_id=f"{self._name}-{now:%Y%m%dT%H%M%SZ}",
                max_concurrency=len(self.tenants),
                budget_s=_BUDGET_S,
                environ=self._environ,
                keep_bodies=True,
                network_clock=lambda: now,
            ),
            store=self._store,
        )


@contextmanager
def running(now: datetime, tenants: Sequence[Tenant] | None = None, name: str = "demo") -> Iterator[Stage]:
    """A stage at the time of the first scan; the emulator's directory lives by the same clock.

    ``tenants`` are on it (None: the samples), and ``name`` begins the ids of its scans. Graph is served on :data:`PORT`
    where that is free, because the addresses of next pages, and with them the hashes of the bodies that hold one,
    contain the port; on any free port otherwise.
    """
    moment = [now]
    try:
        emulator = Emulator(tenants, now=lambda: moment[0], reproducible=True, port=PORT)
    except EmulatorError:
        emulator = Emulator(tenants, now=lambda: moment[0], reproducible=True)
    with emulator, TemporaryDirectory(prefix="auditor-demo-") as folder:
        yield Stage(emulator, moment, f"sqlite:///{folder}/history.db", name)
