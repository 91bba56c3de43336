"""Which properties each served type of Microsoft Graph v1.0 has, and which of them an answer shows unasked.

The table itself is ``schema.txt``, in the words of Microsoft's metadata. This room looks names up in it; it must never
learn a property from what a client asks for. Source: the v1.0 metadata document (CSDL) of Microsoft Graph, and the
"Returned only on $select" remarks of its reference pages.
"""

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Property(NamedTuple):
    """One property: its type's name without namespace, and whether it is a list and may be null."""

    name: str
    type: str
    collection: bool
    nullable: bool


class Type(NamedTuple):
    """One entity or complex type, inherited properties included (``id`` first)."""

    name: str
    kind: str
    base: str | None
    properties: dict[str, Property]


PRIMITIVES = frozenset(
    {"String", "Boolean", "Guid", "DateTimeOffset", "Date", "Duration", "Binary", "Int32", "Int64", "Single", "Stream"}
)

OPEN_TYPES = frozenset({"customSecurityAttributeValue"})
"""Types that take any property."""

DIRECTORY_OBJECTS = ("user", "group", "servicePrincipal", "application")
"""What a list of ``directoryObject`` (owners, members, appliesTo) can hold here."""

_SHOWN_UNASKED = {
    "user": (
        "id",
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
    ),
}
ONLY_ON_SELECT = {
    "servicePrincipal": frozenset({"customSecurityAttributes"}),
    "applicationTemplate": frozenset({"riskFactors", "riskScore"}),
}
"""Properties that an answer without ``$select`` never shows."""


def _parse(text: str) -> tuple[dict[str, Type], dict[str, tuple[str, ...]]]:
    declared: dict[str, tuple[str, str | None, list[Property]]] = {}
    enums: dict[str, tuple[str, ...]] = {}
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    paragraphs: list[list[str]] = []
    for line in lines:
        if line.startswith(" "):
            paragraphs[-1].extend(line.split())
        else:
            paragraphs.append(line.split())
    for kind, name, *words in paragraphs:
        if kind == "enum":
            enums[name] = tuple(words[1:])
            continue
        base = words[1] if words[:1] == ["<"] else None
        declared[name] = (kind, base, [_property(word) for word in words[2 if base else 0 :]])

    def properties(name: str) -> dict[str, Property]:
        _, base, own = declared[name]
        return (properties(base) if base else {}) | {prop.name: prop for prop in own}

    return {name: Type(name, kind, base, properties(name)) for name, (kind, base, _) in declared.items()}, enums


def _property(word: str) -> Property:
    name, _, spelled = word.partition(":")
    bare = spelled.removesuffix("!")
    return Property(name, bare.removesuffix("[]"), bare.endswith("[]"), nullable=bare == spelled)


TYPES, ENUMS = _parse((files("auditor.emulator") / "schema.txt").read_text("utf-8"))


def property_of(type_name: str, name: str) -> Property | None:
    """The property of an entity or complex type, or None where the type has none of that name."""
    return TYPES[type_name].properties.get(name)


@cache
def blank(type_name: str) -> dict[str, Any]:
    """Every property of the type as the service gives it when nothing was set: empty lists, else null.

    The lists are shared: callers copy before they change one.
    """
    return {p.name: [] if p.collection else None for p in TYPES[type_name].properties.values() if p.type != "Stream"}


@cache
def shown_unasked(type_name: str) -> dict[str, Any]:
    """The default property set of the type with blank values: what an answer without ``$select`` holds."""
    values = blank(type_name)
    if type_name in _SHOWN_UNASKED:
        return {name: values[name] for name in _SHOWN_UNASKED[type_name]}
    hidden = ONLY_ON_SELECT.get(type_name, frozenset())
    return {name: value for name, value in values.items() if name not in hidden}
