"""The gate: what is no Markdown page ends in an error with a hint; what is, keeps its line numbers."""

import pytest

from auditor.rulepack.tutorial import TutorialError, parse_tutorial
from auditor.rulepack.tutorial.source import MAX_BYTES, MAX_LINES, read_source


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        ("  \n\n\t", "empty"),
        (b"\x00\x01\x02\x03" * 100, "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "binary"),
        (b"%PDF-1.7\n" + b"\xff\xfe\xfd\xfc" * 500, "binary"),
        ("<!DOCTYPE html><html><body>page</body></html>", "web page"),
        (b"\xef\xbb\xbf  <HTML><head></head></HTML>", "web page"),
        (b"a" * (50 * 1024 * 1024), "larger than"),
        ("a" * (MAX_BYTES + 1), "longer than"),
        ("\n" * (MAX_LINES + 1) + "a", "longer than"),
    ],
    ids=["nothing", "blank", "zeros", "png", "pdf", "html", "html-bom", "50-mb", "long-text", "many-lines"],
)
def test_refused_with_a_hint(data: str | bytes, what: str) -> None:
    with pytest.raises(TutorialError, match=what) as caught:
        parse_tutorial(data, "page.md")
    assert caught.value.hint in str(caught.value)


def test_any_text_is_read_and_says_what_it_lacks() -> None:
    facts = parse_tutorial("Nothing of note.", "page.md")
    told = [remark.text for remark in facts.undecided]
    assert facts.app_name is None
    assert any("does not name the app" in text for text in told)
    assert any("no Basic SAML Configuration step" in text for text in told)
    assert any("gives no date" in text for text in told)


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: 'Tutorial: it''s here'\nms.date: 11/21/2022\n---\n# Heading\n",
        '\ufeff---\r\ntitle: "Tutorial: it\'s here"\r\nms.date: 2022-11-21\r\n---\r\n# Heading\r\n',
        "---\ntitle: Tutorial: it's here\nms.date:   11/21/2022  \n...\n# Heading\n",
    ],
    ids=["quoted", "windows", "unquoted-colon"],
)
def test_front_matter(text: str) -> None:
    source = read_source(text.encode("utf-8"))
    assert (source.title, source.date, source.offset) == ("Tutorial: it's here", "2022-11-21", 4)
    assert source.body.startswith("# Heading")


@pytest.mark.parametrize("printed", ["31/12/2022", "soon", "2022-13-01", "1/2", "0/0/0", "99999/1/1"])
def test_what_is_no_date_is_none(printed: str) -> None:
    assert read_source(f"---\nms.date: {printed}\n---\na").date is None


def test_front_matter_that_does_not_end_is_text() -> None:
    assert read_source("---\ntitle: here\n\nmore").body.startswith("---")


def test_utf_16_with_a_mark_and_single_bad_bytes_are_read() -> None:
    assert read_source("# Adatum".encode("utf-16")).body == "# Adatum"
    assert read_source(b"# Adatum \xff" + b"a" * 200).body.startswith("# Adatum")


def test_lines_count_from_the_top_of_the_file() -> None:
    page = "---\nms.date: 1/2/2023\n---\n\n## Basic SAML Configuration\n\n1. In the **Identifier** box, type `a`.\n"
    fact = parse_tutorial(page, "page.md").fields[0]
    assert fact.citation is not None
    assert (fact.citation.line, fact.citation.date) == (7, "2023-01-02")
