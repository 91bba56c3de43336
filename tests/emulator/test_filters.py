"""``$filter``: grammar, evaluation, and what is refused how."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.emulator.errors import GraphError
from auditor.emulator.odata import syntax
from auditor.emulator.odata.filters import compile_filter, time_key

SP = {
    "id": "c0000000-0000-4000-8000-000000000001",
    "appId": "a0000000-0000-4000-8000-000000000001",
    "displayName": "GoToMeeting",
    "accountEnabled": True,
    "servicePrincipalNames": ["https://authentication.logmeininc.com/saml/sp", "x"],
    "tags": [],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("displayName eq 'GoToMeeting'", True),
        ("displayName eq 'gotomeeting'", True),
        ("displayName ne 'gotomeeting'", False),
        ("not(displayName eq 'x')", True),
        ("startswith(displayName,'goto')", True),
        ("startswith(displayName, 'GoTo') eq true", True),
        ("startswith(displayName,'Meet')", False),
        ("endswith(displayName,'MEETING')", True),
        ("displayName in ('a', 'GoToMeeting')", True),
        ("displayName in ('a')", False),
        ("accountEnabled eq true", True),
        ("accountEnabled eq false", False),
        ("accountEnabled eq true and displayName eq 'x' or displayName eq 'GoToMeeting'", True),
        ("accountEnabled eq false and (displayName eq 'x' or displayName eq 'GoToMeeting')", False),
        ("servicePrincipalNames/any(n:n eq 'https://authentication.logmeininc.com/saml/sp')", True),
        ("servicePrincipalNames/any(name:startswith(name,'https://auth'))", True),
        ("servicePrincipalNames/any(n:n eq 'y')", False),
        ("not(servicePrincipalNames/any(n:n eq 'y'))", True),
        ("tags/any(t:t eq 'x')", False),
        ("applicationTemplateId eq null", True),
        ("id eq 'C0000000-0000-4000-8000-000000000001'", True),
        ("appId eq a0000000-0000-4000-8000-000000000001", True),
        ("displayName eq 'it''s'", False),
    ],
)
def test_evaluation(text: str, expected: bool) -> None:
    assert compile_filter("servicePrincipal", text).matches(SP) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("activityDateTime ge 2026-11-22T10:00:00Z", True),
        ("activityDateTime gt 2026-11-22T10:00:00.1234567Z", False),
        ("activityDateTime le 2026-11-22T11:00:00.1234568+01:00", True),
        ("activityDateTime lt 2026-11-22T10:00:00Z", False),
        ("activityDateTime ge 2026-11-22", True),
        ("activityDateTime ge 2026-11-23", False),
        ("targetResources/any(t:t/id eq 'abc') and activityDisplayName eq 'Update application'", True),
        ("targetResources/any(t:t/id eq 'abd')", False),
        ("initiatedBy/user/userPrincipalName eq 'ADELE@contoso.example'", True),
        ("initiatedBy/app/displayName eq 'x'", False),
    ],
)
def test_audit_filters(text: str, expected: bool) -> None:
    event = {
        "activityDateTime": "2026-11-22T10:00:00.1234567Z",
        "activityDisplayName": "Update application",
        "targetResources": [{"id": "zzz"}, {"id": "ABC"}],
        "initiatedBy": {"user": {"userPrincipalName": "adele@contoso.example"}, "app": None},
    }
    assert compile_filter("directoryAudit", text).matches(event) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "displayName",
        "displayName eq",
        "displayName eq 'x",
        "displayName eq 'x' and",
        "displayName like 'x'",
        "(displayName eq 'x'",
        "displayName eq 'x')",
        "displayName eq 'x' displayName eq 'y'",
        "eq 'x'",
        "servicePrincipalNames/any(n:m eq 'x')",
        "displayName in ()",
        "accountEnabled eq 'true'",
        "displayName eq 5",
        "servicePrincipalNames eq 'x'",
        "displayName/any(n:n eq 'x')",
        "no eq 'x'",
        "info/no eq 'x'",
        "displayName eq 'a' ; 'b'",
        "not " * 60 + "displayName eq 'x'",
    ],
)
def test_what_is_no_filter_is_a_400(text: str) -> None:
    with pytest.raises(GraphError) as refused:
        compile_filter("servicePrincipal", text)
    assert (refused.value.status, refused.value.code) == (400, "BadRequest")


@pytest.mark.parametrize(
    "path", ["preferredSingleSignOnMode", "loginUrl", "notes", "preferredTokenSigningKeyThumbprint"]
)
def test_what_cannot_be_filtered_at_all(path: str) -> None:
    with pytest.raises(GraphError) as refused:
        compile_filter("servicePrincipal", f"{path} eq 'x'")
    assert refused.value.code == "Request_UnsupportedQuery"
    assert f"property '{path}'" in refused.value.message


def test_reply_urls_cannot_be_filtered() -> None:
    with pytest.raises(GraphError, match="'replyUrls'"):
        compile_filter("servicePrincipal", "replyUrls/any(u:u eq 'x')")


@pytest.mark.parametrize(
    ("type_name", "text"),
    [
        ("servicePrincipal", "displayName ne 'x'"),
        ("servicePrincipal", "not(displayName eq 'x')"),
        ("servicePrincipal", "endswith(displayName,'x')"),
        ("servicePrincipal", "appRoleAssignmentRequired eq true"),
        ("servicePrincipal", "applicationTemplateId eq null"),
        ("application", "web/redirectUris/any(u:u eq 'x')"),
        ("application", "createdDateTime ge 2026-01-01T00:00:00Z"),
        ("user", "endswith(mail,'x')"),
    ],
)
def test_what_asks_for_an_advanced_query(type_name: str, text: str) -> None:
    compiled = compile_filter(type_name, text)
    assert compiled.advanced is not None
    assert (compiled.advanced.status, compiled.advanced.code) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize(
    ("type_name", "text"),
    [
        ("servicePrincipal", "appId eq 'x'"),
        ("servicePrincipal", "applicationTemplateId eq 'x'"),
        ("servicePrincipal", "displayName eq 'x' or startswith(displayName,'y')"),
        ("servicePrincipal", "accountEnabled eq false"),
        ("servicePrincipal", "servicePrincipalNames/any(n:n eq 'x')"),
        ("servicePrincipal", "tags/any(t:t eq 'x')"),
        ("servicePrincipal", "id in ('x','y')"),
        ("application", "identifierUris/any(u:u eq 'x')"),
        ("user", "mail eq 'x' or userPrincipalName eq 'x'"),
    ],
)
def test_what_a_basic_query_does(type_name: str, text: str) -> None:
    assert compile_filter(type_name, text).advanced is None


@pytest.mark.parametrize(
    ("text", "lookups"),
    [
        ("displayName eq 'X'", (("displayName", "x"),)),
        ("accountEnabled eq true", None),
        ("accountEnabled eq true and appId eq 'A'", (("appId", "a"),)),
        ("appId eq 'A' or displayName eq 'B'", (("appId", "a"), ("displayName", "b"))),
        ("appId eq 'A' or accountEnabled eq true", None),
        ("servicePrincipalNames/any(n:n eq 'N')", (("servicePrincipalNames", "n"),)),
        ("id in ('A','B')", (("id", "a"), ("id", "b"))),
        ("not(appId eq 'A')", None),
        ("appId ne 'A'", None),
    ],
)
def test_indexes_are_used_where_they_hold_every_match(text: str, lookups: object) -> None:
    assert compile_filter("servicePrincipal", text).lookups == lookups


@given(st.text(max_size=40))
def test_any_text_in_quotes_equals_itself_alone(text: str) -> None:
    quoted = text.replace("'", "''")
    compiled = compile_filter("servicePrincipal", f"displayName eq '{quoted}'")
    assert compiled.matches({"displayName": text})
    assert not compiled.matches({"displayName": text + "x"})


@given(st.text(alphabet="displayName()' eqnotadr,/:5-TZ", max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    with suppress(GraphError):
        syntax.parse(text)


def test_times_compare_beyond_microseconds() -> None:
    assert time_key("2026-11-22T10:00:00.1234567Z") < time_key("2026-11-22T10:00:00.1234568Z")
    assert time_key("2026-11-22T10:00:00Z") == time_key("2026-11-22T11:00:00.000+01:00")
    assert time_key("0001-01-01T00:00:00Z") < time_key("9999-12-31T23:59:59Z")
