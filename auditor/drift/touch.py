"""Which evidence a change touches: from drift's paths to those of the evidence document that rules speak of."""

from functools import lru_cache

from auditor.drift.table import MIRRORS
from auditor.model.document import PATHS, mentions, related
from auditor.model.drift import Change
from auditor.model.rule import Rule

_ALIASES = {"applicationTemplates": "gallery"}
"""Where the evidence document calls something by another name."""


def touches(change: Change, rule: Rule) -> bool:
    """Whether ``change`` touches evidence that ``rule`` requires, or that says whether the rule applies."""
    touched = [base for base in _bases(change) if base]
    asked = (*rule.requires, *(path for path, _ in mentions(rule.when or {})))
    return any(_overlap(one, other) for path in asked for other in _rests_on(path) for one in touched)


def _bases(change: Change) -> tuple[str, ...]:
    """A change's path up to its first member, and the mirror's where the change is told for both."""
    base = change.path.partition("[")[0]
    base = _ALIASES.get(base, base)
    return (base, dict(MIRRORS).get(base, "")) if change.mirrored else (base,)


@lru_cache(maxsize=1024)
def _rests_on(path: str) -> frozenset[str]:
    """What a path of the evidence document, and those above and below it, come from."""
    bases = {path}
    for known in related(path):
        if known in PATHS:  # a branch of the table comes from what stands below it
            bases.update(PATHS[known].rests_on or (known,))
    return frozenset(bases)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
