"""What of a page comes into a pack, as the loader reads it."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.model.rule import Pack
from auditor.rulepack import lint, load_pack
from auditor.rulepack.derive import as_json, as_yaml, derive_pack
from auditor.rulepack.tutorial import Field, TutorialFacts, parse_tutorial
from tests.rulepack.derive.pages import BLANK, IDENTIFIER, REPLY, SHARED, SHIPPED, page, shared


def loaded(facts: TutorialFacts, folder: Path, app_name: str | None = None) -> Pack:
    path = folder / "derived.yaml"
    path.write_text(as_yaml(derive_pack(facts, app_name=app_name)), encoding="utf-8")
    assert lint(str(path), shipped=SHIPPED) == []
    return load_pack(str(path), shipped=SHIPPED)


def rule(pack: Pack, number: str) -> Any:
    return next(rule for rule in pack.rules if rule.id.endswith(number))


def test_constants_patterns_and_blank(tmp_path: Path) -> None:
    pack = loaded(page(IDENTIFIER, REPLY, BLANK), tmp_path)
    assert (pack.id, pack.app.display_name, pack.app.identifier) == ("acme", "Acme", "https://sso.northwind.net/sp")
    assert rule(pack, "ACME-SAML-001").expect == {"const": ["https://sso.northwind.net/sp"]}
    reply = rule(pack, "ACME-SAML-002")
    assert reply.expect == {
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": {"type": "string", "pattern": r"^https://[A-Za-z0-9-]{1,63}\.northwind\.net/acs$"},
    }
    assert reply.patterns == ("https://<subdomain>.northwind.net/acs",)
    assert rule(pack, "ACME-SAML-003").expect == {"enum": [None, ""]}
    assert not [found for found in pack.rules if found.id == "ACME-SAML-004"]


def test_citations_have_section_step_date_and_address(tmp_path: Path) -> None:
    cited = rule(loaded(page(IDENTIFIER), tmp_path), "ACME-SAML-001").citation
    assert (cited.section, cited.step, cited.date) == ("Configure Microsoft Entra SSO", "3.a", "2024-01-31")
    assert cited.url == "https://learn.microsoft.com/entra/identity/saas-apps/acme-tutorial"
    assert cited.document == "Tutorial: Acme single sign-on"


def test_a_choice_is_an_enum(tmp_path: Path) -> None:
    choice = "In the **Relay State** text box, type one of the following URLs:\n\n"
    listed = (
        "    | Relay State |\n    | --- |\n    | `https://one.northwind.net` |\n    | `https://two.northwind.net` |"
    )
    pack = loaded(page(choice + listed), tmp_path)
    assert rule(pack, "SAML-004").expect == {"enum": ["https://one.northwind.net", "https://two.northwind.net"]}


def test_a_sign_on_url_of_one_of_two_modes_may_be_blank(tmp_path: Path) -> None:
    text = "perform the following step if you wish to configure the application in **SP** initiated mode:\n\n"
    facts = parse_tutorial(
        "## Basic SAML Configuration\n\n1. In the **Identifier** text box, type the URL: `https://a.northwind.net/sp`\n\n"
        f"1. Click **Set additional URLs** and {text}    In the **Sign-on URL** text box, type the URL: "
        "`https://a.northwind.net/in`\n",
        "a.md",
    )
    assert rule(loaded(facts, tmp_path, "A"), "SAML-003").expect == {"enum": [None, "", "https://a.northwind.net/in"]}


def test_nothing_said_is_nothing_ruled(tmp_path: Path) -> None:
    derivation = derive_pack(parse_tutorial("# A page about gardening\n\nWater the plants.\n", "garden.md"))
    assert derivation.pack["rules"] == []
    assert "app" not in derivation.pack
    assert derivation.undecided
    path = tmp_path / "garden.yaml"
    path.write_text(as_yaml(derivation), encoding="utf-8")
    assert lint(str(path), shipped=SHIPPED) == []


def test_a_person_may_name_the_app(tmp_path: Path) -> None:
    facts = parse_tutorial(f"## Basic SAML Configuration\n\n1. {IDENTIFIER}\n", "-")
    assert derive_pack(facts).pack["rules"]
    assert loaded(facts, tmp_path, "Acme Prime").app.display_name == "Acme Prime"
    told = [remark.text for remark in derive_pack(facts, app_name="Acme Prime").undecided]
    assert not [text for text in told if "name the app" in text]


def test_json_has_the_values_as_printed() -> None:
    document = json.loads(as_json(derive_pack(page(IDENTIFIER, REPLY, BLANK))))
    assert list(document) == ["basic_saml", "pack", "undecided"]
    assert document["basic_saml"] == {
        "identifier": {"kind": "fixed", "values": ["https://sso.northwind.net/sp"]},
        "reply_url": {"kind": "pattern", "values": ["https://<subdomain>.northwind.net/acs"]},
        "sign_on_url": {"kind": "blank", "values": []},
        "relay_state": {"kind": "none", "values": []},
    }
    assert document["pack"]["id"] == "acme"


@pytest.mark.parametrize(
    "name", ["x: y", "# no", "no", "{app.displayName}", "a\tb", "'", '"', "&a", "*", "A\u2028B", "🦎"]
)
def test_any_app_name_stays_a_name(name: str, tmp_path: Path) -> None:
    pack = loaded(page(IDENTIFIER), tmp_path, app_name=name)
    assert pack.app.display_name == " ".join("".join(c if c.isprintable() else " " for c in name).split())


def test_no_sentence_of_the_page_is_carried_over() -> None:
    facts = shared("gotomeeting-tutorial.md")
    page_text = (SHARED / "gotomeeting-tutorial.md").read_text(encoding="utf-8")
    words = " ".join(page_text.replace("*", "").replace("`", "").split())
    for derived in derive_pack(facts).pack["rules"]:
        for key in ("title", "risk", "guidance"):
            for sentence in str(derived[key]).split(". "):
                assert len(sentence) < 25 or sentence not in words


@pytest.mark.parametrize("folder", ["2018-09", "modern-excerpts"])
def test_every_shared_page_gives_a_pack_that_loads(folder: str, tmp_path: Path) -> None:
    if not (SHARED / folder).is_dir():
        pytest.skip("the shared tutorials are not beside the repository")
    for source in sorted((SHARED / folder).glob("*.md")):
        facts = parse_tutorial(source.read_bytes(), source.name)
        pack = loaded(facts, tmp_path, None if facts.app_name else "Some App")
        own = {found.select for found in pack.rules if found.pack == pack.id}
        asked = facts.field(Field.IDENTIFIER)
        if asked.values and not [text for text in derive_pack(facts).undecided if "no rule was made" in text.text]:
            assert "$.application.identifierUris" in own, source.name
