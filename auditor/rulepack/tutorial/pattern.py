"""A printed pattern as an anchored regular expression with named, typed parts.

``https://<SUBDOMAIN>.northwind.net/saml/<tenant id>`` becomes literals and placeholders; each placeholder has a type
from where it stands (a label of the host, a port, a segment of the path, the value of a query parameter, …) and from
its name (a GUID, where it says so: a vendor's "tenant id" need not be one). A tenant's configuration may bind
placeholders to its own values, which tightens the pattern; with all of them bound it is a constant.

The expressions keep to what ECMA-262, JSON Schema's ``pattern``, Rust's and Python's engines read alike: no
look-around, no back-reference, no named group. They are safe against catastrophic backtracking: every repetition is
bounded, and where two placeholders are parted by one character, the former ends at the first. A placeholder that
occurs twice is not held to be the same in both places; bind it to hold it so.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from auditor.rulepack.tutorial.errors import PatternError
from auditor.rulepack.tutorial.placeholders import parts_of

MAX_LENGTH = 2_000
MAX_PLACEHOLDERS = 12


class PartType(StrEnum):
    """What may stand in a placeholder's place."""

    LITERAL = "literal"
    SUBDOMAIN = "subdomain"
    """One label of a host name, or a part of one."""
    HOST = "host"
    """A host name of any number of labels."""
    AUTHORITY = "authority"
    """A host name, perhaps with a port."""
    BASE_URL = "base_url"
    """``http`` or ``https``, a host, perhaps a port and a path."""
    PORT = "port"
    GUID = "guid"
    SEGMENT = "segment"
    """A segment of the path, or a part of one."""
    QUERY = "query"
    """The value of a query parameter, or a part of it."""
    FRAGMENT = "fragment"
    TEXT = "text"
    """A word in a value that is no URL."""


class PatternPart(Struct, frozen=True):
    """A literal stretch, or a placeholder. ``name`` is how bindings call it, in snake case; None for literals."""

    text: str
    type: PartType
    name: str | None = None


