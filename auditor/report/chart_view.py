"""Charts as the templates draw them: places and sizes in the chart's own units, texts unescaped."""

from msgspec import Struct

from auditor.model.rule import Severity
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


class TrendSegment(Struct, frozen=True):
    """A part of a column; ``severity`` is None for what was not assessed."""

    severity: Severity | None
    y: float
    height: float


class TrendColumn(Struct, frozen=True):
    """One scan: its open findings from the most severe upwards, and on top what was not assessed."""

    x: float
    width: float
    middle: float
    segments: tuple[TrendSegment, ...]
    total: str
    """What stands above the column; empty where columns stand too close for every one to be labelled."""
    total_y: float
    date: str
    """What stands below it, or nothing."""


class TrendLabel(Struct, frozen=True):
    """The name of a part, beside the last column."""

    severity: Severity | None
    text: str
    y: float


class TrendRow(Struct, frozen=True):
    """The same figures as text, one scan a row: ``figures`` in the order of the chart's ``headings``."""

    at: str
    scan: str
    figures: tuple[int, ...]


class Trend(Struct, frozen=True):
    """Open findings over several scans, as a chart of ``width`` by ``height`` units and as rows."""

    id: str
    title: str
    description: str
    note: str
    width: float
    height: float
    baseline: float
    right: float
    """Where the columns end and their labels begin."""
    columns: tuple[TrendColumn, ...]
    labels: tuple[TrendLabel, ...]
    headings: tuple[str, ...]
    rows: tuple[TrendRow, ...]


class ChangeMark(Struct, frozen=True):
    """A change on the changes' time line: its number in the report, and where it stands."""

    number: int
    mark: Mark
    x: float
    y: float


class ChangesLine(Struct, frozen=True):
    """The changes between two scans as a chart of ``width`` by ``height`` units."""

    id: str
    title: str
    description: str
    width: float
    height: float
    axis: float
    left: float
    right: float
    marks: tuple[ChangeMark, ...]
    ends: tuple[Tick, ...]
    """The two scans."""
    undated: str
    """What is to be said of changes whose time is not known; blank where there are none."""
