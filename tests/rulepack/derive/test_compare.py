"""Differences between a page and a pack: values, never wording."""

from pathlib import Path

import pytest

from auditor.model.rule import Pack
from auditor.rulepack import app_of, load_pack, shipped_ids
from auditor.rulepack.derive import as_yaml, compare_pack, derive_pack
from auditor.rulepack.derive.compare import Change
from auditor.rulepack.tutorial import TutorialFacts
from tests.rulepack.derive.pages import BLANK, IDENTIFIER, REPLY, SHIPPED, page, shared

PAGES = {
    "amazon-managed-grafana": "modern-excerpts/grafana-tutorial.md",
    "balsamiq-wireframes": "modern-excerpts/balsamiq-tutorial.md",
    "evernote": "2018-09/evernote-tutorial.md",
    "figma": "2018-09/figma-tutorial.md",
    "floqast": "modern-excerpts/floqast-tutorial.md",
    "gotomeeting": "gotomeeting-tutorial.md",
    "lifesize-cloud": "modern-excerpts/lifesize-tutorial.md",
    "pagerduty": "2018-09/pagerduty-tutorial.md",
    "segment": "modern-excerpts/segment-tutorial.md",
    "snowflake": "2018-09/snowflake-tutorial.md",
    "zoho-one": "modern-excerpts/zoho-one-tutorial.md",
}


def made(facts: TutorialFacts, folder: Path) -> Pack:
    path = folder / "made.yaml"
    path.write_text(as_yaml(derive_pack(facts)), encoding="utf-8")
    return load_pack(str(path), shipped=SHIPPED)


def told(facts: TutorialFacts, pack: Pack) -> list[tuple[str, str, str | None, str | None]]:
    return [(one.about, one.change.value, one.pack, one.page) for one in compare_pack(facts, pack).differences]


def test_every_shipped_pack_has_its_page() -> None:
    assert set(PAGES) == {name for name in shipped_ids(SHIPPED) if app_of(name, shipped=SHIPPED)}


@pytest.mark.parametrize("name", PAGES)
def test_shipped_packs_hold_the_values_of_their_pages(name: str) -> None:
    facts = shared(PAGES[name])
    assert told(facts, load_pack(name, shipped=SHIPPED)) == []


@pytest.mark.parametrize(
    ("number", "field"), [("001", "identifier"), ("002", "reply_url"), ("003", "sign_on_url"), ("004", "relay_state")]
)
def test_the_first_pack_s_expectations_are_derived_word_for_word(number: str, field: str) -> None:
    derived = derive_pack(shared("gotomeeting-tutorial.md")).pack
    shipped = load_pack("gotomeeting", shipped=SHIPPED)
    own = next(rule for rule in shipped.rules if rule.id == f"GTM-SAML-{number}")
    same = next(rule for rule in derived["rules"] if rule["id"].endswith(f"SAML-{number}"))
    assert (own.select, own.expect) == (same["select"], same["expect"]), field
    assert own.citation.step == same["citation"]["step"]
    assert shipped.app.identifier == derived["app"]["identifier"]
    assert shipped.app.display_name == derived["app"]["display_name"]


def test_a_page_equals_its_own_pack(tmp_path: Path) -> None:
    facts = page(IDENTIFIER, REPLY, BLANK)
    assert compare_pack(facts, made(facts, tmp_path)).equal


def test_wording_and_names_of_placeholders_are_no_difference(tmp_path: Path) -> None:
    pack = made(page(IDENTIFIER, REPLY, BLANK), tmp_path)
    reworded = page(
        "In the **Identifier (Entity ID)** box, enter this value: `https://sso.northwind.net/sp`",
        "For **Reply URL**, type a URL in the pattern `https://<COMPANY>.northwind.net/acs`",
        "**Sign-on URL** (keep this blank)",
    )
    assert told(reworded, pack) == []


def test_changed_added_and_removed(tmp_path: Path) -> None:
    pack = made(page(IDENTIFIER, REPLY), tmp_path)
    newer = page(
        "In the **Identifier** text box, type the URL: `https://sso.northwind.net/sp2`",
        "In the **Sign-on URL** text box, type the URL: `https://northwind.net/login`",
    )
    assert told(newer, pack) == [
        ("identifier", "changed", "https://sso.northwind.net/sp", "https://sso.northwind.net/sp2"),
        ("reply_url", "removed", "https://<subdomain>.northwind.net/acs", None),
        ("sign_on_url", "added", None, "https://northwind.net/login"),
    ]


def test_another_app_is_a_change(tmp_path: Path) -> None:
    pack = made(page(IDENTIFIER), tmp_path)
    (difference,) = compare_pack(page(IDENTIFIER, app="Acme Two"), pack).differences
    assert (difference.about, difference.change) == ("app_name", Change.CHANGED)
