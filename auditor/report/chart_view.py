"""The certificates' time line as the templates draw it: places and sizes in the chart's own units, texts unescaped."""

from msgspec import Struct

from auditor.report.words import Mark


class TimelineBar(Struct, frozen=True):
    """A certificate on the time line, in the chart's own units."""

    label: str
    note: str
    mark: Mark
    x: float
    width: float
    y: float
    active: bool
    begins_before: bool
    ends_after: bool
    """Whether its validity goes past an edge of the chart."""


class Tick(Struct, frozen=True):
    """A year on the time line."""

    x: float
    label: str


class Timeline(Struct, frozen=True):
    """The certificates of an instance as a chart of ``width`` by ``height`` units."""

    id: str
    title: str
    description: str
    width: float
    height: float
    today: float
    today_label: str
    today_x: float
    """Where the label's middle stands, so that it is not cut off at an edge."""
    label_width: float
    bars: tuple[TimelineBar, ...]
    ticks: tuple[Tick, ...]
