"""Decoding: what is not as documented costs as little as possible, and is never taken for a value."""

import json

import pytest
from msgspec import UNSET

from auditor.graph.decode import NotAsDocumented, decode_error, decode_object, decode_page
from auditor.model.graph_objects import Application, ConditionalAccessPolicy, ServicePrincipal, WebApplication


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def test_null_missing_and_empty_stay_apart() -> None:
    null = decode_object(body({"id": "1", "loginUrl": None}), ServicePrincipal)
    missing = decode_object(body({"id": "1"}), ServicePrincipal)
    empty = decode_object(body({"id": "1", "loginUrl": ""}), ServicePrincipal)
    assert (null.login_url, missing.login_url, empty.login_url) == (None, UNSET, "")


def test_a_property_of_another_type_is_unknown_and_costs_no_other() -> None:
    read = decode_object(body({"id": "1", "loginUrl": 5, "appId": "a", "replyUrls": "x"}), ServicePrincipal)
    assert (read.login_url, read.reply_urls, read.app_id) == (UNSET, UNSET, "a")


def test_a_nested_property_of_another_type_costs_no_sibling() -> None:
    read = decode_object(body({"id": "1", "web": {"redirectUris": "x", "logoutUrl": "y"}}), Application)
    assert isinstance(read.web, WebApplication)
    assert (read.web.redirect_uris, read.web.logout_url) == (UNSET, "y")


def test_one_bad_member_of_a_list_makes_the_list_unknown_not_shorter() -> None:
    read = decode_object(body({"id": "1", "replyUrls": ["https://a", 7]}), ServicePrincipal)
    assert read.reply_urls is UNSET


def test_null_where_a_list_stood_is_null() -> None:
    assert decode_object(body({"id": "1", "replyUrls": None}), ServicePrincipal).reply_urls is None


def test_new_properties_and_new_enumeration_values_are_data() -> None:
    read = decode_object(body({"id": "1", "state": "enabledSomehow", "brandNew": {"a": 1}}), ConditionalAccessPolicy)
    assert read.state == "enabledSomehow"


@pytest.mark.parametrize("given", [b"<html>", b"", b'{"id": "1"', b"[]", b"7", b"{}", b'{"id": 7}', b"\xff\xfe"])
def test_what_is_no_such_object_is_told(given: bytes) -> None:
    with pytest.raises(NotAsDocumented):
        decode_object(given, ServicePrincipal)


@pytest.mark.parametrize(
    "given",
    [{}, {"value": None}, {"value": {}}, {"value": [7]}, {"value": [{"noId": 1}]}, {"value": [{"id": "1"}, None]}],
)
def test_what_is_no_page_is_told_and_no_member_is_lost_silently(given: object) -> None:
    with pytest.raises(NotAsDocumented):
        decode_page(body(given), ServicePrincipal)


def test_a_page_keeps_its_link_when_a_member_must_be_read_leniently() -> None:
    page = decode_page(
        body({"value": [{"id": "1", "loginUrl": 5}], "@odata.nextLink": "https://x/next", "@odata.count": 3}),
        ServicePrincipal,
    )
    assert (page.next_link, page.count, page.value[0].login_url) == ("https://x/next", 3, UNSET)


def test_an_error_that_is_html_is_no_crash() -> None:
    assert decode_error(b"<html>503</html>").code is None
    assert decode_error(body({"error": {"code": "X", "message": "m"}})).code == "X"
