"""Gathers, line by line, what the Basic SAML Configuration asks of each field; nothing is weighed here.

A line that names a field as the place of a value opens it; values are taken from that line and from what follows
(rows, bullets, lines that are a value and little else) until another step begins.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from auditor.rulepack.tutorial.facts import Citation, Field, Initiation
from auditor.rulepack.tutorial.fields import fields_of, mentions, targets
from auditor.rulepack.tutorial.lines import Line, LineKind
from auditor.rulepack.tutorial.literals import Literal, literals, set_words
from auditor.rulepack.tutorial.text import Text
from auditor.rulepack.tutorial.zone import Place, ZoneLine, modes

_BLANK = re.compile(
    r"(?P<if>\bif\b[^.]{0,80})?(?P<not>\b(?:not|never|cannot|can['’]t|don['’]t)\s+)?"
    r"(?:\b(?:keep|leave|left|kept|remains?|leaving)\b[^.`]{0,80}?\b(?:blank|empty)\b"
    r"|\b(?:make\s+no\s+entry|skip|do(?:n['’]t|\s+not)\s+enter\s+(?:anything|any\s+value|a\s+value))\b"
    r"|\b(?:should|must|can|may)\s+be\s+(?:blank|empty)\b"
    r"|(?:^|[(\-–:])\s*(?:blank|empty)\s*(?:[)]|$))",
    re.IGNORECASE,
)
_AUTOFILLED = re.compile(
    r"auto[\s-]*pop|automatically\s+(?:pop|fill|set)|get\s+populated|pre-?\s?populated|pre-?\s?filled",
    re.IGNORECASE,
)
_PREINTEGRATED = re.compile(
    r"pre-?\s?integrated|already\s+pre-?\s?(?:populated|filled|configured)|application\s+is\s+pre-?\s?configured"
    r"|\b(?:not|n['’]t|no\s+need\s+to)\s+(?:have\s+to\s+|need\s+to\s+)?perform\s+any\s+steps?",
    re.IGNORECASE,
)
_SUGGESTED = re.compile(r"\bas an example\b|\buser chosen\b|\bany (?:unique )?value\b|\bby default\b", re.IGNORECASE)
_PATTERN_SAID = re.compile(r"\bpatterns?\b|\bformats?\b|\bformulas?\b|\bsyntax\b", re.IGNORECASE)
_NO_VALUES = frozenset({"yes", "no", "required", "optional", "mandatory", "n/a", "none", "text", "string", "url"})
_OPTIONAL_HEADS = frozenset({"example", "examples", "sample", "description", "notes", "note", "comment", "comments"})


class Given(Struct, frozen=True):
    """One thing that a line asks of a field: a value, "leave it blank" (``blank``), or a value not printed."""

    field: Field
    citation: Citation
    place: Place
    zone: int
    initiation: Initiation | None
    value: str | None = None
    blank: bool = False
    example: bool = False
    said_pattern: bool = False


class _Open(Struct):
    """The field (or fields) that values go to just now."""

    fields: tuple[Field, ...]
    citation: Citation
    initiation: Initiation | None
    zone: int
    said_pattern: bool
    suggested: bool
    filled: bool = False


class Collector:
    """Reads the lines of the zone in order; holds the open field and the mode."""

    def __init__(self, date: str | None) -> None:
        self._date = date
        self.given: list[Given] = []
        self.preintegrated: Citation | None = None
        self._open: _Open | None = None
        self._initiation: Initiation | None = None
        self._group: int | None = None
        self._block: int | None = None
        self._columns: tuple[tuple[Field, ...], ...] = ()
        self._skip: frozenset[int] = frozenset()

    def take(self, zone_line: ZoneLine) -> None:
        """Read the next line of the zone."""
        line = zone_line.line
        if line.group != self._group:
            self._group, self._initiation, self._open = line.group, None, None
        if zone_line.place is not Place.INSIDE:
            if zone_line.place is Place.RETURN or line.labelled:
                self._sentence(zone_line, weak=True)
            return
        if line.kind is LineKind.ROW:
            self._row(zone_line)
        elif line.kind is LineKind.CODE:
            self._follow(literals(line.text), zone_line)
        else:
            self._sentence(zone_line, weak=False)

    def _sentence(self, zone_line: ZoneLine, weak: bool) -> None:
        line = zone_line.line
        said = modes(line.text.plain)
        before = self._initiation
        if said and not weak:
            self._initiation = said[-1][1]
        filled = list(self._filled(zone_line))
        places = [
            place for place in targets(line.text) if not any(since <= place[1] < until for since, until in filled)
        ]
        if places:
            self._places(zone_line, places, said, before)
        elif weak:
            return
        elif filled or line.labelled or (line.lead and not literals(line.text)):
            self._open = None
        else:
            self._follow(literals(line.text), zone_line)
        if weak:
            self._open = None

    def _filled(self, zone_line: ZoneLine) -> Iterator[tuple[int, int]]:
        """Yield the sentences that say that the portal fills a field by itself, noting which fields."""
        line = zone_line.line
        for since, until in _sentences(line.text.plain):
            sentence = line.text.plain[since:until]
            if _PREINTEGRATED.search(sentence):
                if zone_line.place is Place.INSIDE:
                    self.preintegrated = self.preintegrated or self._cite(line)
                yield since, until
            elif _AUTOFILLED.search(sentence):
                for mention in mentions(line.text):
                    if mention.field and since <= mention.start < until:
                        self.given.append(
                            Given(mention.field, self._cite(line), zone_line.place, zone_line.zone, self._initiation)
                        )
                yield since, until

    def _places(
        self,
        zone_line: ZoneLine,
        places: list[tuple[tuple[Field | None, ...], int, int]],
        said: list[tuple[int, Initiation | None]],
        before: Initiation | None,
    ) -> None:
        """Give each place of the line the values that follow it; those before the first place are the first's."""
        line = zone_line.line
        printed = literals(line.text)
        size = len(line.text.plain)
        cuts = _cuts(line.text.plain, places)
        for (fields, start, end), since, until in zip(places, cuts, (*cuts[1:], size), strict=True):
            named = tuple(field for field in fields if field is not None)
            segment = line.text.plain[since:until]
            self._open = _Open(
                named,
                self._cite(line),
                _mode_at(start, said, before),
                zone_line.zone,
                _PATTERN_SAID.search(segment) is not None,
                _SUGGESTED.search(segment) is not None,
            )
            if not named:
                self._open = None
                continue
            own = [literal for literal in printed if since <= literal.start < until]
            own = own or set_words(line.text, end, until)
            if own:
                self._add(own, zone_line.place)
            elif _is_blank(segment):
                self._put(zone_line.place, blank=True)
            else:
                self._put(zone_line.place)

    def _follow(self, found: list[Literal], zone_line: ZoneLine) -> None:
        """Values on a line of its own belong to the open field, where the line is little else than a value."""
        if self._open is None:
            return
        line = zone_line.line
        plain = line.text.plain
        if not found:
            if line.kind is LineKind.TEXT and not self._open.filled and _is_blank(plain):
                self._put(zone_line.place, blank=True)
            return
        words = len(re.findall(r"\w+", _outside(plain, found)))
        prose = words > 14 and not line.bullet
        addresses = [literal for literal in found if literal.code or not any(char.isspace() for char in literal.value)]
        if addresses and not (prose and self._open.filled):
            self._add(addresses, zone_line.place)

    def _row(self, zone_line: ZoneLine) -> None:
        line = zone_line.line
        if line.block != self._block or not line.header:
            self._begin_table(line)
        first = fields_of(line.cells[0].plain) if len(line.cells) > 1 else ()
        if first and not (any(self._columns) and not line.header):
            self._open_for(first, line, zone_line)
            for at, cell in enumerate(line.cells[1:], 1):
                if at not in self._skip:
                    self._cell(cell, line, zone_line, whole_column=True)
            self._open = None
            return
        for at, cell in enumerate(line.cells):
            if at in self._skip:
                continue
            column = self._columns[at] if at < len(self._columns) else ()
            if column and line.header:
                self._open_for(column, line, zone_line)
            self._cell(cell, line, zone_line, whole_column=bool(column))
        if sum(1 for column in self._columns if column) > 1:
            self._open = None

    def _begin_table(self, line: Line) -> None:
        cells = line.header or line.cells
        names = [cell.plain for cell in cells]
        self._block = line.block
        self._columns = tuple(fields_of(name) for name in names)
        several = len(cells) > 1
        self._skip = frozenset(
            at for at, name in enumerate(names) if several and name.strip(" *:").lower() in _OPTIONAL_HEADS
        )

    def _open_for(self, fields: tuple[Field, ...], line: Line, zone_line: ZoneLine) -> None:
        said_pattern = self._open.said_pattern if self._open else True
        citation = self._open.citation if self._open and self._open.fields == fields else self._cite(line)
        initiation = self._open.initiation if self._open else self._initiation
        self._open = _Open(fields, citation, initiation, zone_line.zone, said_pattern, False)

    def _cell(self, cell: Text, line: Line, zone_line: ZoneLine, whole_column: bool = False) -> None:
        if self._open is None:
            return
        found = literals(cell)
        plain = cell.plain.strip()
        if whole_column and not found and _is_blank(plain):
            self._put(zone_line.place, blank=True)
        elif whole_column and not found and line.header and _is_word(plain):
            found = [Literal(plain, 0, len(plain))]
        if found:
            self._add(found, zone_line.place)

    def _add(self, found: Iterable[Literal], place: Place) -> None:
        for literal in found:
            self._put(place, value=literal.value, example=literal.example)

    def _put(self, place: Place, value: str | None = None, blank: bool = False, example: bool = False) -> None:
        opened = self._open
        if opened is None:
            return
        opened.filled = opened.filled or value is not None
        for field in opened.fields:
            self.given.append(
                Given(
                    field,
                    opened.citation,
                    place,
                    opened.zone,
                    opened.initiation,
                    value,
                    blank,
                    example or opened.suggested,
                    opened.said_pattern,
                )
            )

    def _cite(self, line: Line) -> Citation:
        return Citation(line.section, line.step, self._date, line.number)


