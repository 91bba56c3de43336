"""The JSON Schemas of a rule: parameters put in, and everything refused that would weaken it in silence.

JSON Schema ignores a keyword that it does not know, so that a misspelt one asserts nothing and the rule
passes. Here it is an error. ``format`` asserts nothing either by default, and a remote ``$ref`` would be
fetched over the network: both are refused. Source: JSON Schema 2020-12, core and validation.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from auditor.rulepack.errors import nearest
from auditor.rulepack.shape import kind_of

Note = Callable[[str, str | None], None]
"""Takes a message and what was expected."""

_ONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
_NUMBERS = frozenset({"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"})
_SIZES = frozenset({"maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"})
_COUNTS = frozenset({"maxContains", "minContains", "uniqueItems"})
_OTHER = frozenset({"$ref", "const", "dependentRequired", "enum", "pattern", "required", "type"})
_SAYS_NOTHING = frozenset({"$anchor", "$comment", "$defs", "description", "title"})
_KEYWORDS = _ONE | _MANY | _NAMED | _NUMBERS | _SIZES | _COUNTS | _OTHER | _SAYS_NOTHING


def with_parameters(value: Any, parameters: Mapping[str, Any], used: set[str], note: Note) -> Any:
    """``value`` with each ``{$param: name}`` replaced by the parameter.

    The names met are added to ``used``.
    """
    if isinstance(value, dict):
        if "$param" in value:
            name = value["$param"]
            if len(value) != 1 or not isinstance(name, str):
                note("{$param: …} stands with other keys, or names no parameter", "{$param: NAME} alone")
                return None
            if name not in parameters:
                note(f"there is no parameter {name!r}{nearest(name, parameters)}", "a name under 'parameters'")
                return None
            used.add(name)
            return parameters[name]
        return {key: with_parameters(member, parameters, used, note) for key, member in value.items()}
    if isinstance(value, list):
        return [with_parameters(member, parameters, used, note) for member in value]
    return value


def check_schema(schema: Any, note: Note) -> bool:
    """Note what is wrong with ``schema``; True where nothing is."""
    problems = 0

    def counted(message: str, expected: str | None = None) -> None:
        nonlocal problems
        problems += 1
        note(message, expected)

    if not isinstance(schema, dict):
        counted(f"{kind_of(schema)} stands here", "a JSON Schema: a mapping")
        return False
    if not schema.keys() - _SAYS_NOTHING:
        counted("this schema accepts everything, so that the rule could never fail", "a schema that can refuse")
        return False
    _walk(schema, counted)
    if not problems:
        try:
            jsonschema_rs.Draft202012Validator(schema)
        except ValueError as error:
            counted(f"the schema does not compile: {str(error).splitlines()[0]}", "JSON Schema 2020-12")
    return problems == 0


_TYPED = {
    "a number": _NUMBERS,
    "a text": frozenset({"maxLength", "minLength", "pattern"}),
    "a list": frozenset({"contains", "items", "maxItems", "minItems", "prefixItems", "uniqueItems"}),
    "a mapping": frozenset({"additionalProperties", "maxProperties", "minProperties", "properties", "required"}),
}
_SAME_VALUE = ("then", "else", "allOf", "anyOf", "oneOf")


def check_types(schema: Any, note: Note, *, typed: bool = False) -> None:
    """Note each keyword that speaks of one type alone where nothing says the type: it accepts null without a word.

    ``{pattern: …}`` is met by null and by a list. What is below ``not`` and ``if`` is left out: there it refuses.
    """
    if not isinstance(schema, dict):
        return
    typed = typed or bool(schema.keys() & {"type", "const", "enum", "$ref"})
    for kind, keywords in _TYPED.items():
        for keyword in sorted(schema.keys() & keywords if not typed else ()):
            note(f"{keyword!r} accepts whatever is not {kind}", "'type' beside it")
    for keyword in _SAME_VALUE:
        given = schema.get(keyword)
        for member in given if isinstance(given, list) else [given]:
            check_types(member, note, typed=typed)
    for keyword in ("items", "contains", "additionalProperties"):
        check_types(schema.get(keyword), note)
    for keyword in ("properties", "patternProperties"):
        for member in (schema.get(keyword) or {}).values():
            check_types(member, note)


def _walk(schema: Any, note: Note) -> None:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        note(f"{kind_of(schema)} stands where a schema should", "a mapping")
        return
    for keyword, given in schema.items():
        if keyword == "format":
            note("'format' asserts nothing", "'pattern'")
        elif keyword not in _KEYWORDS:
            note(
                f"there is no keyword {keyword!r}{nearest(keyword, _KEYWORDS)}",
                "a keyword of JSON Schema 2020-12",
            )
        elif keyword == "$ref" and not (isinstance(given, str) and given.startswith("#")):
            note("'$ref' points outside the schema", "a reference that begins with '#'")
        elif keyword in _ONE:
            _walk(given, note)
        elif keyword in _MANY and isinstance(given, list):
            for member in given:
                _walk(member, note)
        elif keyword in _NAMED and isinstance(given, dict):
            for member in given.values():
                _walk(member, note)
