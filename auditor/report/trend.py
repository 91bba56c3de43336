"""The geometry of findings over time: one column a scan. The template draws, nothing here does.

What was not assessed stands on top of what is open: a column that sinks because less could be read must not look like
things put right.
"""

from collections.abc import Sequence

from auditor.model.lifecycle import TrendPoint
from auditor.model.rule import Severity
from auditor.report.chart_view import Trend, TrendColumn, TrendLabel, TrendRow, TrendSegment
from auditor.report.words import count, date_words, listed, moment, time_words

_WIDTH = 680.0
_RIGHT = 560.0
_TOP = 22.0
_PLOT = 120.0
_BOTTOM = 22.0
_WIDEST = 44.0
_LABEL_GAP = 15.0
_MOST_TOTALS = 15
"""Columns that may each bear their total; of more, the first, the highest and the last do."""
_DATE_WIDTH = 84.0
_PARTS: tuple[Severity | None, ...] = (*Severity, None)


def draw_trend(points: Sequence[TrendPoint], *, chart_id: str, title: str) -> Trend | None:
    """The chart of at least two scans, the earliest first; None for fewer."""
    if len(points) < 2:
        return None
    amounts = [_amounts(point) for point in points]
    most = max(1, *(sum(one.values()) for one in amounts))
    step = _RIGHT / len(points)
    baseline = _TOP + _PLOT
    totals = _labelled([sum(one.values()) for one in amounts])
    dates = _dated(len(points), step)
    columns = tuple(
        _column(place, point, one, step, _PLOT / most, baseline, place in totals, place in dates)
        for place, (point, one) in enumerate(zip(points, amounts, strict=True))
    )
    used = [part for part in _PARTS if any(one[part] for one in amounts)]
    return Trend(
        id=chart_id,
        title=title,
        description=_description(points),
        note=_note(points),
        width=_WIDTH,
        height=baseline + _BOTTOM,
        baseline=baseline,
        right=_RIGHT,
        columns=columns,
        labels=_labels(used, amounts[-1], columns[-1], baseline),
        headings=tuple(_name(part).capitalize() for part in used),
        rows=tuple(
            TrendRow(time_words(point.at), point.scan, tuple(one[part] for part in used))
            for point, one in zip(points, amounts, strict=True)
        ),
    )


def _amounts(point: TrendPoint) -> dict[Severity | None, int]:
    return {
        Severity.CRITICAL: point.critical,
        Severity.HIGH: point.high,
        Severity.MEDIUM: point.medium,
        Severity.LOW: point.low,
        Severity.INFO: point.info,
        None: point.not_assessed,
    }


def _column(
    place: int,
    point: TrendPoint,
    amounts: dict[Severity | None, int],
    step: float,
    unit: float,
    baseline: float,
    labelled: bool,
    dated: bool,
) -> TrendColumn:
    width = min(step * 0.7, _WIDEST)
    middle = step * (place + 0.5)
    segments = []
    top = baseline
    for part in _PARTS:
        if amounts[part]:
            height = amounts[part] * unit
            top -= height
            segments.append(TrendSegment(part, round(top, 1), round(height, 1)))
    at = moment(point.at)
    return TrendColumn(
        x=round(middle - width / 2, 1),
        width=round(width, 1),
        middle=round(middle, 1),
        segments=tuple(segments),
        total=_total(point) if labelled else "",
        total_y=round(top - 5, 1),
        date=date_words(at) if dated and at else "",
    )


def _total(point: TrendPoint) -> str:
    return f"{point.open:,} + {point.not_assessed:,}?" if point.not_assessed else f"{point.open:,}"


def _labelled(totals: Sequence[int]) -> set[int]:
    if len(totals) <= _MOST_TOTALS:
        return set(range(len(totals)))
    return {0, totals.index(max(totals)), len(totals) - 1}


def _dated(number: int, step: float) -> set[int]:
    """The last column and, going back from it, every one that leaves its neighbour's date room."""
    every = max(1, -int(-_DATE_WIDTH // step))
    return set(range(number - 1, -1, -every))


def _labels(
    used: Sequence[Severity | None], last: dict[Severity | None, int], column: TrendColumn, baseline: float
) -> tuple[TrendLabel, ...]:
    """A label for each part, as near its place in the last column as its neighbours allow, none below the base."""
    middles = {segment.severity: segment.y + segment.height / 2 for segment in column.segments}
    places: list[float] = []
    floor = baseline
    for part in used:
        floor = middles.get(part, floor)
        places.append(min(floor + 4, places[-1] - _LABEL_GAP if places else baseline))
    low = min(places, default=_TOP) - 10
    shift = -low if low < 0 else 0.0
    return tuple(
        TrendLabel(part, f"{last[part]:,} {_name(part)}", round(place + shift, 1))
        for part, place in zip(used, places, strict=True)
    )


def _name(part: Severity | None) -> str:
    return part.value if part is not None else "not assessed"


def _description(points: Sequence[TrendPoint]) -> str:
    first, last = points[0], points[-1]
    most = max(points, key=lambda point: point.open)
    told = [
        f"{count(first.open, 'open finding')} on {_day(first)}",
        f"{count(last.open, 'open finding')} on {_day(last)}",
    ]
    peak = f"; most on {_day(most)}: {most.open:,}" if most.open > max(first.open, last.open) else ""
    unread = f"; {last.not_assessed:,} not assessed in the last" if last.not_assessed else ""
    return f"{count(len(points), 'scan')}: {' and '.join(told)}{peak}{unread}."


def _day(point: TrendPoint) -> str:
    at = moment(point.at)
    return date_words(at) if at else point.at


def _note(points: Sequence[TrendPoint]) -> str:
    """What a reader of the figures must know: that they count findings, and whether the tenants were as many."""
    tenants = sorted({point.tenants for point in points})
    told = "Each figure counts findings, so that a rule that fails for two instances of the app counts twice."
    if any(point.waived for point in points):
        told += " Waived ones are not counted."
    if len(tenants) > 1:
        told += f" The scans were not of the same number of tenants: {listed([f'{number:,}' for number in tenants])}."
    return told