class Pattern(Struct, frozen=True):
    """A printed value in parts. Make one with :func:`parse_pattern`."""

    parts: tuple[PatternPart, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders that are not bound, each once, in order."""
        return tuple(dict.fromkeys(part.name for part in self.parts if part.name is not None))

    @property
    def constant(self) -> str | None:
        """The value, where nothing is left open."""
        if self.names:
            return None
        return "".join(part.text for part in self.parts)

    @property
    def shown(self) -> str:
        """The value with each open placeholder as ``<name>``: taken apart again, it gives the same expression."""
        return "".join(part.text if part.name is None else f"<{part.name}>" for part in self.parts)

    @property
    def regex(self) -> str:
        """The anchored expression. Raises :class:`PatternError` where the parts cannot be told apart safely."""
        return "^" + "".join(_expressions(self.parts)) + "$"

    def bind(self, values: Mapping[str, str]) -> "Pattern":
        """Return the pattern with placeholders bound to a tenant's own values.

        Names are in snake case, as :attr:`names` gives them. Raises :class:`PatternError` for a name that the pattern
        does not have and for a value that cannot stand in its place.
        """
        known = self.names
        for name, value in values.items():
            if name not in known:
                have = ", ".join(known) or "none"
                raise PatternError(f"there is no placeholder {name!r} to bind", f"the placeholders are: {have}")
            for part in self.parts:
                if part.name == name and not re.fullmatch(_CLASSES[part.type].alone, value):
                    raise PatternError(
                        f"{value!r} cannot stand for {name!r}", f"a value of the kind {part.type.value!r} is needed"
                    )
        return Pattern(_merged(_bound(part, values) for part in self.parts))

    def schema(self) -> dict[str, Any]:
        """The JSON Schema that a value must meet: ``const`` where all is bound, else ``pattern``."""
        constant = self.constant
        if constant is not None:
            return {"const": constant}
        return {"type": "string", "pattern": self.regex}


class _Class(Struct, frozen=True):
    """How a type is written: the characters of it, or an expression with an edge to the next part."""

    alone: str
    """An expression that a whole value of the type meets."""
    characters: str | None = None
    """The inside of the character class, for types that are a bounded run of such characters."""
    limit: int = 255


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,20}}"
_PORT = r"[0-9]{1,5}"
_AUTHORITY = rf"{_HOST}(?::{_PORT})?"
_GUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
_PATH_CHARACTERS = r"A-Za-z0-9._~!$&'()*+,;=:@%-"


def _run(characters: str, limit: int) -> _Class:
    return _Class(rf"[{characters}]{{1,{limit}}}", characters, limit)


_CLASSES: dict[PartType, _Class] = {
    PartType.SUBDOMAIN: _run("A-Za-z0-9-", 63),
    PartType.HOST: _Class(_HOST),
    PartType.AUTHORITY: _Class(_AUTHORITY),
    PartType.BASE_URL: _Class(rf"https?://{_AUTHORITY}(?:/[{_PATH_CHARACTERS}]{{1,255}}){{0,20}}"),
    PartType.PORT: _Class(_PORT),
    PartType.GUID: _Class(_GUID),
    PartType.SEGMENT: _run(_PATH_CHARACTERS, 255),
    PartType.QUERY: _run(r"A-Za-z0-9._~!$'()*+,;:@%/?-", 1024),
    PartType.FRAGMENT: _run(r"A-Za-z0-9._~!$&'()*+,;=:@%/?-", 255),
    PartType.TEXT: _run(r"A-Za-z0-9._~@%+/-", 255),
}

_GUID_NAME = re.compile(r"(?:^|_)(?:guid|uuid)(?:_|$)|(?:azure|entra|directory|azure_ad|microsoft)_(?:tenant_)?id$")
_HOST_NAME = re.compile(
    r"(?:^|_)(?:host|hostname|host_name|fqdn|domain|domain_name|dns|dns_name|url|uri|server)(?:_|$)"
)
_ONE_LABEL = re.compile(r"(?:^|_)(?:sub_?domain|tenant|company|customer|instance|account)(?:_|$)")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]{0,11}://", re.IGNORECASE)


def parse_pattern(value: str, said_pattern: bool = False) -> Pattern:
    """Take a printed value apart. ``said_pattern``: the page calls it a pattern (see :mod:`placeholders`).

    A value without placeholders gives a pattern that is a constant. Raises :class:`PatternError` for an empty or
    overlong value, and for one with too many placeholders.
    """
    if not value or len(value) > MAX_LENGTH:
        raise PatternError(f"a pattern has 1 to {MAX_LENGTH} characters", "give one printed value")
    pieces = parts_of(value, said_pattern)
    if sum(1 for piece in pieces if piece.name is not None) > MAX_PLACEHOLDERS:
        raise PatternError(f"more than {MAX_PLACEHOLDERS} placeholders", "write the rule for this value by hand")
    parts: list[PatternPart] = []
    at = 0
    for piece in pieces:
        if piece.name is None:
            parts.append(PatternPart(piece.text, PartType.LITERAL))
        else:
            name = snake_case(piece.name)
            end = at + len(piece.text)
            parts.append(PatternPart(piece.text, _type(value, at, end, name), name))
        at += len(piece.text)
    return Pattern(_merged(parts))


def snake_case(name: str) -> str:
    """A placeholder's name as bindings write it: ``Company Name`` is ``company_name``, ``accountId`` ``account_id``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return "_".join(re.findall(r"[a-z0-9]+", words.lower())) or "value"


def _type(value: str, start: int, end: int, name: str) -> PartType:
    """The type of a placeholder, from its surroundings first and its name second."""
    before, after = value[:start], value[end:]
    scheme = _SCHEME.match(before)
    if scheme is None:
        if not before and after.startswith(("/", ":", ".")):
            return _at_start(after, name)
        in_address = "/" in before
    else:
        in_address = True
    if _GUID_NAME.search(name) and not _touches_word(before, after):
        return PartType.GUID
    if not in_address:
        return PartType.TEXT
    rest = before[scheme.end() :] if scheme else before
    if "#" in rest:
        return PartType.FRAGMENT
    if "?" in rest:
        return PartType.QUERY
    if "/" in rest:
        return PartType.SEGMENT
    if rest.endswith(":"):
        return PartType.PORT
    return _in_host(rest, after, name)


def _at_start(after: str, name: str) -> PartType:
    """A placeholder that begins a value without a scheme: an address's beginning, or a host's."""
    if after.startswith(".") or (after.startswith(":") and not after[1:2].isdigit()):
        return PartType.SUBDOMAIN if _ONE_LABEL.search(name) or not _HOST_NAME.search(name) else PartType.HOST
    return PartType.BASE_URL


def _in_host(rest: str, after: str, name: str) -> PartType:
    """The whole host, several labels of it, or one."""
    whole = not rest and (not after or after[0] in "/:?#")
    if whole:
        return PartType.AUTHORITY if not after.startswith(":") else PartType.HOST
    borders = (not rest or rest.endswith(".")) and (not after or after[0] in ".:/?#")
    if borders and _HOST_NAME.search(name) and not _ONE_LABEL.search(name):
        return PartType.HOST
    return PartType.SUBDOMAIN


def _touches_word(before: str, after: str) -> bool:
    return before[-1:].isalnum() or after[:1].isalnum()


def _bound(part: PatternPart, values: Mapping[str, str]) -> PatternPart:
    if part.name is None or part.name not in values:
        return part
    return PatternPart(values[part.name], PartType.LITERAL)


def _merged(parts: Iterable[PatternPart]) -> tuple[PatternPart, ...]:
    merged: list[PatternPart] = []
    for part in parts:
        last = merged[-1] if merged else None
        if last is not None and last.type is PartType.LITERAL and part.type is PartType.LITERAL:
            merged[-1] = PatternPart(last.text + part.text, PartType.LITERAL)
        else:
            merged.append(part)
    return tuple(merged)


_AMBIGUOUS = 1
"""Gaps of several characters between runs that may contain them; each multiplies the ways to read a value."""


def _expressions(parts: tuple[PatternPart, ...]) -> list[str]:
    """One expression for each part, such that a value can be read in one way, or in few."""
    out: list[str] = []
    ambiguous = 0
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.type is PartType.LITERAL:
            out.append(escaped(part.text))
            at += 1
            continue
        beside = at + 1
        while beside < len(parts) and parts[beside].type is not PartType.LITERAL:
            beside += 1
        if beside - at > 1:
            out.append(_beside(parts[at:beside]))
            at = beside
            continue
        run = _CLASSES[part.type]
        following = parts[at + 1].text if at + 1 < len(parts) else ""
        open_after = at + 2 < len(parts)
        if run.characters is None or not following or not _can_hold(run, following):
            out.append(run.alone)
        elif len(following) == 1 and open_after and _absorbs(parts[at + 2], run):
            out.append(_up_to(run, following))
        else:
            ambiguous += 1 if open_after else 0
            out.append(run.alone)
        at += 1
    if ambiguous > _AMBIGUOUS:
        raise PatternError(
            "its placeholders cannot be told apart safely", "bind some of them, or write the rule by hand"
        )
    return out


def _beside(parts: tuple[PatternPart, ...]) -> str:
    """Placeholders with nothing between them are one run: where one ends cannot be known."""
    runs = [_CLASSES[part.type] for part in parts]
    if any(run.characters is None for run in runs):
        raise PatternError(f"{parts[0].text}{parts[1].text} stand together with nothing between", "bind one of them")
    every = sorted({char for run in runs for char in _characters(run)})
    return rf"[{_ranges(every)}]{{{len(parts)},{max(run.limit for run in runs)}}}"


def _can_hold(run: _Class, following: str) -> bool:
    return all(re.fullmatch(rf"[{run.characters}]", char) for char in following)


def _absorbs(part: PatternPart, run: _Class) -> bool:
    """Whether the placeholder can take what the run before it leaves over."""
    following = _CLASSES[part.type]
    return following.characters is not None and set(_characters(run)) <= set(_characters(following))


def _up_to(run: _Class, char: str) -> str:
    """The run up to the first ``char`` after its own first character.

    It meets the same values as the run would, since the next placeholder takes what is left, and in one way only.
    """
    rest = [one for one in _characters(run) if one != char]
    return rf"[{run.characters}][{_ranges(rest)}]{{0,{run.limit - 1}}}"


def _characters(run: _Class) -> list[str]:
    return [chr(code) for code in range(33, 127) if re.fullmatch(rf"[{run.characters}]", chr(code))]


def _ranges(chars: list[str]) -> str:
    """The inside of a character class, written so that every dialect reads it alike."""
    words = "".join(char for char in chars if char.isalnum())
    signs = "".join(char if char in "._~!$&'()*+,;=:@%/?" else f"\\{char}" for char in chars if not char.isalnum())
    for run in ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"):
        if run in words:
            words = words.replace(run, f"{run[0]}-{run[-1]}")
    return words + signs


def escaped(literal: str) -> str:
    """A literal for an expression of any of the dialects: only signs that mean something are escaped."""
    return "".join(f"\\{char}" if char in r"\^$.|?*+()[]{}" else char for char in literal)
