"""A thousand tenants in one run, a share of them failing in each way that there is: none lost, and what it takes.

The emulator runs in a process of its own, answers each request after a latency, and lets requests of some tenants go
wrong by a fault script. The scan is `auditor scan` itself, in a third process, from its configuration to results.json.
With ``--dask N`` the tenants are read by N worker processes of a local Dask cluster.

    python benchmarks/troubled.py [--tenants N] [--latency-ms N] [--failing SHARE] [--concurrency N] [--dask N]
"""

import argparse
import json
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from auditor.emulator import Emulator
from auditor.emulator.faults.script import read_faults
from auditor.emulator.generate import tenant, tenants

NOW = "2026-11-22T12:00:00Z"
WAYS: dict[str, dict[str, Any] | None] = {
    "wrong secret": None,
    "sign-in hangs": {"service": "signin", "delay_s": 60},
    "Graph hangs": {"delay_s": 60},
    "throttled for ever": {"action": "status", "status": 429, "retry_after": 2},
    "broken data": {"action": "html"},
    "server errors": {"action": "status", "status": 503},
}
"""How tenants fail; the first by its configuration, the others by what the emulator does."""
BUDGET_S = 30
"""Seconds a tenant may take where some are in trouble; else there is time enough for a slow machine."""


def serve(count: int, latency_ms: float, failing: dict[str, str], pipe: Connection) -> None:
    """The emulator's process: serve until the pipe says something."""
    rules = [{**rule, "tenant": name} for name, way in failing.items() if (rule := WAYS[way]) is not None]
    with Emulator(tenants(count), latency_ms=latency_ms) as emulator:
        emulator.set_faults(read_faults({"faults": rules}) if rules else None)
        pipe.send((emulator.graph_url, emulator.authority_url, str(emulator.ca_file)))
        pipe.recv()
        pipe.send(time.process_time())


