"""Every word that drift says of the sample, as approved; a property left out of an answer is never a change."""

import pytest

from tests.drift import expected


def test_changes_are_told_as_approved() -> None:
    assert expected.changes() == (expected.HERE / "expected_changes.txt").read_text(encoding="utf-8").splitlines()


def test_gaps_are_told_as_approved() -> None:
    assert expected.gaps() == (expected.HERE / "expected_gaps.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("said", ["added", "removed", "changed"])
def test_what_an_answer_did_not_carry_is_never_told_as_a_change(said: str) -> None:
    """``gone`` in a line: the later, or the earlier, answer was without the property."""
    lines = [line for line in expected.gaps() if f" gone -> {said} " in line or f" gone <- {said} " in line]
    assert lines == []
