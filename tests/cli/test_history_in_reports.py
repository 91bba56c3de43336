"""What the history adds to the reports of a scan, and that a report rendered again is the same, byte for byte."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.emulator import Emulator
from tests.cli.conftest import Lab, Run
from tests.scan.conftest import NOW

FORMATS = "html,json,csv,remediation"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """One for each test, because a tenant changes in it."""
    with Emulator(now=lambda: NOW) as running:
        yield running


def scan(run: Run, lab: Lab, folder: str, day: int, *options: str) -> Path:
    out = lab.folder / folder
    ran = run(
        "scan", "--config", str(lab.config), "--tenant", "fabrikam", "--format", FORMATS, "--out", str(out),
        "--now", f"2026-11-{day}T12:00:00Z", *options,
    )  # fmt: skip
    assert ran.code == 1, ran.err
    return out


def tenant_in(folder: Path) -> dict[str, Any]:
    (tenant,) = json.loads((folder / "results.json").read_text(encoding="utf-8"))["tenants"]
    found: dict[str, Any] = tenant
    return found


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_reports_tell_since_when_and_are_rendered_again_the_same(run: Run, lab: Lab, emulator: Emulator) -> None:
    first = scan(run, lab, "first", 21)
    emulator.advance("after")
    second = scan(run, lab, "second", 22)
    assert tenant_in(second)["drift"]
    page = (second / "report.html").read_text(encoding="utf-8")
    assert "Failing since 2026-11-21 (1 day ago), 2 scans." in page
    assert "Findings over time" in page
    assert f'href="remediation/{tenant_in(second)["tenant"]["id"]}/apply.sh"' in page
    failing = [finding for finding in tenant_in(second)["findings"] if finding["status"] == "fail"]
    assert {finding["history"]["lifecycle"] for finding in failing} == {"continuing", "new"}
    for finding in failing:
        assert finding["history"]["scans"] == (2 if finding["history"]["lifecycle"] == "continuing" else 1)
    assert [point["at"] for point in tenant_in(second)["history"]["trend"]] == [
        "2026-11-21T12:00:00Z",
        "2026-11-22T12:00:00Z",
    ]
    assert "Findings over time" not in (first / "report.html").read_text(encoding="utf-8")
    assert "This is the first recorded scan" in (first / "report.html").read_text(encoding="utf-8")

    for name, folder in (("previous", first), ("latest", second)):
        again = lab.folder / f"{name}-again"
        ran = run("report", name, "--config", str(lab.config), "--format", FORMATS, "--out", str(again))
        assert ran.code == 0, ran.err
        assert written(again) == written(folder)


def test_without_history_the_reports_say_so(run: Run, lab: Lab) -> None:
    folder = scan(run, lab, "alone", 22, "--no-history")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "made without the history, so since when anything fails is not told" in page
    assert "Findings over time" not in page
    assert tenant_in(folder)["history"] is None
    assert {finding["history"] for finding in tenant_in(folder)["findings"]} == {None}
