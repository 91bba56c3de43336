"""SECURITY.md names tests that are there, and commands that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tests/[^`]+)`", TEXT))))
def test_a_named_test_is_there(name: str) -> None:
    place = ROOT / name
    found = [place] if place.suffix else sorted(place.glob("test_*.py"))
    assert found
    assert all("def test_" in path.read_text(encoding="utf-8") or path.stem in ("hostile", "rows") for path in found)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z-]+)`", TEXT))))
def test_a_named_target_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
