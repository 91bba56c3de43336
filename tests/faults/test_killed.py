"""Row 9 for what is written besides the history: killed before each file operation, a file is the old one or the new.

A child writes and is killed (SIGKILL) at the n-th operation on a file, for every n; audit hooks tell of these.
The history's own points are in tests/store/test_crash.py.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.model.result import ScanResult
from auditor.output import prepare, write_all
from auditor.report import render
from tests.report import samples

OPERATIONS = frozenset(
    {"open", "os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.truncate", "tempfile.mkstemp"}
)
"""Audit events of file operations (Python, "Audit events table"): each is raised before the operation."""
MOST = 1_000


def killed_at_every_point(folder: Path, work: Callable[[Path], None], look: Callable[[Path, bool], None]) -> int:
    """Do ``work`` in copies of ``folder``, killed at each operation in turn; ``look`` at each, and whether it ended."""
    for point in range(1, MOST):
        copy = folder.with_name(f"{folder.name}-{point}")
        shutil.copytree(folder, copy)
        child = os.fork()
        if child == 0:
            _die_at(point)
            work(copy)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        look(copy, os.WIFEXITED(status))
        shutil.rmtree(copy)
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0
            return point - 1
    raise AssertionError("the work does not end")


def _die_at(point: int) -> None:
    met = 0

    def hook(event: str, arguments: object) -> None:
        nonlocal met
        if event in OPERATIONS:
            met += 1
            if met == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def named(folder: Path) -> dict[str, bytes]:
    """What stands under a final name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".auditor-")
    }


def editions() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The reports of two scans, with files in folders below."""

    def files(result: ScanResult, edition: bytes) -> dict[str, bytes]:
        made = render(result, ["json", "html", "csv"], now=samples.NOW)
        return {**made, "evidence.zip": os.urandom(50_000), "remediation/t/apply.sh": edition}

    return files(samples.drifted(), b"old"), files(samples.partial(), b"new")


@pytest.mark.fault(9)
def test_no_report_is_half_written_under_its_name(tmp_path: Path) -> None:
    old, new = editions()
    folder = tmp_path / "out"
    prepare(folder)
    write_all(folder, old)
    mixed: set[int] = set()

    def look(copy: Path, ended: bool) -> None:
        found = named(copy)
        assert set(found) == set(old) | set(new)
        for name, content in found.items():
            assert content in (old.get(name), new.get(name)), f"{name} is neither the old one nor the new"
        mixed.add(sum(content == new.get(name) for name, content in found.items()))
        if not ended:
            write_all(copy, new)
        assert named(copy) == new

    def work(copy: Path) -> None:
        prepare(copy)
        write_all(copy, new)

    points = killed_at_every_point(folder, work, look)
    assert points >= 3 * len(new)
    assert mixed == set(range(len(new) + 1)), "every file was met before and after"


@pytest.mark.fault(9)
def test_a_folder_that_was_empty_holds_whole_files_alone(tmp_path: Path) -> None:
    _, new = editions()
    folder = tmp_path / "out"
    folder.mkdir()

    def look(copy: Path, ended: bool) -> None:
        assert named(copy).items() <= new.items()
        assert all(path.stat().st_mode & 0o077 == 0 for path in copy.rglob("*")), "for the owner alone, at any moment"

    def work(copy: Path) -> None:
        write_all(copy, new)

    assert killed_at_every_point(folder, work, look) >= 3 * len(new)
