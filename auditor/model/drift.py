"""Changes between two snapshots, and who made them."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from auditor.model.finding import Subject


class ChangeKind(StrEnum):
    """What became of a path."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Effect(StrEnum):
    """What a change did to the rules' outcomes."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    NEUTRAL = "neutral"


class Attribution(StrEnum):
    """Whether the audit log says who did it, and if not, why not."""

    MATCHED = "matched"
    NO_PERMISSION = "no-permission"
    NO_LICENCE = "no-licence"
    OUTSIDE_RETENTION = "outside-retention"
    NO_MATCHING_EVENT = "no-matching-event"


class Actor(Struct, frozen=True):
    """Who made a change, as the audit log says."""

    kind: str
    """``user``, ``application``, ``service`` or ``unknown``."""
    name: str | None
    id: str | None
    ip_address: str | None = None


class Candidate(Struct, frozen=True):
    """An audit event that may explain a change, and why it is thought to."""

    audit_event: str
    at: str
    activity: str
    actor: Actor
    correlation_id: str | None
    reason: str


class Change(Struct, frozen=True):
    """One difference between two snapshots. ``before`` is None for what was added, ``after`` for what was removed."""

    subject: Subject
    path: str
    kind: ChangeKind
    before: Any
    after: Any
    effect: Effect = Effect.NEUTRAL
    attribution: Attribution = Attribution.NO_MATCHING_EVENT
    actor: Actor | None = None
    at: str | None = None
    audit_event: str | None = None
    rules: tuple[str, ...] = ()
    """Ids of the rules whose outcome the change turned."""
    candidates: tuple[Candidate, ...] = ()
    mirrored: bool = False
    """True where Graph mirrors the property on the service principal, and it changed there alike: told once."""


class NotComparable(Struct, frozen=True):
    """A part of the snapshot that one of the two scans could not read, so that nothing is said of its drift."""

    path: str
    source: str
    cause: str
    when: str
    """``before``, ``after`` or ``both``."""


class Drift(Struct, frozen=True):
    """All differences between two snapshots of a tenant, and what could not be compared."""

    before_scan: str | None
    before_at: str | None
    after_scan: str | None
    after_at: str | None
    changes: tuple[Change, ...] = ()
    not_comparable: tuple[NotComparable, ...] = ()
