"""Where a line names a field of the Basic SAML Configuration, and whether it asks for a value there.

The portal's four fields are spelled in many ways ("Identifier (Entity ID)", "RelayState", "Sign in URL"); bold text
is taken only where the whole of it is a field's name, so that "SAML Entity ID", which is the other side's, is not one.
"""

import re
from enum import StrEnum

from msgspec import Struct

from auditor.rulepack.tutorial.facts import Field
from auditor.rulepack.tutorial.text import Span, Style, Text


class Role(StrEnum):
    """What a mention does in its sentence."""

    TARGET = "target"
    """The place that a value goes to, or the subject that the sentence is about."""
    ENTERED = "entered"
    """What is typed: a place only where the sentence has not named one before."""
    SOURCE = "source"
    """The place that a value is copied from."""
    OTHER = "other"


class Mention(Struct, frozen=True):
    """A name of one of the fields, or of another text box (``field`` None), in a line."""

    field: Field | None
    role: Role
    start: int
    end: int
    bold: bool


_NAMES: dict[str, Field] = {
    **dict.fromkeys(
        (
            "identifier",
            "identifiers",
            "identifier url",
            "identifier uri",
            "identifier id",
            "identifier entity id",
            "entity id",
            "entityid",
            "entity id identifier",
            "entity id url",
            "azure identifier",
            "azure identifier entityid",
            "issuer url",
        ),
        Field.IDENTIFIER,
    ),
    **dict.fromkeys(
        (
            "reply url",
            "reply urls",
            "reply uri",
            "replyurl",
            "reply url acs url",
            "azure reply url",
            "reply",
            "acs url",
            "assertion consumer service url",
            "assertion consumer service acs url",
            "assertion consumer url",
            "assertion consumer service",
        ),
        Field.REPLY_URL,
    ),
    **dict.fromkeys(
        (
            "sign on url",
            "sign on urls",
            "azure sign on url",
            "signon url",
            "sign on",
            "sing on url",
            "sign in url",
            "signin url",
            "sign on uri",
            "sign url",
            "signonurl",
            "login url",
            "log in url",
            "single sign on url",
        ),
        Field.SIGN_ON_URL,
    ),
    **dict.fromkeys(
        (
            "relay state",
            "relaystate",
            "relay state url",
            "relaystate url",
            "relay states",
            "relay",
            "default relay state",
        ),
        Field.RELAY_STATE,
    ),
}

_SUFFIX = re.compile(r"(?: (?:values?|text ?boxe?s?|boxe?s?|fields?|inputs?|section|column|optional|required))+$")
_BOX = re.compile(r"[\s\W]{0,3}(?:\([^()]{0,60}\)\s*)?(?:text[\s-]?(?:box|field)|box|field|input)", re.IGNORECASE)
_OTHER = re.compile(
    r"(?:single\s+)?(?:log|sign)[\s-]?(?:out|off)\b|slo\b|(?:\w+\s+)?metadata\b|home\s?page\b|certificate\b"
    r"|name\s?id\b|tenant\s+(?:url|id)\b|secret\b|support\b",
    re.IGNORECASE,
)
"""Text boxes and headings that are none of the four fields; a value after one of these is not theirs."""
_PLAIN = re.compile(
    r"(?:identifier(?:\s*\(entity\s*id\))?|reply[\s-]+url|sign[\s-]?(?:on|in)[\s-]+url|relay[\s-]?state"
    r"|(?:log|sign)[\s-]?(?:out|off)[\s-]+ur[li])\b",
    re.IGNORECASE,
)
_INTO = frozenset(
    ["in", "into", "inside", "within", "for", "under", "set", "configure", "leave", "keep", "fill", "against"]
)
_ENTER = frozenset(
    ["enter", "type", "add", "provide", "specify", "input", "update", "change", "edit", "as", "to", "choose"]
)
_FROM = frozenset(["copy", "copied", "copying", "paste", "pasting", "from", "of", "get", "see", "open", "use", "using"])
_STOP = frozenset(["with", "is", "are", "that", "which", "and", "or", "by", "where", "when", "if"])
_REACH = 6
"""Words between a field's name and the word that gives it its part in the sentence."""

_JOIN = re.compile(r"[\s,/&]*(?:and|or|&|,|/)?[\s,]*(?:the\s*)?", re.IGNORECASE)


