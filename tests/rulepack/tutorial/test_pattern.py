"""Placeholder patterns: typed parts, anchored expressions that every engine reads alike, bindings."""

import re
import time

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.rulepack.tutorial import PartType, PatternError, parse_pattern
from auditor.rulepack.tutorial.pattern import snake_case

GUID = "11111111-2222-3333-4444-555555555555"


def types(value: str) -> dict[str, PartType]:
    return {part.name: part.type for part in parse_pattern(value).parts if part.name}


@pytest.mark.parametrize(
    ("value", "name", "kind"),
    [
        ("https://<SUBDOMAIN>.adatum.net/saml", "subdomain", PartType.SUBDOMAIN),
        ("https://build-<company name>.adatum.net", "company_name", PartType.SUBDOMAIN),
        ("https://<Customer Firewall FQDN>:443/SAML20", "customer_firewall_fqdn", PartType.HOST),
        ("https://<server-url>.adatum.net/", "server_url", PartType.HOST),
        ("https://<your host>/saml", "your_host", PartType.AUTHORITY),
        ("https://app.adatum.net:<port>/saml", "port", PartType.PORT),
        ("<BASE_URL>/acs", "base_url", PartType.BASE_URL),
        ("<subdomain>.adatum.net/saml", "subdomain", PartType.SUBDOMAIN),
        ("https://app.adatum.net/<tenant id>/acs", "tenant_id", PartType.SEGMENT),
        ("https://sts.adatum.net/<Azure AD Tenant ID>/", "azure_ad_tenant_id", PartType.GUID),
        ("https://app.adatum.net/<GUID>", "guid", PartType.GUID),
        ("https://app.adatum.net/x<GUID>", "guid", PartType.SEGMENT),
        ("https://app.adatum.net/?saml=<accountId>", "account_id", PartType.QUERY),
        ("https://app.adatum.net/#/login/<orgSlug>", "org_slug", PartType.FRAGMENT),
        ("urn:auth0:adatum:samlp-<CUSTOMER_VALUE>", "customer_value", PartType.TEXT),
        ("<ID>", "id", PartType.TEXT),
        ("https://app.adatum.net/{acc_id}/sso", "acc_id", PartType.SEGMENT),
        ("https://app.adatum.net/yourcompanyname", "yourcompanyname", PartType.SEGMENT),
        ("https://contoso.adatum.net/", "contoso", PartType.SUBDOMAIN),
    ],
)
def test_a_placeholder_has_the_type_of_its_place(value: str, name: str, kind: PartType) -> None:
    assert types(value) == {name: kind}


@pytest.mark.parametrize(
    ("value", "meets", "fails"),
    [
        (
            "https://<SUBDOMAIN>.adatum.net/saml",
            ["https://northwind.adatum.net/saml", "https://n-1.adatum.net/saml"],
            [
                "https://a.b.adatum.net/saml",
                "https://adatum.net/saml",
                "http://northwind.adatum.net/saml",
                "https://northwind.adatum.net/saml/",
                "https://northwindXadatum.net/saml",
                "https://evil.example/?https://northwind.adatum.net/saml",
                "https://<SUBDOMAIN>.adatum.net/saml",
                "https://northwind.adatum.net/saml\n",
                " https://northwind.adatum.net/saml",
                "https://evil.example/.adatum.net/saml",
            ],
        ),
        (
            "https://<host>/acs",
            ["https://a.b.c/acs", "https://localhost/acs", "https://a.b:8443/acs"],
            ["https://a..b/acs", "https://a b/acs", "https:///acs", "https://u@a/acs", "https://a/b/acs"],
        ),
        (
            "https://app.adatum.net/<id>/acs",
            ["https://app.adatum.net/x.y/acs", "https://app.adatum.net/a%20b/acs"],
            ["https://app.adatum.net/a/b/acs", "https://app.adatum.net//acs", "https://app.adatum.net/a?/acs"],
        ),
        (
            "https://app.adatum.net/?a=<one>&b=<two>",
            ["https://app.adatum.net/?a=1&b=https://x/y?z"],
            ["https://app.adatum.net/?a=1&c=2&b=3", "https://app.adatum.net/?a=&b=2"],
        ),
        (
            f"https://app.adatum.net/<GUID>?v={GUID}",
            [f"https://app.adatum.net/{GUID}?v={GUID}"],
            ["https://app.adatum.net/1?v=1"],
        ),
        ("<a>-<b>-<c>", ["x-y-z", "x-y-z-w", "--x-y"], ["x-y", "-x-y", "x--y"]),
        ("<a><b>", ["xy", "xyz"], ["x"]),
        ("https://*.adatum.net", ["https://a.adatum.net"], ["https://*.adatum.net"]),
    ],
)
def test_expressions(value: str, meets: list[str], fails: list[str]) -> None:
    schema = parse_pattern(value).schema()
    validator = jsonschema_rs.validator_for(schema)
    expression = re.compile(schema["pattern"].removesuffix("$") + r"\Z")
    for text in meets:
        assert validator.is_valid(text), text
        assert expression.match(text), text
    for text in fails:
        assert not validator.is_valid(text), text
        assert not expression.match(text), text


