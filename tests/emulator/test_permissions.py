"""Who may ask what: every row of the permission table, least permission and higher ones, and isolation of tenants."""

import base64
import json

import httpx
import pytest

from auditor.emulator import Emulator
from auditor.emulator.permissions import PERMISSIONS
from tests.emulator.conftest import GOTOMEETING, Call, error_of

PRINCIPAL = f"/servicePrincipals/{GOTOMEETING}"
LEAST = [
    ("/servicePrincipals", "Application.Read.All"),
    (PRINCIPAL, "Application.Read.All"),
    (f"{PRINCIPAL}/owners", "Application.Read.All"),
    (f"{PRINCIPAL}/appRoleAssignedTo", "Application.Read.All"),
    (f"{PRINCIPAL}/appRoleAssignments", "Application.Read.All"),
    ("/servicePrincipals/delta", "Application.Read.All"),
    ("/applications", "Application.Read.All"),
    ("/applications/delta", "Application.Read.All"),
    ("/auditLogs/directoryAudits", "AuditLog.Read.All"),
    ("/identity/conditionalAccess/policies", "Policy.Read.All"),
    ("/policies/claimsMappingPolicies", "Policy.Read.All"),
    ("/policies/tokenIssuancePolicies", "Policy.Read.All"),
    (f"{PRINCIPAL}/synchronization/jobs", "Synchronization.Read.All"),
    ("/organization", "Organization.Read.All"),
    ("/users", "User.ReadBasic.All"),
    ("/groups", "GroupMember.Read.All"),
    ("/oauth2PermissionGrants", "Directory.Read.All"),
    (f"{PRINCIPAL}/oauth2PermissionGrants", "Directory.Read.All"),
]
UNRELATED = ["Mail.Send", "Sites.Read.All"]


@pytest.mark.parametrize(("path", "permission"), LEAST)
def test_the_least_permission_opens_and_nothing_unrelated_does(call: Call, path: str, permission: str) -> None:
    assert call(roles=[permission])(path).status_code == 200
    assert error_of(call(roles=UNRELATED)(path))[:2] == (403, "Authorization_RequestDenied")
    assert error_of(call(roles=[])(path))[:2] == (403, "Authorization_RequestDenied")


@pytest.mark.parametrize(
    ("path", "request_name"),
    [
        ("/servicePrincipals", "servicePrincipals"),
        ("/applications", "applications"),
        (f"{PRINCIPAL}/owners", "owners"),
        (f"{PRINCIPAL}/appRoleAssignedTo", "appRoleAssignedTo"),
        (f"{PRINCIPAL}/appRoleAssignments", "appRoleAssignments"),
        (f"{PRINCIPAL}/synchronization/jobs", "synchronization"),
        (f"{PRINCIPAL}/claimsMappingPolicies", "assignedPolicies"),
        ("/oauth2PermissionGrants", "oauth2PermissionGrants"),
        ("/auditLogs/directoryAudits", "directoryAudits"),
        ("/identity/conditionalAccess/policies", "conditionalAccess"),
        ("/policies/claimsMappingPolicies", "policies"),
        ("/organization", "organization"),
        ("/users", "users"),
        ("/groups", "groups"),
    ],
)
def test_each_documented_permission_opens(call: Call, path: str, request_name: str) -> None:
    (row,) = PERMISSIONS[request_name]
    for permission in row:
        assert call(roles=[permission])(path).status_code == 200, permission


def test_the_gallery_asks_for_no_permission(call: Call) -> None:
    assert call(roles=[])("/applicationTemplates").status_code == 200


@pytest.mark.parametrize("policy", ["claimsMappingPolicies", "tokenIssuancePolicies"])
def test_applies_to_asks_for_two(call: Call, policy: str) -> None:
    both = call(roles=["Policy.Read.All", "Application.Read.All"])
    policy_id = both.value(f"/policies/{policy}")[0]["id"]
    path = f"/policies/{policy}/{policy_id}/appliesTo"
    assert both(path).status_code == 200
    assert error_of(call(roles=["Policy.Read.All"])(path))[0] == 403
    assert error_of(call(roles=["Application.Read.All"])(path))[0] == 403


def test_policies_of_an_object_ask_for_a_write_permission(call: Call) -> None:
    reader = call(roles=["Application.Read.All", "Policy.Read.All", "Directory.Read.All"])
    for path in (f"{PRINCIPAL}/claimsMappingPolicies", f"{PRINCIPAL}/tokenIssuancePolicies"):
        assert error_of(reader(path))[:2] == (403, "Authorization_RequestDenied")
    found = call(roles=["Policy.ReadWrite.ApplicationConfiguration"]).value(f"{PRINCIPAL}/claimsMappingPolicies")
    assert [one["displayName"] for one in found] == ["GoToMeeting claims"]


