"""Who made a change, as the directory audit log says; where it does not, why not. Never a guess.

An entry explains a change where it succeeded, lies between the two scans, has an activity that makes such changes,
names the objects concerned, and says nothing to the contrary about property or value. Naming the property and showing
the value make it the better of several; the latest of equals comes first, as the last writer made the state that the
scan saw.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from auditor.drift.activities import explanations, mentions_all
from auditor.drift.modified import Answer, mentioned_ids, property_answer, value_answer
from auditor.model.audit import AuditEvent
from auditor.model.drift import Actor, Attribution, Candidate, Change
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.result import TenantResult
from auditor.model.times import format_time, parse_time

SLACK = timedelta(minutes=5)
"""Clocks differ, and a scan takes time: entries so far outside the window still count, and rank lower."""
RETENTION_PREMIUM = 30
RETENTION_FREE = 7
"""Days that Entra keeps its audit log, with and without a premium licence."""

_REFUSED = {Outcome.DENIED: Attribution.NO_PERMISSION, Outcome.NOT_LICENSED: Attribution.NO_LICENCE}


class _Match(Struct, frozen=True):
    event: AuditEvent
    moment: datetime
    named: Answer
    shown: Answer
    inside: bool

    @property
    def holds(self) -> bool:
        return self.named is not Answer.OTHERWISE and self.shown is not Answer.OTHERWISE

    @property
    def rank(self) -> tuple[bool, int, int, bool, datetime, str]:
        return (self.holds, self.shown, self.named, self.inside, self.moment, self.event.id)


def attribute(
    changes: Sequence[Change],
    events: Iterable[AuditEvent],
    *,
    window: tuple[str | None, str | None],
    scanned: tuple[str | None, str | None] | None = None,
    audit: Known[Any] | Unknown,
    premium: bool | None = None,
    retention_days: int | None = None,
    instances: Mapping[str, frozenset[str]] | None = None,
) -> tuple[Change, ...]:
    """``changes`` with who made each, or the first reason of the contract why that is not known.

    ``window`` holds the times (RFC 3339) between which a change was made, None where open; see :func:`window_between`.
    ``scanned`` holds the times of the two scans, by which retention is judged; without it ``window`` does. ``audit``
    says whether the log could be read. ``premium`` is None where the licence is not known; ``retention_days`` overrides
    what follows from it. ``instances`` gives the ids that each subject goes by (see
    :func:`~auditor.drift.subjects.ids_of_instances`).
    """
    start, end = (_time(text) for text in window)
    known = tuple(_in_window(events, start, end))
    earlier, later = (_time(text) for text in scanned or window)
    reason = _reason(audit, earlier, later, _retention(premium, retention_days))
    return tuple(_attributed(change, known, instances or {}, reason) for change in changes)


def window_between(
    before: TenantResult, after: TenantResult, scanned: tuple[str | None, str | None]
) -> tuple[str | None, str | None]:
    """The time in which what differs between two results was changed, on the audit log's clock.

    That is the network's, which the coverage tells; ``scanned`` are the times that the two scans were recorded under,
    which may be set. Where the two disagree the window takes in both.
    """
    first = [moment for entry in before.coverage if (moment := _time(entry.at)) is not None]
    last = [moment for entry in after.coverage if (moment := _time(entry.at)) is not None]
    start, end = (_time(text) for text in scanned)
    starts = [*first, *([start] if start is not None else ())]
    ends = [*last, *([end] if end is not None else ())]
    return (
        format_time(min(starts)) if starts and start is not None else None,
        format_time(max(ends)) if ends and end is not None else None,
    )


def actor_of(event: AuditEvent) -> Actor:
    """Who an entry says did it. An application that the directory does not know by any id is a Microsoft service."""
    initiator = event.initiated_by
    user, app = (initiator.user, initiator.app) if initiator is not None else (None, None)
    if user is not None and (name := _first(user.user_principal_name, user.display_name, user.id)) is not None:
        return Actor("user", name, _first(user.id), _first(user.ip_address))
    if app is not None and (name := _first(app.display_name, app.service_principal_name, app.app_id)) is not None:
        own = _first(app.app_id) is not None or (
            _first(app.service_principal_id) is not None and not name.startswith("Microsoft Azure AD Internal")
        )
        return Actor("application" if own else "service", name, _first(app.service_principal_id, app.app_id))
    return Actor("unknown", None, None)


def _attributed(
    change: Change,
    events: Sequence[tuple[AuditEvent, datetime, bool]],
    ids: Mapping[str, frozenset[str]],
    reason: Attribution,
) -> Change:
    subject = ids.get(change.subject.id, frozenset({change.subject.id}))
    explained = explanations(change, subject)
    matches = sorted(
        (
            _Match(event, moment, property_answer(change, event), value_answer(change, event), inside)
            for event, moment, inside in events
            if any(
                explanation.covers(_first(event.activity_display_name) or "")
                and mentions_all(explanation.ids, mentioned_ids(event))
                for explanation in explained
            )
        ),
        key=lambda match: match.rank,
        reverse=True,
    )
    candidates = tuple(_candidate(match) for match in matches if match.holds or match.named is Answer.YES)
    best = next((match for match in matches if match.holds), None)
    if best is None:
        return msgspec.structs.replace(
            change, attribution=reason, actor=None, at=None, audit_event=None, candidates=candidates
        )
    return msgspec.structs.replace(
        change,
        attribution=Attribution.MATCHED,
        actor=candidates[0].actor,
        at=candidates[0].at,
        audit_event=best.event.id,
        candidates=candidates,
    )


def _in_window(
    events: Iterable[AuditEvent], start: datetime | None, end: datetime | None
) -> Iterable[tuple[AuditEvent, datetime, bool]]:
    """Successful entries within the window and its slack, each once, and whether they lie in the window itself."""
    for event in {event.id: event for event in events}.values():
        moment = _moment(event)
        if moment is None or (_first(event.result) or "success").casefold() == "failure":
            continue
        if (start is not None and moment < start - SLACK) or (end is not None and moment > end + SLACK):
            continue
        yield event, moment, (start is None or moment >= start) and (end is None or moment <= end)


def _reason(
    audit: Known[Any] | Unknown, start: datetime | None, end: datetime | None, retention: timedelta
) -> Attribution:
    if isinstance(audit, Unknown) and audit.outcome in _REFUSED:
        return _REFUSED[audit.outcome]
    if start is not None and end is not None and start < end - retention:
        return Attribution.OUTSIDE_RETENTION
    return Attribution.NO_MATCHING_EVENT


def _retention(premium: bool | None, override: int | None) -> timedelta:
    if override is not None:
        return timedelta(days=override)
    return timedelta(days=RETENTION_FREE if premium is False else RETENTION_PREMIUM)


def _candidate(match: _Match) -> Candidate:
    event = match.event
    return Candidate(
        audit_event=event.id,
        at=str(event.activity_date_time),
        activity=_first(event.activity_display_name) or "",
        actor=actor_of(event),
        correlation_id=_first(event.correlation_id),
        reason=_words(match),
    )


def _words(match: _Match) -> str:
    said = ["the object and the activity match"]
    if match.shown is Answer.YES:
        said.append("the entry shows the value")
    elif match.named is Answer.YES:
        said.append("the entry names the property")
    if match.shown is Answer.OTHERWISE:
        said.append("but it shows another value")
    elif match.named is Answer.NOTHING and match.shown is Answer.NOTHING:
        said.append("the entry does not say which property")
    if not match.inside:
        minutes = int(SLACK.total_seconds() // 60)
        said.append(f"its time lies up to {minutes} minutes outside the time between the scans")
    return "; ".join(said)


def _moment(event: AuditEvent) -> datetime | None:
    return _time(_first(event.activity_date_time))


def _time(text: str | None) -> datetime | None:
    try:
        return parse_time(text) if text is not None else None
    except ValueError:
        return None


def _first(*texts: object) -> str | None:
    return next((text for text in texts if isinstance(text, str) and text), None)
