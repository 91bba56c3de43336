"""From what a page asks of a field to what a rule expects of the setting: a JSON Schema and the words for it.

Constants for fixed values, ``enum`` for a choice, anchored patterns for placeholders, blank where blank is asked.
Knows the four fields of the Basic SAML Configuration and no app.
"""

from typing import Any

from msgspec import Struct

from auditor.rulepack.tutorial import Field, FieldFact, Kind, PatternError, parse_pattern
from auditor.rulepack.tutorial.pattern import Pattern

LISTS = frozenset({Field.IDENTIFIER, Field.REPLY_URL})
"""The fields that Microsoft Graph holds as lists."""
BLANK: list[str | None] = [None, ""]


class Expectation(Struct, frozen=True):
    """What a rule says of one field."""

    expect: dict[str, Any]
    expected: str | None
    """Words, where the schema's own constants do not say it."""
    patterns: tuple[str, ...]
    """The printed patterns whose expressions stand in ``expect``."""

    @property
    def single(self) -> bool:
        """One value is right, or will be once its placeholders are bound: a remedy can set it."""
        values = self.expect.get("const")
        return values is not None or (self.expect.get("maxItems") == 1 and len(self.patterns) == 1)


def expectation(fact: FieldFact, *, optional: bool = False) -> Expectation | None:
    """What to expect of the field; None where the page prints nothing for it.

    ``optional``: the page asks for it in one of two modes only, so that blank is right as well. Raises
    :class:`PatternError` where a printed pattern has no safe expression.
    """
    if fact.kind in (Kind.NONE, Kind.METADATA):
        return None
    if fact.kind is Kind.BLANK:
        if fact.field in LISTS:
            return Expectation({"type": "array", "maxItems": 0}, None, ())
        return Expectation({"enum": BLANK}, "(blank)", ())
    taken = [_taken(value, said_pattern=fact.kind is Kind.PATTERN) for value in fact.values]
    constants = [value for value, pattern in taken if pattern is None]
    patterns = {value: pattern for value, pattern in taken if pattern is not None}
    printed = tuple(dict.fromkeys(value for value, _ in taken))
    make = _of_list if fact.field in LISTS else _of_text
    schema = make(constants, [pattern.schema() for pattern in patterns.values()], optional)
    plain = not patterns and ("const" in schema or "enum" in schema) and not optional
    shown = [patterns[value].shown if value in patterns else value for value in printed]
    return Expectation(schema, None if plain else _told(shown, optional), tuple(patterns))


def _taken(value: str, *, said_pattern: bool) -> tuple[str, Pattern | None]:
    """A printed value with its pattern, where it has placeholders.

    A placeholder that only the page's word "pattern" makes one is put into brackets, so that it is one for whoever
    reads the pack.
    """
    pattern = parse_pattern(value)
    if not pattern.names and said_pattern:
        pattern = parse_pattern(value, said_pattern=True)
        value = pattern.shown
    return (value, pattern) if pattern.names else (value, None)


def _of_list(constants: list[str], patterns: list[dict[str, Any]], optional: bool) -> dict[str, Any]:
    if len(constants) == 1 and not patterns:
        return {"const": constants}
    most = {"maxItems": 1} if len(constants) + len(patterns) == 1 else {}
    return {"type": "array", "minItems": 1, **most, "items": _any_of(constants, patterns)}


def _of_text(constants: list[str], patterns: list[dict[str, Any]], optional: bool) -> dict[str, Any]:
    if optional:
        return _any_of([*BLANK, *constants], patterns)
    if len(constants) == 1 and not patterns:
        return {"const": constants[0]}
    return _any_of(constants, patterns)


def _any_of(constants: list[Any], patterns: list[dict[str, Any]]) -> dict[str, Any]:
    members = ([{"enum": constants}] if constants else []) + patterns
    return members[0] if len(members) == 1 else {"anyOf": members}


def _told(shown: list[str], optional: bool) -> str:
    """What is expected, one value a line; braces would be read as places to fill in."""
    told = "\n".join((*shown, "(blank)") if optional else shown)
    return told.replace("{", "(").replace("}", ")")


__all__ = ["BLANK", "LISTS", "Expectation", "PatternError", "expectation"]
