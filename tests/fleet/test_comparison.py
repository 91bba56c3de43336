"""Where comparing one tenant with its last scan fails, that stays with this tenant and is never "nothing changed"."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, text

from auditor import job
from auditor.cli.exits import Exit
from auditor.cli.summary import exit_code
from auditor.config import load
from auditor.drift import window_between
from auditor.emulator import Emulator
from auditor.model.finding import TenantStatus, Verdict
from auditor.model.result import ScanResult, TenantResult
from auditor.store import StoreError
from tests.fleet.conftest import Fleet, make_fleet


def scan(fleet: Fleet, now: str) -> ScanResult:
    return job.run(job.prepare(load(fleet.config), rules=None, now=now, environ=fleet.environ))


def test_an_error_of_ours_while_comparing(tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = make_fleet(tmp_path, emulator, 3)
    first = scan(fleet, "2026-11-21T00:00:00Z")
    stumbling = next(one.tenant.id for one in first.tenants if one.verdict is Verdict.COMPLIANT)

    def window(before: TenantResult, after: TenantResult, scanned: tuple[str, str]) -> tuple[str | None, str | None]:
        if after.tenant.id == stumbling:
            raise ZeroDivisionError("a defect")
        return window_between(before, after, scanned)

    monkeypatch.setattr("auditor.history.window_between", window)
    result = scan(fleet, "2026-11-22T00:00:00Z")
    told = {tenant.tenant.id: tenant for tenant in result.tenants}
    assert all(tenant.drift is not None for tenant in told.values())
    causes = {key: str(tenant.drift) for key, tenant in told.items()}
    assert [key for key, cause in causes.items() if "ZeroDivisionError" in cause] == [stumbling]
    assert any("is not known" in warning for warning in told[stumbling].warnings)
    assert told[stumbling].status is TenantStatus.COMPLETE
    alone = msgspec.structs.replace(result, tenants=(told[stumbling],))
    assert exit_code(alone, "low", fail_on_drift=True) is Exit.NOT_ASSESSED
    assert exit_code(alone, "low") is Exit.OK


def test_a_history_that_cannot_be_read_is_no_tenant_s_trouble(tmp_path: Path, emulator: Emulator) -> None:
    fleet = make_fleet(tmp_path, emulator, 2)
    scan(fleet, "2026-11-21T00:00:00Z")
    engine = create_engine(fleet.store)
    with engine.begin() as connection:
        connection.execute(text("UPDATE blobs SET sha256 = zeroblob(32) WHERE id = 2"))
    engine.dispose()
    with pytest.raises(StoreError, match="does not match its hash"):
        scan(fleet, "2026-11-22T00:00:00Z")
