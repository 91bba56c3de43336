"""How often the tutorial parser takes from a page what a reader takes from it.

    python benchmarks/derive.py [FOLDER]

FOLDER holds ``truth.csv`` (file, field, kind, value; the values of a choice are parted by `` | ``) and the pages that
it names; without it, the folder of test data beside the repository. Prints the share that agrees overall, by field
and by kind, every disagreement, and how long the pages took. ``metadata`` and ``none`` are told apart in the strict
figure only: both mean that the page prints nothing. Ends with 1 where fewer than 97 in 100 agree, with 0 where the
data is not there, saying so.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from auditor.rulepack.tutorial import TutorialFacts, basic_saml, parse_tutorial

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "tutorials"
GOAL = 0.97
_NOTHING_PRINTED = frozenset({"none", "metadata"})


@dataclass(frozen=True, slots=True)
class Row:
    """What a reader took from one field of one page, and what the parser did."""

    file: str
    field: str
    wanted: tuple[str, tuple[str, ...]]
    got: tuple[str, tuple[str, ...]]

    @property
    def strict(self) -> bool:
        """Kind and values are the same."""
        return self.wanted == self.got

    @property
    def agrees(self) -> bool:
        """The same, where nothing printed is nothing printed."""
        return self.strict or {self.wanted[0], self.got[0]} <= _NOTHING_PRINTED


def compare(folder: Path) -> tuple[list[Row], float]:
    """Return a row for each line of the truth table, and the seconds that parsing all its pages took."""
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as table:
        truth = list(csv.DictReader(table))
    began = time.perf_counter()
    pages: dict[str, TutorialFacts] = {
        name: parse_tutorial((folder / name).read_bytes(), name)
        for name in dict.fromkeys(line["file"] for line in truth)
    }
    took = time.perf_counter() - began
    rows = []
    for line in truth:
        got = basic_saml(pages[line["file"]])[line["field"]]
        wanted = tuple(value for value in line["value"].split(" | ") if value)
        rows.append(Row(line["file"], line["field"], (line["kind"], wanted), (str(got["kind"]), tuple(got["values"]))))
    return rows, took


def main(arguments: list[str]) -> int:
    """Print the comparison."""
    folder = Path(arguments[0]) if arguments else DATA
    if not (folder / "truth.csv").is_file():
        print(f"skipped: there is no {folder / 'truth.csv'} to compare with")
        return 0
    rows, took = compare(folder)
    share = _share("overall", rows)
    print(f"{'strictly':12} {sum(row.strict for row in rows):5} of {len(rows)}")
    for field in dict.fromkeys(row.field for row in rows):
        _share(field, [row for row in rows if row.field == field])
    for kind in sorted(Counter(row.wanted[0] for row in rows)):
        _share(kind, [row for row in rows if row.wanted[0] == kind])
    for row in rows:
        if not row.agrees:
            print(f"\n{row.file} · {row.field}\n  truth  {_told(row.wanted)}\n  parser {_told(row.got)}")
    files = len({row.file for row in rows})
    print(f"\n{files} pages in {took:.2f} s, {took / files * 1000:.1f} ms a page")
    return 0 if share >= GOAL else 1


def _share(name: str, rows: list[Row]) -> float:
    agreed = sum(row.agrees for row in rows)
    share = agreed / len(rows)
    print(f"{name:12} {agreed:5} of {len(rows)}  {share:7.1%}")
    return share


def _told(side: tuple[str, tuple[str, ...]]) -> str:
    return " ".join((side[0], " | ".join(side[1]))).strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
