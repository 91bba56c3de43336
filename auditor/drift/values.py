"""Comparing and patching members: JSON values, property by property, with lists of texts taken as sets.

Paths below a member are Graph's property names joined by dots; a text in a list stands in brackets at the end.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from auditor.drift.view import Difference, Gap, Uncompared
from auditor.model.drift import ChangeKind
from auditor.model.times import parse_time


class Shape(Struct, frozen=True):
    """Which properties of a member are its state. What is not ``compared`` is a label, an id, or told elsewhere."""

    compared: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    """Dotted paths of what moves by itself and says nothing."""
    conditional: tuple[str, ...] = ()
    """Dotted paths of what moves by itself, and matters only where it turns a rule."""


def differences(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any], shape: Shape, source: str
) -> Iterator[Difference | Uncompared]:
    """How the member at ``path`` differs. A property that only one side's answer carried is not comparable."""
    for name in shape.compared:
        yield from _property(path, name, before, after, shape, source)


def same(name: str, before: Any, after: Any) -> bool:
    """Equality as the property means it: times by moment, policy definitions by the JSON in them, lists as sets."""
    if before == after:
        return True
    if isinstance(before, list) and isinstance(after, list):
        return _as_set(name, before) == _as_set(name, after)
    if name.endswith("DateTime") and isinstance(before, str) and isinstance(after, str):
        try:
            return parse_time(before) == parse_time(after)
        except ValueError:
            return False
    return False


def patched(member: Mapping[str, Any], below: str, kind: ChangeKind, after: Any) -> dict[str, Any]:
    """``member`` with the change at the dotted path ``below`` applied."""
    if "[" in below and below.endswith("]"):
        head, text = below[:-1].split("[", 1)
        return _at(member, head.split("."), lambda old: _listed(old, text, kind))
    return _at(member, below.split("."), lambda old: after)


def _property(
    path: str,
    name: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    shape: Shape,
    source: str,
    above: str = "",
) -> Iterator[Difference | Uncompared]:
    dotted = f"{above}{name}"
    if dotted in shape.ignored:
        return
    here = f"{path}.{dotted}"
    if (name in before) != (name in after):
        missing = Gap(source, f"the answer did not carry {name}")
        yield Uncompared(here, None if name in before else missing, None if name in after else missing)
        return
    if name not in before:
        return
    old, new = before[name], after[name]
    conditional = any(dotted == prefix or dotted.startswith(f"{prefix}.") for prefix in shape.conditional)
    if isinstance(old, dict) and isinstance(new, dict):
        for inner in sorted(old.keys() | new.keys()):
            yield from _property(path, inner, old, new, shape, source, f"{dotted}.")
    elif same(name, old, new):
        return
    elif isinstance(old, list) and isinstance(new, list) and name != "definition":
        for text in sorted(set(old) - set(new)):
            yield Difference(f"{here}[{text}]", ChangeKind.REMOVED, text, None, conditional)
        for text in sorted(set(new) - set(old)):
            yield Difference(f"{here}[{text}]", ChangeKind.ADDED, None, text, conditional)
    else:
        yield Difference(here, ChangeKind.CHANGED, old, new, conditional)


def _as_set(name: str, texts: list[Any]) -> set[Any]:
    return {_definition(text) for text in texts} if name == "definition" else set(texts)


def _definition(text: Any) -> Any:
    """A policy's definition without regard to white space and the order of its keys."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return text


def _listed(old: Any, text: str, kind: ChangeKind) -> list[str]:
    rest = [other for other in old or () if other != text]
    return rest if kind is ChangeKind.REMOVED else sorted([*rest, text])


def _at(member: Mapping[str, Any], steps: list[str], change: Any) -> dict[str, Any]:
    head, rest = steps[0], steps[1:]
    old = member.get(head)
    return {**member, head: _at(old or {}, rest, change) if rest else change(old)}
