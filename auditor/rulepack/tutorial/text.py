"""A run of inline Markdown as spans: which characters are code, bold, or a link.

Recognition works on :attr:`Text.plain`, the characters as a reader sees them, and asks the spans how they were set.
Nothing here knows what a tutorial is about.
"""

from collections.abc import Iterable, Iterator
from enum import Flag, auto
from html import unescape

from markdown_it.token import Token
from msgspec import Struct


class Style(Flag):
    """How a span is set."""

    PLAIN = 0
    CODE = auto()
    STRONG = auto()
    EMPHASIS = auto()
    LINK = auto()


class Span(Struct, frozen=True):
    """Characters of one style. ``start`` is their place in :attr:`Text.plain`."""

    text: str
    style: Style
    start: int
    href: str | None = None

    @property
    def end(self) -> int:
        """The place after the last character."""
        return self.start + len(self.text)


class Text(Struct, frozen=True):
    """Inline content: escapes undone, images and comments dropped, a line break as the newline character."""

    plain: str
    spans: tuple[Span, ...]

    def __bool__(self) -> bool:
        return bool(self.plain.strip())

    def part(self, start: int, end: int) -> "Text":
        """The characters from ``start`` to ``end`` as a text of their own."""
        return _text(
            (span.text[max(0, start - span.start) : end - span.start], span.style, span.href)
            for span in self.spans
            if span.start < end and span.end > start
        )

    def styled(self, style: Style) -> Iterator[Span]:
        """The spans that carry ``style``."""
        return (span for span in self.spans if style in span.style)

    def masked(self, style: Style) -> str:
        """:attr:`plain` with the characters of ``style`` made into NULs, so that places stay as they are."""
        return "".join("\0" * len(span.text) if span.style & style else span.text for span in self.spans)


EMPTY = Text("", ())

_TAGS = frozenset(
    [
        "a",
        "b",
        "i",
        "u",
        "s",
        "em",
        "strong",
        "span",
        "div",
        "p",
        "img",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "sup",
        "sub",
        "font",
        "center",
        "kbd",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "details",
        "summary",
        "blockquote",
        "section",
        "small",
        "big",
        "mark",
        "del",
        "ins",
        "video",
        "iframe",
    ]
)


def plain_text(text: str) -> Text:
    """Text with no style at all."""
    return _text([(text, Style.PLAIN, None)])


def code_text(text: str) -> Text:
    """Text that is code from end to end."""
    return _text([(text, Style.CODE, None)])


def from_tokens(tokens: list[Token]) -> Text:
    """Return the text of the children of one inline token."""
    return _text(_pieces(tokens))


Piece = tuple[str, Style, str | None]


def _pieces(tokens: list[Token]) -> Iterator[Piece]:
    opening = {"strong_open": Style.STRONG, "em_open": Style.EMPHASIS}
    closing = {"strong_close": Style.STRONG, "em_close": Style.EMPHASIS}
    depth = dict.fromkeys((Style.STRONG, Style.EMPHASIS), 0)
    links: list[str] = []
    for token in tokens:
        if token.type in opening:
            depth[opening[token.type]] += 1
        elif token.type in closing:
            depth[closing[token.type]] -= 1
        elif token.type == "link_open":
            links.append(str(token.attrs.get("href", "")))
        elif token.type == "link_close" and links:
            links.pop()
        style = Style.LINK if links else Style.PLAIN
        for flag, count in depth.items():
            style |= flag if count > 0 else Style.PLAIN
        href = links[-1] if links else None
        if token.type in ("text", "text_special"):
            yield token.content, style, href
        elif token.type == "code_inline":
            yield unescape(token.content), style | Style.CODE, href
        elif token.type in ("softbreak", "hardbreak"):
            yield "\n", style, href
        elif token.type == "html_inline":
            yield _html_text(token.content), style, href


def _html_text(content: str) -> str:
    """What a reader sees of a tag: a placeholder such as ``<subdomain>`` parses as one, and is kept."""
    if content.startswith("<!--"):
        return ""
    name = content.strip("</> ").split(maxsplit=1)[0].strip("/").lower() if content.strip("</> ") else ""
    if name == "br":
        return "\n"
    return "" if name in _TAGS else content


def _text(pieces: Iterable[Piece]) -> Text:
    spans: list[Span] = []
    at = 0
    for text, style, href in pieces:
        if not text:
            continue
        last = spans[-1] if spans else None
        if last is not None and last.style == style and last.href == href and Style.CODE not in style:
            spans[-1] = Span(last.text + text, style, last.start, href)
        else:
            spans.append(Span(text, style, at, href))
        at += len(text)
    return Text("".join(span.text for span in spans), tuple(spans))
