"""What an organisation changes about a rule without copying it: severity, parameters, being asked."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from auditor.model.rule import Severity
from auditor.rulepack.errors import Problem, nearest
from auditor.rulepack.shape import Section, kind_of
from auditor.rulepack.yamltree import Tree

OVERRIDE_KEYS = ("severity", "parameters", "enabled")


class PackOverrides(Struct, frozen=True):
    """What a configuration says of the rules: ids put out of scope, and overrides as in a pack.

    ``override`` is plain data, rule id → ``{"severity": …, "parameters": {…}, "enabled": …}``; the loader
    checks it. ``source`` names the file in error messages.
    """

    skip: tuple[str, ...] = ()
    override: Mapping[str, Any] = {}
    source: str = "configuration"

    def sections(self, problems: list[Problem]) -> list[Section]:
        """The overrides as the sections that a pack's own would be."""
        if not self.override:
            return []
        tree = Tree(self.source, {"override": dict(self.override)}, {})
        return override_sections(Section(tree, tree.value, (), problems))


def override_sections(holder: Section) -> list[Section]:
    """One section for each rule under ``override``, with ``rule`` set; what is no mapping is noted."""
    overrides = holder.mapping("override")
    if overrides is None:
        return []
    found: list[Section] = []
    for rule in overrides.value:
        section = overrides.mapping(rule)
        if section is None:
            if overrides.value[rule] is None:
                overrides.problem(rule, "it overrides nothing", f"one of {', '.join(OVERRIDE_KEYS)}")
            continue
        section.rule = rule
        section.known_keys(OVERRIDE_KEYS)
        found.append(section)
    return found


class Overridden(Struct, frozen=True):
    """A rule's overridable parts, after every override."""

    severity: str | None
    parameters: dict[str, Any]
    enabled: bool


def apply_overrides(section: Section, parameters: dict[str, Any], overrides: list[Section]) -> Overridden:
    """The rule's own parts with ``overrides`` over them, in order: the last one wins.

    A parameter keeps its type, and a number does not go below zero: ``days: "30"`` or ``days: -1`` would
    switch a rule off without saying so.
    """
    severity = section.choice("severity", [str(level) for level in Severity])
    enabled = section.flag("enabled", default=True)
    for name, value in parameters.items():
        _check_number(section, name, value)
    for override in overrides:
        if "severity" in override.value:
            severity = override.choice("severity", [str(level) for level in Severity], severity)
        enabled = override.flag("enabled", enabled)
        given = override.mapping("parameters")
        for name, value in given.value.items() if given else ():
            if name not in parameters:
                message = f"the rule has no parameter {name!r}{nearest(name, parameters)}"
                override.problem(f"parameters.{name}", message, ", ".join(parameters) or "no parameters")
            elif not _same_type(parameters[name], value):
                wanted = kind_of(parameters[name])
                override.problem(f"parameters.{name}", f"{kind_of(value)} stands here", f"{wanted}, as the rule has")
            elif _check_number(override, name, value):
                parameters = {**parameters, name: value}
    return Overridden(severity, parameters, enabled)


def _same_type(before: Any, after: Any) -> bool:
    if isinstance(before, float) and isinstance(after, int) and not isinstance(after, bool):
        return True
    if isinstance(before, list):
        return isinstance(after, list) and all(_same_type(before[0], member) for member in after if before)
    return type(before) is type(after)


def _check_number(section: Section, name: str, value: Any) -> bool:
    if isinstance(value, int | float) and value < 0:
        section.problem(f"parameters.{name}", f"{value} is below zero", "zero or more")
        return False
    return True
