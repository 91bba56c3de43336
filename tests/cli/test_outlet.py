"""A reader that goes away, a full disk, closed streams, an old locale: the exit code is what it would have been."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.cli import main
from auditor.cli.exits import Exit
from tests.cli.conftest import Lab

SHOW = [sys.executable, "-m", "auditor", "rules", "show", "GTM-SAML-004"]
FULL = Path("/dev/full")


def test_a_scan_whose_summary_nobody_reads_still_says_that_rules_fail(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    metrics = tmp_path / "auditor.prom"
    with lab.config.open("a", encoding="utf-8") as stream:
        stream.write(f'[metrics]\ntextfile = "{metrics}"\n')
    asked = ["--tenant", "fabrikam", "--out", str(tmp_path / "out"), "--format", "json", "--no-history"]
    with open(writer, "w", encoding="utf-8") as gone, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", gone)
        code = main(["scan", "--config", str(lab.config), *asked])
    assert code == Exit.FINDINGS
    assert (tmp_path / "out" / "results.json").is_file()
    assert metrics.is_file()


@pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")
def test_data_that_could_not_be_written_whole_is_no_success() -> None:
    with FULL.open("wb") as full:
        ran = subprocess.run(SHOW, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == Exit.USAGE
    assert (
        ran.stderr
        == "auditor: Standard output cannot be written to: No space left on device. What it got is not whole.\n"
    )


def test_data_is_utf_8_in_every_locale() -> None:
    old = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ran = subprocess.run(SHOW, env=old, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "·" in ran.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("closed", "verb", "code"),
    [(">&-", "rules list", Exit.OK), ("2>&-", "verify nothing.zip", Exit.USAGE)],
)
def test_closed_streams_cost_nothing(closed: str, verb: str, code: int) -> None:
    command = ["sh", "-c", f'exec "$0" -m auditor {verb} {closed}', sys.executable]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, "", "")
