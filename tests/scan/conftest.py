"""Whole scans of emulated tenants: real SDK, real sign-in, real HTTP."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

import pytest

from auditor import pipeline
from auditor.config import TenantConfig
from auditor.emulator import Emulator
from auditor.fleet import run_scan
from auditor.graph.clouds import Cloud
from auditor.graph.credentials import CredentialSpec
from auditor.model.result import TenantResult
from auditor.model.rule import Pack
from auditor.rulepack import load_packs

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def packs() -> tuple[Pack, ...]:
    """The shipped GoToMeeting pack, the baseline within it."""
    return load_packs(["gotomeeting"], shipped=pipeline.shipped_folder())


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """The sample tenants, served in plain HTTP on loopback."""
    with Emulator(now=lambda: NOW) as running:
        yield running


def lab(emulator: Emulator) -> Cloud:
    """The emulator as a cloud of the configuration."""
    return Cloud(
        name="lab",
        graph=emulator.graph_url,
        authority=emulator.authority_url,
        audience="https://graph.microsoft.com",
        ca_file=str(emulator.ca_file),
        private=True,
    )


def token_tenant(emulator: Emulator, name: str) -> TenantConfig:
    """A tenant that is read with an access token in the variable TOKEN."""
    tenant = emulator.tenant(name)
    expected = tenant.notes.get("expect") or {}
    return TenantConfig(
        name=tenant.name,
        id=tenant.id,
        cloud=lab(emulator),
        client_id=None,
        credential=CredentialSpec(kind="access-token", env="TOKEN"),
        product=expected.get("product"),
        skip=(),
        audit_retention_days=None,
    )


def scan_of(
    packs: tuple[Pack, ...],
    tenants: Iterable[TenantConfig],
    environ: dict[str, str],
    *,
    budget_s: float = 60,
    now: datetime = NOW,
) -> pipeline.Scan:
    """A scan of ``tenants`` at the samples' clock."""
    return pipeline.Scan(
        tenants=tuple(tenants),
        packs=packs,
        waivers=(),
        waiver_warnings=(),
        now=now,
        scan_id="test",
        max_concurrency=8,
        budget_s=budget_s,
        environ=environ,
    )


def run(scan: pipeline.Scan) -> list[TenantResult]:
    """The tenants' results."""
    return [scanned.result for scanned in asyncio.run(run_scan(scan))]


ScanTenant = Callable[..., TenantResult]


@pytest.fixture
def scan_tenant(emulator: Emulator, packs: tuple[Pack, ...]) -> ScanTenant:
    """Scan one sample tenant with its client's permissions, or with ``roles``."""

    def scan(name: str, roles: Iterable[str] | None = None) -> TenantResult:
        environ = {"TOKEN": emulator.token(name, roles)}
        (result,) = run(scan_of(packs, [token_tenant(emulator, name)], environ))
        return result

    return scan
