"""One rule, compiled: its path, its schemas and the evidence that it stands on, worked out once."""

from functools import reduce
from typing import Any

import jsonschema_rs

from auditor.evaluate.certainty import acceptance_is_certain, refusal_is_certain
from auditor.evaluate.evidence import Causes, Evidence, distinct
from auditor.evaluate.selectors import Selector
from auditor.evaluate.wording import Template, expected_of, expected_texts
from auditor.model.document import above, mentions, related
from auditor.model.rule import Rule


class Condition:
    """A rule's ``when``: a schema over the part of the document that it mentions."""

    __slots__ = ("_complete", "_paths", "_rests_on", "_validator")

    def __init__(self, schema: dict[str, Any]) -> None:
        asked = list(mentions(schema))
        deep = [path for path, contents in asked if contents]
        shallow = [path for path, contents in asked if not contents]
        self._rests_on = _union(related(path) for path in deep) | _union(above(path) for path in shallow)
        self._complete = _union(related(path) for path in deep)
        paths = {path for path, _ in asked}
        # A path below another one comes along with it.
        self._paths = [tuple(path.split(".")) for path in paths if not (above(path) - {path}) & paths]
        self._validator = jsonschema_rs.Draft202012Validator(schema)

    def causes(self, evidence: Evidence) -> Causes:
        """Why it cannot be told whether the condition holds; empty where it can."""
        found = _causes(evidence.unknown, self._rests_on) + _causes(evidence.incomplete, self._complete)
        return distinct(found) if found else ()

    def holds(self, document: dict[str, Any]) -> bool:
        """Whether it holds, given that it can be told.

        The rest of the document is not looked at, for speed.
        """
        part: dict[str, Any] = {}
        for names in self._paths:
            source: Any = document
            target = part
            for place, name in enumerate(names):
                if not isinstance(source, dict) or name not in source:
                    break
                source = source[name]
                if place == len(names) - 1:
                    target[name] = source
                elif source is None:
                    target[name] = None
                    break
                else:
                    target = target.setdefault(name, {})
        return self._validator.is_valid(part)


class CompiledRule:
    """A rule with all that can be prepared before a snapshot is seen.

    Raises ValueError for a rule that no loader passed.
    """

    __slots__ = (
        "_acceptance",
        "_refusal",
        "_rests_on",
        "_validator",
        "expected",
        "items",
        "observe",
        "prefix",
        "right",
        "rule",
        "says",
        "select",
        "when",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.prefix = ""
        """Begins the key of the rule's fingerprints, where another pack has the same rule."""
        self.select = Selector(rule.select)
        self.observe = Selector(rule.observe) if rule.observe else None
        self.when = Condition(rule.when) if rule.when is not None else None
        self._validator = jsonschema_rs.Draft202012Validator(rule.expect)
        members = rule.expect.get("items")
        self.items = jsonschema_rs.Draft202012Validator(members) if isinstance(members, dict) else None
        """What each member of a selected list must be, where the rule says so: the others are what is
        observed.
        """
        self._rests_on = _union(related(path) for path in rule.requires)
        self._refusal = refusal_is_certain(rule.expect)
        self._acceptance = acceptance_is_certain(rule.expect)
        self.expected = Template(rule.expected if rule.expected is not None else expected_of(rule))
        self.right = expected_texts(rule.expect)
        self.says = {status: Template(text) for status, text in rule.says.items()}

    def causes(self, evidence: Evidence) -> Causes:
        """Why the evidence that the rule needs is not all there; empty where it is."""
        if not evidence.unknown:
            return ()
        found = _causes(evidence.unknown, self._rests_on)
        return distinct(found) if found else ()

    def causes_of_node(self, evidence: Evidence, key: str) -> Causes:
        """Why one member of a list is unknown; empty where it is known."""
        if not evidence.unknown:
            return ()
        return next((found for path in self.rule.requires if (found := evidence.unknown.get(f"{path}[{key}]"))), ())

    def gaps(self, evidence: Evidence) -> Causes:
        """What the lists that the rule needs may lack."""
        if not evidence.incomplete:
            return ()
        found = _causes(evidence.incomplete, self._rests_on)
        return distinct(found) if found else ()

    def accepts(self, value: Any) -> bool:
        """Whether the expectation holds of a selected value."""
        return self._validator.is_valid(value)

    def certain(self, accepted: bool, evidence: Evidence) -> bool:
        """Whether a verdict stands although lists are incomplete.

        Only where the one list in doubt was selected whole.
        """
        lacking = [path for path in evidence.incomplete if path in self._rests_on]
        if lacking != [self.select.path] or not self.select.singular:
            return False
        return self._acceptance if accepted else self._refusal


def _causes(known: dict[str, Causes], paths: frozenset[str]) -> Causes:
    return tuple(cause for path, causes in known.items() if path in paths for cause in causes)


def _union(sets: Any) -> frozenset[str]:
    empty: frozenset[str] = frozenset()
    return reduce(frozenset.union, sets, empty)
