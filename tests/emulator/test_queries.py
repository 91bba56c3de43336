"""Reads over HTTP: property sets, ``$select``, paging, counting, ordering, expanding, delta queries, errors."""

import base64
import time
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from auditor.emulator import Emulator, load_samples
from auditor.emulator.generate import tenant
from tests.emulator.conftest import GOTOMEETING, NOW, Call, Caller, error_of

PRINCIPAL = f"/servicePrincipals/{GOTOMEETING}"


def test_default_properties_of_users_are_the_default_set(contoso: Caller) -> None:
    user = contoso.value("/users?$top=1")[0]
    assert set(user) == {
        "id", "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
        "preferredLanguage", "surname", "userPrincipalName",
    }  # fmt: skip


def test_select_gives_exactly_what_is_asked_in_its_order(contoso: Caller) -> None:
    user = contoso.value("/users?$select=userType,id,accountEnabled&$filter=displayName eq 'B.Simon'")[0]
    assert list(user) == ["userType", "id", "accountEnabled"]
    assert user["accountEnabled"] is False


@pytest.mark.parametrize(
    ("path", "type_name"),
    [("/servicePrincipals", "servicePrincipal"), (PRINCIPAL, "servicePrincipal"), ("/users", "user"),
     ("/applicationTemplates", "applicationTemplate"), (f"{PRINCIPAL}/owners", "directoryObject")],
)  # fmt: skip
def test_an_unknown_property_is_a_400(contoso: Caller, path: str, type_name: str) -> None:
    status, code, message = error_of(contoso(f"{path}?$select=id,nope"))
    assert (status, code) == (400, "BadRequest")
    assert f"Could not find a property named 'nope' on type 'microsoft.graph.{type_name}'." in message


def test_key_material_comes_with_select_on_a_single_object_alone(contoso: Caller) -> None:
    shown = contoso(f"{PRINCIPAL}?$select=keyCredentials").json()["keyCredentials"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(shown[0]["key"]))
    assert certificate.not_valid_after_utc.isoformat() == "2028-03-01T09:12:41+00:00"
    assert [key["key"] for key in contoso(PRINCIPAL).json()["keyCredentials"]] == [None, None]
    listed = contoso.value(f"/servicePrincipals?$filter=id eq '{GOTOMEETING}'&$select=id,keyCredentials")
    assert [key["key"] for key in listed[0]["keyCredentials"]] == [None, None]


def test_secrets_are_never_shown(contoso: Caller) -> None:
    shown = contoso(f"{PRINCIPAL}?$select=passwordCredentials").json()["passwordCredentials"]
    assert [one["secretText"] for one in shown] == [None]


def test_an_object_is_found_by_id_by_app_id_and_by_key_in_parentheses(contoso: Caller) -> None:
    app_id = contoso(PRINCIPAL).json()["appId"]
    for path in (f"/servicePrincipals(appId='{app_id}')", f"/servicePrincipals('{GOTOMEETING}')", PRINCIPAL.upper()):
        address = path.replace("/SERVICEPRINCIPALS", "/servicePrincipals")
        assert contoso(address).json()["id"] == GOTOMEETING
    assert contoso(f"/applications(appId='{app_id}')").json()["displayName"] == "GoToMeeting"


def test_a_user_is_found_by_user_principal_name_in_any_case(contoso: Caller, call: Call) -> None:
    assert contoso("/users/ADELE.VANCE@contoso.example").json()["displayName"] == "Adele Vance"
    guest = "grady.archie_northwind.example%23EXT%23@fabrikam.example"
    assert call("fabrikam")(f"/users/{guest}").json()["displayName"] == "Grady Archie"


