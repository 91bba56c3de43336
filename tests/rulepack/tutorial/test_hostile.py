"""Any text at all ends in facts or in the typed error, and soon."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.rulepack.tutorial import Field, Kind, PatternError, TutorialError, parse_pattern, parse_tutorial
from auditor.rulepack.tutorial.source import MAX_BYTES

SIZE = MAX_BYTES - 4_000
HEAD = "## Basic SAML Configuration\n\n"
LINE = 3_900


def filled(unit: str, head: str = "") -> str:
    """As many paragraphs of ``unit`` as a page may hold, each as long as one that is still read."""
    paragraph = (unit * LINE)[:LINE] + "\n\n"
    return head + paragraph * (SIZE // len(paragraph))


HOSTILE = {
    "brackets": filled("["),
    "images": filled("!["),
    "links": filled("[a]("),
    "emphasis": filled("*a _b "),
    "backticks": "".join("`" * (at % 200) + "x " for at in range(2_000)),
    "autolinks": filled("<"),
    "entities": filled("&#x"),
    "escapes": filled("\\"),
    "quotes": ">" * SIZE,
    "nested-lists": ("- " * 1_000 + "a\n") * (SIZE // 2_001),
    "stairs": "".join("  " * min(at, 400) + "- a\n" for at in range(450)),
    "cells": "|a" * 50 + "|\n" + "|-" * 50 + "|\n" + ("|x" * 50 + "|\n") * (SIZE // 102),
    "wide-table": "|a" * 60_000 + "|\n" + "|-" * 60_000 + "|\n",
    "html-table": "<tr>" + "<td>" * (SIZE // 4),
    "html-angles": "<div>\n" + "<" * (SIZE - 10),
    "open-comments": "<!--" * (SIZE // 4),
    "references": "".join(f"[a{at}]: http://x\n" for at in range(9_000)),
    "addresses": filled("https://", HEAD + "In the **Identifier** box "),
    "examples": filled(". A (e.g. https://x ", HEAD),
    "fields": filled("**Reply URL** and ", HEAD),
    "asked": filled("In the **Identifier** text box enter `a` ", HEAD),
    "blank": filled("keep the ", HEAD),
    "zone": filled("copy basic saml ", HEAD),
    "spaces": filled(" ", HEAD + "In the"),
    "braces": filled("{<[", HEAD + "In the **Identifier** box `https://"),
    "one-line": "a" * SIZE,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markdown_ends_soon(name: str) -> None:
    began = time.process_time()
    facts = parse_tutorial(HOSTILE[name], name)
    took = time.process_time() - began
    assert [fact.field for fact in facts.fields] == list(Field)
    assert all(len(fact.values) <= 200 for fact in facts.fields)
    assert took < 20, f"{took:.1f} s"


def test_what_is_too_long_to_read_is_told() -> None:
    page = HEAD + "In the **Identifier** box, type `a`.\n\n" + "x" * 5_000
    facts = parse_tutorial(page, "page.md")
    assert [remark.citation.line for remark in facts.undecided if "not read" in remark.text and remark.citation] == [5]
    assert facts.fields[0].values == ("a",)


def test_more_values_than_a_field_can_have_are_cut_and_told() -> None:
    rows = "".join(f"| `https://a{at}.adatum.net` |\n" for at in range(500))
    page = (
        HEAD
        + "1. In the **Identifier** box, type one of:\n\n   | |\n   |--|\n"
        + "   ".join(["", *rows.splitlines(keepends=True)])
    )
    facts = parse_tutorial(page, "page.md")
    assert len(facts.fields[0].values) == 200
    assert any("500 values" in remark.text for remark in facts.undecided)


WORDS = st.sampled_from(
    [
        "In the", "**Identifier**", "**Reply URL**", "Sign on URL", "**Relay State**", "text box", "type", "leave",
        "blank", "pattern:", "`https://<a>.b/c`", "`", "```", "|", "|--|", "\n", "\n\n", "1. ", "a. ", "  ", "\t",
        "    ", "> ", "- ", "<br>", "<table><tr><td>", "</td>", "<!--", "-->", "**", "*", "[", "](", ")", "---",
        "# ", "## Basic SAML Configuration", "**SP** initiated mode", "IDP", "for example", "https://adatum.net/",
        "\\<", "&lt;", "{x}", "SAML Signing Certificate", "| Name | Source Attribute |", "\0", "é", "title:",
    ]
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_any_mixture_of_what_pages_are_made_of(text: str) -> None:
    check(text)


@given(st.text(max_size=400) | st.binary(max_size=400))
def test_any_text_and_any_bytes(data: str | bytes) -> None:
    check(data)


def has_hint(error: TutorialError | PatternError) -> None:
    assert error.hint


def check(data: str | bytes) -> None:
    """Facts hold together, whatever the page."""
    try:
        facts = parse_tutorial(data, "page.md")
    except TutorialError as error:
        has_hint(error)
        return
    for fact in facts.fields:
        wanted = {Kind.FIXED: (1, 1), Kind.PATTERN: (1, 1), Kind.ONE_OF: (2, 200)}.get(fact.kind, (0, 0))
        assert wanted[0] <= len(fact.values) <= wanted[1]
        assert (fact.citation is None) is (fact.kind is Kind.NONE)
        assert len(set(fact.values)) == len(fact.values)
        for value in fact.values:
            assert value == value.strip()
            try:
                pattern = parse_pattern(value, said_pattern=fact.kind is Kind.PATTERN)
                assert pattern.names or fact.kind is not Kind.PATTERN
                assert pattern.regex.startswith("^")
            except PatternError as error:
                has_hint(error)
