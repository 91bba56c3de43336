"""Each escape on its own: what it lets through, what it writes out, and that nothing slips past."""

from __future__ import annotations

import csv
import html
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from markdown_it import MarkdownIt
from markupsafe import Markup

from auditor.model.result import ScanResult
from auditor.report.text import anchor, csv_cell, encodable, finalize, markdown, script_json, visible, web_link
from tests.report.hostile import Builder, text_fields


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcödé Ω日本 😀", "plain text, ünïcödé Ω日本 😀"),
        ("two\nlines", "two\nlines"),
        ("\u202etxt.exe", "‹U+202E›txt.exe"),  # noqa: RUF001 - the brackets that mark what is written out
        ("a\u200bb", "a‹U+200B›b"),  # noqa: RUF001 - as above
        ("\x00\t\r", "‹U+0000›‹U+0009›‹U+000D›"),  # noqa: RUF001 - as above
        ("a\u00a0b", "a‹U+00A0›b"),  # noqa: RUF001 - as above
        ("\ud800", "‹U+D800›"),  # noqa: RUF001 - as above
        ("\U000e0041", "‹U+E0041›"),  # noqa: RUF001 - as above
    ],
)
def test_what_would_not_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters()))
def test_nothing_hidden_stays(text: str) -> None:
    shown = visible(text)
    assert all(character == "\n" or character.isprintable() or character == "\u3000" for character in shown)
    shown.encode("utf-8")


@given(st.text())
def test_a_template_prints_no_markup_of_a_value(text: str) -> None:
    engine = Environment(autoescape=True, finalize=finalize)
    printed = engine.from_string('<p title="{{ value }}">{{ value }}</p>').render(value=text)
    assert printed.count("<") == 2
    assert printed.count('"') == 2


def test_a_template_prints_texts_and_numbers_only() -> None:
    with pytest.raises(TypeError):
        finalize(["a", "list"])
    assert finalize(Markup("<b>")) == "<b>"
    assert finalize(None) == ""


@given(st.dictionaries(st.text(), st.text()))
def test_json_in_a_script_element_cannot_end_it_and_means_the_same(value: dict[str, str]) -> None:
    text = script_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


@pytest.mark.fault(15)
@given(st.text())
def test_a_cell_begins_no_formula_and_can_be_read_back(text: str) -> None:
    cell = csv_cell(text)
    assert not cell.lstrip(" \u3000").startswith(
        ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r")
    )
    plain = cell[1:] if cell.startswith("'") else cell
    assert plain == visible(text)
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow([cell])
    assert next(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == [cell]


@pytest.mark.fault(15)
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "\uff1d1"])
def test_known_ways_into_a_formula(text: str) -> None:
    assert csv_cell(text).startswith("'")


@pytest.mark.fault(13)
@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://learn.microsoft.com/entra/identity", True),
        ("http://learn.microsoft.com/", False),
        ("javascript:alert(1)", False),
        ("https:///path", False),
        ("https://user@host/", False),
        ("https://host/\u202e", False),
        ("https://ho st/", False),
        ("https://[broken/", False),
        ("file:///etc/passwd", False),
        ("//host/", False),
        ("", False),
        (None, False),
    ],
)
def test_only_plain_https_addresses_are_linked(url: str | None, linked: bool) -> None:
    assert web_link(url) == (url if linked else None)


@given(st.text(), st.text())
def test_an_anchor_is_letters_digits_and_hyphens(first: str, second: str) -> None:
    name = anchor(first, second)
    assert name
    assert all(character.isascii() and (character.isalnum() or character == "-") for character in name)


COMMONMARK = MarkdownIt("gfm-like", {"html": True})


@settings(max_examples=50, deadline=None)
@given(st.text() | st.text(alphabet="\\`*_{}[]()<>#+-.!|~&$^:/=\"' \n1ahtpsw"))
def test_markdown_of_a_text_is_that_text_in_one_paragraph(text: str) -> None:
    """Judged by another's parser, with links for bare addresses, tables and strikethrough switched on."""
    page = COMMONMARK.render(markdown(text))
    words = " ".join(visible(text).split())
    inner = page.removeprefix("<p>").removesuffix("</p>\n")
    assert "<" not in inner
    assert html.unescape(inner) == words


@pytest.mark.parametrize(
    "text",
    ["# x", "- x", "1. x", "12) x", "> x", "a\n===", "    x", "[a](javascript:b)", "![a](//b)", "<b>", "&lt;", "| a |",
     "https://example.com", "www.example.com", "http://a", "`x`", "~~x~~", "[^1]: x", "***", "+ x", "\\*x*"],
)  # fmt: skip
def test_known_markdown_is_shown_as_it_is(text: str) -> None:
    page = COMMONMARK.render(f"{markdown(text)}\n")
    assert html.unescape(page) == f"<p>{' '.join(text.split())}</p>\n"


def test_lone_surrogates_become_the_replacement_character() -> None:
    assert encodable({"a\ud800": ["\udfff", 1, None]}) == {"a\ufffd": ["\ufffd", 1, None]}


def test_the_hostile_results_fill_every_text_field_of_the_model() -> None:
    builders = [Builder(unread=unread) for unread in (False, True)]
    for builder in builders:
        builder.build(ScanResult)
    seen = set().union(*(builder.seen for builder in builders))
    wanted = text_fields(ScanResult)
    assert len(wanted) > 150
    assert wanted - seen == set()
