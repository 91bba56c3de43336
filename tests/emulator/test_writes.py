"""Writes over HTTP: permissions, validation, mirrors, and the audit entries that they leave."""

import base64
import json
from typing import Any

import httpx
import pytest
from cryptography import x509

from auditor.emulator import Emulator
from tests.emulator.conftest import GOTOMEETING, Call, Caller, error_of

PRINCIPAL = f"/servicePrincipals/{GOTOMEETING}"
WRITER = [
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.Read.All",
    "AuditLog.Read.All",
    "User.Read.All",
    "GroupMember.Read.All",
]


@pytest.fixture
def writer(call_writable: Call) -> Caller:
    return call_writable("contoso", WRITER)


def audits(caller: Caller) -> list[dict[str, Any]]:
    """Entries written at the emulator's own time, oldest first."""
    return [
        one
        for one in reversed(caller.value("/auditLogs/directoryAudits"))
        if one["activityDateTime"][:10] == "2026-11-22"
    ]


def modified(entry: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Old and new value by name, with the JSON inside read."""

    def read(text: str | None) -> Any:
        return None if text is None else json.loads(text)

    return {
        one["displayName"]: (read(one["oldValue"]), read(one["newValue"]))
        for target in entry["targetResources"]
        for one in target["modifiedProperties"]
    }


def application_of(caller: Caller) -> str:
    return str(caller.value("/applications?$filter=displayName eq 'GoToMeeting'")[0]["id"])


def test_patching_an_application_is_mirrored(writer: Caller) -> None:
    application = application_of(writer)
    body = {
        "identifierUris": ["https://new.example"],
        "displayName": "Renamed",
        "web": {"redirectUris": ["https://acs.example"]},
    }
    assert writer.http.patch(f"/applications/{application}", json=body).status_code == 204
    stored = writer(f"/applications/{application}").json()
    assert stored["web"]["homePageUrl"] == "https://www.goto.com/meeting", "an object within is merged, not replaced"
    principal = writer(PRINCIPAL).json()
    assert principal["servicePrincipalNames"] == ["https://new.example", principal["appId"]]
    assert principal["replyUrls"] == ["https://acs.example"]
    assert principal["displayName"] == principal["appDisplayName"] == "Renamed"
    first, second = audits(writer)
    assert (first["activityDisplayName"], second["activityDisplayName"]) == (
        "Update application",
        "Update service principal",
    )
    assert first["correlationId"] == second["correlationId"]
    found = modified(first)
    assert found["AppIdentifierUri"] == (["https://authentication.logmeininc.com/saml/sp"], ["https://new.example"])
    assert [one["Address"] for one in found["AppAddress"][1]] == ["https://acs.example"]
    assert found["DisplayName"] == (["GoToMeeting"], ["Renamed"])
    assert set(found["Included Updated Properties"][1].split(", ")) == {"AppIdentifierUri", "AppAddress", "DisplayName"}


def test_patching_a_service_principal_tells_who_and_what(writer: Caller) -> None:
    body = {"samlSingleSignOnSettings": {"relayState": "https://app.gotoassist.com"}, "loginUrl": "https://x.example"}
    assert writer.http.patch(PRINCIPAL, json=body).status_code == 204
    assert writer(f"{PRINCIPAL}?$select=loginUrl").json()["loginUrl"] == "https://x.example"
    (entry,) = audits(writer)
    assert entry["initiatedBy"]["app"]["displayName"] == "auditor"
    assert entry["initiatedBy"]["app"]["appId"] == "11111111-aaaa-4aaa-8aaa-111111111111"
    assert entry["targetResources"][0]["id"] == GOTOMEETING
    assert modified(entry)["LoginUrl"] == ([], ["https://x.example"])
    assert modified(entry)["SamlSingleSignOnSettings"] == (
        [{"relayState": "https://global.gotomeeting.com"}],
        [{"relayState": "https://app.gotoassist.com"}],
    )


def test_a_patch_that_changes_nothing_leaves_no_entry(writer: Caller) -> None:
    assert writer.http.patch(PRINCIPAL, json={"accountEnabled": True}).status_code == 204
    assert audits(writer) == []


@pytest.mark.parametrize(
    "body",
    [
        {"nope": 1},
        {"accountEnabled": "true"},
        {"accountEnabled": 1},
        {"replyUrls": "https://x.example"},
        {"replyUrls": [1]},
        {"appRoleAssignmentRequired": None},
        {"samlSingleSignOnSettings": "x"},
        {"samlSingleSignOnSettings": {"relaystate": "x"}},
        {"keyCredentials": [{"key": "not base64!"}]},
        {"id": "x"},
        {"appId": "x"},
        [],
    ],
)
def test_what_does_not_fit_the_metadata_changes_nothing(writer: Caller, body: Any) -> None:
    before = writer(PRINCIPAL).json()
    assert error_of(writer.http.patch(PRINCIPAL, json=body))[0] == 400
    assert writer(PRINCIPAL).json() == before
    assert audits(writer) == []


def test_a_body_that_is_no_json(writer: Caller) -> None:
    assert error_of(writer.http.patch(PRINCIPAL, content=b"{"))[:2] == (400, "BadRequest")


def test_an_identifier_belongs_to_one_application(call_writable: Call) -> None:
    fabrikam = call_writable("fabrikam", WRITER)
    first = fabrikam.value("/applications?$filter=displayName eq 'GoToMeeting'")[0]["id"]
    taken = {"identifierUris": ["https://authentication.logmeininc.com/saml/sp"]}
    status, _, message = error_of(fabrikam.http.patch(f"/applications/{first}", json=taken))
    assert status == 400
    assert "identifierUris already exists" in message


def test_a_new_certificate_is_three_objects(writer: Caller) -> None:
    body = {"displayName": "CN=Next", "endDateTime": "2029-11-22T00:00:00Z"}
    made = writer.http.post(f"{PRINCIPAL}/addTokenSigningCertificate", json=body)
    assert made.status_code == 200
    answer = made.json()
    assert (answer["usage"], answer["type"], answer["endDateTime"]) == (
        "Verify",
        "AsymmetricX509Cert",
        "2029-11-22T00:00:00Z",
    )
    certificate = x509.load_der_x509_certificate(base64.b64decode(answer["key"]))
    assert certificate.subject.rfc4514_string() == "CN=Next"
    assert base64.b64decode(answer["customKeyIdentifier"]).hex().upper() == answer["thumbprint"]
    stored = writer(PRINCIPAL).json()
    mine = [
        one.get("usage", "password")
        for one in [*stored["keyCredentials"], *stored["passwordCredentials"]]
        if one["customKeyIdentifier"] == answer["customKeyIdentifier"]
    ]
    assert sorted(mine) == ["Sign", "Verify", "password"]
    assert stored["preferredTokenSigningKeyThumbprint"] != answer["thumbprint"]
    (entry,) = audits(writer)
    assert entry["activityDisplayName"] == "Add service principal credentials"
    old, new = modified(entry)["KeyDescription"]
    assert (len(old), len(new)) == (3, 6)
    again = writer.http.post(f"{PRINCIPAL}/addTokenSigningCertificate", json=body).json()
    assert again["thumbprint"] != answer["thumbprint"]
    assert error_of(writer.http.post(f"{PRINCIPAL}/addTokenSigningCertificate", json={"displayName": "x"}))[0] == 400


def test_credentials_can_be_taken_away_by_patch_without_their_keys(writer: Caller) -> None:
    writer.http.post(f"{PRINCIPAL}/addTokenSigningCertificate", json={"displayName": "CN=Next"})
    stored = writer(PRINCIPAL).json()
    kept = {name: stored[name][:count] for name, count in (("keyCredentials", 2), ("passwordCredentials", 1))}
    assert writer.http.patch(PRINCIPAL, json=kept).status_code == 204
    after = writer(f"{PRINCIPAL}?$select=keyCredentials").json()["keyCredentials"]
    assert len(after) == 2
    assert all(key["key"] for key in after), "what a read withholds is kept"
    assert [one["activityDisplayName"] for one in audits(writer)] == [
        "Add service principal credentials",
        "Remove service principal credentials",
    ]


@pytest.mark.parametrize("kind", ["servicePrincipals", "applications"])
def test_a_secret_is_shown_once(writer: Caller, kind: str) -> None:
    path = PRINCIPAL if kind == "servicePrincipals" else f"/applications/{application_of(writer)}"
    made = writer.http.post(f"{path}/addPassword", json={"passwordCredential": {"displayName": "script"}}).json()
    assert made["secretText"].startswith("emulator-only-")
    listed = writer(path).json()["passwordCredentials"]
    assert [one["secretText"] for one in listed if one["keyId"] == made["keyId"]] == [None]
    assert writer.http.post(f"{path}/removePassword", json={"keyId": made["keyId"]}).status_code == 204
    assert made["keyId"] not in [one["keyId"] for one in writer(path).json()["passwordCredentials"]]
    assert error_of(writer.http.post(f"{path}/removePassword", json={"keyId": made["keyId"]}))[0] == 400
    expected = {
        "servicePrincipals": ["Add service principal credentials", "Remove service principal credentials"],
        "applications": ["Update application - Certificates and secrets management"] * 2,
    }
    assert [one["activityDisplayName"] for one in audits(writer)] == expected[kind]


def test_assigning_and_unassigning(writer: Caller) -> None:
    user = writer("/users/joni.sherman@contoso.example").json()["id"]
    role = writer(PRINCIPAL).json()["appRoles"][0]["id"]
    body = {"principalId": user, "resourceId": GOTOMEETING, "appRoleId": role}
    made = writer.http.post(f"{PRINCIPAL}/appRoleAssignedTo", json=body)
    assert made.status_code == 201
    assert (made.json()["principalDisplayName"], made.json()["principalType"]) == ("Joni Sherman", "User")
    assert error_of(writer.http.post(f"{PRINCIPAL}/appRoleAssignedTo", json=body))[0] == 400
    unknown = body | {"appRoleId": "00000000-0000-0000-0000-00000000dead"}
    assert error_of(writer.http.post(f"{PRINCIPAL}/appRoleAssignedTo", json=unknown))[0] == 400
    gone = body | {"principalId": "00000000-0000-0000-0000-00000000dead"}
    assert error_of(writer.http.post(f"{PRINCIPAL}/appRoleAssignedTo", json=gone))[0] == 404
    path = f"{PRINCIPAL}/appRoleAssignedTo/{made.json()['id']}"
    assert writer.http.delete(path).status_code == 204
    assert error_of(writer.http.delete(path))[:2] == (404, "Request_ResourceNotFound")
    first, second = audits(writer)
    assert first["activityDisplayName"] == "Add app role assignment grant to user"
    assert modified(first)["User.ObjectID"] == (None, user)
    assert modified(first)["AppRole.Id"] == (None, role)
    assert second["activityDisplayName"] == "Remove app role assignment from user"
    assert modified(second)["User.UPN"] == ("joni.sherman@contoso.example", None)


def test_owners_come_and_go(writer: Caller) -> None:
    user = writer("/users/joni.sherman@contoso.example").json()["id"]
    application = f"/applications/{application_of(writer)}"
    for path in (PRINCIPAL, application):
        reference = {"@odata.id": f"{writer.http.base_url}directoryObjects/{user}"}
        assert writer.http.post(f"{path}/owners/$ref", json=reference).status_code == 204
        assert error_of(writer.http.post(f"{path}/owners/$ref", json=reference))[0] == 400
        assert user in [one["id"] for one in writer.value(f"{path}/owners")]
        assert writer.http.delete(f"{path}/owners/{user}/$ref").status_code == 204
        assert error_of(writer.http.delete(f"{path}/owners/{user}/$ref"))[0] == 404
    assert [one["activityDisplayName"] for one in audits(writer)] == [
        "Add owner to service principal",
        "Remove owner from service principal",
        "Add owner to application",
        "Remove owner from application",
    ]
    assert error_of(writer.http.post(f"{PRINCIPAL}/owners/$ref", json={}))[0] == 400


def test_grants_are_withdrawn(writer: Caller) -> None:
    (grant,) = writer.value("/oauth2PermissionGrants")
    assert writer.http.delete(f"/oauth2PermissionGrants/{grant['id']}").status_code == 204
    assert writer.value("/oauth2PermissionGrants") == []
    (entry,) = audits(writer)
    assert entry["activityDisplayName"] == "Remove delegated permission grant"
    assert modified(entry)["DelegatedPermissionGrant.Scope"] == ("User.Read openid profile", None)


def test_an_app_from_the_gallery(writer: Caller) -> None:
    (template,) = writer.value("/applicationTemplates?$filter=displayName eq 'GoToMeeting'")
    path = f"/applicationTemplates/{template['id']}/instantiate"
    made = writer.http.post(path, json={"displayName": "GoToMeeting"})
    assert made.status_code == 201
    application, principal = made.json()["application"], made.json()["servicePrincipal"]
    assert application["appId"] == principal["appId"]
    assert application["applicationTemplateId"] == principal["applicationTemplateId"] == template["id"]
    assert writer(f"/servicePrincipals/{principal['id']}").status_code == 200
    assert [one["activityDisplayName"] for one in audits(writer)] == ["Add application", "Add service principal"]
    assert error_of(writer.http.post(path, json={}))[0] == 400
    missing = "/applicationTemplates/00000000-0000-0000-0000-00000000dead/instantiate"
    assert error_of(writer.http.post(missing, json={"displayName": "x"}))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("PATCH", PRINCIPAL, "Application.ReadWrite.All"),
        ("POST", f"{PRINCIPAL}/addTokenSigningCertificate", "Application.ReadWrite.All"),
        ("POST", f"{PRINCIPAL}/addPassword", "Application.ReadWrite.All"),
        ("POST", f"{PRINCIPAL}/removePassword", "Application.ReadWrite.All"),
        ("POST", f"{PRINCIPAL}/owners/$ref", "Application.ReadWrite.All"),
        ("POST", f"{PRINCIPAL}/appRoleAssignedTo", "AppRoleAssignment.ReadWrite.All"),
        ("DELETE", f"{PRINCIPAL}/appRoleAssignedTo/x", "AppRoleAssignment.ReadWrite.All"),
        ("DELETE", "/oauth2PermissionGrants/x", "DelegatedPermissionGrant.ReadWrite.All"),
        ("POST", "/applicationTemplates/x/instantiate", "Application.ReadWrite.All"),
    ],
)
def test_writes_need_their_permission(call_writable: Call, method: str, path: str, needed: str) -> None:
    without = [one for one in WRITER if one != needed]
    assert error_of(call_writable("contoso", without).http.request(method, path, json={}))[:2] == (
        403,
        "Authorization_RequestDenied",
    )
    with_it = call_writable("contoso", [needed, "Application.Read.All"]).http.request(method, path, json={})
    assert with_it.status_code != 403


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", PRINCIPAL), ("DELETE", PRINCIPAL), ("POST", "/users"), ("PATCH", "/organization")]
)
def test_writes_that_are_not_emulated(writer: Caller, method: str, path: str) -> None:
    assert error_of(writer.http.request(method, path, json={}))[:2] == (405, "Request_BadRequest")


def test_a_write_within_a_batch(writer: Caller) -> None:
    part = {"id": "1", "method": "PATCH", "url": PRINCIPAL, "body": {"loginUrl": "https://x.example"},
            "headers": {"Content-Type": "application/json"}}  # fmt: skip
    answer = writer.http.post("/$batch", json={"requests": [part]}).json()
    assert [one["status"] for one in answer["responses"]] == [204]
    assert writer(PRINCIPAL).json()["loginUrl"] == "https://x.example"


def test_a_user_writes_as_itself(writable: Emulator, writer: Caller) -> None:
    token = writable.token("contoso", scopes=["Application.ReadWrite.All"])
    answer = httpx.patch(
        f"{writable.graph_url}/v1.0{PRINCIPAL}", json={"loginUrl": "x"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 204
    (entry,) = audits(writer)
    assert entry["initiatedBy"]["user"]["userPrincipalName"] == "adele.vance@contoso.example"
    assert entry["initiatedBy"]["app"] is None
