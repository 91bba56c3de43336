"""The geometry of the certificates' time line: spans of time to bars of a chart. The template draws, nothing here does.

The chart covers the spans and today, but no more than six years to either side of today, so that one certificate
that lasts until 9999 does not press the others into a line; a bar that goes past an edge says so.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from auditor.report.chart_view import Tick, Timeline, TimelineBar
from auditor.report.words import Mark, date_words

_WIDTH = 680.0
_LABEL = 190.0
_TOP = 24.0
_ROW = 38.0
_BOTTOM = 22.0
_HALF_LABEL = 48.0
_HALF_TICK = 14.0
_REACH = timedelta(days=6 * 365)
_MARGIN = timedelta(days=60)


class Span(Struct, frozen=True):
    """A certificate's validity; times in UTC."""

    label: str
    note: str
    mark: Mark
    begins: datetime
    ends: datetime
    active: bool


def draw(spans: Sequence[Span], now: datetime, *, chart_id: str, title: str, description: str) -> Timeline:
    """The chart of at least one span."""
    earliest, latest = _minus(now, _REACH), _plus(now, _REACH)
    first = max(earliest, min([now, *(span.begins for span in spans)]))
    last = min(latest, max([now, *(span.ends for span in spans)]))
    first, last = _minus(first, _MARGIN), _plus(last, _MARGIN)
    length = (last - first).total_seconds()

    def x(at: datetime) -> float:
        share = (min(max(at, first), last) - first).total_seconds() / length
        return round(_LABEL + share * (_WIDTH - _LABEL), 1)

    def fits(year: int) -> bool:
        return _LABEL + _HALF_TICK <= x(now.replace(year=year, month=1, day=1)) <= _WIDTH - _HALF_TICK

    bars = tuple(_bar(span, x, first, last, _TOP + _ROW * place) for place, span in enumerate(spans))
    years = range(first.year + 1, last.year + 1)
    step = max(1, len(years) // 12)
    return Timeline(
        id=chart_id,
        title=title,
        description=description,
        width=_WIDTH,
        height=_TOP + _ROW * len(spans) + _BOTTOM,
        today=x(now),
        today_label=f"today, {date_words(now)}",
        today_x=min(max(x(now), _LABEL + _HALF_LABEL), _WIDTH - _HALF_LABEL),
        label_width=_LABEL,
        bars=bars,
        ticks=tuple(
            Tick(x(now.replace(year=year, month=1, day=1)), str(year))
            for year in years
            if year % step == 0 and fits(year)
        ),
    )


def _bar(span: Span, x: Callable[[datetime], float], first: datetime, last: datetime, y: float) -> TimelineBar:
    left = x(span.begins)
    return TimelineBar(
        label=span.label,
        note=span.note,
        mark=span.mark,
        x=left,
        width=max(round(x(span.ends) - left, 1), 2.0),
        y=y,
        active=span.active,
        begins_before=span.begins < first,
        ends_after=span.ends > last,
    )


def _minus(at: datetime, by: timedelta) -> datetime:
    try:
        return at - by
    except OverflowError:
        return datetime.min.replace(tzinfo=at.tzinfo)


def _plus(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return datetime.max.replace(tzinfo=at.tzinfo)
