"""The escapes: one function for each sink that takes text of a tenant, and no other place that escapes.

Names, addresses and answers of a tenant are written by strangers. Every renderer sends them through the
function of its sink: :func:`visible` and autoescaping (:func:`finalize`) for HTML, SVG and the PDF's source,
:func:`script_json` for data in a script element, :func:`csv_cell` for a spreadsheet's cell, :func:`web_link`
for the target of a link, :func:`anchor` for an id, :func:`markdown` for Markdown, :func:`encodable` for bytes in UTF-8.
"""

import json
import re
import unicodedata
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

_KEPT_SPACES = frozenset(" \n\u3000")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_MAYBE_HIDDEN = re.compile(r"[^\x20-\x7e\n]")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "'")
_BLANKS = " \u00a0\u3000"
_HTML_IN_JSON = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
_MARKUP = re.compile(r"[\\`*_{}\[\]#|~!$^]|:(?=//)|(?<=www)\.")
_BLOCK = re.compile(r"^(\d*)([-+=.)])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9]+")


def visible(text: str) -> str:
    """``text`` with what would not be seen, or would reorder other characters, written out: ``U+202E`` in brackets.

    Controls, bidirectional marks, zero-width characters, unusual spaces, lone surrogates and unassigned code points are
    written out. Line feeds and plain spaces stay.
    """
    return _MAYBE_HIDDEN.sub(_write_out, text)


def _write_out(match: re.Match[str]) -> str:
    character = match.group()
    if character in _KEPT_SPACES or unicodedata.category(character) not in _HIDDEN:
        return character
    return f"\u2039U+{ord(character):04X}\u203a"


def finalize(value: Any) -> Any:
    """What a template prints for ``value``: markup as it is, text made visible (and then autoescaped), None as nothing.

    Installed as Jinja's ``finalize``, so that no template can print a text that has not been through here.
    """
    if value is None:
        return ""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return visible(str(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a template may print text and numbers, not {type(value).__name__}")
    return value


def script_json(value: Any) -> Markup:
    """JSON for ``<script type="application/json">``: no ``<``, ``>`` or ``&`` in it, so that nothing can close it."""
    return Markup(json.dumps(value, ensure_ascii=True, sort_keys=True).translate(_HTML_IN_JSON))  # noqa: S704 - escaped


def csv_cell(text: str) -> str:
    """A spreadsheet cell that shows ``text`` and computes nothing.

    A cell that a spreadsheet could take for a formula gets an apostrophe in front, and so does one that begins with an
    apostrophe: taking one leading apostrophe away gives the text back. Hidden characters are written out, tabs and
    carriage returns too; line feeds stay. Source: OWASP, "CSV Injection".
    """
    shown = visible(text)
    return f"'{shown}" if looks_like_formula(text) else shown


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet could take a cell that begins like ``text`` for a formula, or swallow its beginning."""
    return text.lstrip(_BLANKS).startswith(_FORMULA)


def web_link(url: str | None) -> str | None:
    """``url`` where it is a plain https address that may be linked to, else None: it is then shown as text."""
    if not url or visible(url) != url or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme == "https" and host and "@" not in parts.netloc else None


def anchor(*parts: str) -> str:
    """An id for links within a document: letters, digits and hyphens only. Different parts may give the same one."""
    return "-".join(filter(None, (_NOT_IN_ID.sub("-", part).strip("-") for part in parts)))[:200] or "x"


@lru_cache(maxsize=4096)
def markdown(text: str) -> str:
    """``text`` as one line of CommonMark that shows it and does nothing: no element, emphasis, link, list or heading.

    White space is folded to single spaces; addresses are not made into links. Less than, greater than and ampersand are
    written as entities, so that the line is inert where somebody puts it into HTML as it is.
    """
    line = " ".join(visible(text).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BLOCK.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", line))


def encodable(value: Any) -> Any:
    """``value`` (of JSON's types) with lone surrogates, which UTF-8 cannot hold, as U+FFFD."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {encodable(key): encodable(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [encodable(member) for member in value]
    return value
