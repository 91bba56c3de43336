"""Near misses: the difference named in plain words, and no difference invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate.nearmiss import difference_of, near_misses
from auditor.model.rule import AppIdentity

RIGHT = "https://sso.example.com/saml/sp"
APP = AppIdentity(
    display_name="Acme",
    template_name="Acme",
    identifier=RIGHT,
    products={"Acme One": "https://one.example.com", "Acme Two": "https://two.example.com"},
    test_users=(),
    known_values=(
        {"host": "old.example.net", "note": "a host of the old days, retired"},
        {"host": "older.example.net", "note": "known as host X."},
    ),
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{RIGHT}/", "a trailing slash"),
        (f"{RIGHT}//", "a trailing slash"),
        ("http://sso.example.com/saml/sp", "http instead of https"),
        ("HTTPS://SSO.EXAMPLE.COM/SAML/SP", "letter case"),
        ("https://sso.example.com/SAML/sp", "letter case"),
        ("https://sso.example.com/SAML/sp/", "letter case in the path and a trailing slash."),
        ("https://sso.example.com:443/SAML/sp", "a port written out and letter case in the path."),
        (f" {RIGHT}", "white space around it"),
        (f"{RIGHT}\n", "white space around it"),
        ("https://sso.example .com/saml/sp", "white space within it"),
        (f" {RIGHT}/ ", "white space around it and a trailing slash"),
        ("https://www.sso.example.com/saml/sp", "a “www.” too many"),
        ("https://sso.example.com:443/saml/sp", "a port written out"),
        ("https://sso.example.com:8443/saml/sp", "the port 8443"),
        ("https://sso.example.com./saml/sp", "letter case or a final dot in the host"),
        (f"{RIGHT}?x=1", "a query (what follows “?”)"),
        (f"{RIGHT}#x", "a fragment (what follows “#”)"),
        (
            "http://SSO.example.com/saml/sp/",
            "http instead of https, letter case or a final dot in the host and a trailing slash",
        ),
        (
            "https://\u0455\u0455\u043e.example.com/saml/sp",
            "look-alike characters: U+043E CYRILLIC SMALL LETTER O, U+0455",
        ),
        ("https://sso.\u0435xample.com/saml/sp", "look-alike characters: U+0435 CYRILLIC SMALL LETTER IE"),
        ("https://sso.xn--xample-2of.com/saml/sp", "look-alike characters: U+0435"),
        ("https://sso.XN--xample-2of.com/saml/sp", "look-alike characters: U+0435"),
        ("https://\uff53\uff53\uff4f.example.com/saml/sp", "look-alike characters: U+FF4F"),
        ("https://sso.example.com/saml/sp\u200b", "invisible characters: U+200B ZERO WIDTH SPACE"),
        ("https://sso.example.com\u2215saml/sp", "look-alike characters: U+2215 DIVISION SLASH"),
    ],
)
def test_small_differences(text: str, told: str) -> None:
    assert difference_of(text, RIGHT) is not None
    assert str(difference_of(text, RIGHT)).startswith(f"“{text}” differs from the expected value only by {told}")


@pytest.mark.parametrize(
    "text",
    [
        "https://other.example.com/saml/sp",
        "urn:x",
        "",
        "ftp://sso.example.com/saml/sp",
        "https://sso.example.com:99999/saml/sp",
        "ftp://sso.example.com/saml/acs",
        "https://[",
        "sso.example.com/saml/sp",
        "x" * 5000,
    ],
)
def test_great_differences_are_none(text: str) -> None:
    assert difference_of(text, RIGHT) is None


@pytest.mark.parametrize(("text", "right"), [("plain/", "plain"), ("urn:a/", "urn:a"), ("//host/a/", "//host/a")])
def test_of_what_is_no_address_a_slash_is_a_great_difference(text: str, right: str) -> None:
    assert difference_of(text, right) is None


@pytest.mark.parametrize(
    ("text", "right", "told"),
    [
        ("https://sso.example.com/saml/acs", RIGHT, "/saml/acs instead of /saml/sp"),
        ("https://sso.example.com/saml/spX", RIGHT, "/saml/spX instead of /saml/sp"),
        ("http://sso.example.com", RIGHT, "/ instead of /saml/sp"),
        (RIGHT, "https://sso.example.com", "/saml/sp instead of /"),
    ],
)
def test_another_path_is_told(text: str, right: str, told: str) -> None:
    assert difference_of(text, right) == f"“{text}” has the expected host, but the path {told}."


def test_a_label_that_stands_for_no_letters_stays_as_it_is() -> None:
    right = "https://sso.example.com/xn--99999999999"
    assert difference_of("https://sso.\u0435xample.com/xn--99999999999", right) == (
        "“https://sso.\u0435xample.com/xn--99999999999” differs from the expected value only by look-alike characters: "
        "U+0435 CYRILLIC SMALL LETTER IE."
    )


@pytest.mark.parametrize(
    ("text", "right", "told"),
    [
        (RIGHT, f"{RIGHT}/", "a missing trailing slash"),
        (f"{RIGHT}/", f"{RIGHT}//", "a missing trailing slash"),
        ("https://sso.example.com/SAML/sp", f"{RIGHT}/", "letter case in the path and a missing trailing slash"),
        (f"{RIGHT}/?x", f"{RIGHT}/", "a query (what follows “?”)"),
        ("https://example.com", "https://www.example.com", "a missing “www.”"),
        ("https://example.com/", "https://example.com:8443/", "a missing port"),
        ("https://example.com:80/", "https://example.com/", "the port 80"),
        ("http://example.com:80/", "http://example.com/", "a port written out"),
        ("https://example.com/", "https://example.com:443/", "a port not written out"),
        ("https://[2001:db8::1]:443/", "https://[2001:db8::1]/", "a port written out"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]:443/", "a port not written out"),
        ("https://example.com/spX/", "https://example.com/spX", "a trailing slash"),
        ("https://user@example.com/", "https://example.com/", "a user name before the host"),
        (
            "https://user:word@Example.com:8443/",
            "https://Example.com/",
            "a user name before the host and the port 8443",
        ),
        ("https://example.com/", "https://user@example.com/", "a missing user name before the host"),
        (" PLAIN ", "plain", "white space around it and letter case"),
        ("http://example.com:443/", "http://example.com/", "the port 443"),
        ("https://example.com/", "http://example.com/", "https instead of http"),
        ("https://example.com/#a", "https://example.com./#a", "letter case or a final dot in the host"),
        (
            "https://example.com/x",
            "https://Example.com/x/",
            "letter case or a final dot in the host and a missing trailing slash",
        ),
    ],
)
def test_small_differences_from_other_values(text: str, right: str, told: str) -> None:
    assert difference_of(text, right) == f"“{text}” differs from the expected value only by {told}."


def test_another_products_address_is_told() -> None:
    assert near_misses(["https://two.example.com"], ["https://one.example.com"], APP) == [
        "“https://two.example.com” is the address of Acme Two."
    ]
    assert near_misses(["https://two.example.com/"], ["https://one.example.com"], APP) == [
        "“https://two.example.com/” is the address of Acme Two."
    ]


@pytest.mark.parametrize("host", ["old.example.net", "login.old.example.net", "OLD.example.net."])
def test_a_known_host_is_told(host: str) -> None:
    (told,) = near_misses([f"https://{host}/x"], [RIGHT], APP)
    assert told.endswith("is on old.example.net: a host of the old days, retired.")


def test_a_note_that_is_a_sentence_has_one_full_stop() -> None:
    assert near_misses(["https://older.example.net"], [RIGHT], APP) == [
        "“https://older.example.net” is on older.example.net: known as host X."
    ]


def test_a_host_that_only_ends_alike_is_not_known() -> None:
    assert near_misses(["https://bold.example.net/x"], [RIGHT], APP) == []


def test_right_values_and_blanks_are_no_misses() -> None:
    assert near_misses([RIGHT, ""], [RIGHT], APP) == []
    assert near_misses([RIGHT], [RIGHT, f"{RIGHT}/"], APP) == []
    assert len(near_misses(["", RIGHT, f"{RIGHT}/"], [RIGHT], APP)) == 1


def test_the_closest_expected_value_is_named() -> None:
    (told,) = near_misses(["https://one.example.com/"], ["https://two.example.com", "https://one.example.com"], APP)
    assert told == "“https://one.example.com/” differs from the expected value only by a trailing slash."
    (told,) = near_misses(["https://one.example.com/"], ["https://www.one.example.com", "https://one.example.com"], APP)
    assert told == "“https://one.example.com/” differs from the expected value only by a trailing slash."


@given(st.text(max_size=60), st.sampled_from([RIGHT, "plain", "https://one.example.com/"]))
def test_never_raises_and_never_speaks_of_equals(text: str, right: str) -> None:
    told = difference_of(text, right)
    assert (told is None) or text != right
