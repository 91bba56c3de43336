"""`make bench` and `make bench-compare`: every benchmark of ratios, one after the other, each in a process of its own.

    python -m benchmarks.run [--compare] [MODULE...]

Prints the table. Without ``--compare`` it is written, too, as ``results/DATE.md``; with it, the ratios are held against
the latest of those files, and the exit code is 1 where one has grown worse by more than its tolerance.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import ROOT, Figure, machine, read_table, table, today

MODULES = ("start", "collect", "evaluation", "formats", "large", "fleet")
RESULTS = Path(__file__).resolve().parent / "results"
TOLERANCE = 0.35
"""A ratio may be worse by this share: two runs on a shared machine differ by a quarter."""


def main() -> int:
    """Run; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("modules", nargs="*", choices=[*MODULES, []], metavar="MODULE")
    args = parser.parse_args()
    described = machine()
    figures, failed = [], []
    for module in args.modules or MODULES:
        print(f"{module} …", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{module}"], stdout=subprocess.PIPE, cwd=ROOT, check=False
        )
        figures += [Figure(**json.loads(line)) for line in done.stdout.splitlines()]
        if done.returncode:
            failed.append(module)
    print(table(figures))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    if args.compare:
        return max(compare(figures), bool(failed))
    if not args.modules and not failed:
        RESULTS.mkdir(exist_ok=True)
        written = RESULTS / f"{today()}.md"
        written.write_text(f"# {today()}\n\n{described}\n\n{table(figures)}", encoding="utf-8")
        print(f"wrote {written.relative_to(ROOT)}", file=sys.stderr)
    return bool(failed)


def compare(figures: list[Figure]) -> int:
    """Hold ``figures`` against the latest results; 1 where a ratio that is wanted small or large is worse."""
    files = sorted(RESULTS.glob("*.md"))
    if not files:
        print("there are no results to compare with: run `make bench` first", file=sys.stderr)
        return 1
    committed = read_table(files[-1].read_text(encoding="utf-8"))
    print(f"against {files[-1].name}, each ratio as it is now and as it was:\n")
    worse = 0
    for figure in figures:
        before = committed.get(figure.what)
        if before is None:
            print(f"- new: {figure.what}: {figure.ratio:.2f}")
            continue
        grown = _grown(figure, before)
        worse += grown > 1 + TOLERANCE
        mark = "WORSE" if grown > 1 + TOLERANCE else "ok"
        print(f"- {mark}: {figure.what}: {figure.ratio:.2f}, was {before:.2f}")
    return int(worse > 0)


def _grown(figure: Figure, before: float) -> float:
    """By what factor a ratio is worse than ``before``; a wanted ``>=`` is worse where it is smaller."""
    now, then = max(figure.ratio, 0.01), max(before, 0.01)
    return then / now if figure.wanted.startswith(">=") else now / then


if __name__ == "__main__":
    sys.exit(main())
