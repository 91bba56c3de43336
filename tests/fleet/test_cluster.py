"""The same fleet on a Dask cluster of two worker processes: the same results, whatever becomes of a worker."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import distributed
import msgspec
import pytest
import zstandard

from auditor import job
from auditor.config import load
from auditor.emulator import Emulator
from auditor.errors import UserError
from auditor.fleet import Done, run_scan, scan_each
from auditor.fleet.cluster import chunks
from auditor.fleet.remote import decoded, encoded, scan_chunk
from auditor.model.finding import TenantStatus
from auditor.pipeline import Scan
from auditor.store import open_store
from tests.fleet.conftest import Fleet, finish, make_fleet, same_but_for_times
from tests.fleet.test_resume import held_back, until_recorded

pytestmark = pytest.mark.timeout(400)

FEW = 24


class Cluster(NamedTuple):
    """A scheduler's address, and the worker processes."""

    address: str
    workers: list[subprocess.Popen[str]]


@contextmanager
def cluster(fleet: Fleet, **variables: str) -> Iterator[Cluster]:
    """A scheduler that has no secret, and two workers that have them all."""
    started: list[subprocess.Popen[str]] = []

    def start(module: str, *arguments: str, environ: dict[str, str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
            env=environ,
            cwd=fleet.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    bare = {name: value for name, value in fleet.environ.items() if not name.startswith("FLEET_SECRET")}
    try:
        scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", environ=bare)
        address = _address(scheduler)
        workers = [
            start(
                "dask_worker",
                address,
                *("--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"),
                environ={**fleet.environ, **variables},
            )
            for _ in range(2)
        ]
        yield Cluster(address, workers)
    finally:
        for process in reversed(started):
            process.kill()  # a worker that lost its scheduler waits for another
            process.communicate()


def _address(scheduler: subprocess.Popen[str]) -> str:
    assert scheduler.stderr is not None
    for line in scheduler.stderr:
        if found := re.search(r"Scheduler at:\s+(tcp://\S+)", line):
            return found.group(1)
    raise TimeoutError("the scheduler did not start")


def without_secrets(fleet: Fleet) -> Fleet:
    """The same fleet for a process that signs in nowhere."""
    return fleet._replace(environ={k: v for k, v in fleet.environ.items() if not k.startswith("FLEET_SECRET")})


def test_a_worker_is_killed_in_mid_run(tmp_path: Path, emulator: Emulator) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here = make_fleet(tmp_path / "here", emulator, FEW)
    assert here.run().code == 1
    there = make_fleet(tmp_path / "there", emulator, FEW)
    with cluster(there) as dask:
        with held_back(emulator, FEW // 2):
            process = without_secrets(there).start("--dask", dask.address)
            until_recorded(there, FEW // 2)
            os.kill(dask.workers[0].pid, signal.SIGKILL)  # each of the two holds a chunk by now
            dask.workers[0].wait()
        ran = finish(process)
    assert ran.code == 1, ran.err
    same_but_for_times(there.results(), here.results())
    with open_store(there.store) as store:
        (scan,) = store.list()
        assert len(store.result(scan.id).tenants) == FEW


def test_no_secret_is_in_what_the_scheduler_sees(tmp_path: Path, emulator: Emulator) -> None:
    fleet = make_fleet(tmp_path, emulator, 3)
    prepared = job.prepare(load(fleet.config), rules=None, now=None, environ=fleet.environ)
    sent = zstandard.ZstdDecompressor().decompress(encoded(prepared.scan, prepared.scan.tenants))
    assert b"FLEET_SECRET_2" in sent
    for number in range(3):
        assert fleet.environ[f"FLEET_SECRET_{number}"].encode() not in sent
    assert all(value.encode() not in sent for name, value in fleet.environ.items() if name == "PATH")


def test_a_chunk_says_what_the_scan_does(tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = make_fleet(tmp_path, emulator, 3)
    monkeypatch.setenv("FLEET_SECRET_0", fleet.environ["FLEET_SECRET_0"])
    monkeypatch.setenv("FLEET_SECRET_1", "wrong")
    prepared = job.prepare(load(fleet.config), rules=None, now=None, environ=fleet.environ)
    found = {one.result.tenant.name: one for one in decoded(scan_chunk(encoded(prepared.scan, prepared.scan.tenants)))}
    (here,) = asyncio.run(run_scan(msgspec.structs.replace(prepared.scan, tenants=prepared.scan.tenants[:1])))
    there = found["tenant-00000"]
    assert there.result.snapshot == here.result.snapshot
    assert there.result.findings == here.result.findings
    assert there.collection.events == here.collection.events
    assert there.assessment == here.assessment
    assert "AADSTS7000215" in str(found["tenant-00001"].result.cause)
    missing = found["tenant-00002"].collection.setup_error
    assert missing is not None
    assert "FLEET_SECRET_2 is not set" in missing.message


def test_another_version_is_refused(tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = make_fleet(tmp_path, emulator, 1)
    prepared = job.prepare(load(fleet.config), rules=None, now=None, environ=fleet.environ)
    content = encoded(prepared.scan, prepared.scan.tenants)
    monkeypatch.setattr("auditor.fleet.remote.__version__", "99.0")
    with pytest.raises(UserError, match=r"runs version 99\.0"):
        scan_chunk(content)


@pytest.mark.parametrize(
    ("address", "told"), [("127.0.0.1:1", "no scheduler's address"), ("tcp://127.0.0.1:1", "No Dask scheduler answers")]
)
def test_a_cluster_that_is_none(
    tmp_path: Path, emulator: Emulator, address: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = make_fleet(tmp_path, emulator, 1)
    monkeypatch.setattr("auditor.fleet.cluster._CONNECT_S", 0.5)
    prepared = job.prepare(load(fleet.config), rules=None, now=None, environ=fleet.environ)
    with pytest.raises(UserError, match=told):
        job.run(prepared, runner=job.runner(address))


@pytest.mark.parametrize(
    ("count", "threads", "sizes"), [(3, 8, [1, 1, 1]), (40, 2, [5] * 8), (1000, 2, [64] * 15 + [40])]
)
def test_chunks(count: int, threads: int, sizes: list[int], tmp_path: Path, emulator: Emulator) -> None:
    (tenant,) = load(make_fleet(tmp_path, emulator, 1).config).tenants
    assert [len(chunk) for chunk in chunks((tenant,) * count, threads)] == sizes


def test_a_tenant_that_breaks_its_chunk_is_sought_out(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect on the worker, outside the boundary between tenants, costs the one tenant that it comes with."""
    fleet = make_fleet(tmp_path, emulator, 16)
    for name, value in fleet.environ.items():
        monkeypatch.setenv(name, value)
    prepared = job.prepare(load(fleet.config), rules=None, now=None, environ=fleet.environ)
    breaking = prepared.scan.tenants[5]

    async def defective(scan: Scan, done: Done) -> None:
        if breaking in scan.tenants:
            raise ZeroDivisionError("client_secret=canary-77")
        await scan_each(scan, done)

    monkeypatch.setattr("auditor.fleet.remote.scan_each", defective)
    kept: dict[str, str] = {}
    with distributed.LocalCluster(  # type: ignore[no-untyped-call] # Dask leaves it without annotations
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", dashboard_address=None
    ) as here:
        result = job.run(prepared, kept=kept.__setitem__, runner=job.runner(here.scheduler_address))
    failed = [tenant for tenant in result.tenants if tenant.status is TenantStatus.FAILED]
    assert [tenant.tenant.id for tenant in failed] == [breaking.id]
    assert "on a Dask worker (ZeroDivisionError)" in str(failed[0].cause)
    ((name, text),) = kept.items()
    assert name in str(failed[0].cause)
    assert "defective" in text
    assert "canary-77" not in text
    assert len(result.tenants) == 16
