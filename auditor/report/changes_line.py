"""The geometry of the changes' time line: from the scan before to this one. The template draws, nothing here does.

A change whose time the audit log gives is a mark at that time, with its number. One whose time is not known is told
beside the line, for it happened somewhere on it.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from auditor.report.chart_view import ChangeMark, ChangesLine, Tick
from auditor.report.words import Mark, capital, count, moment, time_words

_WIDTH = 680.0
_INSET = 60.0
_TOP = 26.0
_LANE = 24.0
_MOST_LANES = 8
_BOTTOM = 26.0
_APART = 34.0
_MOST_MARKS = 200


class Dated(Struct, frozen=True):
    """A change: its number in the report, how it is marked, and when it was made, where that is known."""

    number: int
    mark: Mark
    at: str | None


def draw_changes(
    changes: Sequence[Dated], before_at: str | None, after_at: str | None, chart_id: str
) -> ChangesLine | None:
    """The chart; None where no change is dated, or the scans are not: there is nothing to draw then."""
    first, last = moment(before_at), moment(after_at)
    dated = [(at, change) for change in changes if (at := moment(change.at)) is not None]
    if first is None or last is None or first >= last or not dated:
        return None
    length = (last - first).total_seconds()

    def x(at: datetime) -> float:
        share = (min(max(at, first), last) - first).total_seconds() / length
        return round(_INSET + share * (_WIDTH - 2 * _INSET), 1)

    shown = sorted(dated, key=lambda pair: (pair[0], pair[1].number))[:_MOST_MARKS]
    lanes = _lanes([x(at) for at, _ in shown])
    depth = max(lanes) + 1
    axis = _TOP + depth * _LANE
    return ChangesLine(
        id=chart_id,
        title="Changes between the scan before and this one",
        description=_description(shown, len(dated), len(changes)),
        width=_WIDTH,
        height=axis + _BOTTOM,
        axis=axis,
        left=_INSET,
        right=_WIDTH - _INSET,
        marks=tuple(
            ChangeMark(change.number, change.mark, x(at), axis - _LANE * lane - 14)
            for (at, change), lane in zip(shown, lanes, strict=True)
        ),
        ends=(Tick(_INSET, time_words(before_at)), Tick(_WIDTH - _INSET, time_words(after_at))),
        undated=_undated(len(changes) - len(dated)),
    )


def _lanes(places: Sequence[float]) -> list[int]:
    """For each place, from the left, the lowest lane in which it does not touch the one before."""
    ends: list[float] = []
    lanes: list[int] = []
    for place in places:
        free = next((lane for lane, end in enumerate(ends) if place - end >= _APART), len(ends))
        lane = min(free, _MOST_LANES - 1)
        if lane == len(ends):
            ends.append(place)
        ends[lane] = place
        lanes.append(lane)
    return lanes


def _description(shown: Sequence[tuple[datetime, Dated]], dated: int, total: int) -> str:
    told = " ".join(f"{change.number} at {time_words(change.at)}." for _, change in shown[:20])
    more = f" The first 20 of {dated:,} are told here." if dated > 20 else ""
    return f"{dated:,} of {count(total, 'change')} by the time that the audit log gives: {told}{more}"


def _undated(number: int) -> str:
    if not number:
        return ""
    return f"{capital(count(number, 'change'))} at a time that is not known, between the two scans"
