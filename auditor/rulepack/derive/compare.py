"""How a tutorial and a pack differ: in values, never in wording.

What the page asks of each field is held against what the pack's rules expect of the setting, and so are the app's name,
its fixed identifier, the single instance and the test users. A placeholder may be renamed, a list put in another order,
a sentence rewritten: no difference.
"""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from auditor.model.rule import Pack, Rule
from auditor.rulepack.derive.assemble import Derivation, derive_pack
from auditor.rulepack.tutorial import Field, Kind, TutorialFacts, parse_pattern

_SELECTS = {
    "$.application.identifierUris": Field.IDENTIFIER,
    "$.application.web.redirectUris": Field.REPLY_URL,
    "$.servicePrincipal.loginUrl": Field.SIGN_ON_URL,
    "$.servicePrincipal.samlSingleSignOnSettings.relayState": Field.RELAY_STATE,
}
_BLANK = "(blank)"


class Change(StrEnum):
    """What happened to a value, seen from the pack."""

    ADDED = "added"
    """The page gives it, the pack does not expect it."""
    REMOVED = "removed"
    """The pack expects it, the page no longer gives it."""
    CHANGED = "changed"
    """One value took the place of another."""


class Difference(Struct, frozen=True):
    """One difference; ``pack`` or ``page`` is None where there is nothing on that side."""

    about: str
    """A field, or ``app_name``, ``app_identifier``, ``single_instance``, ``test_users``."""
    change: Change
    pack: str | None
    page: str | None
    rule: str | None = None
    """The pack's rule that holds the value."""


class Comparison(Struct, frozen=True):
    """Every difference between a page and a pack; ``undecided`` is what the page leaves to a person."""

    pack: str
    page: str
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """No value differs."""
        return not self.differences


Values = dict[str, str]
"""What a value means (an expression, a constant) → how it is shown. Equal meanings are equal values."""


def compare_pack(facts: TutorialFacts, pack: Pack) -> Comparison:
    """What a page gives and a pack expects, field by field; pure."""
    derivation = derive_pack(facts, app_name=None if facts.app_name else pack.app.display_name)
    page_rules = {_SELECTS.get(rule["select"]): rule for rule in derivation.pack["rules"]}
    own: dict[Field, Rule] = {}
    for rule in pack.rules:
        if (field := _SELECTS.get(rule.select)) is not None:
            own.setdefault(field, rule)
    found: list[Difference] = []
    for field in Field:
        held, given = own.get(field), page_rules.get(field)
        before = _values(held.expect, held.patterns) if held is not None else {}
        after = _values(given["expect"], given.get("patterns", ())) if given else _unmade(facts, field)
        found += _differences(field.value, before, after, held.id if held is not None else None)
    found += _differences(
        "app_name", _named([pack.app.display_name]), _named([facts.app_name.value] if facts.app_name else []) or None
    )
    if not any(difference.about == Field.IDENTIFIER for difference in found):
        found += _differences("app_identifier", _named([pack.app.identifier or ""]), _identifier(derivation))
    one = next((rule.id for rule in pack.rules if _one_instance(rule)), None)
    before, after = _named(["only one"] if one else []), _named(["only one"] if facts.single_instance else [])
    found += _differences("single_instance", before, after, one)
    users = [user.value for user in facts.test_users]
    found += _differences("test_users", _users(pack.app.test_users), _users(users))
    return Comparison(pack.id, facts.name, tuple(found))


def _differences(about: str, before: Values, after: Values | None, rule: str | None = None) -> list[Difference]:
    """What was added and removed; one for one is a change. ``after`` None: the page does not say, which is no claim."""
    if after is None:
        return []
    removed = [shown for value, shown in before.items() if value not in after]
    added = [shown for value, shown in after.items() if value not in before]
    changed = list(zip(removed, added, strict=False)) if len(removed) == len(added) == 1 else []
    if changed:
        return [Difference(about, Change.CHANGED, was, now, rule) for was, now in changed]
    return [
        *(Difference(about, Change.REMOVED, shown, None, rule) for shown in removed),
        *(Difference(about, Change.ADDED, None, shown, rule) for shown in added),
    ]


def _values(schema: dict[str, Any], patterns: Any) -> Values:
    """The values that a rule's schema accepts, as far as it says them."""
    printed = {parse_pattern(value).regex: value for value in patterns}
    found: Values = {}

    def constant(value: Any) -> None:
        shown = _BLANK if value is None or value == "" else str(value)
        found[shown] = shown

    def walk(node: Any) -> None:
        if not isinstance(node, dict):
            return
        for value in [node["const"]] if "const" in node else node.get("enum", ()):
            for member in value if isinstance(value, list) else [value]:
                constant(member)
        if "pattern" in node:
            found[f"/{node['pattern']}/"] = printed.get(node["pattern"], f"/{node['pattern']}/")
        if node.get("maxItems") == 0:
            constant(None)
        walk(node.get("items"))
        for keyword in ("anyOf", "oneOf", "allOf"):
            for member in node.get(keyword, ()):
                walk(member)

    walk(schema)
    return found


def _unmade(facts: TutorialFacts, field: Field) -> Values:
    """What the page prints for a field of which no rule could be made."""
    fact = facts.field(field)
    return {} if fact.kind in (Kind.NONE, Kind.METADATA) else {value: value for value in fact.values}


def _identifier(derivation: Derivation) -> Values:
    identifier = derivation.pack.get("app", {}).get("identifier")
    return _named([identifier or ""])


def _named(names: list[str]) -> Values:
    return {name: name for name in names if name}


def _users(names: Any) -> Values:
    """Test users by their letters: ``Britta Simon`` and ``BrittaSimon`` are one spelling apart."""
    return {"".join(name.split()).casefold(): name for name in reversed(tuple(names))}


def _one_instance(rule: Rule) -> bool:
    return rule.select == "$.discovery.instances" and rule.expect.get("maxItems") == 1