def _mode_at(start: int, said: list[tuple[int, Initiation | None]], before: Initiation | None) -> Initiation | None:
    """The mode of a place: what the line last said before it, what it says at all, what was said above."""
    if not said:
        return before
    earlier = [mode for at, mode in said if at < start]
    return earlier[-1] if earlier else said[0][1]


def _cuts(plain: str, places: list[tuple[tuple[Field | None, ...], int, int]]) -> list[int]:
    """Where the words about each place begin: with its sentence, if no other place is named in that before it."""
    begins = [since for since, _ in _sentences(plain)]
    cuts = [0]
    for before, place in pairwise(places):
        sentence = max(begin for begin in begins if begin <= place[1])
        cuts.append(sentence if sentence >= before[2] else place[1])
    return cuts


def _is_blank(plain: str) -> bool:
    return any(not match["if"] and not match["not"] for match in _BLANK.finditer(plain))


def _outside(plain: str, found: Iterable[Literal]) -> str:
    kept = list(plain)
    for literal in found:
        kept[literal.start : literal.end] = " " * (literal.end - literal.start)
    return "".join(kept)


def _sentences(plain: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in re.finditer(r"[.!?](?=\s+[A-Z*])", plain):
        yield start, match.end()
        start = match.end()
    yield start, len(plain)


def _is_word(plain: str) -> bool:
    """Whether a cell's text is one word that can be a value."""
    return re.fullmatch(r"\S*[\w/]\S*", plain) is not None and plain.lower() not in _NO_VALUES
