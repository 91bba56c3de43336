"""Which parts of a printed value stand for something of the customer's.

Brackets of any kind mark a placeholder; so do, without brackets, words that nobody has as a real name: ``contoso``,
``yourcompanyname``, ``TENANT_ID``, ``xxxxx``. A word before ``=`` is a parameter's name and never one.
"""

import re
from collections.abc import Iterator

from msgspec import Struct


class Part(Struct, frozen=True):
    """A stretch of a printed value: ``name`` is None where it is literal."""

    text: str
    name: str | None = None


_BRACKETED = re.compile(
    r"<(?P<angle>[^<>\s](?:[^<>]{0,78}[^<>])?)>"
    r"|&lt;(?P<entity>[^<>&]{1,80})&gt;"
    r"|\$?\{{1,2}(?P<brace>[^{}]{1,80})\}{1,2}"
    r"|\[(?P<square>[^\[\]]{1,80})\]"
    r"|\((?P<round>[A-Za-z][\w .-]{1,60})\)"
    r"|%(?P<percent>[A-Za-z][A-Za-z_]{2,40})%"
    r"|\$(?P<dollar>[A-Za-z][A-Za-z_-]{1,40})\$"
    r"|\$(?P<variable>[A-Z][A-Z_]{2,40})\b"
)
_WORD = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*|\*+|(?<![.\w])\.{3}(?![.\w])|…")
_PIECE = re.compile(r"[A-Za-z0-9]+")

_NOUN = (
    r"(?:company|tenant|customer|domain|sub[_-]?domain|instance|account|org|organi[sz]ation|client|site|server|host"
    r"|portal|environment|region|app|application|school|institution|community|team|workspace|project|realm|cluster)"
)
_TAIL = r"(?:[_-]?(?:name|id|guid|uuid|url|uri|key|code|number|identifier|alias|prefix|value|here|short[_-]?name))"
_STANDALONE = re.compile(
    rf"(?:your|my|our)[_-]?{_NOUN}(?:[_-]?{_NOUN})*{_TAIL}*"
    rf"|your[_-]?(?:name|id|guid|url|server[_-]?url)|your"
    rf"|(?:customer|company|tenant|instance|account|org|organi[sz]ation|client|user|site|host|unique|environment)"
    rf"[_-]?(?:name|id|guid|uuid|code|identifier)"
    rf"|(?:custom|customer|company)[_-]?(?:sub[_-]?)?domain|sub[_-]?domain(?:[_-]?name)?|domain[_-]?name|companyname"
    rf"|server[_-]?(?:name|url)|host[_-]?name|tenantdomain"
    rf"|contoso(?:[_-]\w+)?|fabrikam|example|acme[_-]?corp|foobar|mycompany"
    rf"|x{{3,}}(?:[_-]x+)*|y{{4,}}|\*+|\.{{3}}|…",
    re.IGNORECASE,
)
_CAPITALS = re.compile(
    r"(?=[A-Z_-]*(?:COMPANY|TENANT|CUSTOMER|DOMAIN|INSTANCE|ACCOUNT|ORGANI[SZ]ATION|UNIQUE|YOUR|X{3}))"
    r"[A-Z]{4,}(?:[_-][A-Z0-9]+)*"
)
_ANY_CAPITALS = re.compile(r"[A-Z]{4,}(?:[_-][A-Z0-9]+)*")
_PROTOCOL = re.compile(
    r"SAML|SSO|SLO|ACS|LOG|SIGN|AUTH|HTTP|SHIB|META|POST|REDIRECT|CONSUM|CALLBACK|ASSERT|IDP|FEDERAT|ADFS|AZURE|ENTRA"
    r"|ASPX|HTML|JSON|REST|HOME|INDEX|MAIN|DEFAULT|PUBLIC|PORTAL|PROD|TEST|MODULE"
)
"""Words in capitals that addresses of service providers are made of, and that stand for nothing."""


def parts_of(value: str, said_pattern: bool = False) -> tuple[Part, ...]:
    """Split a printed value into literals and placeholders.

    With ``said_pattern`` (the page calls the value a pattern) a word in capitals counts as a placeholder too, unless
    it is one of SAML's own words.
    """
    parts: list[Part] = []
    at = 0
    for match in _BRACKETED.finditer(value):
        name = next(group for group in match.groups() if group is not None)
        parts += _bare(value, at, match.start(), said_pattern)
        parts.append(Part(match[0], name.strip()))
        at = match.end()
    parts += _bare(value, at, len(value), said_pattern)
    return tuple(part for part in parts if part.text)


def has_placeholder(value: str, said_pattern: bool = False) -> bool:
    """Whether any part of the value stands for something of the customer's."""
    return any(part.name is not None for part in parts_of(value, said_pattern))


def _bare(value: str, start: int, end: int, said_pattern: bool) -> Iterator[Part]:
    """The placeholders without brackets between two places; only an address can hold them."""
    literal = value[start:end]
    if "://" not in value and ":" not in value and "/" not in value and "." not in value:
        yield Part(literal)
        return
    at = 0
    for match in _words(literal, said_pattern):
        yield Part(literal[at : match.start()])
        yield Part(match[0], match[0])
        at = match.end()
    yield Part(literal[at:])


def _words(literal: str, said_pattern: bool) -> Iterator[re.Match[str]]:
    """The words that are placeholders: compounds as a whole, else the pieces of them."""
    for match in _WORD.finditer(literal):
        if literal[match.end() : match.end() + 1] == "=":
            continue
        if _is_placeholder(match[0], said_pattern):
            yield match
        else:
            pieces = _PIECE.finditer(literal, match.start(), match.end())
            yield from (piece for piece in pieces if _is_placeholder(piece[0], said_pattern))


def _is_placeholder(word: str, said_pattern: bool) -> bool:
    if _STANDALONE.fullmatch(word) or _CAPITALS.fullmatch(word):
        return True
    return said_pattern and _ANY_CAPITALS.fullmatch(word) is not None and not _PROTOCOL.search(word)
