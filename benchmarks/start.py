"""How long the program takes to start, against the limits and beside an interpreter that does nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.harness import ROOT, Figure, Measured, emit, interleaved

ROUNDS = 7
LIMITS_S = {("--help",): 0.3, ("rules", "list"): 0.5}


def figures() -> Iterator[Figure]:
    """Wall seconds of each command, its bytecode already compiled."""
    nothing = [sys.executable, "-c", "pass"]
    for arguments, limit in LIMITS_S.items():
        command = [sys.executable, "-m", "auditor", *arguments]
        _run(command)
        runs = interleaved(ROUNDS, {"ours": partial(_run, command), "nothing": partial(_run, nothing)})
        yield Figure(
            f"auditor {' '.join(arguments)}, wall against {limit} s",
            f"{runs['ours'].wall * 1000:.0f} ms",
            f"an empty interpreter: {runs['nothing'].wall * 1000:.0f} ms",
            runs["ours"].wall / limit,
            "<= 1",
        )


def _run(command: Sequence[str]) -> Measured:
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, cwd=ROOT, check=True)
    return Measured(time.perf_counter() - start, 0.0, 0.0, done.returncode)


if __name__ == "__main__":
    emit(figures())
