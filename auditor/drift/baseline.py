"""Drift against an approved state: what is open, and what somebody has accepted on top of it."""

from collections.abc import Iterable

from auditor.model.baseline import Acceptance, in_force
from auditor.model.canonical import canonical_hash
from auditor.model.drift import Change


def accept(change: Change, *, by: str, reason: str, at: str, until: str | None = None) -> Acceptance:
    """The acceptance of exactly this change: another value at the same path is open again."""
    return Acceptance(
        subject=change.subject.id,
        path=change.path,
        value_sha256=_value(change),
        by=by,
        reason=reason,
        at=at,
        until=until,
    )


def against(
    changes: Iterable[Change], acceptances: Iterable[Acceptance], now: str
) -> tuple[tuple[Change, ...], tuple[tuple[Change, Acceptance], ...]]:
    """``changes`` as those that are open, and those that an acceptance in force at ``now`` (RFC 3339) covers."""
    accepted = {
        (acceptance.subject, acceptance.path, acceptance.value_sha256): acceptance
        for acceptance in acceptances
        if in_force(acceptance.until, now)
    }
    opened: list[Change] = []
    covered: list[tuple[Change, Acceptance]] = []
    for change in changes:
        acceptance = accepted.get((change.subject.id, change.path, _value(change)))
        if acceptance is None:
            opened.append(change)
        else:
            covered.append((change, acceptance))
    return tuple(opened), tuple(covered)


def _value(change: Change) -> str:
    return canonical_hash([change.kind, change.after])
