"""The one way by which a text gets into a derived pack's YAML.

What a page prints is not ours: an app may be called ``no``, ``# x``, or a line break with a rule behind it. Every text,
value or key, goes through :func:`scalar`, and every comment through :func:`comment`. Nothing here knows what a pack is.
"""

import re
import textwrap

_PLAIN = re.compile(r"[A-Za-z$][A-Za-z0-9 ._/$()-]*(?<! )", re.ASCII)
_ADDRESS = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9._/-]*", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""Words that some reader of YAML takes for something else than a text."""


def scalar(text: str) -> str:
    """``text`` as one YAML scalar on one line, fit for block and flow style, for a value and for a key.

    It is read back as the same text; a lone surrogate, which no file can hold, becomes U+FFFD.
    """
    if (_PLAIN.fullmatch(text) or _ADDRESS.fullmatch(text)) and text.lower() not in _WORDS:
        return text
    return f'"{"".join(_escaped(letter) for letter in text)}"'


def prose(text: str, indent: int, width: int) -> str:
    """A long text as a folded block, its lines ``indent`` deep and at most ``width`` wide where words allow it.

    Whatever would not be read back as the same text, or fits on one line, is given as :func:`scalar` gives it.
    """
    foldable = text.isprintable() and " " in text and "  " not in text and text.strip() == text
    if not foldable or len(text) + indent <= width:
        return scalar(text)
    lines = textwrap.wrap(text, width - indent, break_long_words=False, break_on_hyphens=False)
    if " ".join(lines) != text:
        return scalar(text)
    return ">-\n" + "\n".join(" " * indent + line for line in lines)


def comment(text: str) -> str:
    """``text`` as one comment line, with nothing in it that could end the line."""
    return "# " + "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter == "\n":
        return "\\n"
    code = ord(letter)
    if 0xD800 <= code <= 0xDFFF:
        return "\\uFFFD"
    if letter.isprintable():
        return letter
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
