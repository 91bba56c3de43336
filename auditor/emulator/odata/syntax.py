"""The grammar of ``$filter``, as far as Graph has it: text to a tree.

Source: OASIS OData 4.01 URL conventions, 5.1.1. Anything outside the grammar is Graph's 400 "Invalid filter clause".
"""

import re
from typing import NamedTuple

from auditor.emulator.errors import GraphError, bad_request

LITERAL_KINDS = ("string", "boolean", "number", "datetime", "date", "guid", "null")
MAX_DEPTH = 50
"""How deep parentheses and ``not`` may nest."""


class Literal(NamedTuple):
    """A constant: its kind (one of ``LITERAL_KINDS``) and Python value; dates and GUIDs stay text."""

    kind: str
    value: str | bool | float | None


class Compare(NamedTuple):
    """``path op literal`` with op one of eq, ne, gt, ge, lt, le."""

    path: tuple[str, ...]
    op: str
    literal: Literal


class In(NamedTuple):
    """``path in (…)``."""

    path: tuple[str, ...]
    literals: tuple[Literal, ...]


class Call(NamedTuple):
    """``startswith(path,'…')``, ``endswith``, ``contains``."""

    name: str
    path: tuple[str, ...]
    literal: Literal


class Any(NamedTuple):
    """``path/any(v:…)``; paths within ``body`` are relative to the member."""

    path: tuple[str, ...]
    body: "Node | None"


class Not(NamedTuple):
    """``not …``."""

    operand: "Node"


class Both(NamedTuple):
    """``… and …``."""

    left: "Node"
    right: "Node"


class Either(NamedTuple):
    """``… or …``."""

    left: "Node"
    right: "Node"


Node = Compare | In | Call | Any | Not | Both | Either

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<mark>[()/,:])
    )""",
    re.VERBOSE,
)
_OPERATORS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_FUNCTIONS = frozenset({"startswith", "endswith", "contains"})


def parse(text: str) -> Node:
    """The tree of a filter. Raises the 400 that Graph answers for text outside the grammar."""
    parser = _Parser(text)
    node = parser.either(0)
    if parser.kind != "end":
        raise parser.refuse()
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                kind = "an unterminated literal" if text[at:].lstrip().startswith("'") else "a syntax error"
                raise _invalid(f"There is {kind} at position {at} in '{text}'.")
            self.tokens.append((found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
            at = found.end()
        self.tokens.append(("end", "", len(text)))
        self.at = 0
        self.variable: str | None = None

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def word(self) -> str:
        return self.tokens[self.at][1]

    def refuse(self) -> GraphError:
        return _invalid(f"Syntax error at position {self.tokens[self.at][2]} in '{self.text}'.")

    def take(self, word: str | None = None) -> str:
        kind, found, _ = self.tokens[self.at]
        if kind == "end" or (word is not None and found != word):
            raise self.refuse()
        self.at += 1
        return found

    def either(self, depth: int) -> Node:
        node = self.both(depth)
        while self.kind == "name" and self.word == "or":
            self.take()
            node = Either(node, self.both(depth))
        return node

    def both(self, depth: int) -> Node:
        node = self.term(depth)
        while self.kind == "name" and self.word == "and":
            self.take()
            node = Both(node, self.term(depth))
        return node

    def term(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _invalid("The node count limit has been exceeded.")
        if self.word == "(" and self.kind == "mark":
            self.take()
            node = self.either(depth + 1)
            self.take(")")
            return node
        if self.kind != "name":
            raise self.refuse()
        if self.word == "not":
            self.take()
            return Not(self.term(depth + 1))
        if self.word.lower() in _FUNCTIONS:
            return self.call()
        return self.comparison(depth)

    def call(self) -> Node:
        name = self.take().lower()
        self.take("(")
        path = self.path()
        self.take(",")
        literal = self.literal()
        self.take(")")
        if self.kind == "name" and self.word == "eq" and self.tokens[self.at + 1][1] in ("true", "false"):
            self.take()
            call = Call(name, path, literal)
            return call if self.take() == "true" else Not(call)
        return Call(name, path, literal)

    def comparison(self, depth: int) -> Node:
        path = self.path()
        if path and path[-1] == "any" and self.word == "(":
            return self.any(path[:-1], depth)
        operator = self.take()
        if operator == "in":
            self.take("(")
            literals = [self.literal()]
            while self.word == ",":
                self.take()
                literals.append(self.literal())
            self.take(")")
            return In(path, tuple(literals))
        if operator not in _OPERATORS:
            self.at -= 1
            raise self.refuse()
        return Compare(path, operator, self.literal())

    def any(self, path: tuple[str, ...], depth: int) -> Node:
        self.take("(")
        if self.word == ")":
            self.take()
            return Any(path, None)
        outer, self.variable = self.variable, self.take()
        self.take(":")
        body = self.either(depth + 1)
        self.take(")")
        self.variable = outer
        return Any(path, body)

    def path(self) -> tuple[str, ...]:
        names = []
        while True:
            if self.kind != "name":
                raise self.refuse()
            names.append(self.take())
            if self.word != "/" or self.kind != "mark":
                break
            self.take()
        if self.variable is not None:
            if names[0] != self.variable:
                raise self.refuse()
            return tuple(names[1:])
        return tuple(names)

    def literal(self) -> Literal:
        kind, word = self.kind, self.word
        if kind == "name" and word in ("true", "false"):
            self.take()
            return Literal("boolean", word == "true")
        if kind == "name" and word == "null":
            self.take()
            return Literal("null", None)
        if kind not in LITERAL_KINDS:
            raise self.refuse()
        self.take()
        if kind == "string":
            return Literal("string", word[1:-1].replace("''", "'"))
        return Literal(kind, float(word) if kind == "number" else word)


def _invalid(message: str) -> GraphError:
    return bad_request(f"Invalid filter clause: {message}", "BadRequest")