def test_pages_cover_everything_once_and_links_are_absolute(contoso: Caller) -> None:
    whole = [one["id"] for one in contoso.value("/users?$select=id")]
    pages = list(contoso.pages("/users?$select=id&$top=3"))
    assert [one["id"] for page in pages for one in page["value"]] == whole
    assert [len(page["value"]) for page in pages] == [3, 3, 3, 1]
    link = urlsplit(pages[0]["@odata.nextLink"])
    assert f"{link.scheme}://{link.netloc}" == contoso.emulator.graph_url
    assert "$select=id&$top=3&$skiptoken=" in link.query


def test_a_link_names_the_host_that_the_caller_used(contoso: Caller) -> None:
    local = contoso.emulator.graph_url.replace("127.0.0.1", "localhost")
    answer = contoso.http.get(f"{local}/v1.0/users?$top=1")
    assert answer.json()["@odata.nextLink"].startswith(f"{local}/v1.0/users?$top=1&$skiptoken=")


def test_a_skip_token_belongs_to_its_query(contoso: Caller) -> None:
    token = contoso("/users?$top=1").json()["@odata.nextLink"].rpartition("=")[2]
    assert contoso(f"/users?$top=1&$skiptoken={token}").status_code == 200
    for path in (f"/users?$top=2&$skiptoken={token}", f"/groups?$top=1&$skiptoken={token}", "/users?$skiptoken=x!"):
        assert error_of(contoso(path))[:2] == (400, "Directory_InvalidPageToken")


def test_skip_tokens_can_expire() -> None:
    with (
        Emulator(load_samples("contoso"), skip_token_lifetime_s=0, now=lambda: NOW) as emulator,
        Caller(emulator, "contoso") as caller,
    ):
        link = caller("/users?$top=1").json()["@odata.nextLink"]
        assert error_of(caller(link))[:2] == (400, "Directory_ExpiredPageToken")


@pytest.mark.parametrize("top", ["0", "1000", "-1", "x", "1.5", ""])
def test_page_sizes_out_of_range(contoso: Caller, top: str) -> None:
    assert error_of(contoso(f"/users?$top={top}"))[0] == 400


def test_a_page_is_100_by_default_and_999_at_most() -> None:
    with (
        Emulator([tenant(0, assignments=1000)], now=lambda: NOW) as emulator,
        Caller(emulator, "tenant-00000") as caller,
    ):
        principal = caller.value("/servicePrincipals?$filter=displayName eq 'GoToMeeting'")[0]["id"]
        path = f"/servicePrincipals/{principal}/appRoleAssignedTo"
        assert len(caller.value(path)) == 100
        assert [len(page["value"]) for page in caller.pages(f"{path}?$top=999")] == [999, 1]
        ids = {one["id"] for page in caller.pages(path) for one in page["value"]}
        assert len(ids) == 1000


def test_count_is_on_the_first_page_of_an_eventual_query_alone(contoso: Caller) -> None:
    pages = list(contoso.pages("/users?$count=true&$top=4", ConsistencyLevel="eventual"))
    assert [page.get("@odata.count") for page in pages] == [10, None, None]
    assert "@odata.count" not in contoso("/users?$count=true&$top=4").json()


def test_count_as_a_segment_is_plain_text_and_eventual(contoso: Caller) -> None:
    answer = contoso.eventual("/servicePrincipals/$count")
    assert (answer.headers["content-type"], answer.text) == ("text/plain", "6")
    assert contoso.eventual("/users/$count?$filter=accountEnabled eq false").text == "1"
    assert error_of(contoso("/servicePrincipals/$count"))[1:] == (
        "Request_BadRequest",
        "$count is not currently supported.",
    )


def test_advanced_filters_need_header_and_count(contoso: Caller) -> None:
    path = "/servicePrincipals?$filter=displayName ne 'x'"
    assert error_of(contoso(path))[:2] == (400, "Request_UnsupportedQuery")
    assert error_of(contoso.eventual(path))[:2] == (400, "Request_UnsupportedQuery")
    assert error_of(contoso(f"{path}&$count=true"))[:2] == (400, "Request_UnsupportedQuery")
    assert contoso.eventual(f"{path}&$count=true").json()["@odata.count"] == 6


