"""A worksheet with typed, safe cells: text is text, dates are dates, and nothing computes or links.

Every text goes in as a string, never as a formula, a number or a link, whatever it looks like; one that a spreadsheet
could take for a formula when somebody edits the cell carries Excel's own quote prefix, so that it stays text and reads
as it was. Hidden characters are written out. Source: ECMA-376 (quotePrefix); Microsoft, "Excel specifications and
limits"; OWASP, "CSV Injection".
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from auditor.report.text import looks_like_formula, visible

MOST_CHARACTERS = 32_767
"""Of a cell, in UTF-16 code units, as Excel counts."""
MOST_ROWS = 1_048_576
"""Of a worksheet, the header included."""

Value = str | int | datetime | date | None

_LINE_HEIGHT = 15
"""Of a line of text, in points. Heights are written out: not every program works them out when it opens a file."""
_MOST_LINES = 12
"""Shown of a cell; the rest is there, and is seen when the row is made higher."""
_WORDS_BREAK = 1.15
"""Lines take so much more than their characters would, because words are not broken."""
_FILTER_BUTTON = 2
"""Characters that a filter's button takes of a heading."""


class Column(Struct, frozen=True):
    """A column: its heading, its width in characters, and whether long texts wrap."""

    title: str
    width: int
    wrap: bool = False


COLOURS = {
    "Fail": "#a4161a",
    "Not compliant": "#a4161a",
    "Unknown": "#7a4b00",
    "Not known": "#7a4b00",
    "Waived": "#5a3d8a",
    "Pass": "#1b6b3a",
    "Compliant": "#1b6b3a",
    "Critical": "#a4161a",
    "High": "#a4161a",
    "Regression": "#a4161a",
    "Improvement": "#1b6b3a",
}
"""Words that get a colour and bold type where they are a whole cell; the word itself says it all."""


class Book:
    """A workbook and its formats; each is made once, for there are few kinds of cell."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, **properties: Any) -> Any:
        """The format with these properties of XlsxWriter's, and text at the top of its cell."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format({"valign": "top", **properties})
        return self._formats[key]

    def write(self, sheet: Any, row: int, place: int, value: Value, **properties: Any) -> None:
        """One cell, by the type of ``value``; None leaves it empty."""
        if value is None or value == "":
            return
        if isinstance(value, datetime):
            self._time(sheet, row, place, value, properties)
        elif isinstance(value, date):
            if value.year < 1900:
                return self.write(sheet, row, place, value.isoformat(), **properties)
            sheet.write_datetime(
                row, place, value, self.style(**{"num_format": "yyyy-mm-dd", "align": "left", **properties})
            )
        elif isinstance(value, int):
            sheet.write_number(row, place, value, self.style(**{"num_format": "#,##0", **properties}))
        else:
            text = cell_text(value)
            if looks_like_formula(value):
                properties = {**properties, "quote_prefix": True}
            elif text in COLOURS:
                properties = {**properties, "font_color": COLOURS[text], "bold": True}
            sheet.write_string(row, place, text, self.style(**properties))
        return None

    def _time(self, sheet: Any, row: int, place: int, value: datetime, properties: dict[str, Any]) -> None:
        """Excel's calendar begins in 1900 and knows no zone: the headings say UTC."""
        if value.year < 1900:
            return self.write(sheet, row, place, value.isoformat(), **properties)
        style = self.style(**{"num_format": "yyyy-mm-dd hh:mm", "align": "left", **properties})
        sheet.write_datetime(row, place, value.replace(tzinfo=None), style)
        return None

    def table(
        self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]], *, most: int = MOST_ROWS - 200
    ) -> Any:
        """A sheet of rows under a frozen header with filters; past ``most`` rows, the last line tells how many."""
        sheet = self.workbook.add_worksheet(name)
        self.header(sheet, 0, columns)
        sheet.freeze_panes(1, 0)
        last = self.rows(sheet, 1, columns, rows, most)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        sheet.repeat_rows(0)
        return sheet

    def header(self, sheet: Any, row: int, columns: Sequence[Column]) -> None:
        """Headings in ``row``, with the columns' widths; printed on landscape pages as wide as the columns."""
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(
                row, place, column.title, self.style(bold=True, bg_color="#e7ebf0", bottom=1, text_wrap=True)
            )
        lines = max(_lines(column.title, column.width - _FILTER_BUTTON) for column in columns)
        sheet.set_row(row, _LINE_HEIGHT * lines)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def rows(
        self,
        sheet: Any,
        first: int,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Value]],
        most: int = MOST_ROWS - 200,
    ) -> int:
        """Write them from row ``first`` on; the number of the last one written."""
        row, total = first - 1, 0
        for values in rows:
            total += 1
            if total > most:
                continue
            row += 1
            for place, (column, value) in enumerate(zip(columns, values, strict=True)):
                self.write(sheet, row, place, value, text_wrap=column.wrap)
            wrapped = (value for column, value in zip(columns, values, strict=True) if column.wrap)
            widths = (column.width for column in columns if column.wrap)
            lines = max((_lines(text, width) for text, width in zip(wrapped, widths, strict=True)), default=1)
            if lines > 1:
                sheet.set_row(row, _LINE_HEIGHT * min(lines, _MOST_LINES))
        if total > most:
            told = f"The first {most:,} of {total:,} rows are here; results.json has them all."
            sheet.write_string(row + 1, 0, told, self.style(bold=True))
        elif total == 0:
            sheet.write_string(first, 0, "none", self.style(italic=True))
        return row


def _lines(value: Value, width: int) -> int:
    """How many lines a value takes in a column of this width."""
    if not isinstance(value, str):
        return 1
    return sum(max(1, math.ceil(len(line) * _WORDS_BREAK / width)) for line in value.split("\n"))


def cell_text(text: str) -> str:
    """``text`` as a cell shows it: hidden characters written out; one too long for a cell cut, and its length told."""
    shown = visible(text)
    if len(shown) * 2 <= MOST_CHARACTERS or _units(shown) <= MOST_CHARACTERS:
        return shown
    note = f"… [cut: {len(text):,} characters in all]"
    kept = shown[: MOST_CHARACTERS - len(note)]
    while _units(kept) > MOST_CHARACTERS - len(note):
        kept = kept[: len(kept) - max(1, (_units(kept) - MOST_CHARACTERS + len(note)) // 2)]
    return kept + note


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
