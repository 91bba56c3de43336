"""What docs/operations.md says of notifications, metrics, logs and schedules is what there is."""

import re
from pathlib import Path

from auditor.channels import Healthcheck
from auditor.logs import LEVELS
from auditor.model.finding import Verdict
from auditor.model.notice import NoticeKind
from auditor.model.result import ScanResult
from auditor.notify.metrics import Ran, gauges_of
from auditor.schedules import TARGETS, Plan, parse_at
from tests.store import sample

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table whose header begins so, without code marks."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\| ---.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    assert table is not None, heading
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def test_kinds() -> None:
    assert {row[0] for row in rows("kind")} == {kind.value for kind in NoticeKind}


def test_metrics_and_their_labels() -> None:
    at = "2026-11-22T12:00:00Z"
    result = ScanResult("s", at, at, "auditor", "0", (), Verdict.UNKNOWN, (sample.result(),))
    told = {name.strip(): row[1] for row in rows("metric") for name in row[0].split(",")}
    assert told == {gauge.name: ", ".join(gauge.labels) for gauge in gauges_of(result, Ran(0, 0, 0))}


def test_levels() -> None:
    assert [row[0].split()[0] for row in rows("level")] == list(LEVELS)


def test_targets_and_their_files() -> None:
    table = rows("target")
    assert [row[0] for row in table] == list(TARGETS)
    for row in table:
        for name in TARGETS[row[0]](Plan(timing=parse_at("02:30"))):
            assert name in row[1]


def test_the_default_of_success() -> None:
    assert f"success = {list(Healthcheck('X').success)}" in TEXT
