"""Which room may import which: the contracts hold, and each of them can be broken."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"
# A module to plant, by the contract that it breaks.
VIOLATIONS = {
    "Stages meet in the pipeline and nowhere else": ("graph", "import auditor.evaluate"),
    "The values know the standard library and msgspec alone": ("model", "import yaml"),
    "The emulator imports nothing of the rest": ("emulator", "import auditor.model.times"),
    "No stage knows of the emulator; the commands that serve it do": (
        "report",
        "import auditor.emulator.planted",
    ),
    "Only the collector talks to a network": ("evaluate", "import httpx"),
    "Only the fleet talks to Dask": ("rulepack", "import distributed"),
    "Only the store talks to a database": ("drift", "import sqlite3"),
    "pandas serves tables and trends alone": ("remedy", "import pandas"),
}


def verdicts(folder: Path) -> dict[str, str]:
    """KEPT or BROKEN by the name of the contract, for the package in ``folder``."""
    linted = subprocess.run(
        [str(LINT_IMPORTS), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    found = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", linted.stdout, re.MULTILINE))
    assert found, linted.stdout + linted.stderr
    return found


def test_every_contract_is_kept() -> None:
    broken = [name for name, verdict in verdicts(ROOT).items() if verdict != "KEPT"]
    assert broken == [], "run: make check"


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdicts on a copy of the package in which every contract is violated once."""
    folder = tmp_path_factory.mktemp("spoilt")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "auditor", folder / "auditor", ignore=shutil.ignore_patterns("__pycache__"))
    rooms = {room for room, _ in VIOLATIONS.values()} | {"graph", "evaluate", "emulator"}
    for room in rooms:
        (folder / "auditor" / room).mkdir(exist_ok=True)
        (folder / "auditor" / room / "__init__.py").touch()
        (folder / "auditor" / room / "planted.py").touch()
    for room, line in VIOLATIONS.values():
        (folder / "auditor" / room / "planted.py").write_text(line + "\n", encoding="utf-8")
    return verdicts(folder)


def test_every_contract_has_a_violation_here(spoilt: dict[str, str]) -> None:
    assert spoilt.keys() == VIOLATIONS.keys()


@pytest.mark.parametrize("contract", sorted(VIOLATIONS))
def test_a_contract_can_be_broken(contract: str, spoilt: dict[str, str]) -> None:
    assert spoilt[contract] == "BROKEN"
