"""Any text comes back from each language's own parser as one literal, equal to what went in."""

import shutil
import unicodedata
from pathlib import Path

import hcl2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from auditor.model.plan import canonical_state
from auditor.remedy import quote_hcl, quote_markdown, quote_powershell, quote_sh
from auditor.remedy.files import comment, plain
from tests.remedy.parsers import (
    TERRAFORM,
    hcl_unescaped,
    powershell_literals,
    powershell_tree,
    powershell_value,
    shell_words,
    terraform_values,
    walk,
)

HOSTILE = (
    "",
    "it's",
    "‘’\u201a\u201b“”„",
    "a''b‘‘c",
    "$(id) `id` ${HOME} $HOME !x %PATH% & ; | > <",
    "line\nline\r\nline\rend",
    "#> <# #",
    "'@\n@'",
    '"${a}" %{b} $${c} %%{d} $$${e}',
    "\\n \\' \\\\",
    "\u202eabc\u2066\u200b\ufeff",
    "-rf",
    "@file",
    "\U0001f600 \U0001d4b3 é e\u0301",
    "\u2028\u2029\x85\x7f\x1b[31m",
)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.text(alphabet="'‘’\u201a\u201b\"$`{}%\\ \n#>@-&a", max_size=30),
)
WITHOUT_NUL = TEXTS.map(lambda text: text.replace("\x00", ""))


@given(texts=st.lists(WITHOUT_NUL, min_size=1, max_size=40))
@example(texts=list(HOSTILE))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.fault(16)
def test_a_shell_word_is_the_text(texts: list[str]) -> None:
    assert shell_words([quote_sh.quote(text) for text in texts]) == texts


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.fault(16)
def test_every_shell_agrees(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine")
    assert shell_words([quote_sh.quote(text) for text in HOSTILE], shell) == list(HOSTILE)


def test_a_shell_word_cannot_hold_nul() -> None:
    with pytest.raises(ValueError, match=r"^a shell word cannot hold NUL$"):
        quote_sh.quote("a\x00b")


@given(texts=st.lists(WITHOUT_NUL, min_size=1, max_size=10))
@example(texts=list(HOSTILE))
@pytest.mark.fault(16)
def test_a_powershell_literal_is_the_text(texts: list[str]) -> None:
    literals = "".join(f"Write-Output {quote_powershell.quote(text)}\n" for text in texts)
    root = powershell_tree(literals.encode("utf-8"))
    assert powershell_literals(root) == texts
    assert [powershell_value(quote_powershell.quote(text)) for text in texts] == texts
    kinds = {node.type for node in walk(root)}
    assert not kinds & {"sub_expression", "expandable_string_literal", "script_block_expression", "variable"}


@given(text=TEXTS)
@pytest.mark.fault(16)
def test_a_terraform_string_is_the_text(text: str) -> None:
    quoted = quote_hcl.quote(text)
    assert quoted.isascii()
    assert hcl_unescaped(quoted) == text
    assert hcl2.loads(f"x = {quoted}\n")["x"] == quoted
    assert "${" not in quoted
    assert "%{" not in quoted


def test_terraform_escapes_have_the_two_forms_of_the_specification() -> None:
    assert quote_hcl.quote("\x1b\xe9\uffff\U00010000\U0010ffff") == '"\\u001b\\u00e9\\uffff\\U00010000\\U0010ffff"'


@pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on this machine")
@given(texts=st.lists(TEXTS, min_size=20, max_size=80))
@example(texts=list(HOSTILE))
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
def test_terraform_itself_reads_the_text(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("terraform")
    read = terraform_values(folder, [quote_hcl.quote(text) for text in texts])
    assert read == [unicodedata.normalize("NFC", text) for text in texts]


def _inline(markdown: str) -> list[Token]:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    assert [token.type for token in tokens if token.level == 0] == ["bullet_list_open", "bullet_list_close"]
    (inline,) = [token for token in tokens if token.type == "inline"]
    return inline.children or []


@given(text=TEXTS)
def test_markdown_prose_is_words_and_nothing_else(text: str) -> None:
    children = _inline(f"- x {quote_markdown.prose(text)}")
    assert {child.type for child in children} <= {"text", "text_special"}
    shown = "".join(child.content for child in children)
    assert shown.rstrip() == f"x {quote_markdown.visible(' '.join(text.split()))}".rstrip()


@given(text=TEXTS)
def test_markdown_prose_begins_no_block(text: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"- {quote_markdown.prose(text)}")
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert kinds <= {"bullet_list", "list_item", "paragraph", "inline"}


@given(text=TEXTS)
@example(text="`a")
@example(text="a`")
@example(text=" a ")
@example(text=" a")
@example(text="a ")
@example(text="`` `a` ``")
def test_a_markdown_code_span_is_the_text(text: str) -> None:
    children = _inline(f"- x {quote_markdown.code(text)}")
    spans = [child.content for child in children if child.type == "code_inline"]
    if text.strip():
        assert spans == [quote_markdown.visible(text)] or not quote_markdown.visible(text).strip()
    else:
        assert len(spans) <= 1
    assert {child.type for child in children} <= {"text", "code_inline", "text_special"}


def test_markdown_hides_nothing() -> None:
    assert quote_markdown.code("a\u202eb\u200b") == "`a⟨U+202E⟩b⟨U+200B⟩`"
    assert quote_markdown.code("") == "(blank)"
    assert quote_markdown.code("  ") == "(2 spaces)"
    assert "https\\://" in quote_markdown.prose("https://a.example")


@given(text=TEXTS)
@pytest.mark.fault(16)
def test_a_comment_stays_one(text: str) -> None:
    told = comment(text)
    assert told.isascii()
    assert told.isprintable()
    assert "#>" not in told


@given(text=TEXTS)
def test_a_terminal_gets_printable_ascii(text: str) -> None:
    told = plain(text)
    assert told.isascii()
    assert not told or told.isprintable()


@given(texts=st.lists(st.one_of(TEXTS, st.none(), st.booleans()), max_size=5))
def test_a_state_is_ascii_and_loses_nothing(texts: list[str | bool | None]) -> None:
    import json

    state = canonical_state(texts)
    assert state.isascii()
    assert state.isprintable()
    assert json.loads(state) == texts
