"""Drift as the reports tell it: what changed, whether it matters, who did it and when."""

import json
from typing import Any

import msgspec

from auditor.model.drift import Actor, Attribution, Candidate, Change, ChangeKind, Drift, Effect, NotComparable
from auditor.report.changes_line import Dated, draw_changes
from auditor.report.difference import Segment, mark_differences, stacked
from auditor.report.order import MOST_ROWS
from auditor.report.sentences import changed
from auditor.report.view import ChangeView, DriftView
from auditor.report.words import SUBJECT_TYPES, Mark, count, listed, time_words

_EFFECTS = {
    Effect.REGRESSION: (Mark.FAIL, "Regression"),
    Effect.IMPROVEMENT: (Mark.PASS, "Improvement"),
    Effect.NEUTRAL: (Mark.NOT_APPLICABLE, "Neutral"),
}
_KINDS = {ChangeKind.ADDED: "added", ChangeKind.REMOVED: "removed", ChangeKind.CHANGED: "changed"}
_NOT_ATTRIBUTED = {
    Attribution.NO_PERMISSION: "Who did it is not known: the scan may not read the audit log (AuditLog.Read.All).",
    Attribution.NO_LICENCE: "Who did it is not known: the tenant's licence does not include the audit log's report.",
    Attribution.OUTSIDE_RETENTION: "Who did it is not known: the scan before is older than the audit log goes back.",
    Attribution.NO_MATCHING_EVENT: "Who did it is not known: no entry of the audit log matches.",
}
_UNNAMED = {
    Attribution.NO_PERMISSION: "not known: no permission for the audit log",
    Attribution.NO_LICENCE: "not known: no licence for the audit log",
    Attribution.OUTSIDE_RETENTION: "not known: older than the audit log",
    Attribution.NO_MATCHING_EVENT: "not known: no entry of the audit log matches",
}
_ACTORS = {"user": "user", "application": "application", "service": "Microsoft service"}
_LONGEST_MEMBER = 200
_ORDER = {Effect.REGRESSION: 0, Effect.IMPROVEMENT: 1, Effect.NEUTRAL: 2}


def drift_view(
    drift: Drift | None, *, since: str | None = None, most: int | None = MOST_ROWS, chart_id: str = "changes"
) -> DriftView:
    """The changes, what made a rule fail first, each part in the order that drift gives.

    ``since`` says what it is compared with, where that is not the scan before; ``most`` rows are listed (None: all);
    ``chart_id`` is the time line's.
    """
    sentences = " ".join(changed(drift, since))
    if drift is None:
        return DriftView(sentences, (), ())
    ordered = sorted(drift.changes, key=lambda change: _ORDER[change.effect])
    if most is not None and len(ordered) > most:
        sentences += f" The first {most:,} of {len(ordered):,} are listed; results.json has them all."
    told = ordered[:most]
    by_time = sorted(range(len(told)), key=lambda place: (told[place].at is None, told[place].at or "", place))
    numbers = {place: number for number, place in enumerate(by_time, 1)}
    changes = tuple(_change(change, numbers[place]) for place, change in enumerate(told))
    dated = [Dated(view.number, view.mark, change.at) for view, change in zip(changes, told, strict=True)]
    return DriftView(
        summary=sentences,
        changes=changes,
        not_comparable=tuple(_not_comparable(part) for part in drift.not_comparable[:most]),
        line=draw_changes(dated, drift.before_at, drift.after_at, chart_id),
    )


def value_text(value: Any) -> str:
    """A value before or after a change: texts as they are, nothing as “(none)”, an object one property a line.

    Lists within an object are counted and objects within it cut short, for results.json has them whole.
    """
    plain = msgspec.to_builtins(value)
    if plain is None:
        return "(none)"
    if isinstance(plain, str):
        return plain or "(blank)"
    if isinstance(plain, list) and plain and all(isinstance(member, str) for member in plain):
        return "\n".join(plain)
    if isinstance(plain, dict):
        return "\n".join(f"{name}: {_member(part)}" for name, part in plain.items() if part is not None) or "(none)"
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def _member(value: Any) -> str:
    if isinstance(value, str):
        return value or "(blank)"
    if isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        return count(len(value), "entry", "entries")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST_MEMBER else f"{text[:_LONGEST_MEMBER]}…"


def who(change: Change) -> str:
    """Who made the change, or why that is not known."""
    if change.attribution is not Attribution.MATCHED or change.actor is None:
        return _NOT_ATTRIBUTED.get(change.attribution, _NOT_ATTRIBUTED[Attribution.NO_MATCHING_EVENT])
    at = f" on {time_words(change.at)}" if change.at else ""
    others = len(_others(change))
    more = f" {count(others, 'further entry', 'further entries').capitalize()} could explain it." if others > 0 else ""
    return f"{_actor(change.actor)} did it{at}, says the audit log.{more}"


def _others(change: Change) -> tuple[Candidate, ...]:
    """The entries beside the one that the change is put down to; all of them where it is put down to none."""
    return change.candidates[1:] if change.actor is not None else change.candidates


def _candidate(candidate: Candidate) -> str:
    return f"{_actor(candidate.actor)}, {time_words(candidate.at)}, {candidate.activity}: {candidate.reason}"


def _actor(actor: Actor) -> str:
    name = actor.name or actor.id or "Somebody whom the audit log does not name"
    kind = _ACTORS.get(actor.kind)
    address = f" from {actor.ip_address}" if actor.ip_address else ""
    return f"{name}{f' ({kind})' if kind else ''}{address}"


def _who_in_short(change: Change) -> str:
    if change.attribution is not Attribution.MATCHED or change.actor is None:
        return _UNNAMED.get(change.attribution, _UNNAMED[Attribution.NO_MATCHING_EVENT])
    return _actor(change.actor)


def _change(change: Change, number: int) -> ChangeView:
    mark, words = _EFFECTS[change.effect]
    before, after = value_text(change.before), value_text(change.after)
    left, right = (
        mark_differences(before, after)
        if change.kind is ChangeKind.CHANGED
        else ((Segment(before),), (Segment(after),))
    )
    kind = SUBJECT_TYPES.get(change.subject.type, change.subject.type)
    return ChangeView(
        subject=f"{change.subject.name or change.subject.id} ({kind})",
        path=change.path,
        kind=_KINDS[change.kind],
        effect=change.effect.value,
        effect_words=f"{words}: {listed(change.rules)}" if change.rules else words,
        mark=mark,
        before=left,
        after=right,
        stacked=stacked(before, after),
        who=who(change),
        when=time_words(change.at),
        evidence=f"Audit event {change.audit_event}" if change.audit_event else "",
        rules=change.rules,
        others=tuple(_candidate(candidate) for candidate in _others(change)),
        number=number,
        actor=_who_in_short(change),
    )


def _not_comparable(part: NotComparable) -> str:
    when = {"before": "the scan before", "after": "this scan", "both": "both scans"}.get(part.when, part.when)
    return f"{part.path}: {part.source} was not read in {when} ({part.cause.rstrip('.')})."
