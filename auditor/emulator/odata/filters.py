"""From a filter's tree to a predicate over stored objects, refusing what Graph refuses.

Text compares without regard to case, as the directory does. A compiled filter also says which stored index can
narrow the search, so that one service principal among many thousands is found at once.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any as Value
from typing import NamedTuple

from auditor.emulator import schema
from auditor.emulator.errors import GraphError, bad_request, unsupported_query
from auditor.emulator.odata import syntax
from auditor.emulator.odata.capabilities import ADVANCED_TYPES, FILTERS, Filterable

Predicate = Callable[[dict[str, Value]], bool]


class Filter(NamedTuple):
    """A compiled filter."""

    matches: Predicate
    lookups: tuple[tuple[str, str], ...] | None
    """Pairs (property, lower-case value) whose union holds every match; None where only a search through all does."""
    properties: frozenset[str]
    """First segments of every path used."""
    advanced: GraphError | None
    """What to answer unless the query is an advanced one; None where a basic query will do."""


@lru_cache(maxsize=2048)
def compile_filter(type_name: str, text: str) -> Filter:
    """Compile ``$filter`` for a type. Raises the 400 that Graph answers for what it cannot parse or does not filter."""
    return _Compiler(type_name).compile(syntax.parse(text))


class _Compiler:
    def __init__(self, type_name: str) -> None:
        self.type = type_name
        self.properties: set[str] = set()
        self.advanced: GraphError | None = None

    def compile(self, tree: syntax.Node) -> Filter:
        matches = self.node(tree, self.type, ())
        return Filter(matches, lookups_of(tree), frozenset(self.properties), self.advanced)

    def node(self, node: syntax.Node, type_name: str, within: tuple[str, ...]) -> Predicate:
        """The predicate of a node; ``within`` is the path of the list whose member ``any`` stands on."""
        if isinstance(node, syntax.Both):
            left, right = self.node(node.left, type_name, within), self.node(node.right, type_name, within)
            return lambda value: left(value) and right(value)
        if isinstance(node, syntax.Either):
            left, right = self.node(node.left, type_name, within), self.node(node.right, type_name, within)
            return lambda value: left(value) or right(value)
        if isinstance(node, syntax.Not):
            inner = self.node(node.operand, type_name, within)
            for path in _paths(node.operand):
                self.allow((*within, *path), "not")
            return lambda value: not inner(value)
        if isinstance(node, syntax.Any):
            return self.any(node, type_name, within)
        return self.leaf(node, type_name, within)

    def any(self, node: syntax.Any, type_name: str, within: tuple[str, ...]) -> Predicate:
        prop = self.resolve(type_name, node.path)
        if not prop.collection:
            raise bad_request("Invalid filter clause: any is for collections alone.", "BadRequest")
        path = (*within, *node.path, "any")
        get = _getter(node.path)
        if node.body is None:
            self.allow(path, "eq")
            return lambda value: bool(get(value))
        body = self.node(node.body, prop.type, path)
        return lambda value: any(body(member) for member in get(value) or ())

    def leaf(
        self, node: syntax.Compare | syntax.In | syntax.Call, type_name: str, within: tuple[str, ...]
    ) -> Predicate:
        if node.path:
            prop = self.resolve(type_name, node.path)
            value_type = prop.type
            if prop.collection:
                raise bad_request(
                    f"A binary operator with incompatible types was detected: '{'/'.join(node.path)}' is a collection.",
                    "BadRequest",
                )
        else:
            value_type = type_name
        get = _getter(node.path)
        full = (*within, *node.path)
        if isinstance(node, syntax.In):
            self.allow(full, "in")
            wanted = {_key(value_type, literal) for literal in node.literals}
            return lambda value: _stored(value_type, get(value)) in wanted
        key = _key(value_type, node.literal)
        if isinstance(node, syntax.Call):
            self.allow(full, node.name)
            if not isinstance(key, str):
                raise _incompatible(value_type, node.literal, node.name)
            return _text_test(node.name, get, key)
        self.allow(full, "null" if node.op == "eq" and node.literal.kind == "null" else node.op)
        return _comparison(node.op, lambda value: _stored(value_type, get(value)), key)

    def resolve(self, type_name: str, path: tuple[str, ...]) -> schema.Property:
        if type_name == self.type and path:
            self.properties.add(path[0])
        prop: schema.Property | None = None
        current = type_name
        for name in path:
            prop = schema.property_of(current, name) if current in schema.TYPES else None
            if prop is None and current == "directoryObject":
                found = (schema.property_of(kind, name) for kind in schema.DIRECTORY_OBJECTS)
                prop = next((one for one in found if one is not None), None)
            if prop is None:
                raise bad_request(
                    f"Invalid filter clause: Could not find a property named '{name}' on type "
                    f"'microsoft.graph.{current}'.",
                    "BadRequest",
                )
            current = prop.type
        if prop is None:
            raise bad_request("Invalid filter clause: a property is missing.", "BadRequest")
        return prop

    def allow(self, path: tuple[str, ...], operator: str) -> None:
        spelled = "/".join(path)
        able = FILTERS[self.type].get(spelled, Filterable())
        if operator in able.basic:
            return
        message = (
            f"Unsupported or invalid query filter clause specified for property '{spelled.removesuffix('/any')}' "
            f"of resource '{self.type[:1].upper()}{self.type[1:]}'."
        )
        if operator not in able.advanced or self.type not in ADVANCED_TYPES:
            raise unsupported_query(message)
        if operator in ("endswith", "ne", "not"):
            word = {"endswith": "endsWith", "ne": "NotEqual", "not": "Not"}[operator]
            message = (
                f"Operator '{word}' is not supported because the 'ConsistencyLevel:eventual' header is missing. "
                "Refer to https://aka.ms/graph-docs/advanced-queries for more information"
            )
        self.advanced = self.advanced or unsupported_query(message)


def lookups_of(node: syntax.Node) -> tuple[tuple[str, str], ...] | None:
    """Pairs (property, lower-case value) of which every match of the node carries at least one, if there are such."""
    if isinstance(node, syntax.Compare):
        if node.op == "eq" and len(node.path) == 1 and isinstance(node.literal.value, str):
            return ((node.path[0], node.literal.value.lower()),)
    elif isinstance(node, syntax.In):
        values = [literal.value for literal in node.literals]
        if len(node.path) == 1 and all(isinstance(value, str) for value in values):
            return tuple((node.path[0], str(value).lower()) for value in values)
    elif isinstance(node, syntax.Any):
        body = node.body
        if (
            len(node.path) == 1
            and isinstance(body, syntax.Compare)
            and body.op == "eq"
            and not body.path
            and isinstance(body.literal.value, str)
        ):
            return ((node.path[0], body.literal.value.lower()),)
    elif isinstance(node, syntax.Both):
        return lookups_of(node.left) or lookups_of(node.right)
    elif isinstance(node, syntax.Either):
        left, right = lookups_of(node.left), lookups_of(node.right)
        return left + right if left and right else None
    return None


def time_key(text: str) -> tuple[datetime, int]:
    """A sort key of an RFC 3339 time with a fraction of any length; its second part counts picoseconds."""
    head, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))] if dot else ""
    zone = rest[len(digits) :] if dot else ""
    moment = datetime.fromisoformat(head + zone)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment, int(digits[:12].ljust(12, "0"))


def _paths(node: syntax.Node) -> list[tuple[str, ...]]:
    if isinstance(node, syntax.Both | syntax.Either):
        return _paths(node.left) + _paths(node.right)
    if isinstance(node, syntax.Not):
        return _paths(node.operand)
    if isinstance(node, syntax.Any):
        inner = _paths(node.body) if node.body else [()]
        return [(*node.path, "any", *path) for path in inner]
    return [node.path]


def _getter(path: tuple[str, ...]) -> Callable[[Value], Value]:
    if not path:
        return lambda value: value
    if len(path) == 1:
        name = path[0]
        return lambda value: value.get(name)

    def walk(value: Value) -> Value:
        for name in path:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return walk


def _stored(type_name: str, value: Value) -> Value:
    if isinstance(value, str):
        return time_key(value) if type_name == "DateTimeOffset" else value.lower()
    return value


def _key(type_name: str, literal: syntax.Literal) -> Value:
    """The literal in the form that ``_stored`` gives, refusing one that the type cannot be compared with."""
    if literal.kind == "null":
        return None
    allowed = {
        "Boolean": ("boolean",),
        "DateTimeOffset": ("datetime", "date"),
        "Date": ("date",),
        "Int32": ("number",),
        "Int64": ("number",),
        "Single": ("number",),
        "Guid": ("guid", "string"),
    }.get(type_name, ("string", "guid"))
    if literal.kind not in allowed:
        raise _incompatible(type_name, literal, "Equal")
    if literal.kind == "date" and type_name == "DateTimeOffset":
        return time_key(f"{literal.value}T00:00:00+00:00")
    if type_name == "DateTimeOffset":
        return time_key(str(literal.value))
    return literal.value.lower() if isinstance(literal.value, str) else literal.value


def _incompatible(type_name: str, literal: syntax.Literal, operator: str) -> GraphError:
    edm = {"string": "String", "boolean": "Boolean", "number": "Int32", "datetime": "DateTimeOffset"}
    return bad_request(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'Edm.{type_name}' and 'Edm.{edm.get(literal.kind, literal.kind.title())}' for operator kind '{operator}'.",
        "BadRequest",
    )


def _text_test(name: str, get: Callable[[Value], Value], key: str) -> Predicate:
    test: Callable[[str], bool]
    if name == "startswith":
        test = lambda text: text.startswith(key)  # noqa: E731 - three one-line tests side by side
    elif name == "endswith":
        test = lambda text: text.endswith(key)  # noqa: E731
    else:
        test = lambda text: key in text  # noqa: E731
    return lambda value: isinstance(found := get(value), str) and test(found.lower())


def _comparison(op: str, get: Callable[[Value], Value], key: Value) -> Predicate:
    if op == "eq":
        return lambda value: bool(get(value) == key)
    if op == "ne":
        return lambda value: bool(get(value) != key)
    if op == "gt":
        return lambda value: (found := get(value)) is not None and key is not None and bool(found > key)
    if op == "ge":
        return lambda value: (found := get(value)) is not None and key is not None and bool(found >= key)
    if op == "lt":
        return lambda value: (found := get(value)) is not None and key is not None and bool(found < key)
    return lambda value: (found := get(value)) is not None and key is not None and bool(found <= key)
