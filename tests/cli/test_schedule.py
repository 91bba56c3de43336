"""``auditor schedule``: printed, or written file by file."""

from pathlib import Path

import pytest

from auditor.cli.schedule import _TARGETS
from tests.cli.conftest import Run


@pytest.mark.parametrize("target", _TARGETS)
def test_printed_and_written_are_the_same(run: Run, tmp_path: Path, target: str) -> None:
    options = ("schedule", target, "--every", "6h", "--program", "/opt/auditor/bin/auditor")
    printed = run(*options)
    assert (printed.code, printed.err) == (0, "")
    written = run(*options, "--out", tmp_path)
    assert (written.code, written.out) == (0, "")
    for path in tmp_path.iterdir():
        assert path.read_text("utf-8") in printed.out


def test_what_cannot_be_is_2(run: Run) -> None:
    assert run("schedule", "systemd", "--at", "25:00").code == 2
    assert run("schedule", "cron", "--every", "5h").code == 2
    assert run("schedule", "cron", "--every", "6h", "--at", "01:00").code == 2
    assert run("schedule", "launchd").code == 2


@pytest.mark.parametrize("target", _TARGETS)
@pytest.mark.parametrize("store", ["postgresql+psycopg://auditor:canary@db/x", "postgresql://db/x?Password=canary"])
def test_no_unit_holds_a_password(run: Run, target: str, store: str) -> None:
    ran = run("schedule", target, "--store", store)
    assert (ran.code, ran.out) == (2, "")
    assert "PGPASSWORD" in ran.err
    assert "canary" not in ran.err
