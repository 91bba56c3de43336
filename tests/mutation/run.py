"""Change the code where it decides, one place at a time, and see that a test notices: ``make mutants``.

mutmut writes the changed functions into ``mutants/``; each room's are tried against the room's own tests (``forking``),
and what survives there once more in a process of its own, where modules are imported with the change in force. What
survives both must stand in ``survivors.txt``, under the reason why it may. Exit code 1 where one does not.

    python -m tests.mutation.run [--only REGEX] [--jobs N] [--alone]
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COPY = ROOT / "mutants"
SURVIVORS = HERE / "survivors.txt"
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "-q"]
QUIET = ["-s", "--tb=no", "--timeout", "0"]


class Room(NamedTuple):
    """Code, and the tests that are to notice when it changes."""

    modules: str
    """Regular expression of the modules' names."""
    tests: tuple[str, ...]
    slow: tuple[str, ...] = ()
    """Files among them that only what survived the others is asked of."""


_OTHER_PACKS = (
    "BALSAMIQ or EVERNOTE or FIGMA or FLOQAST or GRAFANA or LIFESIZE or PAGERDUTY or SEGMENT or SNOWFLAKE or ZOHOONE"
)
"""Examples of packs whose rules ask in no other form than those of the first pack."""
ROOMS = (
    Room(
        r"auditor\.evaluate\.",
        (
            *("tests/evaluate", "tests/rules", "--ignore", "tests/evaluate/test_no_app_by_name.py"),
            *("--ignore", "tests/evaluate/test_each_loss.py"),
            *("-k", f"not (test_example_findings_are_whole or flipped or has_passing or {_OTHER_PACKS})"),
        ),
        ("tests/evaluate/test_laws.py",),
    ),
    Room(
        r"auditor\.drift\.",
        (
            *("tests/drift", "tests/model", "tests/report/test_history_view.py", "tests/test_chronicle.py"),
            *("--ignore", "tests/drift/test_emulated.py"),
        ),
        ("tests/drift/test_laws.py", "tests/test_chronicle.py"),
    ),
    Room(r"auditor\.remedy\.quote_", ("tests/remedy/test_quoting.py",)),
    Room(
        r"auditor\.graph\.(transport|retry)",
        (
            *("tests/graph/test_transport.py", "tests/graph/test_retry.py", "tests/graph/test_wire.py"),
            *("tests/graph/test_client.py", "tests/security/test_tls.py"),
        ),
        ("tests/graph/test_client.py", "tests/security/test_tls.py"),
    ),
)


def generate() -> None:
    """Have mutmut write the mutants, as ``[tool.mutmut]`` says; those of unchanged files are kept."""
    os.chdir(ROOT)
    from mutmut.__main__ import create_mutants
    from mutmut.mutation.trampoline import set_mutant_under_test
    from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, setup_source_paths

    set_mutant_under_test("mutant_generation")
    COPY.mkdir(exist_ok=True)
    with open(os.devnull, "w", encoding="utf-8") as null, redirect_stdout(null):
        copy_src_dir()
        copy_also_copy_files()
        setup_source_paths()
        create_mutants(os.cpu_count() or 1)


def names(pattern: str) -> list[str]:
    """Every mutant whose name begins with what ``pattern`` matches."""
    found: list[str] = []
    for meta in sorted(COPY.glob("auditor/**/*.meta")):
        found += json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return [name for name in found if re.match(pattern, name)]


def shown(mutant: str) -> str:
    """A mutant as it stands in the list: its function, and the lines as they became; numbers change, lines less so."""
    os.chdir(ROOT)
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    lines = get_diff_for_mutant(mutant).splitlines()
    became = " ".join(line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++"))
    module, _, function = re.sub(r"__mutmut_\d+$", "", mutant).rpartition(".")
    return f"{module}.{function.removeprefix('x_').replace('xǁ', '').replace('ǁ', '.')} | {became}"


def fork_all(room: Room, mutants: Iterable[str], jobs: int) -> dict[str, str]:
    """Mutant → outcome, by forks of one process."""
    asked, out = COPY / "asked.txt", COPY / "outcomes.jsonl"
    asked.write_text("\n".join(mutants), encoding="utf-8")
    out.unlink(missing_ok=True)
    environ = {**os.environ, "MUTANTS_NAMES": str(asked), "MUTANTS_OUT": str(out), "MUTANTS_JOBS": str(jobs)}
    environ.pop("MUTANT_UNDER_TEST", None)
    ended = subprocess.run(
        [*PYTEST, *QUIET, "-p", "tests.mutation.forking", *room.tests, *(f"--ignore={file}" for file in room.slow)],
        cwd=COPY, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not out.exists():
        raise SystemExit(f"The tests could not be run:\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}")
    outcomes = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return {entry["mutant"]: entry["outcome"] for entry in outcomes}


def survives_alone(room: Room, mutant: str) -> bool:
    """Whether no test notices, in a process that has imported everything with the change in force."""
    ended = subprocess.run(
        [*PYTEST, "-x", *QUIET[1:], *room.tests],
        cwd=COPY, env={**os.environ, "MUTANT_UNDER_TEST": mutant}, capture_output=True, check=False,
    )  # fmt: skip
    return ended.returncode == 0


def listed() -> set[str]:
    """What may survive, as ``survivors.txt`` says; lines that begin with # give the reasons."""
    lines = SURVIVORS.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def main() -> int:
    """Try every room; 1 where something survives that is not listed, or something listed is noticed after all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="regular expression: mutants whose names it matches, from the start")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--alone", action="store_true", help="do not take the list's word for what survived before")
    args = parser.parse_args()
    generate()
    known = listed()
    counts: Counter[str] = Counter()
    left: list[str] = []
    met: set[str] = set()
    for room in ROOMS:
        mutants = [name for name in names(room.modules) if re.match(args.only, name)]
        if not mutants:
            continue
        outcomes = fork_all(room, mutants, args.jobs)
        survived = [name for name, outcome in outcomes.items() if outcome in ("survived", "no tests")]
        told = {name: shown(name) for name in survived}
        met |= set(told.values()) & known
        doubtful = [name for name in survived if args.alone or told[name] not in known]
        with ThreadPoolExecutor(args.jobs) as pool:
            alone = dict(
                zip(doubtful, pool.map(lambda name, room=room: survives_alone(room, name), doubtful), strict=True)
            )
        left += [told[name] for name in doubtful if alone[name] and told[name] not in known]
        counts["changed"] += len(mutants)
        counts["survived"] += sum(alone.get(name, True) for name in survived)
        print(
            f"{room.modules}: {len(mutants):,} changed, {len(survived):,} survived a fork", file=sys.stderr, flush=True
        )
    noticed = counts["changed"] - counts["survived"]
    print(f"{counts['changed']:,} changes, {noticed:,} noticed; not noticed, and not listed:")
    print("\n".join(left) or "none")
    stale = sorted(known - met) if not args.only else []
    if stale:
        print("Listed, and noticed or gone:", *stale, sep="\n")
    return int(bool(left or stale))


if __name__ == "__main__":
    sys.exit(main())
