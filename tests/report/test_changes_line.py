"""The changes' time line: marks stand at their time, within the chart, and never on one another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.model.drift import Attribution, Change, ChangeKind, Drift, Effect
from auditor.model.finding import Subject
from auditor.report.changes_line import Dated, draw_changes
from auditor.report.drift_view import drift_view
from auditor.report.words import Mark

BEFORE, AFTER = "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"


def at(hour: int) -> str:
    return f"2026-11-22T{hour:02d}:00:00Z"


def test_a_mark_stands_where_its_time_is() -> None:
    chart = draw_changes([Dated(1, Mark.FAIL, "2026-11-22T00:00:00Z")], BEFORE, AFTER, "c")
    assert chart is not None
    (mark,) = chart.marks
    assert mark.x == (chart.left + chart.right) / 2
    assert mark.y < chart.axis
    assert [end.label for end in chart.ends] == ["2026-11-21 12:00 UTC", "2026-11-22 12:00 UTC"]
    assert chart.undated == ""


def test_what_has_no_time_is_counted_beside_the_line() -> None:
    chart = draw_changes([Dated(1, Mark.FAIL, at(3)), Dated(2, Mark.PASS, None)], BEFORE, AFTER, "c")
    assert chart is not None
    assert [mark.number for mark in chart.marks] == [1]
    assert chart.undated == "1 change at a time that is not known, between the two scans"
    assert "1 of 2 changes" in chart.description


def test_there_is_no_chart_where_nothing_is_dated() -> None:
    assert draw_changes([Dated(1, Mark.FAIL, None)], BEFORE, AFTER, "c") is None
    assert draw_changes([Dated(1, Mark.FAIL, at(3))], None, AFTER, "c") is None
    assert draw_changes([Dated(1, Mark.FAIL, at(3))], AFTER, AFTER, "c") is None
    assert draw_changes([], BEFORE, AFTER, "c") is None


@given(st.lists(st.integers(min_value=0, max_value=23), min_size=1, max_size=7))
def test_few_marks_never_touch(hours: list[int]) -> None:
    chart = draw_changes([Dated(number, Mark.FAIL, at(hour)) for number, hour in enumerate(hours)], BEFORE, AFTER, "c")
    assert chart is not None
    for one in chart.marks:
        assert chart.left <= one.x <= chart.right
        assert 10 <= one.y < chart.axis
        for other in chart.marks:
            assert one is other or abs(one.x - other.x) >= 30 or abs(one.y - other.y) >= 20


def change(path: str, when: str | None, effect: Effect) -> Change:
    attribution = Attribution.MATCHED if when else Attribution.NO_PERMISSION
    return Change(
        Subject("application", "a", "A"), path, ChangeKind.CHANGED, "x", "y", effect, attribution, at=when
    )  # fmt: skip


def test_changes_are_numbered_by_time_and_those_without_one_come_last() -> None:
    drift = Drift("s0", BEFORE, "s1", AFTER, (
        change("none", None, Effect.REGRESSION), change("late", at(9), Effect.REGRESSION),
        change("early", at(2), Effect.NEUTRAL),
    ))  # fmt: skip
    view = drift_view(drift)
    assert [(one.number, one.path) for one in view.by_time] == [(1, "early"), (2, "late"), (3, "none")]
    assert [one.path for one in view.changes] == ["none", "late", "early"]
    assert view.by_time[2].actor == "not known: no permission for the audit log"
