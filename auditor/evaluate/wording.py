"""What findings say: expected and observed values as text, and reasons from a rule's templates.

Texts of a tenant go in as they are; each output escapes them for itself. What is observed carries no clock:
a waiver compares it from one day to the next.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from auditor.evaluate.evidence import Causes, Evidence
from auditor.model.document import above
from auditor.model.evidence import Outcome, Unknown
from auditor.model.rule import Rule

BLANK = "(blank)"
NOT_READ = "(not read)"
NOT_APPLICABLE = "(not applicable)"

_PLACEHOLDER = re.compile(r"\{([A-Za-z][\w.]*)\}", re.ASCII)
_NAMED_AT_MOST = 10


def as_text(value: Any) -> str:
    """A value as a finding shows it.

    Scalars as they are, null and empty as blank, lists one member a line.
    """
    if value is None or value == "":
        return BLANK
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(as_text(member) for member in value) if value else "none"
    if isinstance(value, dict):
        label = value.get("label")
        return label if isinstance(label, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def in_sentence(value: Any) -> str:
    """A value within a sentence: the members of a long list named as far as ten, then counted."""
    if isinstance(value, list):
        if not value:
            return "none"
        told = ", ".join(in_sentence(member) for member in value[:_NAMED_AT_MOST])
        more = len(value) - _NAMED_AT_MOST
        return f"{told} and {more:,} more" if more > 0 else told
    if isinstance(value, dict) and isinstance(value.get("sentence"), str):
        return str(value["sentence"])
    return "blank" if value is None or value == "" else as_text(value)


class _Placeholder:
    """A ``{path}`` of a template, taken apart."""

    __slots__ = ("above", "names", "rest", "root")

    def __init__(self, path: str) -> None:
        self.root, _, self.rest = path.partition(".")
        self.names = tuple(path.split("."))
        self.above = above(path)

    def text(self, evidence: Evidence, own: Mapping[str, Any]) -> str:
        """The value within a sentence; evidence that is not known is said to be so."""
        if self.root in own:
            value = own[self.root]
            return in_sentence(value.get(self.rest) if self.rest and isinstance(value, dict) else value)
        if evidence.unknown and not self.above.isdisjoint(evidence.unknown):
            return "not known"
        value = evidence.document
        for name in self.names:
            value = value.get(name) if isinstance(value, dict) else None
        return in_sentence(value)


class Template:
    """A text with ``{path}`` placeholders, taken apart once."""

    __slots__ = ("_parts", "only")

    def __init__(self, text: str) -> None:
        # re.split with one group alternates literal text and placeholder names.
        parts = _PLACEHOLDER.split(text)
        self._parts = tuple(
            part if place % 2 == 0 else _Placeholder(part) for place, part in enumerate(parts) if part != ""
        ) or ("",)
        self.only = parts[1] if len(parts) == 3 and not parts[0] + parts[2] else None
        """The placeholder that is the whole text, where one is."""

    def fill(self, evidence: Evidence, own: Mapping[str, Any]) -> str:
        """The text with values in.

        ``own`` holds what stands in no document: node, parameters, observed, expected.
        """
        return "".join([part if isinstance(part, str) else part.text(evidence, own) for part in self._parts])


def expected_of(rule: Rule) -> str:
    """What a rule without words of its own expects, as its schema says it."""
    schema = rule.expect
    if "const" in schema:
        return as_text(schema["const"])
    if "enum" in schema:
        return as_text(schema["enum"])
    if schema.get("maxItems") == 0:
        return "none"
    if "minItems" in schema:
        return f"at least {'one' if schema['minItems'] == 1 else schema['minItems']}"
    return rule.title


def expected_texts(schema: dict[str, Any]) -> tuple[str, ...]:
    """The texts that a schema names as right, for telling a near miss: its own, or those of its members."""
    named = schema.get("const", schema.get("enum"))
    if isinstance(named, str):
        return (named,)
    if isinstance(named, list):
        return tuple(text for text in named if isinstance(text, str))
    nested = [schema.get("items"), *schema.get("anyOf", ())]
    return tuple(text for member in nested if isinstance(member, dict) for text in expected_texts(member))


def texts_in(value: Any) -> tuple[str, ...]:
    """The texts in an observed value."""
    if isinstance(value, str):
        return (value,)
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


_WITHHELD = (Outcome.DENIED, Outcome.NOT_ASKED)
"""Outcomes that a permission would settle; it cures neither throttling nor what the service does not tell anybody."""


def not_assessed(causes: Causes) -> str:
    """Why a rule could not be assessed: each source with its cause, and the permission where one would settle it."""
    told = "; ".join(dict.fromkeys(f"{cause.source}: {cause.cause.rstrip('.')}" for cause in causes))
    lacking = _permissions(cause for cause in causes if cause.outcome in _WITHHELD)
    others = _permissions(cause for cause in causes if cause.outcome not in _WITHHELD)
    settle = f" It needs the permission {lacking}." if lacking else ""
    read_with = f" Reading it takes the permission {others}." if others and others != lacking else ""
    return f"This could not be assessed: {told}.{settle}{read_with}"


def _permissions(causes: Iterable[Unknown]) -> str:
    """Each permission once, though one cause may name two (``A and B``)."""
    named = (cause.permission.split(" and ") for cause in causes if cause.permission)
    return " and ".join(sorted({name for names in named for name in names}))


def also_unread(causes: Causes) -> str:
    """The sentence that goes with a certain outcome when not everything could be read."""
    told = "; ".join(dict.fromkeys(cause.cause.rstrip(".") for cause in causes))
    return f"Not everything could be read: {told}."
