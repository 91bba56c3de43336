"""``sample_reports/`` is what the demo writes, byte for byte: `make samples` writes it again."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditor.demo import CLOCK, PORT

SAMPLES = Path(__file__).parents[1] / "sample_reports"
_TRIES = 3


def wait_for_the_port(seconds: float = 60) -> None:
    """The hashes of some bodies hold the demo's port; another demo of this test run may have it just now."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) != 0:
                return
        time.sleep(0.2)


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def differing(folder: Path) -> list[str]:
    made, kept = written(folder), written(SAMPLES)
    return sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))


@pytest.mark.slow
def test_the_demo_writes_the_committed_samples_again(tmp_path: Path) -> None:
    environment = {**os.environ, "AUDITOR_NOW": CLOCK, "SOURCE_DATE_EPOCH": "1795348800"}
    for number in range(_TRIES):
        out = tmp_path / str(number)
        wait_for_the_port()
        subprocess.run(
            [sys.executable, "-m", "auditor", "demo", "--out", str(out)],
            check=True,
            capture_output=True,
            env=environment,
        )
        if not differing(out):
            return
    assert differing(out) == []
