"""Addresses that are filled in are, byte for byte, the ones that msgraph-sdk expands; nothing in a value leaves it."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.graph import endpoints
from auditor.graph.urls import Address

ADDRESSES = {name: found for name, found in vars(endpoints).items() if isinstance(found, Address)}
PLAIN = {
    "ALL_USERS",
    "CLAIMS_MAPPING_POLICIES",
    "CONDITIONAL_ACCESS_POLICIES",
    "ORGANIZATION",
    "TOKEN_ISSUANCE_POLICIES",
}
TEXT = {name for name, found in ADDRESSES.items() if "%20eq%20" in found.expanded("x")}
texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


def test_addresses_of_all_three_kinds_are_here() -> None:
    assert ADDRESSES.keys() > PLAIN | TEXT
    assert "USERS_OF_ADDRESS" in TEXT


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_an_address_without_a_value_is_the_sdk_s(name: str) -> None:
    assert ADDRESSES[name].plain() == ADDRESSES[name].expanded("x")


@pytest.mark.parametrize("name", sorted(ADDRESSES.keys() - PLAIN - TEXT))
@given(object_id=st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True))
@settings(max_examples=20, deadline=None)
def test_an_id_is_put_in_as_the_sdk_does(name: str, object_id: str) -> None:
    assert ADDRESSES[name].of_id(object_id) == ADDRESSES[name].expanded(object_id)


@pytest.mark.parametrize("name", sorted(TEXT))
@given(text=texts)
@example("it's 'quoted'")
@example("a&$filter=x#y?z/../%27+ \U0001f600é")
@settings(max_examples=25, deadline=None)
def test_a_text_is_put_in_as_the_sdk_does_and_stays_in_its_literal(name: str, text: str) -> None:
    address = ADDRESSES[name].of_text(text)
    assert address == ADDRESSES[name].expanded(text)
    parts = urlsplit(address)
    assert "#" not in address
    assert unquote(parts.path) == urlsplit(ADDRESSES[name].expanded("x")).path
    condition = dict(parse_qsl(parts.query, keep_blank_values=True))["$filter"]
    assert "'" + text.replace("'", "''") + "'" in condition


@pytest.mark.parametrize("text", ["", "a/b", "../x", "a b", "a'b", "%2e", "é", "a" * 129, "a\n"])
def test_what_is_no_id_never_reaches_a_path(text: str) -> None:
    with pytest.raises(ValueError, match="not an object's id"):
        endpoints.PRINCIPAL.of_id(text)
