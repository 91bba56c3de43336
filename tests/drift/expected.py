"""What drift tells of the sample, line by line, as approved: ``expected_changes.txt`` and ``expected_gaps.txt``.

After a change that is meant, ``python -m tests.drift.expected`` writes both anew; the difference is read before it is
committed.
"""

import copy
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from auditor.drift import compare
from auditor.model.drift import Change, NotComparable
from tests.drift import sample as s
from tests.drift.test_paths import CASES

HERE = Path(__file__).parent


def changes() -> list[str]:
    """Every case of ``test_paths``, there and back: subject, kind, path, and both values."""
    lines = []
    for name, (alter, _) in CASES.items():
        document = s.document()
        alter(document)
        for arrow, (one, other) in (("->", (s.document(), document)), ("<-", (document, s.document()))):
            told, gaps = compare(s.snapshot(one), s.snapshot(other))
            lines += [f"{name} {arrow} {_change(change)}" for change in told]
            lines += [f"{name} {arrow} {_gap(gap)}" for gap in gaps]
    return lines


@cache
def gaps() -> list[str]:
    """Every property of the sample left out of one answer or null there, every source unread: what is told of that."""
    before = s.snapshot()
    lines = []
    for place, document in _spoilt(s.document()):
        try:
            after = s.snapshot(document)
        except msgspec.ValidationError:
            continue
        for arrow, sides in (("->", (before, after)), ("<-", (after, before))):
            told, not_compared = compare(*sides)
            lines += [f"{place} {arrow} {_change(change)}" for change in told]
            lines += [f"{place} {arrow} {_gap(gap)}" for gap in not_compared]
    return lines


def _spoilt(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place in _properties(document, ()):
        for how in ("gone", "null", "unread"):
            spoilt = copy.deepcopy(document)
            holder: Any = spoilt
            for step in place[:-1]:
                holder = holder[step]
            value = holder[place[-1]]
            if how == "gone":
                del holder[place[-1]]
            elif how == "null" and value is not None:
                holder[place[-1]] = None
            elif how == "unread" and isinstance(value, dict) and value.get("state") == "known":
                holder[place[-1]] = s.unknown(f"source of {place[-1]}")
            else:
                continue
            yield ".".join(map(str, place)) + f" {how}", spoilt


def _properties(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*place, name)
            yield from _properties(member, (*place, name))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _properties(member, (*place, number))


def _change(change: Change) -> str:
    mirrored = ", of both objects" if change.mirrored else ""
    subject = f"{change.subject.type} {change.subject.id[-4:]} {change.subject.name}"
    return f"{change.kind} {change.path} [{subject}{mirrored}] {_value(change.before)} => {_value(change.after)}"


def _value(value: Any) -> str:
    """The value in one order of names; a long one by its beginning and its hash."""
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 200 else f"{text[:160]}… sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _gap(gap: NotComparable) -> str:
    return f"not comparable ({gap.when}) {gap.path} [{gap.source}] {gap.cause}"


if __name__ == "__main__":
    (HERE / "expected_changes.txt").write_text("\n".join(changes()) + "\n", encoding="utf-8")
    (HERE / "expected_gaps.txt").write_text("\n".join(gaps()) + "\n", encoding="utf-8")
