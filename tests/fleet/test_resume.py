"""A scan that dies is gone on with: no tenant twice, none missing, the report of an undisturbed run."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from auditor import job
from auditor.config import load
from auditor.emulator import Emulator
from auditor.emulator.wire import Answer, Request
from auditor.errors import UserError
from auditor.fleet.select import Selection
from auditor.store import StoreError, open_store
from tests.fleet.conftest import SIZE, Fleet, finish, make_fleet, same_but_for_times

pytestmark = [pytest.mark.fault(23), pytest.mark.timeout(400)]

FEW = 16


@contextmanager
def held_back(emulator: Emulator, after: int) -> Iterator[None]:
    """While it lasts, sign-in of every tenant past the first ``after`` gets no answer."""
    ids = {tenant.id for tenant in emulator.tenants[after:]}

    async def hold(request: Request, handler: Callable[[Request], Any]) -> Answer:
        if request.service == "signin" and request.path.split("/")[1] in ids:
            while emulator.middleware is hold:
                await asyncio.sleep(0.05)
        answer: Answer = await handler(request)
        return answer

    emulator.middleware = hold
    try:
        yield
    finally:
        emulator.middleware = None


def until_recorded(fleet: Fleet, count: int) -> str:
    """Wait until the history has so many tenants of an unfinished scan; gives its id."""
    for _ in range(900):
        try:
            with open_store(fleet.store, create=False) as store:
                waiting = store.unfinished()
        except StoreError:
            waiting = ()
        if waiting and len(waiting[0].done) == count:
            return waiting[0].scan.id
        time.sleep(0.1)
    raise TimeoutError("the tenants were not recorded")


def test_killed_in_mid_fleet_and_resumed(tmp_path: Path, emulator: Emulator) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    whole = make_fleet(tmp_path / "whole", emulator)
    undisturbed = whole.run()
    assert undisturbed.code == 1, undisturbed.err

    killed = make_fleet(tmp_path / "killed", emulator)
    with held_back(emulator, SIZE // 2):
        process = killed.start()
        begun = until_recorded(killed, SIZE // 2)
        os.kill(process.pid, signal.SIGKILL)
        assert finish(process).code == -signal.SIGKILL
    assert not (killed.folder / "reports" / "results.json").exists()

    emulator.clear_log()
    resumed = killed.run("--resume", AUDITOR_NOW="2027-01-01T00:00:00Z")
    assert resumed.code == 1, resumed.err
    assert f"{SIZE // 2} of {SIZE} tenants were done before" in resumed.err
    signed_in = {entry.path.split("/")[1] for entry in emulator.log if entry.path.endswith("/token")}
    assert signed_in == {tenant.id for tenant in emulator.tenants[SIZE // 2 :]}
    assert killed.results()["scan"]["id"] == begun
    same_but_for_times(killed.results(), whole.results())
    with open_store(killed.store) as store:
        (scan,) = store.list()
        assert (scan.id, scan.finished_at) == (begun, "2026-11-22T12:00:00Z")
        assert not store.unfinished()
        assert len(store.result(begun).tenants) == SIZE


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_and_resumed(tmp_path: Path, emulator: Emulator, number: signal.Signals, code: int) -> None:
    fleet = make_fleet(tmp_path, emulator, FEW)
    with held_back(emulator, FEW // 2):
        process = fleet.start()
        until_recorded(fleet, FEW // 2)
        with pytest.raises(StoreError, match="another process"):
            job.run(job.prepare(load(fleet.config), resume=True, rules=None, now=None, environ=fleet.environ))
        process.send_signal(number)
        ran = finish(process)
    assert ran.code == code, ran.err
    assert "--resume" in ran.err
    assert "Traceback" not in ran.err
    resumed = fleet.run("--resume")
    assert resumed.code in (0, 1), resumed.err
    assert len(fleet.results()["tenants"]) == FEW
    assert not [path for path in tmp_path.iterdir() if ".running-" in path.name]


def test_a_signal_during_the_last_write_is_not_lost(tmp_path: Path, emulator: Emulator) -> None:
    fleet = make_fleet(tmp_path, emulator, 2)
    prepared = job.prepare(load(fleet.config), rules=None, now=None, environ=fleet.environ)
    finished: list[object] = []

    def terminate_at_the_last(result: object) -> None:
        finished.append(result)
        if len(finished) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as stopped:
        job.run(prepared, finished=terminate_at_the_last)
    assert stopped.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert fleet.run("--resume").code in (0, 1)


class _StoppedError(Exception):
    pass


class TestWhatCannotBeResumed:
    """One scan that stopped half-way, and every reason not to go on with it."""

    @pytest.fixture
    def stopped(self, tmp_path: Path, emulator: Emulator) -> Fleet:
        """A fleet of four whose scan broke off after two."""
        fleet = make_fleet(tmp_path, emulator, 4)
        prepared = job.prepare(load(fleet.config), rules=None, now=None, environ=fleet.environ)
        finished: list[object] = []

        def stop(result: object) -> None:
            finished.append(result)
            if len(finished) == 2:
                raise _StoppedError

        prepared = msgspec.structs.replace(prepared, scan=msgspec.structs.replace(prepared.scan, max_concurrency=1))
        with pytest.raises(_StoppedError):
            job.run(prepared, finished=stop)
        return fleet

    def again(self, fleet: Fleet, **more: Any) -> job.Prepared:
        given: dict[str, Any] = {"resume": True, "rules": None, "now": None, "environ": fleet.environ, **more}
        return job.prepare(load(fleet.config), **given)

    def test_as_it_was_it_goes_on(self, stopped: Fleet) -> None:
        prepared = self.again(stopped)
        assert prepared.done == 2
        assert len(job.run(prepared).tenants) == 4
        with pytest.raises(UserError, match="no unfinished scan"):
            self.again(stopped)

    def test_how_tenants_are_read_may_change(self, stopped: Fleet) -> None:
        text = stopped.config.read_text().replace("max_concurrency = 16", "max_concurrency = 3\nbudget_s = 30")
        stopped.config.write_text(text)
        assert len(job.run(self.again(stopped)).tenants) == 4

    @pytest.mark.parametrize(
        ("before", "after", "told"),
        [
            ('product = "GoToMeeting"', 'product = "GoToWebinar"', "says of the tenants"),
            ("[defaults]", '[defaults]\nskip = ["GTM-SES-001"]', "rule packs .gotomeeting"),
            ("[defaults]", '[defaults]\npacks = ["zoho-one"]', "rule packs .gotomeeting, zoho-one"),
            ("[defaults]", '[defaults]\nwaivers = "own.yaml"', "the waivers"),
        ],
    )
    def test_another_configuration(self, stopped: Fleet, before: str, after: str, told: str) -> None:
        (stopped.folder / "own.yaml").write_text("- rule: SAML-OWN-001\n")
        text = stopped.config.read_text()
        assert before in text
        stopped.config.write_text(text.replace(before, after))
        if "zoho-one" in after:
            stopped.config.write_text(stopped.config.read_text().replace('product = "GoToMeeting"', ""))
        with pytest.raises(UserError, match=told):
            self.again(stopped)

    def test_a_tenant_that_is_gone(self, stopped: Fleet) -> None:
        rows = (stopped.folder / "tenants.csv").read_text().splitlines()
        (stopped.folder / "tenants.csv").write_text("\n".join(rows[:-1]) + "\n")
        with pytest.raises(UserError, match="no longer names tenant"):
            self.again(stopped)

    def test_another_version(self, stopped: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("auditor.fleet.resume.__version__", "99.0")
        with pytest.raises(UserError, match=r"this is 99\.0"):
            self.again(stopped)

    @pytest.mark.parametrize(
        ("option", "told"),
        [
            ({"selection": Selection(names=("tenant-00001",))}, "tenants of the scan"),
            ({"now": "2026-11-23T12:00:00Z"}, "by the clock of scan"),
            ({"history": False}, "not recorded"),
        ],
    )
    def test_other_options(self, stopped: Fleet, option: dict[str, Any], told: str) -> None:
        with pytest.raises(UserError, match=told):
            self.again(stopped, **option)


def test_a_scan_in_the_past_compares_with_what_was_before_it(tmp_path: Path, emulator: Emulator) -> None:
    fleet = make_fleet(tmp_path, emulator, 1)
    ids = []
    for now in ("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-21T00:00:00Z"):
        prepared = job.prepare(load(fleet.config), rules=None, now=now, environ=fleet.environ)
        (tenant,) = job.run(prepared).tenants
        ids.append(prepared.scan.scan_id)
        compared = tenant.drift.before_scan if tenant.drift is not None else None
    assert compared == ids[0]
