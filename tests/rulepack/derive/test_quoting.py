"""Whatever text a page prints is the same text when the pack is loaded."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.rulepack.derive.quoting import comment, prose, scalar
from auditor.rulepack.tutorial import parse_pattern
from auditor.rulepack.yamltree import read_tree

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="ab:#-?{}[],&*!|>'\"%@` \n\t\\/.~0123456789ynoe\u2028\x85\ufeff", max_size=30),
    st.sampled_from(
        ["null", "~", "yes", "No", "1", "1e3", "0x1", "2024-01-31", "<<", "- a", "? a", "a: b", "a #b", "---"]
    ),
)


def read(text: str) -> object:
    return read_tree(text.encode("utf-8"), "test.yaml").value


def whole(text: str) -> str:
    """What a file can hold: a lone surrogate cannot be written."""
    return "".join("\ufffd" if 0xD800 <= ord(letter) <= 0xDFFF else letter for letter in text)


@given(TEXTS, TEXTS)
def test_scalars_survive_in_block_and_flow(value: str, key: str) -> None:
    assert read(f"{scalar(key)}: {scalar(value)}\n") == {whole(key): whole(value)}
    flow = f"a: {{{scalar(key)}: [{scalar(value)}, {scalar(value)}]}}\n"
    assert read(flow) == {"a": {whole(key): [whole(value), whole(value)]}}


@given(TEXTS, st.integers(2, 8), st.integers(20, 60))
def test_prose_survives(value: str, indent: int, width: int) -> None:
    assert read(f"a: {prose(value, indent, width)}\nb: c\n") == {"a": whole(value), "b": "c"}


@given(st.lists(st.text(alphabet="abcdefg.,:#'", min_size=1, max_size=9), min_size=10, max_size=40))
def test_long_prose_is_folded_and_survives(words: list[str]) -> None:
    text = " ".join(words)
    written = prose(text, 2, 40)
    assert read(f"a: {written}\n") == {"a": text}


@given(TEXTS)
def test_comments_end_nowhere_but_at_their_end(text: str) -> None:
    assert read(f"a: b\n{comment(text)}\nc: d\n") == {"a": "b", "c": "d"}


PIECES = st.sampled_from(
    [
        "<company>",
        "{tenant-id}",
        "[Region]",
        "<Company Name>",
        "a",
        "acs",
        "/",
        "-",
        ".",
        ".net",
        "?x=",
        "saml",
        "TENANT_ID",
    ]
)


@given(st.lists(PIECES, min_size=1, max_size=10))
def test_a_pattern_as_shown_is_the_same_pattern(pieces: list[str]) -> None:
    try:
        pattern = parse_pattern(f"https://{''.join(pieces)}")
        expression = pattern.regex
    except ValueError:
        return
    assert parse_pattern(pattern.shown).names == pattern.names
    assert parse_pattern(pattern.shown).regex == expression
