"""Whatever a page holds, its pack loads or the page is refused; nothing of it becomes YAML of its own."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.rulepack import lint
from auditor.rulepack.derive import as_json, as_yaml, compare_pack, derive_pack
from auditor.rulepack.load import load_pack
from auditor.rulepack.tutorial import TutorialError, parse_tutorial
from tests.rulepack.derive.pages import HEAD, SHIPPED, page
from tests.rulepack.tutorial.test_hostile import HOSTILE

FIELDS = st.sampled_from(["Identifier", "Reply URL", "Sign-on URL", "Relay State"])
BITS = st.sampled_from(
    [
        "https://",
        "<a>",
        "{b}",
        "{app.displayName}",
        "[c]",
        "\\",
        '"',
        "'",
        "#",
        ": ",
        "\n",
        "%",
        "é",
        "\u202e",
        "x",
        "/",
        ".",
    ]
)
VALUES = st.one_of(st.text(max_size=40), st.lists(BITS, max_size=12).map("".join))
WORDS = ["type the URL", "type a URL using the following pattern", "type one of the following URLs", "leave blank"]


def check(text: str, name: str = "page.md") -> None:
    try:
        facts = parse_tutorial(text, name)
    except TutorialError:
        return
    derivation = derive_pack(facts)
    as_json(derivation)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "derived.yaml"
        path.write_text(as_yaml(derivation), encoding="utf-8")
        assert lint(str(path), shipped=SHIPPED) == []
        if "app" in derivation.pack:
            pack = load_pack(str(path), shipped=SHIPPED)
            assert [rule.id for rule in pack.rules if rule.pack == pack.id] == [
                rule["id"] for rule in derivation.pack["rules"]
            ]
            assert [one for one in compare_pack(facts, pack).differences if one.about not in ("app_name",)] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(FIELDS, st.sampled_from(WORDS), VALUES), min_size=1, max_size=4), VALUES)
def test_any_values_give_a_pack_that_loads(steps: list[tuple[str, str, str]], app: str) -> None:
    lettered = "\n\n".join(
        f"    {chr(97 + at)}. In the **{field}** text box, {words}: `{value}`"
        for at, (field, words, value) in enumerate(steps)
    )
    check(HEAD.replace("{app}", app or "Acme") + lettered)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_gives_a_pack_that_loads(text: str) -> None:
    check(text)


@pytest.mark.parametrize("name", ["examples", "fields", "asked", "cells", "references", "braces"])
def test_hostile_pages_give_packs_that_load(name: str) -> None:
    check(HOSTILE[name], name)


def test_a_page_cannot_write_rules() -> None:
    value = 'In the **Identifier** text box, type the URL: `x"]}\n  - id: EVIL-001\n    expect: {}`'
    rules = derive_pack(page(value)).pack["rules"]
    assert not [rule for rule in rules if "EVIL" in rule["id"]]
