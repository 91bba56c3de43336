"""The values printed in a line: addresses, URNs, and the words that the page sets as a value.

A value stands as printed, stray spaces within backticks dropped and Markdown escapes undone. What merely illustrates
(an example beside the value, the beginning of an address, an explanation of a placeholder) is told apart.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from auditor.rulepack.tutorial.text import Span, Style, Text

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,11}://|urn:|spn:|api://)"
    r"(?:<[^<>\n]{1,80}>|\{[^{}\n]{1,80}\}|\[[^\[\]\n]{1,80}\]|[^\s<>\[\]{}|`\"”“])+",
    re.IGNORECASE,
)
_LEADING_PLACEHOLDER = re.compile(r"<[^<>\n]{1,60}>[./:][^\s|`]+")
_BARE_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]{1,11}:(?://)?(?:www\.)?\.*)|[\W_]*", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"(?:\bfor (?:example|instance)|\be\.\s?g\b\.?|\be\.?x\b[.:]|\bi\.e\b\.?|\bsuch as|\bexamples?\b|\bsample\b"
    r"|\b(?:urls?|values?|patterns?|something|looks?|be) like\b)(?:(?!\.\s+[A-Z])[^\n]){0,200}$",
    re.IGNORECASE,
)
_EXPLANATION = re.compile(
    r"(?:\b(?:where|replace|substitute|substituting|placeholder|starts? with|begins? with|ends? with|append(?:ed)?"
    r"|instead of|without|remove|downloadable at|metadata at|available at|go to|open|navigate to|log ?in to|browse to"
    r"|visit|parameter)\b)[^`\n.]{0,60}$",
    re.IGNORECASE,
)
_SET_AS_VALUE = re.compile(
    r"(?:\b(?:type|enter|use|put|input|write)|\b(?:value|string|text|url|identifier|following|as|to|is)"
    r"(?:\s+(?:as|is|of|to))?|:)\s*:?\s*[\"“‘']?$",
    re.IGNORECASE,
)
_TAKEN = re.compile(r"\b(?:cop(?:y|ied)|pasted?|select|click|choose|upload)\b", re.IGNORECASE)
_WORD_AFTER_COLON = re.compile(r"(?:value|string|text)(?:\s+(?:as|is))?\s*:\s*(?P<word>[\w.:/+-]+)\s*$", re.IGNORECASE)
_SPLIT = re.compile(r"[,;]?\s+(?:or\s+)?(?=[a-z][a-z0-9+.-]{1,11}://)|\n", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPACE_OUTSIDE = re.compile(r"\s+(?![^<]*>|[^{]*\}|[^\[]*\])")

_REACH = 240
"""Characters before a value that may say what it is."""


class Literal(Struct, frozen=True):
    """A printed value and its place in the line."""

    value: str
    start: int
    end: int
    example: bool = False
    """The page offers it as an example."""
    code: bool = False


def literals(text: Text) -> list[Literal]:
    """Return the values of a line in reading order."""
    found = [literal for span in text.styled(Style.CODE) for literal in _of_code(text, span)]
    found += _of_prose(text)
    found.sort(key=lambda literal: literal.start)
    return _without_fragments(found)


def set_words(text: Text, start: int, end: int) -> list[Literal]:
    """Return what is set as a value between two places without being an address or code: bold, quoted, or last."""
    part = text.part(start, end)
    if _TAKEN.search(part.plain):
        return []
    for span in part.spans:
        word = span.text.strip().strip("\"“”‘’'")
        styled = span.style & (Style.STRONG | Style.EMPHASIS) and not span.style & (Style.CODE | Style.LINK)
        after = part.plain[span.end :].strip(" .\"”’'\n")
        if styled and word and not after and _SET_AS_VALUE.search(part.plain[: span.start]):
            return [Literal(word, start + span.start, start + span.end)]
    quoted = re.search(r"[\"“]([^\"“”\n]{1,120})[\"”]\s*\.?\s*$", part.plain)
    if quoted and _SET_AS_VALUE.search(part.plain[: quoted.start()]):
        return [Literal(quoted[1].strip(), start + quoted.start(), start + quoted.end())]
    last = _WORD_AFTER_COLON.search(part.masked(Style.LINK))
    if last:
        return [Literal(last["word"].rstrip("."), start + last.start("word"), start + last.end("word"))]
    return []


def is_address(value: str) -> bool:
    """Whether the whole value has the form of a URL or a URN."""
    return _ADDRESS.fullmatch(value) is not None


def _of_code(text: Text, span: Span) -> Iterator[Literal]:
    before = _before(text.plain, span.start)
    if _EXPLANATION.search(before):
        return
    example = _EXAMPLE.search(before) is not None
    for raw in _SPLIT.split(span.text):
        value = _tidy(raw)
        if value and not _BARE_SCHEME.fullmatch(value):
            yield Literal(value, span.start, span.end, example, code=True)


def _of_prose(text: Text) -> Iterator[Literal]:
    """Addresses outside backticks; the address that a link leads to is none, its text may be one."""
    masked = text.masked(Style.CODE)
    for match in (*_ADDRESS.finditer(masked), *_LEADING_PLACEHOLDER.finditer(masked)):
        before = _before(masked, match.start())
        value = _tidy(match[0].rstrip(".,;:)'\"’*"))
        if "\0" not in value and not _BARE_SCHEME.fullmatch(value) and not _EXPLANATION.search(before):
            yield Literal(value, match.start(), match.end(), _EXAMPLE.search(before) is not None)


def _before(plain: str, start: int) -> str:
    """The words of the same source line that lead to a place; far ones have no say, and cost time."""
    return plain[max(0, start - _REACH) : start].rsplit("\n", 1)[-1]


def _tidy(raw: str) -> str:
    value = _ESCAPED.sub(r"\1", raw.strip()).strip()
    return _SPACE_OUTSIDE.sub("", value) if _ADDRESS.match(value) or "://" in value else value


def _without_fragments(found: list[Literal]) -> list[Literal]:
    """Drop a placeholder or a piece that an earlier value of the line contains, and repeated places."""
    kept: list[Literal] = []
    for literal in found:
        fragment = literal.value[:1] + literal.value[-1:] in ("<>", "{}", "[]") and any(
            literal.value in other.value for other in kept
        )
        overlap = any(literal.start < other.end and not literal.code and literal.start >= other.start for other in kept)
        if not fragment and not overlap:
            kept.append(literal)
    return kept
