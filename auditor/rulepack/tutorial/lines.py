"""The page as a flat run of lines, each knowing its section, its step and whether it is a remark.

Markdown is parsed by markdown-it-py; what these pages do beside Markdown is undone here: steps lettered ``a.`` that
are mere paragraphs, steps indented so far that they parse as code, tables that lack a header row, notes without a
quotation mark. A line is a logical one: a soft-wrapped paragraph is one line, its lettered steps are lines of their
own. Nothing here knows a field's name.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct

from auditor.rulepack.tutorial.htmlblock import rows_of_html, without_comments
from auditor.rulepack.tutorial.text import EMPTY, Style, Text, code_text, from_tokens, plain_text

MAX_INLINE = 4_000
"""Characters of one paragraph or cell; longer ones are not read, and the page's facts say so."""

MAX_NESTING = 20


class LineKind(StrEnum):
    """What a line is made of."""

    TEXT = "text"
    ROW = "row"
    CODE = "code"


class Line(Struct, frozen=True):
    """One logical line of the page."""

    kind: LineKind
    text: Text
    section: str
    step: str | None
    number: int
    """Line in the file, from 1."""
    group: int
    """Counts the top-level steps; lines after a step, up to the next one or a heading, are of its group."""
    block: int
    """Counts the blocks: rows of one table share it."""
    lead: bool = False
    """Begins a top-level step, or is a paragraph outside the lists."""
    labelled: bool = False
    """Begins a lettered or nested numbered step."""
    bullet: bool = False
    note: bool = False
    cells: tuple[Text, ...] = ()
    header: tuple[Text, ...] = ()


class Page(Struct, frozen=True):
    """All lines, and the numbers of those that were too long or too deep to be read."""

    lines: tuple[Line, ...]
    unread: tuple[int, ...]
    title: str | None = None
    """Text of the first heading of the first level."""


_LABEL = re.compile(r"\s*\(?(?:([a-z])[.)](?=\s|[A-Z*])|([A-Z])[.)](?=\s)|(\d{1,2})[.)](?=\s))\s*")
_NOTE_TITLE = re.compile(r"\W*(?:note|tip|important|warning|caution)s?\W*", re.IGNORECASE)
_NOTE_START = re.compile(
    r"\W*(?:(?:note|tip|important|warning|caution)s?\s*[:!\]-]"
    r"|(?:please )?note that\b"
    r"|(?:the )?(?:preceding |above )?(?:these|this|the) (?:[\w-]+ ){0,4}?values? (?:is|are)(?:n['’]t| not)\b)",
    re.IGNORECASE,
)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


def read_lines(body: str, offset: int) -> Page:
    """Return the lines of a page's Markdown; ``offset`` is added to the line numbers."""
    reader = _Reader(offset)
    reader.read(body)
    return Page(tuple(reader.lines), tuple(sorted(set(reader.unread))), reader.title)


class _List(Struct):
    """An open list; ``index`` is the item being read, None for a bulleted list."""

    index: int | None


