"""The shell scripts of the repository: free of shellcheck's findings, and as idle as they promise."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APT_NEED = ROOT / "scripts" / "apt-need"


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", ["scripts/apt-need", ".ci/run"])
def test_shellcheck_finds_nothing(script: str) -> None:
    checked = subprocess.run(["shellcheck", str(ROOT / script)], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of commands: the few that the script runs, none that installs anything."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "env"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def command(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def apt_need(tools: Path, *packages: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(tools / "sh"), str(APT_NEED), *packages],
        env={"PATH": str(tools)},
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
    )


def debian(tools: Path, *, user: int, installed: str) -> None:
    command(tools, "dpkg-query", f'case "$3" in {installed}) printf installed ;; *) exit 1 ;; esac')
    command(tools, "id", f"echo {user}")
    command(tools, "apt-get", 'echo "apt-get $DEBIAN_FRONTEND $*"')


def test_nothing_is_run_where_all_is_there(tools: Path) -> None:
    debian(tools, user=1000, installed="one|two")
    done = apt_need(tools, "one", "two")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_only_what_is_missing_is_installed_without_questions(tools: Path) -> None:
    debian(tools, user=0, installed="one")
    done = apt_need(tools, "one", "two", "three")
    assert done.returncode == 0, done.stderr
    *_, update, install = done.stderr.splitlines()
    assert update.startswith("apt-get noninteractive")
    assert update.endswith("update")
    assert install.endswith("install -y --no-install-recommends two three")


def test_one_who_is_not_root_goes_through_sudo(tools: Path) -> None:
    debian(tools, user=1000, installed="one")
    command(tools, "sudo", 'echo "sudo $2 $3" >&2; exec "$@"')
    done = apt_need(tools, "two")
    assert done.returncode == 0, done.stderr
    assert "sudo DEBIAN_FRONTEND=noninteractive apt-get" in done.stderr


def test_with_neither_root_nor_sudo_the_command_to_run_is_named(tools: Path) -> None:
    debian(tools, user=1000, installed="one")
    done = apt_need(tools, "two")
    assert done.returncode == 1
    assert "apt-get install two" in done.stderr


def test_without_apt_the_packages_are_named_and_work_goes_on(tools: Path) -> None:
    done = apt_need(tools, "libpango-1.0-0")
    assert done.returncode == 0
    assert "libpango-1.0-0" in done.stderr
    assert "brew install pango" in done.stderr
