"""Which lines of the page are the Basic SAML Configuration, and in which mode each is said.

Older pages call the part "… Domain and URLs", the oldest "Configure App Settings". It begins at the step or the
heading that names it, and ends at the next part of the portal's page: attributes, signing certificate, the vendor's
side. Later steps that send a value back to it are told apart as ``RETURN``: they say where a value comes from, seldom
what it is.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from auditor.rulepack.tutorial.facts import Initiation
from auditor.rulepack.tutorial.lines import Line, LineKind


class Place(StrEnum):
    """How a line bears on the Basic SAML Configuration."""

    INSIDE = "inside"
    NOTE = "note"
    """A remark inside; it asks for no value, unless it is lettered like a step."""
    RETURN = "return"
    """A later step that copies a value back."""


class ZoneLine(Struct, frozen=True):
    """A line that matters, the part of the page it is of (``zone``), and the mode that was set before it."""

    line: Line
    place: Place
    zone: int


_NAME = re.compile(
    r"basic\s+saml\b(?:\s+(?:configuration|settings?))?|\bdomains?\s+(?:and|&)\s+ur[li]s?\b"
    r"|\bconfigure\s+app\s+(?:settings|ur[li])\W{1,4}(?:dialog|page)",
    re.IGNORECASE,
)
_COPIES_BACK = re.compile(
    r"\b(?:copy|copied|paste|use this value|verify|confirm)\b.{0,400}?(?:basic\s+saml\s+configuration"
    r"|domains?\s+(?:and|&)\s+ur[li]s?)",
    re.IGNORECASE | re.DOTALL,
)
_LEAVES = re.compile(
    r"saml\s+signing\s+certificate|token\s+signing|signing\s+certificate|saml\s+certificates?\s+section"
    r"|\buser\s+attributes|\battributes?\s*(?:&|and)\s*claims|\bassertions?\b(?!\s+consumer)|\bclaims?\b|token\s+attributes"
    r"|\bset\s?up\s+.{1,120}?\ssection"
    r"|\bconfiguration\W{0,3}\s+section,?\s+(?:click|select)"
    r"|different\s+(?:web\s+)?(?:browser|tab)|another\s+(?:web\s+)?(?:browser|window|tab)"
    r"|\b(?:log|sign)[\s-]?(?:in|on)\s+to\s+(?:your|the)\b|as\s+an\s+admin"
    r"|to\s+configure\s+single\s+sign-on\s+on\b|\bsupport\s+team\b.{0,80}\bsend\b|\bsend\b.{0,120}\bsupport\s+team"
    r"|certificate\s*\(|metadata\s+xml\b|app\s+federation\s+metadata",
    re.IGNORECASE | re.DOTALL,
)
_IDP = r"(?:idp|identity[\s-]+provider)"
_SP = r"(?:sp|service[\s-]+provider)"
_MODE = re.compile(
    rf"(?P<both>\b{_IDP}\W{{1,6}}(?:and|or|/|&)\W{{1,6}}{_SP}\b|\b{_SP}\W{{1,6}}(?:and|or|/|&)\W{{1,6}}{_IDP}\b)"
    rf"|(?P<said>\b(?:in|for|configure|using|supports?|the|if|of)\W{{1,6}})?"
    rf"\b(?:(?P<idp>{_IDP})|(?P<sp>{_SP}))\W{{0,6}}(?P<how>initiated|mode\b)(?P<mode>\W{{0,6}}(?:sso\W+)?mode\b)?",
    re.IGNORECASE,
)


def zone_lines(lines: tuple[Line, ...]) -> Iterator[ZoneLine]:
    """Yield the lines of the Basic SAML Configuration, of its notes, and of later steps that return to it."""
    inside = False
    by_heading = False
    zone = 0
    section: str | None = None
    for line in lines:
        if line.section != section:
            section = line.section
            inside = by_heading = _NAME.search(section) is not None
            zone += 1
        plain = line.text.plain
        if line.lead and line.kind is LineKind.TEXT and not line.note:
            inside = _still_inside(plain, inside, by_heading)
        if inside:
            yield ZoneLine(line, Place.NOTE if line.note else Place.INSIDE, zone)
        elif line.kind is LineKind.TEXT and _NAME.search(plain):
            yield ZoneLine(line, Place.RETURN, zone)


def _still_inside(plain: str, inside: bool, by_heading: bool) -> bool:
    """Whether the part goes on, or begins, with a top-level step of these words."""
    if _NAME.search(plain):
        return not _COPIES_BACK.search(plain) or inside
    return inside and (by_heading or not _LEAVES.search(plain))


def modes(plain: str) -> list[tuple[int, Initiation | None]]:
    """Return where a text says which mode its steps are for; None is for both at once."""
    found: list[tuple[int, Initiation | None]] = []
    for match in _MODE.finditer(plain):
        if match["both"]:
            found.append((match.start(), None))
        elif match["said"] or match["mode"] or match["how"].lower() == "mode":
            found.append((match.start(), Initiation.IDP if match["idp"] else Initiation.SP))
    return found