def test_expanding_asks_for_what_is_expanded(call: Call) -> None:
    path = f"{PRINCIPAL}?$expand=oauth2PermissionGrants"
    assert error_of(call(roles=["Application.Read.All"])(path))[0] == 403
    assert call(roles=["Application.Read.All", "Directory.Read.All"])(path).status_code == 200


def test_basic_reading_hides_what_it_may_not_see(call: Call) -> None:
    path = "/users?$select=displayName,mail,accountEnabled,userType"
    basic = call(roles=["User.ReadBasic.All"])
    for user in basic.value(path):
        assert (user["accountEnabled"], user["userType"]) == (None, None)
        assert user["displayName"]
    assert {user["userType"] for user in call(roles=["User.Read.All"]).value(path)} == {"Member"}
    assert error_of(basic("/users?$filter=accountEnabled eq false"))[0] == 403
    assert basic("/users?$filter=mail eq 'x'").status_code == 200


def test_members_that_may_not_be_read_show_id_and_type_alone(call: Call) -> None:
    owners = f"{PRINCIPAL}/owners?$select=id,displayName,accountEnabled"
    hidden = call(roles=["Application.Read.All"]).value(owners)[0]
    assert hidden.pop("id")
    assert hidden == {"@odata.type": "#microsoft.graph.user", "displayName": None, "accountEnabled": None}
    basic = call(roles=["Application.Read.All", "User.ReadBasic.All"]).value(owners)[0]
    assert (basic["displayName"], basic["accountEnabled"]) == ("Megan Bowen", None)
    full = call(roles=["Application.Read.All", "User.Read.All"]).value(owners)[0]
    assert (full["displayName"], full["accountEnabled"]) == ("Megan Bowen", True)


def test_a_delegated_token_is_judged_by_its_scopes(emulator: Emulator) -> None:
    def get(path: str) -> httpx.Response:
        token = emulator.token("contoso", scopes=["User.Read", "Application.Read.All"])
        return httpx.get(f"{emulator.graph_url}/v1.0{path}", headers={"Authorization": f"Bearer {token}"})

    assert get("/servicePrincipals").status_code == 200
    assert error_of(get("/users"))[0] == 403


@pytest.mark.parametrize("path", ["/auditLogs/directoryAudits", "/identity/conditionalAccess/policies"])
def test_an_unlicensed_tenant_says_so_to_who_may_ask(call: Call, path: str) -> None:
    permission = ["AuditLog.Read.All", "Policy.Read.All"]
    assert error_of(call("northwind", permission)(path))[:2] == (
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    )
    assert error_of(call("northwind", [])(path))[:2] == (403, "Authorization_RequestDenied")


def test_the_tokens_tenant_chooses_what_is_seen(call: Call) -> None:
    assert call("fabrikam").value("/organization")[0]["displayName"] == "Fabrikam"
    assert error_of(call("fabrikam")(PRINCIPAL))[0] == 404
    assert {one["displayName"] for one in call("adatum").value("/applications")} == {"GoTo"}


def test_tokens_that_open_nothing(emulator: Emulator) -> None:
    good = emulator.token("contoso")
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    foreign = base64.urlsafe_b64encode(json.dumps({**claims, "roles": ["Directory.ReadWrite.All"]}).encode())
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for token, said in {
        "nonsense": "CompactToken",
        "a.b.c": "CompactToken",
        f"{head}.{foreign.decode().rstrip('=')}.{signature}": "Invalid signature",
        f"{unsigned}.{body}.": "Invalid signature",
        emulator.token("contoso", lifetime_s=-10): "expired",
    }.items():
        answer = httpx.get(f"{emulator.graph_url}/v1.0/organization", headers={"Authorization": f"Bearer {token}"})
        status, code, message = error_of(answer)
        assert (status, code) == (401, "InvalidAuthenticationToken")
        assert said in message
    assert error_of(httpx.get(f"{emulator.graph_url}/v1.0/organization"))[0] == 401


def test_a_token_of_another_emulator_is_foreign(emulator: Emulator) -> None:
    with Emulator() as other:
        answer = httpx.get(
            f"{emulator.graph_url}/v1.0/organization", headers={"Authorization": f"Bearer {other.token('contoso')}"}
        )
    assert error_of(answer)[:2] == (401, "InvalidAuthenticationToken")


def test_roles_can_be_taken_away_and_show_as_assignments() -> None:
    with Emulator() as emulator:
        emulator.set_roles("contoso", "auditor", ["Policy.Read.All"])
        token = emulator.token("contoso")
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert claims["roles"] == ["Policy.Read.All"]
        tenant = emulator.tenant("contoso")
        principal = tenant.service_principals.by("appId", claims["appid"])[0]["id"]
        assert len(tenant.assignments.by("principalId", principal)) == 1
