"""What each change did to the rules: regression where one went from pass to fail, improvement the other way.

Only rules that turned between the two snapshots are laid to anybody: a certificate taken away and another put in its
place turn nothing. Which of several changes turned a rule is found by applying them to "before" by halves and asking
the rules again.
"""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from auditor.drift.apply import apply
from auditor.drift.subjects import TENANT, ids_of_instances
from auditor.drift.touch import touches
from auditor.model.drift import Change, Effect
from auditor.model.finding import Assessment, Status
from auditor.model.rule import Rule
from auditor.model.snapshot import Snapshot

Assess = Callable[[Snapshot], Assessment]
Outcomes = dict[tuple[str, str], Status]

_WORST = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)
_EACH_NEEDED_AT_MOST = 64
"""Past so many changes that turn a rule only together, all of them are named without trying each."""


class _Turn(Struct, frozen=True):
    rule: str
    subject: str
    before: Status
    after: Status

    @property
    def effect(self) -> Effect:
        return Effect.REGRESSION if self.after is Status.FAIL else Effect.IMPROVEMENT


def judge(
    before: Snapshot,
    after: Snapshot,
    changes: Sequence[tuple[Change, bool]],
    assess: Assess | tuple[Assessment, Assessment] | None,
    rules: Sequence[Rule],
) -> tuple[Change, ...]:
    """The changes with effect and rules; conditional ones (flagged True) are dropped where they turned no rule."""
    if assess is None or not changes:
        return tuple(change for change, conditional in changes if not conditional)
    old, new = assess if isinstance(assess, tuple) else (assess(before), assess(after))
    turns = _turns(outcomes(old), outcomes(new))
    turned: dict[int, list[_Turn]] = {}
    if turns:
        ids = ids_of_instances((before, after))
        trial = _Trial(before, after, [change for change, _ in changes], assess) if callable(assess) else None
        for turn in turns:
            able = [place for place, (change, _) in enumerate(changes) if _same_subject(change, turn.subject, ids)]
            for place in _culprits(turn, able, changes, {rule.id: rule for rule in rules}, trial):
                turned.setdefault(place, []).append(turn)
    return tuple(
        _with_effect(change, turned.get(place, []))
        for place, (change, conditional) in enumerate(changes)
        if not conditional or place in turned
    )


def outcomes(assessment: Assessment) -> Outcomes:
    """The outcome of each rule for each subject: the worst of its findings, where there is one for each node."""
    result: Outcomes = {}
    for finding in assessment.findings:
        place = (finding.rule, finding.subject.id)
        known = result.get(place)
        if known is None or _WORST.index(finding.status) < _WORST.index(known):
            result[place] = finding.status
    return result


def _turns(old: Outcomes, new: Outcomes) -> list[_Turn]:
    decided = {(Status.PASS, Status.FAIL), (Status.FAIL, Status.PASS)}
    return [
        _Turn(place[0], place[1], old[place], new[place])
        for place in sorted(old.keys() & new.keys())
        if (old[place], new[place]) in decided
    ]


def _culprits(
    turn: _Turn,
    able: list[int],
    changes: Sequence[tuple[Change, bool]],
    rules: dict[str, Rule],
    trial: "_Trial | None",
) -> list[int]:
    """Places of the changes that the turn is laid to."""
    rule = rules.get(turn.rule)
    near = [place for place in able if rule is not None and touches(changes[place][0], rule)]
    if trial is None:
        firm = [place for place in near if not changes[place][1]]
        return firm or near or (able if rule is None and len(able) == 1 else [])
    return trial.culprits(turn, near) or trial.culprits(turn, able)


class _Trial:
    """Asks the rules what some of the changes would do by themselves; each set of them is asked about once."""

    def __init__(self, before: Snapshot, after: Snapshot, changes: Sequence[Change], assess: Assess) -> None:
        self._before = before
        self._after = after
        self._changes = changes
        self._assess = assess
        self._known: dict[tuple[int, ...], Outcomes] = {}

    def culprits(self, turn: _Turn, places: list[int]) -> list[int]:
        """Those of ``places`` that turn the rule each by itself; failing these, those that it takes together."""
        return self._culprits(turn, places) if places and self._turns(turn, places) else []

    def _culprits(self, turn: _Turn, places: list[int]) -> list[int]:
        """By halves, given that ``places`` together turn the rule."""
        if len(places) == 1:
            return places
        middle = len(places) // 2
        found = [
            place
            for half in (places[:middle], places[middle:])
            if self._turns(turn, half)
            for place in self._culprits(turn, half)
        ]
        if found or len(places) > _EACH_NEEDED_AT_MOST:
            return found or places
        needed = [place for place in places if not self._turns(turn, [other for other in places if other != place])]
        return needed or places

    def _turns(self, turn: _Turn, places: list[int]) -> bool:
        key = tuple(places)
        if key not in self._known:
            snapshot = apply(self._before, [self._changes[place] for place in places], supporting=self._after)
            self._known[key] = outcomes(self._assess(snapshot))
        return self._known[key].get((turn.rule, turn.subject)) is turn.after


def _same_subject(change: Change, subject: str, ids: dict[str, frozenset[str]]) -> bool:
    """Whether a change can turn a rule for this subject: the same instance, or either of the two is the tenant."""
    of_instance = ids.get(change.subject.id, frozenset({change.subject.id}))
    known = frozenset().union(*ids.values()) if ids else frozenset()
    return change.subject.type == TENANT or subject in of_instance or subject not in known


def _with_effect(change: Change, turns: Sequence[_Turn]) -> Change:
    if not turns:
        return change
    worse = any(turn.effect is Effect.REGRESSION for turn in turns)
    return msgspec.structs.replace(
        change,
        effect=Effect.REGRESSION if worse else Effect.IMPROVEMENT,
        rules=tuple(sorted({turn.rule for turn in turns})),
    )
