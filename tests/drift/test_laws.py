"""Laws of drift: nothing drifts from itself, order never drifts, and a drift applied gives the other side."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.drift import apply, compare
from auditor.model.evidence import Known, Unknown
from auditor.model.snapshot import Snapshot
from tests.drift import sample as s
from tests.drift.test_paths import CASES

alterations = st.lists(st.sampled_from(sorted(CASES)), max_size=6, unique=True)


def altered(names: list[str]) -> dict[str, Any]:
    """The sample after several alterations; one that no longer finds what it alters is left out."""
    document = s.document()
    for name in names:
        attempt = copy.deepcopy(document)
        try:
            CASES[name][0](attempt)
        except (IndexError, KeyError, TypeError, AttributeError):
            continue
        document = attempt
    return document


def told(snapshot: Snapshot, other: Snapshot) -> list[str]:
    """Paths that differ, save a default reply URL that the first tells and the second does not."""
    return [change.path for change in compare(snapshot, other)[0]]


@given(alterations)
def test_nothing_drifts_from_itself(names: list[str]) -> None:
    snapshot = s.snapshot(altered(names))
    assert compare(snapshot, snapshot) == ((), ())


@given(alterations, alterations)
def test_applied_drift_gives_the_other_side(one: list[str], other: list[str]) -> None:
    before, after = s.snapshot(altered(one)), s.snapshot(altered(other))
    changes, _ = compare(before, after)
    assert told(apply(before, changes, supporting=after), after) == []


@given(alterations, alterations, st.randoms(use_true_random=False))
def test_order_and_repeated_members_never_drift(one: list[str], other: list[str], random: Any) -> None:
    before, after = altered(one), altered(other)
    shuffled = _shuffled(after, random)
    assert compare(s.snapshot(after), s.snapshot(shuffled)) == ((), ())
    assert compare(s.snapshot(before), s.snapshot(shuffled)) == compare(s.snapshot(before), s.snapshot(after))


@given(alterations, alterations)
def test_every_change_is_told_once(one: list[str], other: list[str]) -> None:
    changes, _ = compare(s.snapshot(altered(one)), s.snapshot(altered(other)))
    places = [(change.subject.id, change.path, change.kind) for change in changes]
    assert len(places) == len(set(places))


EVIDENCE = sorted(s.evidence_of(s.snapshot().apps[0].present[0]))
TENANT_EVIDENCE = [
    name for name in Snapshot.__struct_fields__ if isinstance(getattr(s.snapshot(), name), (Known, Unknown))
]


@pytest.mark.fault(7)
@given(alterations, st.sets(st.sampled_from([*EVIDENCE, *TENANT_EVIDENCE, "instances"]), min_size=1), st.booleans())
def test_what_was_not_read_is_not_comparable_and_never_gone(names: list[str], lost: set[str], first: bool) -> None:
    whole, partial = altered(names), altered(names)
    _lose(partial, lost)
    before, after = (partial, whole) if first else (whole, partial)
    changes, not_comparable = compare(s.snapshot(before), s.snapshot(after))
    assert changes == ()
    if whole["apps"][0]["instances"]["value"] or "instances" in lost or lost & set(TENANT_EVIDENCE):
        assert not_comparable
    assert {entry.when for entry in not_comparable} <= {"before" if first else "after"}


@given(st.sampled_from([*EVIDENCE, *TENANT_EVIDENCE, "instances"]))
def test_what_neither_read_is_said_of_both(lost: str) -> None:
    document = s.document()
    _lose(document, {lost})
    changes, not_comparable = compare(s.snapshot(document), s.snapshot(document))
    assert changes == ()
    assert not_comparable
    assert {entry.when for entry in not_comparable} == {"both"}


@given(alterations, alterations, st.sets(st.sampled_from([*EVIDENCE, *TENANT_EVIDENCE, "instances"])))
def test_losing_evidence_only_ever_tells_less(one: list[str], other: list[str], lost: set[str]) -> None:
    """What a partial scan tells of drift, the whole one tells too, told for one object instead of both perhaps."""
    before, after = altered(one), altered(other)
    whole = {_without_mirror(change.path) for change in compare(s.snapshot(before), s.snapshot(after))[0]}
    _lose(after, lost)
    partial = {_without_mirror(change.path) for change in compare(s.snapshot(before), s.snapshot(after))[0]}
    assert partial <= whole


def test_every_property_that_is_lost_is_not_comparable() -> None:
    """Each property of the two objects, left out of the second answer: nothing drifts, and it is named."""
    for pick in (s.service_principal, s.application):
        for name in pick(s.document()):
            if name in ("id", "appId"):
                continue
            document = s.document()
            del pick(document)[name]
            changes, not_comparable = compare(s.snapshot(), s.snapshot(document))
            assert changes == (), name
            assert not_comparable, name
            assert all(entry.when == "after" for entry in not_comparable)


def test_every_leaf_of_the_model_drifts_lawfully() -> None:
    """Every scalar in the sample, replaced: applying what is told leaves nothing to tell."""
    before = s.snapshot()
    count = 0
    for document in _mutations(s.document()):
        try:
            after = s.snapshot(document)
        except msgspec.ValidationError:
            continue
        changes, _ = compare(before, after)
        assert told(apply(before, changes, supporting=after), after) == []
        count += 1
    assert count > 150


def _mutations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place in list(_leaves(document)):
        mutated = copy.deepcopy(document)
        target: Any = mutated
        for step in place[:-1]:
            target = target[step]
        old = target[place[-1]]
        if isinstance(old, bool):
            target[place[-1]] = not old
        elif isinstance(old, str):
            target[place[-1]] = f"{old}x"
        elif isinstance(old, int):
            target[place[-1]] = old + 1
        else:
            target[place[-1]] = "new"
        yield mutated


def _leaves(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("state", "schema", "tenantId", "appId", "kind", "exists"):
                yield from _leaves(inner, (*above, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*above, number))
    else:
        yield above


def _shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, dict):
        return {key: inner if key == "definition" else _shuffled(inner, random) for key, inner in value.items()}
    if isinstance(value, list):
        members = [_shuffled(inner, random) for inner in value]
        members += members[: random.randint(0, 1)]
        random.shuffle(members)
        return members
    return value


def _lose(document: dict[str, Any], lost: set[str]) -> None:
    for attribute in sorted(lost):
        name = _camel(attribute)
        if attribute in TENANT_EVIDENCE:
            document[name] = s.unknown(name)
        elif attribute == "instances":
            held = document["apps"][0]["instances"]
            if held["state"] == "known":
                document["apps"][0].update(instances=s.unknown("servicePrincipals"), seen=held["value"])
        else:
            app = document["apps"][0]
            held = app["seen"] if app["instances"]["state"] == "unknown" else app["instances"]["value"]
            for instance in held:
                instance[name] = s.unknown(name)


def _camel(attribute: str) -> str:
    head, *rest = attribute.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _without_mirror(path: str) -> str:
    for one, other in (
        ("servicePrincipal.servicePrincipalNames", "application.identifierUris"),
        ("servicePrincipal.replyUrls", "application.web.redirectUris"),
        ("servicePrincipal.homepage", "application.web.homePageUrl"),
        ("servicePrincipal.logoutUrl", "application.web.logoutUrl"),
        ("servicePrincipal.", "application."),
    ):
        if path.startswith(one):
            return path.replace(one, other, 1)
    return path
