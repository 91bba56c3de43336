"""From bytes of unknown origin to the text of a page, its front matter apart.

This is the gate: what is too large, binary, or a web page ends here with an error that says what to do. It bounds
what the Markdown parser will see and must never let a hostile file through to it unbounded.
"""

from datetime import date

import yaml
from msgspec import Struct

from auditor.rulepack.tutorial.errors import TutorialError

MAX_BYTES = 256 * 1024
"""The longest tutorials known are below 100 KB; a caller that reads a file need not read further than this."""

MAX_LINES = 10_000

_SOURCE_HINT = "give the page's Markdown source: a file from the documentation's repository, ending in .md"
_HTML_STARTS = ("<!doctype", "<html", "<head", "<body", "<?xml")


class Source(Struct, frozen=True):
    """The text below the front matter. ``offset`` is the number of lines above it in the file."""

    body: str
    offset: int
    title: str | None
    date: str | None


def read_source(data: str | bytes) -> Source:
    """Return the page's text and front matter.

    Raises :class:`TutorialError` for what is too large, holds no text, is binary, or is HTML. Text that is merely
    no tutorial passes. UTF-8 and UTF-16 with a byte order mark are understood; single bad bytes are replaced.
    """
    text = _text(data)
    if len(text) > MAX_BYTES or text.count("\n") > MAX_LINES:
        raise TutorialError(f"longer than {MAX_BYTES // 1024} KB or {MAX_LINES} lines", _SOURCE_HINT)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise TutorialError("the file is empty", _SOURCE_HINT)
    if text.lstrip()[:16].lower().startswith(_HTML_STARTS):
        raise TutorialError("this is a web page, not Markdown", _SOURCE_HINT)
    return _without_front_matter(text)


def _text(data: str | bytes) -> str:
    if isinstance(data, str):
        text = data.removeprefix("\ufeff")
    else:
        if len(data) > MAX_BYTES:
            raise TutorialError(f"the file is larger than {MAX_BYTES // 1024} KB", _SOURCE_HINT)
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = data.decode(encoding, errors="replace")
    sample = text[:65_536]
    odd = sum(1 for char in sample if char == "\ufffd" or (char < " " and char not in "\t\n\r\f"))
    if "\x00" in text or odd * 50 > len(sample):
        raise TutorialError("the file is binary", _SOURCE_HINT)
    return text


def _without_front_matter(text: str) -> Source:
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return Source(text, 0, None, None)
    end = next((at for at, line in enumerate(lines[1:200], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        return Source(text, 0, None, None)
    keys = _front_matter(lines[1:end])
    return Source("\n".join(lines[end + 1 :]), end + 1, keys.get("title"), _iso_date(keys.get("ms.date")))


def _front_matter(lines: list[str]) -> dict[str, str]:
    """The scalars of the front matter. Each line is read by itself: pages with an unquoted colon are common."""
    keys: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if colon and key.strip() in ("title", "ms.date") and not line.startswith((" ", "\t")):
            keys.setdefault(key.strip(), _scalar(value.strip()))
    return keys


def _scalar(value: str) -> str:
    """One YAML scalar; what is not one stands as printed."""
    if value[:1] not in ("'", '"'):
        return value
    try:
        loaded = yaml.safe_load(value)
    except yaml.YAMLError:
        return value.strip("'\"")
    return loaded if isinstance(loaded, str) else value


def _iso_date(value: str | None) -> str | None:
    """``MM/DD/YYYY``, as these pages print it, or an ISO date; anything else is no date."""
    if value is None:
        return None
    parts = value.split("/")
    try:
        if len(parts) == 3:
            month, day, year = (int(part) for part in parts)
            return date(year, month, day).isoformat()
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None
