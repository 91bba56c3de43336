"""What every benchmark shares: measuring in a process of its own, medians, the table, and the machine in one line.

A figure is a ratio of two things measured in the same call; seconds alone say more of the machine than of the code.
Nothing here knows what is measured.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Measured:
    """One run: wall and CPU seconds of the work, and the process's peak memory in MiB."""

    wall: float
    cpu: float
    peak: float
    count: int = 0
    """How many of whatever was worked on came out well; runs that are compared must agree."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``wanted`` is a bound on ``ratio``, such as ``<= 1.3``; empty where there is none."""

    what: str
    ours: str
    beside: str
    ratio: float
    wanted: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bound holds; None where there is none."""
        if not self.wanted:
            return None
        sign, bound = self.wanted.split()
        return self.ratio <= float(bound) if sign == "<=" else self.ratio >= float(bound)


def measured(work: Callable[[], int]) -> Measured:
    """Run ``work`` once in this process; it gives its count."""
    wall, cpu = time.perf_counter(), time.process_time()
    count = work()
    return Measured(time.perf_counter() - wall, time.process_time() - cpu, peak_mib(), count)


def peak_mib() -> float:
    """Peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(module: str, request: dict[str, Any]) -> Measured:
    """Run ``python -m benchmarks.MODULE`` with ``request`` on its standard input; it answers with :func:`reply`."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}"],
        input=json.dumps(request).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def request() -> dict[str, Any]:
    """What :func:`apart` was given, in the process that it started."""
    found: dict[str, Any] = json.load(sys.stdin)
    return found


def reply(run: Measured) -> None:
    """Answer :func:`apart`."""
    print(json.dumps(asdict(run)), flush=True)


def interleaved(rounds: int, runs: dict[str, Callable[[], Measured]]) -> dict[str, Measured]:
    """Every run ``rounds`` times, one after the other in turn, so that the machine's other work hits all alike."""
    found: dict[str, list[Measured]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(run())
    return {name: middle(measurements) for name, measurements in found.items()}


def middle(runs: Sequence[Measured]) -> Measured:
    """Medians of each figure. Raises ValueError where the runs did not come to the same."""
    if len({run.count for run in runs}) != 1:
        raise ValueError(f"runs of one benchmark came to different ends: {[run.count for run in runs]}")
    return Measured(
        wall=statistics.median(run.wall for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        peak=statistics.median(run.peak for run in runs),
        count=runs[0].count,
    )


def emit(figures: Iterable[Figure]) -> None:
    """Print figures as JSON lines, for :mod:`benchmarks.run`."""
    for figure in figures:
        print(json.dumps(asdict(figure)), flush=True)


def table(figures: Iterable[Figure]) -> str:
    """The figures as Markdown."""
    lines = ["| what | ours | beside it | ratio | wanted |", "| --- | --- | --- | ---: | --- |"]
    for figure in figures:
        told = {None: "", True: f"{figure.wanted}, met", False: f"{figure.wanted}, **missed**"}[figure.met]
        lines.append(f"| {figure.what} | {figure.ours} | {figure.beside} | {figure.ratio:.2f} | {told} |")
    return "\n".join(lines) + "\n"


def read_table(text: str) -> dict[str, float]:
    """What → ratio, from a table that :func:`table` wrote."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")] for line in lines]
    return {row[0]: float(row[3]) for row in rows[2:] if len(row) == 5}


def machine() -> str:
    """The machine in one sentence, with no name and no path of it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()} {platform.machine()}; "
        f"{platform.python_implementation()} {platform.python_version()}; load before: {loads}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "a processor"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "a processor")


def today() -> str:
    """The date, in UTC."""
    return f"{datetime.now(UTC):%Y-%m-%d}"
