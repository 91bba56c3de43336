"""Every page under ``pages/``: what it is meant to show, the page, and what must be taken from it.

A file becomes a test by being there. ``expect`` gives each field as its kind and its values, parted by `` | ``;
``steps`` where they stand; ``remarks`` what must be left to a person.
"""

from pathlib import Path

import pytest
import yaml

from auditor.rulepack.tutorial import Field, basic_saml, parse_tutorial

PAGES = sorted((Path(__file__).parent / "pages").glob("*.yaml"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page(path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    facts = parse_tutorial(case["page"], path.stem)
    told = {
        field: " ".join((str(fact["kind"]), " | ".join(fact["values"]))).strip()
        for field, fact in basic_saml(facts).items()
    }
    assert told == case["expect"], case["says"]
    steps = {
        field: citation.step
        for field in case.get("steps", {})
        if (citation := facts.field(Field(field)).citation) is not None
    }
    assert steps == case.get("steps", {})
    remarks = [remark.text for remark in facts.undecided]
    assert [text for text in case.get("remarks", []) if text not in remarks] == []


def test_there_are_pages() -> None:
    assert len(PAGES) >= 30
    assert all(yaml.safe_load(path.read_text(encoding="utf-8"))["says"] for path in PAGES)