def field_of(name: str) -> Field | None:
    """Return the field that ``name`` names as a whole, else None."""
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", name.lower()).split())
    words = words.removeprefix("the ").removeprefix("optional ")
    return _NAMES.get(words) or _NAMES.get(_SUFFIX.sub("", words)) or _NAMES.get(_without_brackets(name))


def _without_brackets(name: str) -> str:
    outside = re.sub(r"\([^()]*\)", " ", name.lower())
    return _SUFFIX.sub("", " ".join(re.sub(r"[^a-z0-9]+", " ", outside).split()))


def fields_of(name: str) -> tuple[Field, ...]:
    """Return the fields of a list such as "Identifier, Reply URL and Sign on URL"; empty where a part is no field."""
    whole = field_of(name)
    if whole:
        return (whole,)
    parts = [part for part in re.split(r",|/|&|\band\b|\bor\b", name) if part.strip(" *")]
    fields = [field_of(part) for part in parts]
    return tuple(field for field in fields if field) if len(fields) > 1 and all(fields) else ()


def mentions(text: Text) -> list[Mention]:
    """Return the mentions in reading order.

    Plain words count where no bold text names a field. A bold name of some other text box is a mention with no field.
    """
    found = [mention for span in _bold(text) for mention in _of_bold(text, span)]
    if not any(mention.field for mention in found):
        found += _of_plain(text)
    return sorted(found, key=lambda mention: mention.start)


def targets(text: Text) -> list[tuple[tuple[Field | None, ...], int, int]]:
    """Return the places that the line asks values for, as (fields, start, end).

    Names joined by "and" are one place for several fields.
    """
    groups: list[tuple[tuple[Field | None, ...], int, int]] = []
    for mention in mentions(text):
        joined = groups and _JOIN.fullmatch(text.plain[groups[-1][2] : mention.start])
        if joined and mention.field not in groups[-1][0] and None not in groups[-1][0] and mention.field:
            fields, start, _ = groups[-1]
            groups[-1] = ((*fields, mention.field), start, mention.end)
        elif mention.role is Role.TARGET or (mention.role is Role.ENTERED and not groups):
            groups.append(((mention.field,), mention.start, mention.end))
    return groups


def _bold(text: Text) -> list[Span]:
    """Bold runs; a run that was broken by another style counts as one."""
    runs: list[Span] = []
    for span in text.spans:
        if not span.style & (Style.STRONG | Style.EMPHASIS) or Style.CODE in span.style:
            continue
        if runs and runs[-1].end == span.start:
            runs[-1] = Span(runs[-1].text + span.text, runs[-1].style, runs[-1].start)
        else:
            runs.append(span)
    return runs


def _of_bold(text: Text, span: Span) -> list[Mention]:
    fields = fields_of(span.text)
    role = _role(text.plain, span.start, span.end)
    if fields:
        return [Mention(field, role, span.start, span.end, True) for field in fields]
    asked = role in (Role.TARGET, Role.ENTERED) and _BOX.match(text.plain[span.end : span.end + 80])
    if asked or (role is Role.TARGET and _OTHER.match(span.text)):
        return [Mention(None, role, span.start, span.end, True)]
    return []


def _of_plain(text: Text) -> list[Mention]:
    found = []
    for match in _PLAIN.finditer(text.masked(Style.CODE | Style.LINK)):
        role = _role(text.plain, match.start(), match.end())
        boxed = _BOX.match(text.plain[match.end() : match.end() + 80]) is not None
        if boxed or role is Role.TARGET:
            field = field_of(match[0])
            found.append(Mention(field, role, match.start(), match.end(), False))
    return found


def _role(plain: str, start: int, end: int) -> Role:
    """The nearest telling word before a name decides; at the start of a clause the name is the subject."""
    clause = re.split(r"[.;:!?](?=\s|$)", plain[max(0, start - 120) : start])[-1]
    words = re.findall(r"[a-z]+", clause.lower())
    while words and words[-1] in ("the", "your", "an", "a", "this", "optional", "values", "value", "both"):
        words.pop()
    if not words:
        return Role.TARGET
    if words[-2:] == ["such", "as"]:
        return Role.OTHER
    for word in reversed(words[-_REACH:]):
        if word in _FROM:
            return Role.SOURCE
        if word in _INTO:
            return Role.TARGET
        if word in _ENTER:
            return Role.ENTERED
        if word in _STOP:
            break
    return Role.TARGET if _BOX.match(plain[end : end + 80]) else Role.OTHER
