"""The one way by which text gets into plan.md.

A plan is read by a person who decides on it, so that a name must neither format, link, nor hide anything: what does not
show, or turns the direction of text, is shown as its code point. Source: CommonMark 0.31, 2.4 (backslash escapes), 6.1
(code spans).
"""

import re
import unicodedata

# What formats wherever it stands; a colon, an @ or "www." that would make GitHub link an address by itself; and what
# makes a heading, a list or a quotation at the beginning of a line.
_ACTIVE = re.compile(r"[\\`*_{}\[\]<>#|~&!@$]|:(?=/)|(?<=www)\.|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]", re.IGNORECASE)
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """``text`` with every character that does not show as ``⟨U+202E⟩``."""
    return "".join(
        f"⟨U+{ord(character):04X}⟩" if unicodedata.category(character) in _INVISIBLE else character
        for character in text
    )


def prose(text: str) -> str:
    """``text`` as plain words within a paragraph; line ends become spaces."""
    return _ACTIVE.sub(r"\\\g<0>", visible(" ".join(text.split())))


def code(text: str) -> str:
    """``text`` as one code span."""
    shown = visible(text)
    if not shown.strip():
        return "(blank)" if not shown else f"({len(shown)} spaces)"
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
