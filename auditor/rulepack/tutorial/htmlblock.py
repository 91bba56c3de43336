"""HTML inside Markdown: comments dropped, tables as rows of text.

Only the standard library's tolerant parser is used; whatever it cannot make sense of gives no rows.
"""

from html.parser import HTMLParser


def without_comments(content: str) -> str:
    """Return ``content`` with its comments removed; an unfinished one takes the rest with it."""
    kept = []
    rest = content
    while rest:
        before, opened, after = rest.partition("<!--")
        kept.append(before)
        rest = after.partition("-->")[2] if opened else ""
    return "".join(kept)


def rows_of_html(content: str) -> list[list[str]]:
    """Return the rows of the tables in ``content``, cells as text; empty where there is no table."""
    if "<tr" not in content.lower():
        return []
    reader = _Rows()
    reader.feed(content)
    reader.close()
    return [row for row in reader.rows if any(cell.strip() for cell in row)]


class _Rows(HTMLParser):
    """Collects cells; a placeholder such as ``<subdomain>`` looks like a tag and is kept as text."""

    _KNOWN = frozenset(
        [
            "table",
            "thead",
            "tbody",
            "tfoot",
            "tr",
            "td",
            "th",
            "p",
            "div",
            "span",
            "code",
            "strong",
            "b",
            "em",
            "i",
            "a",
            "ul",
            "ol",
            "li",
            "img",
        ]
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
            self._in_cell = False
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._in_cell = True
        elif tag in ("br", "p", "li"):
            self.handle_data("\n")
        elif tag not in self._KNOWN:
            self.handle_data(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data
