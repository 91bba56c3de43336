"""Canonical JSON: the same value always has the same bytes, another value never, and the bytes give the value back."""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.canonical import canonical_hash, canonical_json, from_canonical
from auditor.model.snapshot import Snapshot
from tests.rules.examples import example_files, patched, read_example, snapshot_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def shuffled(value: Any, order: random.Random) -> Any:
    """The value with the members of every object in another order."""
    if isinstance(value, dict):
        members = [(key, shuffled(one, order)) for key, one in value.items()]
        order.shuffle(members)
        return dict(members)
    return [shuffled(one, order) for one in value] if isinstance(value, list) else value


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_members_changes_nothing(value: Any, order: random.Random) -> None:
    assert canonical_json(shuffled(value, order)) == canonical_json(value)
    assert canonical_hash(shuffled(value, order)) == canonical_hash(value)


@given(VALUES)
def test_the_bytes_are_json_of_the_value_without_white_space(value: Any) -> None:
    data = canonical_json(value)
    assert json.loads(data) == value
    assert data == canonical_json(json.loads(data))
    assert len(data) == len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


@given(VALUES, VALUES)
def test_bytes_are_equal_exactly_where_values_are(one: Any, other: Any) -> None:
    told_apart = json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True)
    assert (canonical_json(one) != canonical_json(other)) is told_apart


@given(TEXT)
def test_spellings_of_one_character_stay_apart(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC"):
        other = unicodedata.normalize(form, text)
        assert (canonical_json(other) == canonical_json(text)) is (other == text)


def test_true_is_not_one_and_no_text_is_a_number() -> None:
    values: list[Any] = [True, 1, "1", False, 0, "0", "", None, [], {}, [None], {"": None}]
    assert len({canonical_json(value) for value in values}) == len(values)


@pytest.mark.parametrize("file", example_files()[::9], ids=lambda file: file.stem)
def test_a_snapshot_comes_back_whole(file: Path) -> None:
    snapshot = snapshot_of(patched(read_example(file)))
    data = canonical_json(snapshot)
    assert from_canonical(data, Snapshot) == snapshot
    assert canonical_json(from_canonical(data, Snapshot)) == data
    assert msgspec.json.decode(data) == json.loads(data)