@contextmanager
def emulated(count: int, latency_ms: float, failing: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Addresses of an emulator that runs beside."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(count, latency_ms, failing, there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        print(f"| emulator, CPU | {here.recv():.1f} s |")
        process.join(30)


def configure(
    folder: Path, count: int, concurrency: int, failing: dict[str, str], served: tuple[str, str, str]
) -> None:
    """``auditor.toml`` and ``tenants.csv`` of the fleet."""
    graph, authority, ca_file = served
    rows = ["name,id,client_id,credential.kind,credential.env"]
    for number in range(count):
        made = tenant(number)
        client = next(iter(made.clients.values()))
        rows.append(f"{made.name},{made.id},{client.client_id},client-secret,SECRET_{number}")
    (folder / "tenants.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "auditor.toml").write_text(
        f"""
[defaults]
max_concurrency = {concurrency}
budget_s = {BUDGET_S if failing else 300}
[clouds.lab]
graph = "{graph}"
authority = "{authority}"
ca_file = "{ca_file}"
[fleet]
tenants_file = "tenants.csv"
cloud = "lab"
product = "GoToMeeting"
""",
        encoding="utf-8",
    )


def environment(count: int, failing: dict[str, str]) -> dict[str, str]:
    """The environment that holds the secrets; of some tenants a wrong one."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AUDITOR_")}
    for number in range(count):
        made = tenant(number)
        secret = next(iter(made.clients.values())).secret
        environ[f"SECRET_{number}"] = "wrong" if failing.get(made.name) == "wrong secret" else str(secret)
    return environ | {"AUDITOR_NOW": NOW}


@contextmanager
def workers(number: int, environ: dict[str, str]) -> Iterator[list[str]]:
    """Options for a local Dask cluster of so many worker processes; none for 0."""
    if not number:
        yield []
        return
    command = [sys.executable, "-m"]
    scheduler = subprocess.Popen(
        [*command, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    started = [scheduler]
    try:
        assert scheduler.stderr is not None
        found = (re.search(r"Scheduler at:\s+(tcp://\S+)", line) for line in scheduler.stderr)
        address = next(match.group(1) for match in found if match)
        options = [address, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
        started += [
            subprocess.Popen(
                [*command, "distributed.cli.dask_worker", *options],
                env=environ,
                stderr=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                text=True,
            )
            for _ in range(number)
        ]
        time.sleep(5)
        yield ["--dask", address]
    finally:
        for process in reversed(started):
            process.kill()  # a worker that lost its scheduler waits for another
            process.wait()


def measure(folder: Path, environ: dict[str, str], options: list[str]) -> dict[str, float]:
    """Run the scan; gives wall and CPU seconds, and the peak memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "auditor", "scan", "--format", "json", *options],
        cwd=folder,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    _, status, usage = os.wait4(process.pid, 0) if process.stderr is None else _drained(process)
    wall = time.perf_counter() - begun
    del before
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1, 3):
        raise RuntimeError(f"the scan ended with {code}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}


def _drained(process: subprocess.Popen[str]) -> tuple[int, int, resource.struct_rusage]:
    """Read what the process tells until it ends; show its counts."""
    assert process.stderr is not None
    for line in process.stderr:
        if line[0].isdigit() or line.startswith("auditor:"):
            print(f"<!-- {line.strip()} -->", flush=True)
    ended = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    return ended


def main() -> None:
    """Measure and print a table; exit code 1 where a tenant is lost or a failure has no cause."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--failing", type=float, default=0.05, help="share of the tenants in trouble, in equal parts")
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--dask", type=int, default=0, metavar="N", help="worker processes of a local cluster")
    args = parser.parse_args()
    names = [tenant(number).name for number in range(args.tenants)]
    troubled = names[:: round(1 / args.failing)] if args.failing else []
    ways = list(WAYS)
    failing = {name: ways[number % len(ways)] for number, name in enumerate(troubled)}
    print("| what | measured |\n| --- | ---: |")
    with tempfile.TemporaryDirectory() as place, emulated(args.tenants, args.latency_ms, failing) as served:
        folder = Path(place)
        configure(folder, args.tenants, args.concurrency, failing, served)
        environ = environment(args.tenants, failing)
        with workers(args.dask, environ) as options:
            took = measure(folder, environ, options)
        found = json.loads((folder / "reports" / "results.json").read_text(encoding="utf-8"))["tenants"]
        size = sum(file.stat().st_size for file in folder.glob("auditor.db*"))
    for line, figure in report(args.tenants, took, size, found, failing):
        print(f"| {line} | {figure} |")
    if problems := lost(names, found, failing):
        print("\n".join(problems), file=sys.stderr)
        sys.exit(1)


def report(
    count: int, took: dict[str, float], size: int, found: list[Any], failing: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """The table's lines."""
    yield f"{count} tenants, wall", f"{took['wall']:.1f} s"
    yield "tenants a second", f"{count / took['wall']:.1f}"
    yield "CPU of the scan", f"{took['cpu']:.1f} s"
    yield "peak memory of the scan", f"{took['memory']:.0f} MB"
    yield "history", f"{size / 1e6:.1f} MB"
    for status, number in sorted(Counter(one["status"] for one in found).items()):
        yield f"tenants {status}", str(number)
    causes = {one["tenant"]["name"]: cause_of(one) for one in found}
    for way in WAYS:
        name = next((name for name, kind in failing.items() if kind == way), None)
        if name is not None:
            number = sum(kind == way for kind in failing.values())
            yield f"{number} × {way}, told as", causes.get(name, "nothing")[:100].replace("|", " ")


def cause_of(document: dict[str, Any]) -> str:
    """Why a tenant was not read whole."""
    first = next((entry["cause"] for entry in document["coverage"] if entry["outcome"] != "ok"), None)
    return str(document.get("cause") or first or "")


def lost(names: list[str], found: list[Any], failing: dict[str, str]) -> list[str]:
    """A sentence for each tenant that is missing, that failed for no reason, or that did not fail and should have."""
    by_name = {one["tenant"]["name"]: one for one in found}
    problems = [f"{name} is missing" for name in names if name not in by_name]
    for name, document in by_name.items():
        if name not in failing and document["status"] != "complete":
            problems.append(f"{name} is {document['status']}: {cause_of(document)}")
        if name in failing and (document["status"] == "complete" or not cause_of(document)):
            problems.append(f"{name} should have failed ({failing[name]})")
    return problems


if __name__ == "__main__":
    main()
