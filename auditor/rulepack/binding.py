"""Placeholders of a rule's patterns, bound to a tenant's own values: the pattern becomes a constant.

A pack that is the same for every tenant can only say ``https://<subdomain>.acme.example``; which subdomain is a
tenant's stands in its configuration. Another customer's subdomain fits the pattern and is no place for assertions:
binding closes that gap. Nothing here reads a file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from auditor.model.rule import Binding, Pack, Rule
from auditor.rulepack.errors import BindError, nearest

if TYPE_CHECKING:
    from auditor.rulepack.paths import Note
    from auditor.rulepack.tutorial.pattern import Pattern


def check_patterns(patterns: Sequence[str], expect: Any, note: "Note") -> None:
    """Note each printed pattern that cannot be one, or whose expression stands nowhere in ``expect``."""
    expressions = {node["pattern"] for node in _nodes(expect) if isinstance(node.get("pattern"), str)}
    for printed in patterns:
        try:
            pattern = _parsed(printed)
            expression = pattern.regex
        except ValueError as error:
            note(f"{printed!r} cannot be made into a pattern: {error}", "a printed value with placeholders")
            continue
        if not pattern.names:
            note(f"{printed!r} has no placeholder", "a printed value with placeholders, such as <subdomain>")
        elif expression not in expressions:
            note(f"the expression of {printed!r} is not in 'expect'", f"pattern: '{expression}'")


def placeholders(pack: Pack) -> dict[str, tuple[str, ...]]:
    """The names that can be bound in the pack → the printed patterns that have them."""
    found: dict[str, tuple[str, ...]] = {}
    for printed in dict.fromkeys(printed for rule in pack.rules for printed in rule.patterns):
        for name in _parsed(printed).names:
            found[name] = (*found.get(name, ()), printed)
    return found


def bind_packs(packs: Sequence[Pack], bindings: Iterable[Binding]) -> tuple[Pack, ...]:
    """The packs with the placeholders bound; raises :class:`BindError` for what fits none, or more than one.

    A binding that names no pack is for the one pack that has the placeholder: where two have it, one value for both
    would be a guess.
    """
    bindings = tuple(bindings)
    if not bindings:
        return tuple(packs)
    known = {pack.id: placeholders(pack) for pack in packs}
    chosen: dict[str, dict[str, str]] = {pack.id: {} for pack in packs}
    for binding in bindings:
        chosen[_pack_for(binding, known)][binding.name] = binding.value
    return tuple(_bound_pack(pack, chosen[pack.id]) if chosen[pack.id] else pack for pack in packs)


def _pack_for(binding: Binding, known: Mapping[str, Mapping[str, Any]]) -> str:
    if binding.pack is not None:
        if binding.pack not in known:
            raise BindError(f"bind names no pack in use: {binding.pack!r}{nearest(binding.pack, known)}", _packs(known))
        if binding.name not in known[binding.pack]:
            raise _no_placeholder(binding, {binding.pack: known[binding.pack]})
        return binding.pack
    fitting = [pack for pack, names in known.items() if binding.name in names]
    if not fitting:
        raise _no_placeholder(binding, known)
    if len(fitting) > 1:
        raise BindError(
            f"bind.{binding.name}: several packs have this placeholder: {', '.join(fitting)}.",
            f"Say for which: bind.{fitting[0]}.{binding.name} = …",
        )
    return fitting[0]


def _no_placeholder(binding: Binding, known: Mapping[str, Mapping[str, Any]]) -> BindError:
    names = sorted({name for have in known.values() for name in have})
    where = f"the pack {binding.pack}" if binding.pack else "the packs in use"
    return BindError(
        f"bind: there is no placeholder {binding.name!r} in {where}{nearest(binding.name, names)}",
        f"Placeholders are: {', '.join(names)}." if names else "None of the packs has any.",
    )


def _packs(known: Iterable[str]) -> str:
    return f"Packs in use: {', '.join(known)}."


def _bound_pack(pack: Pack, values: Mapping[str, str]) -> Pack:
    rules = tuple(_bound_rule(rule, values, pack.id) if rule.patterns else rule for rule in pack.rules)
    return msgspec.structs.replace(pack, rules=rules)


def _bound_rule(rule: Rule, values: Mapping[str, str], pack: str) -> Rule:
    expect, expected, left = rule.expect, rule.expected, []
    for printed in rule.patterns:
        pattern = _parsed(printed)
        here = {name: value for name, value in values.items() if name in pattern.names}
        try:
            bound = pattern.bind(here)
        except ValueError as error:
            raise BindError(f"bind, pack {pack}: {error}", "Mend the value in the configuration.") from error
        expect = _replaced(expect, pattern.schema(), bound.schema())
        if expected is not None:
            expected = expected.replace(pattern.shown, bound.shown)
        left += [bound.shown] if bound.names else []
    exact = "const" in expect or "enum" in expect
    return msgspec.structs.replace(
        rule, expect=expect, expected=None if exact and not left else expected, patterns=tuple(left)
    )


def _replaced(node: Any, was: Mapping[str, Any], becomes: Mapping[str, Any]) -> Any:
    """``node`` with the pattern's schema replaced; a list of exactly one constant becomes a constant itself."""
    if isinstance(node, list):
        return [_replaced(member, was, becomes) for member in node]
    if not isinstance(node, dict):
        return node
    if node == was:
        return dict(becomes)
    made = {key: _replaced(member, was, becomes) for key, member in node.items()}
    items = made.get("items")
    one = made.get("minItems") == made.get("maxItems") == 1 and made.keys() == {"type", "minItems", "maxItems", "items"}
    if one and isinstance(items, dict) and items.keys() == {"const"}:
        return {"const": [items["const"]]}
    return made


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for member in schema.values():
            yield from _nodes(member)
    elif isinstance(schema, list):
        for member in schema:
            yield from _nodes(member)


def _parsed(printed: str) -> "Pattern":
    # The folder of the tutorial parser brings a Markdown parser along, which most packs have no need of.
    from auditor.rulepack.tutorial.pattern import parse_pattern

    return parse_pattern(printed)
