"""What the machine formats share: JSON in which nothing hides, UUIDs that follow from their parts, times."""

from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.report.machine import encoded, json_file, json_line, milliseconds, stable_uuid, utc
from auditor.report.text import visible


@pytest.mark.parametrize(
    "text", ["\u202e", "\x00", "\t", "\x7f", "\ud800", "\u2028", "\\t", "C:\\new", "plain", "Ω日本😀“”"]
)
def test_json_shows_what_hides_and_keeps_the_rest(text: str) -> None:
    document = {"key": [f"a{text}", 1, True, None], f"b{text}": {}}
    shown = {"key": [f"a{visible(text)}", 1, True, None], f"b{visible(text)}": {}}
    for data in (json_line(document), json_file(document), json_line({"part": encoded(document)})):
        found = json.loads(data)
        assert found.get("part", found) == shown
        assert data.endswith(b"}\n")


@given(st.dictionaries(st.text(alphabet=st.characters()), st.text(alphabet=st.characters()), max_size=3))
def test_any_text_is_one_line_that_shows_it(document: dict[str, str]) -> None:
    data = json_line(document)
    assert data.count(b"\n") == 1
    assert json.loads(data) == {visible(key): visible(text) for key, text in document.items()}


def test_a_uuid_follows_from_its_parts_and_their_borders() -> None:
    first = stable_uuid("a", "bc")
    assert uuid.UUID(first).version == 5
    assert first == stable_uuid("a", "bc")
    assert (
        len({first, stable_uuid("ab", "c"), stable_uuid("abc"), stable_uuid("a", "bc", ""), stable_uuid("\ud800")}) == 5
    )


@pytest.mark.parametrize(
    ("text", "milli", "told"),
    [
        ("2026-11-22T12:00:00Z", 1795348800000, "2026-11-22T12:00:00Z"),
        ("2026-11-22T13:00:00.1234567+01:00", 1795348800123, "2026-11-22T12:00:00Z"),
        ("0001-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", 253402300799000, "1970-01-01T00:00:00Z"),
        ("no time", 0, "1970-01-01T00:00:00Z"),
        (None, 0, "1970-01-01T00:00:00Z"),
    ],
)
def test_times(text: str | None, milli: int, told: str) -> None:
    assert milliseconds(text) == milli
    assert utc(text) == told
