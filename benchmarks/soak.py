"""Two months of nights in minutes: the same fleet scanned again and again, with random faults, in one process.

An emulator in a process of its own answers some requests wrongly, by chance with a seed. After each night, memory, file
handles and threads of the scanning process are read. Exit code 1 where the last third of the nights holds more than the
first third after the first two nights, which fill caches.

    python benchmarks/soak.py [--nights N] [--tenants N] [--faults SHARE] [--seed N]
"""

import argparse
import gc
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from auditor import job, logs, output
from auditor.config import load
from auditor.emulator import Emulator
from auditor.emulator.generate import tenants
from auditor.emulator.wire import Answer, Handler, Request
from auditor.fleet.select import Selection
from auditor.model.result import ScanResult
from benchmarks.troubled import configure, environment

FIRST = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
WARMING = 2
"""Nights that are not counted: imports, compiled rules and caches come with them."""
MORE_MEMORY = 1.05
"""How much more the last third may hold than the first: noise of the allocator, no leak."""


class Chance:
    """A middleware that spoils a share of the answers: refused, too many, broken off, cut short, no JSON, not there."""

    def __init__(self, share: float, seed: int) -> None:
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 - a choice that repeats, no secret

    async def __call__(self, request: Request, handler: Handler) -> Answer:
        """The service's answer, or what chance makes of it."""
        answer = await handler(request)
        if self._random.random() >= self._share or request.path.endswith("/$batch"):
            return answer
        kind = self._random.choice(("429", "503", "403", "404", "cut", "html", "null"))
        if kind == "429":
            return Answer(429, b"{}", {"retry-after": "0"})
        if kind in ("503", "403", "404"):
            return Answer(int(kind), b'{"error": {"code": "chance", "message": "by chance"}}')
        answer.body = {"cut": answer.body[: len(answer.body) // 2], "html": b"<html>", "null": b"null"}[kind]
        return answer


class Held(NamedTuple):
    """What the process holds after a night."""

    memory_mib: float
    handles: int
    threads: int


def held() -> Held:
    """Read from /proc: resident memory after a collection, open file handles, threads."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    handles = len(os.listdir("/proc/self/fd"))
    return Held(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, handles, threading.active_count())


def serve(count: int, share: float, seed: int, pipe: Connection) -> None:
    """The emulator's process: serve until the pipe says something."""
    with Emulator(tenants(count)) as emulator:
        emulator.middleware = Chance(share, seed)
        pipe.send((emulator.graph_url, emulator.authority_url, str(emulator.ca_file)))
        pipe.recv()


def night(folder: Path, environ: dict[str, str], number: int) -> ScanResult:
    """Scan, record, render and write, as ``auditor scan`` does."""
    prepared = job.prepare(
        load(folder / "auditor.toml"),
        selection=Selection((), (), ()),
        rules=None,
        now=f"{FIRST + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}",
        environ=environ,
    )
    result = job.run(prepared)
    output.write_all(folder / "reports", job.render(prepared, result, ["json", "csv", "html", "sarif"]))
    return result


def main() -> int:
    """Run the nights and print what was held; 1 where something grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=50)
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--faults", type=float, default=0.02, help="share of the answers that are spoilt")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(args.tenants, args.faults, args.seed, there))
    process.start()
    nights: list[Held] = []
    statuses: Counter[str] = Counter()
    begun = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as place, logs.written(sys.stderr, level="error"):
            folder = Path(place)
            configure(folder, args.tenants, 64, {}, here.recv())
            environ = environment(args.tenants, {})
            output.prepare(folder / "reports")
            for number in range(args.nights):
                result = night(folder, environ, number)
                statuses.update(str(one.status) for one in result.tenants)
                if len(result.tenants) != args.tenants:
                    raise RuntimeError(f"night {number}: {len(result.tenants)} tenants of {args.tenants}")
                nights.append(held())
                print(f"night {number + 1}/{args.nights}: {nights[-1]}", file=sys.stderr, flush=True)
    finally:
        here.send("stop")
        process.join(30)
    return _told(nights, statuses, time.perf_counter() - begun)


def _told(nights: list[Held], statuses: Counter[str], seconds: float) -> int:
    counted = nights[WARMING:]
    third = max(1, len(counted) // 3)
    first, last = counted[:third], counted[-third:]
    scans = sum(statuses.values())
    print(f"{scans:,} scans of a tenant in {seconds:.0f} s ({', '.join(f'{n:,} {s}' for s, n in statuses.items())})\n")
    print("| held | first third | last third |\n| --- | ---: | ---: |")
    grown = 0
    for name, allowed in (("memory_mib", MORE_MEMORY), ("handles", 1.0), ("threads", 1.0)):
        before, after = (statistics.median(getattr(one, name) for one in part) for part in (first, last))
        grown += after > before * allowed
        print(f"| {name.replace('_mib', ', MiB')} | {before:.0f} | {after:.0f} |")
    return int(grown > 0)


if __name__ == "__main__":
    sys.exit(main())
