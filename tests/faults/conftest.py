"""Whole scans of emulated tenants while requests go wrong; waits are skipped, not sat out."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from auditor import pipeline
from auditor.config import TenantConfig
from auditor.emulator import Emulator, Faults
from auditor.emulator.faults.script import read_faults
from auditor.graph.retry import Budget
from auditor.model.result import TenantResult
from auditor.model.rule import Pack
from auditor.rulepack import load_packs
from tests.scan.conftest import NOW, run, scan_of, token_tenant

BUDGET_S = 400.0


class HurriedBudget(Budget):
    """A budget whose waits take no time: its clock runs ahead by what it would have waited."""

    def __init__(self, seconds: float, **more: Any) -> None:
        self._ahead = 0.0
        super().__init__(seconds, **{**more, "clock": lambda: time.monotonic() + self._ahead, "sleep": self._skip})

    async def _skip(self, seconds: float) -> None:
        self._ahead += seconds
        await asyncio.sleep(0)


@pytest.fixture(scope="session")
def packs() -> tuple[Pack, ...]:
    """The shipped GoToMeeting pack, the baseline within it."""
    return load_packs(["gotomeeting"], shipped=pipeline.shipped_folder())


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """The sample tenants, served in plain HTTP on loopback."""
    with Emulator(now=lambda: NOW) as running:
        yield running


class Lab:
    """Scans tenants of an emulator, undisturbed or under fault rules."""

    def __init__(self, emulator: Emulator, packs: tuple[Pack, ...]) -> None:
        self.emulator = emulator
        self.packs = packs
        self.now = emulator.now()
        self.faults: Faults | None = None

    def scan(
        self,
        name: str,
        *rules: dict[str, Any],
        roles: Iterable[str] | None = None,
        budget_s: float = BUDGET_S,
    ) -> TenantResult:
        """Scan one tenant while ``rules`` hold; the request log is of this scan alone."""
        tenant = token_tenant(self.emulator, name)
        return self.scan_tenants([tenant], {"TOKEN": self.emulator.token(name, roles)}, *rules, budget_s=budget_s)[0]

    def scan_tenants(
        self,
        tenants: Iterable[TenantConfig],
        environ: dict[str, str],
        *rules: dict[str, Any],
        budget_s: float = BUDGET_S,
    ) -> list[TenantResult]:
        """Scan tenants while ``rules`` hold."""
        scan = scan_of(self.packs, tenants, environ, budget_s=budget_s, now=self.now)
        self.emulator.clear_log()
        self.faults = self.emulator.set_faults(read_faults({"faults": list(rules)}) if rules else None)
        try:
            return run(scan)
        finally:
            self.emulator.set_faults(None)

    @property
    def struck(self) -> int:
        """How many requests of the last scan a rule struck."""
        return len(self.faults.applied) if self.faults is not None else 0


NewLab = Callable[[Emulator], Lab]


@pytest.fixture
def new_lab(packs: tuple[Pack, ...], monkeypatch: pytest.MonkeyPatch) -> NewLab:
    """A lab of an emulator that a test makes for itself."""
    monkeypatch.setattr("auditor.graph.collect.Budget", HurriedBudget)
    monkeypatch.setattr("auditor.graph.pace.OTHER_LIMITS", {})  # else each retry of these waits for its turn
    return lambda emulator: Lab(emulator, packs)


@pytest.fixture
def lab(emulator: Emulator, new_lab: NewLab) -> Lab:
    """The lab of the sample tenants."""
    return new_lab(emulator)
