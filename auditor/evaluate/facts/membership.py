"""Whether a dynamic group's membership rule takes in everybody.

Only rules that certainly do are named: a clause that every user (or every member) satisfies, alternatives
of which one is such a clause, or a conjunction of nothing but such clauses. Source: Microsoft Entra,
"Manage rules for dynamic membership groups".
"""

import re
from functools import lru_cache

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"`]|`.)*"|'(?:[^'`]|`.)*')|(?P<sign>[()\[\],])|(?P<word>[^\s()\[\],"']+))"""
)
_OPERATORS = ("or", "and", "not")
_ALWAYS_SET = frozenset(
    "objectid userprincipalname displayname mail mailnickname usertype accountenabled".split()  # noqa: SIM905 - a list of words reads better so
)
_MAX_LENGTH = 20_000


@lru_cache(maxsize=4096)
def takes_in_everybody(rule: str) -> bool:
    """True for a rule that all users, or all members of the organization, satisfy."""
    tokens = _tokens(rule)
    return tokens is not None and _everybody(tokens)


def _tokens(rule: str) -> tuple[str, ...] | None:
    """The rule's tokens in lower case; None for what is not of the documented form."""
    if len(rule) > _MAX_LENGTH:
        return None
    found: list[str] = []
    position = 0
    text = rule.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        position = match.end()
        if match["text"] is not None:
            found.append('"' + match["text"][1:-1].lower() + '"')
        else:
            found.append(match.group().strip().lower())
    return tuple(found)


def _everybody(tokens: tuple[str, ...]) -> bool:
    tokens = _unwrapped(tokens)
    for operator, decide in (("or", any), ("and", all)):
        parts = _split(tokens, operator)
        if len(parts) > 1:
            return decide(_everybody(part) for part in parts)
    return _clause_of_everybody(tokens)


def _clause_of_everybody(clause: tuple[str, ...]) -> bool:
    if len(clause) < 3 or not clause[0].startswith("user."):
        return False
    name, operator, *value = clause
    attribute, operator = name.removeprefix("user."), operator.removeprefix("-")
    if operator == "ne" and value in (["null"], ["$null"], ['""']):
        return attribute in _ALWAYS_SET
    if attribute == "accountenabled" and operator == "eq":
        return value in (["true"], ['"true"'], ["$true"])
    if attribute == "usertype" and operator == "eq":
        return value == ['"member"']
    if attribute == "usertype" and operator == "in":
        return '"member"' in value
    return False


def _unwrapped(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Without parentheses around the whole."""
    while len(tokens) >= 2 and tokens[0] == "(" and tokens[-1] == ")":
        depth = 0
        for place, piece in enumerate(tokens):
            depth += (piece == "(") - (piece == ")")
            if depth == 0 and place < len(tokens) - 1:
                return tokens
        tokens = tokens[1:-1]
    return tokens


def _split(tokens: tuple[str, ...], operator: str) -> list[tuple[str, ...]]:
    """The parts between ``operator`` outside parentheses; ``-or`` and ``or`` are the same."""
    parts: list[tuple[str, ...]] = []
    depth = start = 0
    for place, piece in enumerate(tokens):
        depth += (piece == "(") - (piece == ")")
        if depth == 0 and piece.removeprefix("-") == operator:
            parts.append(tokens[start:place])
            start = place + 1
    return [*parts, tokens[start:]]
