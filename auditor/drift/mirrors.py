"""What Graph keeps alike on application and service principal, and what one change shows in two places: told once."""

from collections.abc import Sequence

import msgspec

from auditor.drift.table import MIRRORS
from auditor.model.drift import Change, ChangeKind

Flagged = tuple[Change, bool]


def once(changes: Sequence[Flagged]) -> tuple[Flagged, ...]:
    """``changes`` without those that another of them tells already.

    A change of the service principal is told by the application's where both are alike in member, kind, before and
    after. An assignment's label is told by its principal's new name.
    """
    by_place = {(change.subject.id, change.path): change for change, _ in changes}
    dropped: set[tuple[str, str]] = set()
    mirrored: set[tuple[str, str]] = set()
    for (subject, path), change in by_place.items():
        for of_application, of_principal in MIRRORS:
            rest = path.removeprefix(of_application)
            if rest == path or (rest and not rest.startswith("[")):
                continue
            other = by_place.get((subject, of_principal + rest))
            if other is not None and _alike(change, other):
                dropped.add((subject, other.path))
                mirrored.add((subject, path))
        if (renamed := _told_by_principal(change, by_place)) is not None:
            dropped.add((subject, path))
            mirrored.add((subject, renamed.path))
    return tuple(
        (msgspec.structs.replace(change, mirrored=True) if place in mirrored else change, conditional)
        for change, conditional in changes
        if (place := (change.subject.id, change.path)) not in dropped
    )


def _alike(one: Change, other: Change) -> bool:
    return (one.kind, one.before, one.after) == (other.kind, other.before, other.after)


def _told_by_principal(change: Change, by_place: dict[tuple[str, str], Change]) -> Change | None:
    if change.kind is not ChangeKind.CHANGED or not change.path.endswith("].principalDisplayName"):
        return None
    principal = change.path.removeprefix("assignments[").partition("/")[0]
    other = by_place.get((change.subject.id, f"principals[{principal}].displayName"))
    return other if other is not None and _alike(change, other) else None