def test_ordering(contoso: Caller) -> None:
    names = [one["displayName"] for one in contoso.value("/users?$orderby=displayName desc&$select=displayName")]
    assert names == sorted(names, reverse=True)
    assert error_of(contoso("/users?$orderby=mail"))[:2] == (400, "Request_UnsupportedQuery")
    both = "/users?$orderby=displayName&$filter=startswith(displayName,'A')"
    assert error_of(contoso(both))[:2] == (400, "Request_UnsupportedQuery")
    assert contoso.eventual(f"{both}&$count=true").json()["@odata.count"] == 2


def test_expand_is_cut_off_at_20_with_no_link() -> None:
    with (
        Emulator([tenant(0, assignments=30)], now=lambda: NOW) as emulator,
        Caller(emulator, "tenant-00000") as caller,
    ):
        found = caller.value(
            "/servicePrincipals?$filter=displayName eq 'GoToMeeting'&$expand=appRoleAssignedTo,owners($select=id)"
        )[0]
        assert len(found["appRoleAssignedTo"]) == 20
        assert not [name for name in found if "nextLink" in name]
        assert [set(owner) for owner in found["owners"]] == [{"@odata.type", "id"}]
        assert error_of(caller("/servicePrincipals?$expand=nothing"))[:2] == (400, "BadRequest")


def test_members_of_mixed_kinds_tell_their_type(call: Call) -> None:
    fabrikam = call("fabrikam")
    third = "/servicePrincipals/fa000000-0000-4000-8000-000000000003"
    owner = fabrikam.value(f"{third}/owners")[0]
    assert owner["@odata.type"] == "#microsoft.graph.servicePrincipal"
    assert "appId" in owner
    assert fabrikam.value(f"{third}/owners?$select=id,userPrincipalName")[0].keys() == {"@odata.type", "id"}


def test_group_members_listed_and_made_up(contoso: Caller) -> None:
    group = contoso.value("/groups?$filter=displayName eq 'Sales Team'")[0]["id"]
    assert contoso.eventual(f"/groups/{group}/transitiveMembers/$count").text == "38"
    members = [one for page in contoso.pages(f"/groups/{group}/members?$top=10") for one in page["value"]]
    assert len({one["id"] for one in members}) == 38
    made_up = members[-1]
    assert contoso(f"/users/{made_up['id']}").json()["displayName"] == made_up["displayName"]
    cast = contoso(f"/groups/{group}/transitiveMembers/microsoft.graph.user?$select=displayName").json()
    assert cast["value"][0] == {"displayName": "Alex Wilber"}
    assert contoso.eventual(f"/groups/{group}/members/microsoft.graph.group/$count").text == "0"
    assert error_of(contoso(f"/groups/{group}/members/$count"))[0] == 400