def test_binding_tightens_and_a_full_binding_is_a_constant() -> None:
    pattern = parse_pattern("https://<SUBDOMAIN>.adatum.net/<tenant id>/<SUBDOMAIN>")
    assert pattern.names == ("subdomain", "tenant_id")
    half = pattern.bind({"subdomain": "northwind"})
    assert half.names == ("tenant_id",)
    assert half.constant is None
    assert half.regex.startswith(r"^https://northwind\.adatum\.net/")
    full = half.bind({"tenant_id": "t1"})
    assert full.constant == "https://northwind.adatum.net/t1/northwind"
    assert full.schema() == {"const": full.constant}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"company": "x"}, "no placeholder 'company'"),
        ({"subdomain": "a.b"}, "cannot stand for 'subdomain'"),
        ({"subdomain": ""}, "cannot stand for 'subdomain'"),
        ({"subdomain": "northwind.adatum.net/#"}, "cannot stand for 'subdomain'"),
        ({"subdomain": "a\n"}, "cannot stand for 'subdomain'"),
    ],
)
def test_bindings_that_do_not_fit(values: dict[str, str], told: str) -> None:
    with pytest.raises(PatternError, match=told) as caught:
        parse_pattern("https://<SUBDOMAIN>.adatum.net").bind(values)
    assert caught.value.hint


def test_a_value_without_placeholders_is_a_constant() -> None:
    assert parse_pattern("https://app.adatum.net/saml?x=[").schema() == {"const": "https://app.adatum.net/saml?x=["}


@pytest.mark.parametrize(
    "value", ["", "x" * 3_000, "<a>" * 20, "https://adatum.net/<GUID><UUID>"], ids=["empty", "long", "many", "beside"]
)
def test_what_cannot_be_a_pattern(value: str) -> None:
    with pytest.raises(PatternError) as caught:
        _ = parse_pattern(value).regex
    assert caught.value.hint


def test_gaps_that_would_make_matching_slow_are_refused_or_fast() -> None:
    for gap in ("-", "--", "-a-", "aa"):
        for count in (2, 3, 6, 12):
            value = "urn:x:" + gap.join(f"<p{at}>" for at in range(count))
            try:
                expression = re.compile(parse_pattern(value).regex)
            except PatternError:
                continue
            began = time.process_time()
            assert not expression.match("urn:x:" + (gap + "a") * 400 + "\n!")
            assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("printed", "name"),
    [("Company Name", "company_name"), ("accountId", "account_id"), ("SUBDOMAIN", "subdomain"), ("--", "value")],
)
def test_names_in_snake_case(printed: str, name: str) -> None:
    assert snake_case(printed) == name


LITERALS = st.text(
    st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="<>{}[]()%$*"), max_size=12
)
NAMES = st.from_regex(r"[a-z]{1,8}( [a-z]{1,8})?", fullmatch=True)


@given(st.lists(st.tuples(LITERALS, NAMES), max_size=4), LITERALS, st.booleans())
def test_what_is_bound_meets_the_open_expression(pieces: list[tuple[str, str]], tail: str, address: bool) -> None:
    value = ("https://" if address else "") + "".join(f"{literal}<{name}>" for literal, name in pieces) + tail
    try:
        pattern = parse_pattern(value)
        expression = pattern.regex
    except PatternError:
        return
    sample = {"port": "1", "guid": GUID, "base_url": "https://a.b", "host": "a.b", "authority": "a.b:1"}
    bound = pattern.bind({part.name: sample.get(part.type, "q0") for part in pattern.parts if part.name})
    assert bound.names == ()
    assert bound.constant is not None
    assert re.fullmatch(expression, bound.constant)
    assert jsonschema_rs.validator_for({"pattern": expression}).is_valid(bound.constant)
    assert re.fullmatch(bound.regex, bound.constant)


@given(st.text(max_size=60))
def test_any_value_keeps_its_text(value: str) -> None:
    try:
        pattern = parse_pattern(value)
    except PatternError:
        return
    assert "".join(part.text for part in pattern.parts) == value
