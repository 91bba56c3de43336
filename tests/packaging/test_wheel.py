"""The wheel works by itself: installed in an empty environment, from a folder that is not the checkout."""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import auditor

if TYPE_CHECKING:
    from tests.packaging.conftest import Distribution, Installation

MOVED = {"rules/": "auditor/_data/rules/", "report_templates/": "auditor/_data/report_templates/"}


@pytest.fixture(scope="session")
def in_wheel(distribution: Distribution) -> frozenset[str]:
    with zipfile.ZipFile(distribution.wheel) as wheel:
        return frozenset(wheel.namelist())


def under(tracked: Sequence[str], folder: str) -> list[str]:
    return [name for name in tracked if name.startswith(folder)]


@pytest.mark.parametrize("folder", sorted(MOVED))
def test_the_wheel_carries_the_data_inside_the_package(
    folder: str, tracked: tuple[str, ...], in_wheel: frozenset[str]
) -> None:
    files = under(tracked, folder)
    assert files, f"{folder} holds nothing"
    assert {MOVED[folder] + name.removeprefix(folder) for name in files} <= in_wheel


def test_the_wheel_carries_every_file_of_the_package(tracked: tuple[str, ...], in_wheel: frozenset[str]) -> None:
    assert set(under(tracked, "auditor/")) <= in_wheel


def test_the_wheel_puts_nothing_beside_the_package(in_wheel: frozenset[str]) -> None:
    metadata = f"entra_saml_auditor-{auditor.__version__}.dist-info"
    assert {name.partition("/")[0] for name in in_wheel} == {"auditor", metadata}


def test_the_wheel_carries_the_licence(distribution: Distribution, root: Path) -> None:
    metadata = f"entra_saml_auditor-{auditor.__version__}.dist-info"
    with zipfile.ZipFile(distribution.wheel) as wheel:
        assert wheel.read(f"{metadata}/licenses/LICENSE") == (root / "LICENSE").read_bytes()
        described = wheel.read(f"{metadata}/METADATA").decode()
    assert "License-Expression: Apache-2.0\n" in described


def test_the_source_distribution_is_complete(distribution: Distribution, tracked: tuple[str, ...]) -> None:
    with tarfile.open(distribution.sdist) as sdist:
        held = {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}
    assert set(tracked) <= held


def test_the_package_and_its_data_come_from_the_wheel(installation: Installation, tmp_path: Path) -> None:
    asked = (
        "import json, auditor; from auditor.resources import rules_dir, templates_dir; "
        "print(json.dumps([auditor.__file__, str(rules_dir()), str(templates_dir())]))"
    )
    answer = installation.run("python", "-c", asked, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    for place in json.loads(answer.stdout):
        assert Path(place).is_relative_to(installation.prefix)


@pytest.mark.parametrize("command", [["auditor"], ["python", "-m", "auditor"]], ids=["script", "module"])
def test_help_answers_from_another_folder(command: list[str], installation: Installation, tmp_path: Path) -> None:
    answer = installation.run(*command, "--help", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "usage: auditor" in answer.stdout.lower()
    assert "scan" in answer.stdout


def test_the_demo_runs_from_the_wheel(installation: Installation, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    answer = installation.run("auditor", "demo", "--out", str(out), cwd=tmp_path, seconds=240)
    assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in answer.stderr
    results = [json.loads(path.read_bytes()) for path in out.rglob("results.json")]
    assert results, f"no results.json under {out}: {sorted(path.name for path in out.rglob('*'))}"
    assert all(tenant["findings"] for result in results for tenant in result["tenants"])
    assert {path.suffix for path in out.rglob("report.*")} >= {".html", ".pdf"}