class _Reader:
    """Walks the block tokens once. Holds only where it is; every line it makes is final."""

    def __init__(self, offset: int) -> None:
        self._markdown = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
        self._markdown.core.ruler.enableOnly(["normalize", "block"])
        self._references: dict[str, object] = {}
        self._offset = offset
        self.lines: list[Line] = []
        self.unread: list[int] = []
        self.title: str | None = None
        self._section = ""
        self._lists: list[_List] = []
        self._quotes = 0
        self._group = 0
        self._block = 0
        self._top: int | None = None
        self._letter: str | None = None
        self._first = False
        self._note_next = False

    def read(self, body: str) -> None:
        tokens = self._markdown.parse(body, self._references)
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.level >= MAX_NESTING - 1 and token.map:
                self.unread.append(self._offset + token.map[0] + 1)
            if token.type == "table_open":
                end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
                self._table(tokens[at:end])
                at = end
            else:
                self._token(token, tokens[at + 1] if at + 1 < len(tokens) else token)
            at += 1

    def _token(self, token: Token, following: Token) -> None:
        match token.type:
            case "heading_open":
                self._heading(following, first_level=token.tag == "h1")
            case "ordered_list_open":
                self._lists.append(_List(int(token.attrs.get("start", 1)) - 1))
            case "bullet_list_open":
                self._lists.append(_List(None))
            case "ordered_list_close" | "bullet_list_close":
                self._lists.pop()
            case "list_item_open":
                self._item()
            case "blockquote_open":
                self._quotes += 1
            case "blockquote_close":
                self._quotes -= 1
            case "paragraph_open":
                self._block += 1
                self._paragraph(self._inline(following.content, following), self._number(following))
            case "fence":
                self._code(token)
            case "code_block":
                self._indented(token)
            case "html_block":
                self._html(token)
            case _:
                pass

    def _heading(self, inline: Token, first_level: bool) -> None:
        self._section = " ".join(self._inline(inline.content, inline).plain.split())
        if first_level:
            self.title = self.title or self._section or None
        self._group += 1
        self._top = self._letter = None

    def _item(self) -> None:
        current = self._lists[-1]
        self._first = True
        if current.index is None:
            return
        current.index += 1
        if self._depth() == 1:
            self._group += 1
            self._top, self._letter = current.index, None
        else:
            self._letter = self._nested_label()

    def _depth(self) -> int:
        return sum(1 for entry in self._lists if entry.index is not None)

    def _nested_label(self) -> str:
        """Nested numbers are rendered as letters, those below them as Roman numerals."""
        indexes = [entry.index for entry in self._lists if entry.index is not None][1:]
        letter = chr(ord("a") + (indexes[0] - 1) % 26)
        romans = [_ROMAN[index - 1] if 1 <= index <= len(_ROMAN) else str(index) for index in indexes[1:]]
        return ".".join([letter, *romans])

    def _paragraph(self, text: Text, number: int) -> None:
        for part, line in _logical_lines(text, number):
            label = _LABEL.match(part.plain)
            body = part
            if label:
                body = part.part(label.end(), len(part.plain))
                while again := _LABEL.match(body.plain):
                    body = body.part(again.end(), len(body.plain))
                if self._depth() < 2 and not label[3]:
                    self._letter = (label[1] or label[2]).lower()
            self._line(body, line, labelled=label is not None)

    def _line(self, text: Text, number: int, labelled: bool) -> None:
        if not text:
            return
        first, self._first = self._first, False
        ordered = bool(self._lists) and self._lists[-1].index is not None
        note = self._is_note(text)
        if text.plain.lstrip().startswith("|"):
            self._pseudo_row(text, number, note)
            return
        self.lines.append(
            self._made(
                LineKind.TEXT,
                text,
                number,
                lead=not labelled and ((first and ordered and self._depth() == 1) or not self._lists),
                labelled=labelled or (first and ordered and self._depth() > 1),
                bullet=first and not ordered,
                note=note,
            )
        )

    def _is_note(self, text: Text) -> bool:
        plain = text.plain
        if self._quotes:
            return True
        if _NOTE_TITLE.fullmatch(plain):
            self._note_next = True
            return True
        pending, self._note_next = self._note_next, False
        return pending or _NOTE_START.match(plain) is not None

    def _made(self, kind: LineKind, text: Text, number: int, **more: object) -> Line:
        step = ".".join(part for part in (str(self._top or ""), self._letter or "") if part) or None
        return Line(kind, text, self._section, step, number, self._group, self._block, **more)  # type: ignore[arg-type]  # the caller's keywords are Line's own

    def _pseudo_row(self, text: Text, number: int, note: bool) -> None:
        """A row of a table that Markdown does not take for one."""
        if not set(text.plain) <= set("|-: \n"):
            self.lines.append(self._made(LineKind.ROW, text, number, note=note, cells=tuple(_split_cells(text))))

    def _table(self, tokens: list[Token]) -> None:
        self._block += 1
        header: tuple[Text, ...] = ()
        cells: list[Text] = []
        for token in tokens:
            if token.type == "tr_open":
                cells = []
            elif token.type == "inline":
                cells.append(self._inline(token.content, token))
            elif token.type == "tr_close":
                if header:
                    self._row(tuple(cells), header, self._number(token))
                else:
                    header = tuple(cells)
                    self._row(header, (), self._number(tokens[0]))

    def _row(self, cells: tuple[Text, ...], header: tuple[Text, ...], number: int) -> None:
        number = number or (self.lines[-1].number if self.lines else 1)
        self.lines.append(self._made(LineKind.ROW, EMPTY, number, note=self._quotes > 0, cells=cells, header=header))

    def _code(self, token: Token) -> None:
        self._block += 1
        number = self._number(token) + 1
        for at, line in enumerate(token.content.split("\n")):
            if line.strip():
                self.lines.append(
                    self._made(LineKind.CODE, code_text(line.strip()), number + at, note=self._quotes > 0)
                )

    def _indented(self, token: Token) -> None:
        """Steps that are indented too far parse as code: they are read as paragraphs all the same."""
        self._block += 1
        for at, line in enumerate(token.content.split("\n")):
            if line.strip():
                self._paragraph(self._inline(line.strip(), token), self._number(token) + at)

    def _html(self, token: Token) -> None:
        self._block += 1
        content = without_comments(token.content)
        rows = rows_of_html(content) if len(content) <= 5 * MAX_INLINE else []
        if rows:
            header = tuple(plain_text(cell) for cell in rows[0])
            self._row(header, (), self._number(token))
            for row in rows[1:]:
                self._row(tuple(plain_text(cell) for cell in row), header, self._number(token))
            return
        if content.strip():
            self._paragraph(self._inline(content.strip(), token), self._number(token))

    def _inline(self, content: str, token: Token) -> Text:
        if len(content) > MAX_INLINE:
            self.unread.append(self._number(token))
            return EMPTY
        children: list[Token] = []
        self._markdown.inline.parse(content, self._markdown, self._references, children)
        return from_tokens(children)

    def _number(self, token: Token) -> int:
        return self._offset + token.map[0] + 1 if token.map else 0


def _logical_lines(text: Text, number: int) -> Iterator[tuple[Text, int]]:
    """Split where a lettered step or a row begins at the start of a source line."""
    start = 0
    first = number
    for at, char in enumerate(text.plain):
        if char != "\n":
            continue
        number += 1
        rest = text.plain[at + 1 : at + 12]
        if _LABEL.match(rest) or rest.lstrip().startswith("|") or text.plain[start:at].lstrip().startswith("|"):
            yield text.part(start, at), first
            start, first = at + 1, number
    yield text.part(start, len(text.plain)), first


def _split_cells(text: Text) -> Iterator[Text]:
    start = 0
    masked = text.masked(Style.CODE)
    for at, char in enumerate(masked):
        if char == "|":
            if cell := text.part(start, at):
                yield cell
            start = at + 1
    if cell := text.part(start, len(masked)):
        yield cell
