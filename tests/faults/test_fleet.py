"""One tenant's trouble costs no other: each kind of it ends in that tenant's result, with its cause and in its time.

That an interrupted fleet is gone on with is held by tests/fleet/test_resume.py.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from auditor import job, logs
from auditor.config import load
from auditor.emulator import Emulator
from auditor.emulator.faults.script import read_faults
from auditor.emulator.generate import tenants
from auditor.model.finding import Status, TenantStatus
from auditor.model.result import ScanResult, TenantResult
from auditor.store import open_store
from tests.fleet.conftest import Fleet, make_fleet
from tests.scan.conftest import NOW

pytestmark = pytest.mark.fault(22)

SIZE = 60
BUDGET_S = 4.0
CANARY = "canary-9c41f0"
LOCKED_OUT, NO_SECRET, HANGING, SLOW_SIGN_IN, THROTTLED, BROKEN, BUG = (
    f"tenant-{number:05d}" for number in (3, 7, 10, 14, 20, 30, 40)
)
TROUBLED = {LOCKED_OUT, NO_SECRET, HANGING, SLOW_SIGN_IN, THROTTLED, BROKEN, BUG}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """A fleet with a tenant in each kind of trouble."""
    with Emulator(tenants(SIZE), now=lambda: NOW) as running:
        running.set_faults(
            read_faults(
                {
                    "faults": [
                        {"tenant": HANGING, "delay_s": 600},
                        {"tenant": SLOW_SIGN_IN, "service": "signin", "delay_s": 600},
                        {"tenant": THROTTLED, "action": "status", "status": 429, "retry_after": 1},
                        {"tenant": BROKEN, "action": "html"},
                    ]
                }
            )
        )
        yield running


class Outcome(NamedTuple):
    """What a scan of the fleet gave."""

    fleet: Fleet
    result: ScanResult
    kept: dict[str, str]
    seconds: float
    heard: list[TenantResult]

    def tenant(self, name: str) -> TenantResult:
        """One tenant's result."""
        return next(tenant for tenant in self.result.tenants if tenant.tenant.name == name)


@pytest.fixture(scope="module")
def outcome(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One scan of the fleet, recorded."""
    fleet = make_fleet(tmp_path_factory.mktemp("fleet"), emulator, SIZE, defaults=f"budget_s = {BUDGET_S}")
    environ = dict(fleet.environ)
    environ["FLEET_SECRET_3"] = CANARY
    del environ["FLEET_SECRET_7"]
    prepared = job.prepare(load(fleet.config), rules=None, now=None, environ=environ)
    (stumbling,) = (tenant.id for tenant in prepared.scan.tenants if tenant.name == BUG)

    def clock() -> datetime:
        if logs.tenant_id.get() == stumbling:
            raise ZeroDivisionError(f"client_secret={CANARY}")
        return datetime.now(UTC)

    kept: dict[str, str] = {}
    heard: list[TenantResult] = []
    begun = time.monotonic()
    scan = msgspec.structs.replace(prepared.scan, network_clock=clock)
    result = job.run(msgspec.structs.replace(prepared, scan=scan), finished=heard.append, kept=kept.__setitem__)
    return Outcome(fleet, result, kept, time.monotonic() - begun, heard)


def test_the_rest_are_done(outcome: Outcome) -> None:
    assert len(outcome.result.tenants) == len(outcome.heard) == SIZE
    whole = {tenant.tenant.name for tenant in outcome.result.tenants if tenant.status is TenantStatus.COMPLETE}
    assert {tenant.tenant.name for tenant in outcome.result.tenants} - whole == TROUBLED
    assert [tenant.tenant.name for tenant in outcome.result.tenants] == sorted(
        tenant.tenant.name for tenant in outcome.result.tenants
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (LOCKED_OUT, "AADSTS7000215"),
        (NO_SECRET, "FLEET_SECRET_7 is not set"),
        (SLOW_SIGN_IN, "gave no token in time"),
        (BUG, "internal error"),
    ],
)
def test_a_tenant_that_failed_says_why(outcome: Outcome, name: str, told: str) -> None:
    tenant = outcome.tenant(name)
    assert tenant.status is TenantStatus.FAILED
    assert told in str(tenant.cause)
    assert {finding.status for finding in tenant.findings} == {Status.UNKNOWN}


@pytest.mark.parametrize(("name", "word"), [(HANGING, "timeout"), (THROTTLED, "throttled"), (BROKEN, "invalid")])
def test_a_tenant_that_could_not_be_read_says_how_each_request_ended(outcome: Outcome, name: str, word: str) -> None:
    tenant = outcome.tenant(name)
    assert tenant.status is not TenantStatus.COMPLETE
    assert {entry.outcome.value for entry in tenant.coverage} <= {word, "not_asked", "timeout"}
    assert word in {entry.outcome.value for entry in tenant.coverage}
    assert all(entry.cause for entry in tenant.coverage)
    assert not [finding for finding in tenant.findings if finding.status is Status.PASS]


def test_each_within_its_time(outcome: Outcome) -> None:
    assert outcome.seconds < 3 * BUDGET_S + 30, "tenants in trouble were waited for one after another"


def test_the_traceback_is_kept_without_secrets(outcome: Outcome) -> None:
    ((name, text),) = outcome.kept.items()
    tenant = outcome.tenant(BUG)
    assert name in str(tenant.cause)
    assert name == f"tracebacks/{tenant.tenant.id}.txt"
    assert "ZeroDivisionError" in text
    assert "collect" in text
    assert CANARY not in text
    assert CANARY not in repr(outcome.result)


def test_the_history_has_them_all(outcome: Outcome) -> None:
    with open_store(outcome.fleet.store) as store:
        recorded = store.result("latest")
    assert {tenant.tenant.name: tenant.cause for tenant in recorded.tenants} == {
        tenant.tenant.name: tenant.cause for tenant in outcome.result.tenants
    }


def test_without_history_nothing_is_recorded(emulator: Emulator, tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path, emulator, 2)
    ran = fleet.run("--no-history")
    assert ran.code in (0, 1), ran.err
    assert len(fleet.results()["tenants"]) == 2
    assert not (tmp_path / "auditor.db").exists()
