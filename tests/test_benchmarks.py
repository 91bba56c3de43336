"""The benchmarks' harness: tables that are written can be read, bounds are judged, and a ratio grown worse is seen."""

import pytest

from benchmarks import run
from benchmarks.harness import Figure, Measured, middle, read_table, table

FIGURES = [
    Figure("wall, against bare", "2 s", "1 s", 2.0, "<= 1.3"),
    Figure("tenants a second", "300", "10", 30.0, ">= 10"),
    Figure("peak memory", "80 MiB", "70 MiB", 1.14),
]


def test_a_table_is_read_as_it_was_written() -> None:
    text = f"# 2026-11-22\n\nA machine.\n\n{table(FIGURES)}"
    assert read_table(text) == {figure.what: figure.ratio for figure in FIGURES}
    assert "<= 1.3, **missed**" in text
    assert ">= 10, met" in text


@pytest.mark.parametrize(
    ("now", "worse"),
    [(2.0, 0), (2.6, 0), (2.8, 1)],
)
def test_a_ratio_that_has_grown_past_the_tolerance_is_seen(
    now: float, worse: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("results")
    (folder / "2026-11-21.md").write_text(table([Figure("wall, against bare", "", "", 9.0)]), encoding="utf-8")
    (folder / "2026-11-22.md").write_text(table(FIGURES), encoding="utf-8")
    monkeypatch.setattr(run, "RESULTS", folder)
    assert run.compare([Figure("wall, against bare", "", "", now, "<= 1.3")]) == worse


def test_fewer_tenants_a_second_is_worse(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("results")
    (folder / "2026-11-22.md").write_text(table(FIGURES), encoding="utf-8")
    monkeypatch.setattr(run, "RESULTS", folder)
    assert run.compare([Figure("tenants a second", "", "", 20.0, ">= 10")]) == 1
    assert run.compare([Figure("tenants a second", "", "", 60.0, ">= 10")]) == 0


def test_runs_that_came_to_different_ends_are_not_compared() -> None:
    assert middle([Measured(1, 1, 1, 5), Measured(3, 2, 1, 5), Measured(2, 9, 1, 5)]) == Measured(2, 2, 1, 5)
    with pytest.raises(ValueError, match="different ends"):
        middle([Measured(1, 1, 1, 5), Measured(1, 1, 1, 4)])