def test_delta_gives_everything_then_changes(writable: Emulator, call_writable: Call) -> None:
    caller = call_writable("contoso")
    first = list(caller.pages("/servicePrincipals/delta?$select=displayName&$top=2"))
    assert {tuple(one) for page in first for one in page["value"]} == {("id", "displayName")}
    assert [list(page) for page in first][-1][1] == "@odata.deltaLink"
    link = first[-1]["@odata.deltaLink"]
    assert caller(link).json()["value"] == []
    writable.advance("after", "contoso")
    changed = caller(link).json()["value"]
    assert [one["id"] for one in changed] == [GOTOMEETING]
    assert error_of(caller("/servicePrincipals/delta?$deltatoken=x"))[0] == 410
    assert error_of(caller("/servicePrincipals/delta?$filter=displayName eq 'x'"))[0] == 400
    narrow = caller(f"/servicePrincipals/delta()?$filter=id eq '{GOTOMEETING}'").json()
    assert [one["id"] for one in narrow["value"]] == [GOTOMEETING]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nothing", 400, "BadRequest"),
        (f"{PRINCIPAL}/nothing", 400, "BadRequest"),
        ("/servicePrincipals/not-a-guid", 400, "Request_BadRequest"),
        ("/servicePrincipals/00000000-0000-0000-0000-00000000dead", 404, "Request_ResourceNotFound"),
        ("/users/00000000-0000-0000-0000-00000000dead", 404, "Request_ResourceNotFound"),
        ("/users/nobody@contoso.example", 404, "Request_ResourceNotFound"),
        ("/groups/00000000-0000-0000-0000-00000000dead/transitiveMembers", 404, "Request_ResourceNotFound"),
        (f"{PRINCIPAL}/synchronization/jobs/none", 404, "Request_ResourceNotFound"),
        ("/applicationTemplates/00000000-0000-0000-0000-00000000dead", 404, "Request_ResourceNotFound"),
        ("/users?$frob=1", 400, "BadRequest"),
        ("/users?$top=1&$top=2", 400, "Request_BadRequest"),
        ("/users?$search=x", 400, "Request_UnsupportedQuery"),
        ("/servicePrincipals?$filter=loginUrl eq 'x'", 400, "Request_UnsupportedQuery"),
        (f"{PRINCIPAL}?$filter=displayName eq 'x'", 400, "BadRequest"),
        ("/policies/nothing", 400, "BadRequest"),
        ("/identity/nothing", 400, "BadRequest"),
    ],
)
def test_refusals_have_graphs_shape(contoso: Caller, path: str, status: int, code: str) -> None:
    assert error_of(contoso(path))[:2] == (status, code)


@pytest.mark.parametrize("version", ["beta", "v2.0", ""])
def test_v1_alone_is_served(contoso: Caller, version: str) -> None:
    answer = contoso.http.get(f"{contoso.emulator.graph_url}/{version}/servicePrincipals")
    assert error_of(answer)[:2] == (400, "BadRequest")


def test_ids_of_requests(contoso: Caller) -> None:
    own = "7d3c1f7e-0000-4000-8000-000000000001"
    answer = contoso.http.get("/organization", headers={"client-request-id": own})
    assert answer.headers["client-request-id"] == own
    assert answer.headers["request-id"] not in ("", own)
    assert answer.headers["request-id"] != contoso("/organization").headers["request-id"]
    assert answer.headers["content-type"].startswith("application/json;odata.metadata=minimal")
    assert "date" in answer.headers
    refused = contoso.http.get("/nothing", headers={"client-request-id": own}).json()["error"]["innerError"]
    assert refused["client-request-id"] == own


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_but_get_unless_writable(contoso: Caller, method: str) -> None:
    answer = contoso.http.request(method, PRINCIPAL, json={"loginUrl": "x"})
    assert error_of(answer)[:2] == (405, "Request_BadRequest")


def test_sixty_thousand_others_cost_nothing() -> None:
    with Emulator([tenant(0), tenant(1, service_principals=60_000)], now=lambda: NOW) as emulator:
        path = "/servicePrincipals?$filter=servicePrincipalNames/any(n:n eq 'https://authentication.logmeininc.com/saml/sp')"
        for name in ("tenant-00000", "tenant-00001"):
            with Caller(emulator, name) as caller:
                assert len(caller.value(path)) == 1  # makes the index
                started = time.perf_counter()
                for _ in range(20):
                    assert len(caller.value(path)) == 1
                assert time.perf_counter() - started < 5, "a look-up went through every service principal"


def test_a_reproducible_emulator_repeats_itself() -> None:
    def bodies() -> list[tuple[str, bytes]]:
        with (
            Emulator(load_samples("contoso"), reproducible=True, now=lambda: NOW) as emulator,
            Caller(emulator, "contoso") as caller,
        ):
            found = [
                caller(path) for path in ("/servicePrincipals", "/nothing", "/users?$select=id", "/users?$select=id")
            ]
            return [(one.headers["request-id"], one.content) for one in found]

    first = bodies()
    assert first == bodies()
    assert len({request_id for request_id, _ in first}) == 4
