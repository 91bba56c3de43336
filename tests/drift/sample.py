"""One tenant's snapshot with something of every kind in it, and ways to alter it."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.graph_objects import X509
from auditor.model.snapshot import Instance, Snapshot

TENANT = "11111111-1111-1111-1111-111111111111"
SP = "aaaaaaaa-0000-0000-0000-000000000001"
APP = "aaaaaaaa-0000-0000-0000-000000000002"
APP_ID = "aaaaaaaa-0000-0000-0000-000000000003"
ALICE = "bbbbbbbb-0000-0000-0000-000000000001"
BOB = "bbbbbbbb-0000-0000-0000-000000000002"
TEAM = "bbbbbbbb-0000-0000-0000-000000000003"
ROBOT = "bbbbbbbb-0000-0000-0000-000000000004"
ROLE = "cccccccc-0000-0000-0000-000000000001"
ACS = "https://authentication.logmeininc.com/saml/acs"
ENTITY = "https://authentication.logmeininc.com/saml/sp"
THUMB = "A" * 40
SPARE = "B" * 40
SECRET = "eeeeeeee-0000-0000-0000-000000000009"
OF_SIDE = {
    "servicePrincipal": "eeeeeeee-0000-0000-0000-000000000001",
    "application": "eeeeeeee-0000-0000-0000-000000000002",
}
"""Key ids of secrets that cases add to either object."""


def credential_parts(thumbprint: str, number: int, hashed: bytes | None = None) -> tuple[list[Any], list[Any]]:
    """The Sign key, Verify key and password of one SAML certificate."""
    identifier = base64.b64encode(hashed or bytes.fromhex(thumbprint)).decode()
    common = {
        "customKeyIdentifier": identifier,
        "startDateTime": "2026-01-01T00:00:00Z",
        "endDateTime": "2028-01-01T00:00:00Z",
        "displayName": "CN=contoso",
    }
    x509 = X509(
        thumbprint,
        thumbprint.lower(),
        "CN=contoso",
        "2026-01-01T00:00:00Z",
        "2028-01-01T00:00:00Z",
        "RSA",
        2048,
        None,
        "sha256",
    )
    ident = f"dddddddd-0000-0000-0000-0000000000{number:02}"
    keys = [
        {"keyId": f"{ident[:-3]}1{number:02}", "usage": "Sign", "type": "X509CertAndPassword", **common},
        {"keyId": f"{ident[:-3]}2{number:02}", "usage": "Verify", "type": "AsymmetricX509Cert", **common},
    ]
    for key in keys:
        key["certificate"] = msgspec.to_builtins(x509)
    return keys, [{"keyId": f"{ident[:-3]}3{number:02}", **common}]


def known(value: Any) -> dict[str, Any]:
    return {"state": "known", "value": value}


def user(ident: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "kind": "user",
        "exists": True,
        "displayName": name,
        "userPrincipalName": f"{name.lower()}@contoso.example",
        "mail": f"{name.lower()}@contoso.example",
        "userType": "Member",
        "accountEnabled": True,
        **more,
    }


def assignment(principal: str, role: str = ROLE, kind: str = "User", name: str = "Alice") -> dict[str, Any]:
    return {
        "id": f"as-{principal[-4:]}-{role[-4:]}",
        "appRoleId": role,
        "principalId": principal,
        "principalType": kind,
        "principalDisplayName": name,
        "resourceId": SP,
        "resourceDisplayName": "GoToMeeting",
        "createdDateTime": "2026-02-01T00:00:00Z",
    }


def document() -> dict[str, Any]:
    """The sample as plain JSON, to be altered freely."""
    keys, passwords = credential_parts(THUMB, 1)
    return {
        "tenantId": TENANT,
        "cloud": "global",
        "apps": [
            {
                "pack": "gotomeeting",
                "templates": known([{"id": "tttttttt-1", "displayName": "GoToMeeting"}]),
                "instances": known([instance(keys, passwords)]),
                "seen": [],
            }
        ],
        "organization": known({"id": TENANT, "displayName": "Contoso", "premium": True}),
        "conditionalAccessPolicies": known([access_policy("ca-1", [APP_ID]), access_policy("ca-2", ["other-app"])]),
        "tokenIssuancePolicies": known(
            [
                {
                    "policy": {
                        "id": "tip-1",
                        "displayName": "Sign it",
                        "definition": ['{"TokenIssuancePolicy":{"Version":1,"SigningAlgorithm":"x"}}'],
                        "isOrganizationDefault": False,
                    },
                    "appliesTo": known([{"id": SP, "kind": "servicePrincipal"}]),
                }
            ]
        ),
        "claimsMappingPolicies": known([]),
        "principals": [
            {"id": ALICE, "kind": "user", "evidence": known(user(ALICE, "Alice")), "memberCount": None},
            {"id": BOB, "kind": "user", "evidence": known(user(BOB, "Bob")), "memberCount": None},
            {
                "id": TEAM,
                "kind": "group",
                "evidence": known(
                    {"id": TEAM, "kind": "group", "displayName": "Team", "groupTypes": [], "membershipRule": None}
                ),
                "memberCount": known(12),
            },
        ],
        "schema": 1,
    }


def instance(keys: list[Any], passwords: list[Any]) -> dict[str, Any]:
    return {
        "id": SP,
        "appId": APP_ID,
        "displayName": "GoToMeeting",
        "foundBy": ["template"],
        "servicePrincipal": known(
            {
                "id": SP,
                "appId": APP_ID,
                "displayName": "GoToMeeting",
                "accountEnabled": True,
                "appRoleAssignmentRequired": True,
                "applicationTemplateId": "tttttttt-1",
                "appOwnerOrganizationId": TENANT,
                "appRoles": [
                    {
                        "id": ROLE,
                        "displayName": "User",
                        "value": None,
                        "isEnabled": True,
                        "allowedMemberTypes": ["User"],
                    }
                ],
                "homepage": "https://www.gotomeeting.com",
                "loginUrl": None,
                "logoutUrl": None,
                "notificationEmailAddresses": ["bob@contoso.example", "list@contoso.example"],
                "preferredSingleSignOnMode": "saml",
                "preferredTokenSigningKeyThumbprint": THUMB,
                "replyUrls": [ACS],
                "samlSingleSignOnSettings": {"relayState": "https://global.gotomeeting.com"},
                "servicePrincipalNames": [APP_ID, ENTITY],
                "servicePrincipalType": "Application",
                "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
                "tokenEncryptionKeyId": None,
                "keyCredentials": keys,
                "passwordCredentials": passwords,
            }
        ),
        "application": known(
            {
                "id": APP,
                "appId": APP_ID,
                "displayName": "GoToMeeting",
                "applicationTemplateId": "tttttttt-1",
                "groupMembershipClaims": None,
                "identifierUris": [ENTITY],
                "samlMetadataUrl": None,
                "signInAudience": "AzureADMyOrg",
                "tokenEncryptionKeyId": None,
                "web": {
                    "redirectUris": [ACS],
                    "redirectUriSettings": [],
                    "homePageUrl": "https://www.gotomeeting.com",
                    "logoutUrl": None,
                },
                "keyCredentials": [],
                "passwordCredentials": [
                    {
                        "keyId": SECRET,
                        "displayName": "pipeline",
                        "startDateTime": "2026-01-01T00:00:00Z",
                        "endDateTime": "2026-12-01T00:00:00Z",
                        "customKeyIdentifier": None,
                    }
                ],
            }
        ),
        "defaultReplyUrl": known(ACS),
        "servicePrincipalOwners": known([{"id": ALICE, "kind": "user", "displayName": "Alice"}]),
        "applicationOwners": known([{"id": ALICE, "kind": "user", "displayName": "Alice"}]),
        "assignments": known([assignment(ALICE), assignment(TEAM, kind="Group", name="Team")]),
        "appRoleAssignments": known([]),
        "oauth2PermissionGrants": known(
            [
                {
                    "id": "grant-1",
                    "clientId": SP,
                    "consentType": "AllPrincipals",
                    "principalId": None,
                    "resourceId": "res-1",
                    "scope": "User.Read openid",
                }
            ]
        ),
        "synchronizationJobs": known(
            [
                {
                    "id": "job-1",
                    "templateId": "goto",
                    "status": {
                        "code": "Active",
                        "lastExecution": {"state": "Succeeded", "countEscrowed": 3, "error": None},
                        "quarantine": None,
                    },
                }
            ]
        ),
        "notificationUsers": [
            {"address": "bob@contoso.example", "users": known([user(BOB, "Bob")])},
            {"address": "list@contoso.example", "users": known([])},
        ],
    }


def access_policy(ident: str, apps: list[str]) -> dict[str, Any]:
    return {
        "id": ident,
        "displayName": ident,
        "state": "enabled",
        "conditions": {
            "applications": {"includeApplications": apps, "excludeApplications": [], "applicationFilter": None},
            "users": {
                "includeUsers": ["All"],
                "excludeUsers": [],
                "includeGroups": [],
                "excludeGroups": [],
                "includeRoles": [],
                "excludeRoles": [],
            },
        },
        "sessionControls": {"signInFrequency": {"isEnabled": True}, "cloudAppSecurity": None},
    }


def snapshot(changed: dict[str, Any] | None = None) -> Snapshot:
    return msgspec.convert(changed or document(), Snapshot)


def service_principal(doc: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = the_instance(doc)["servicePrincipal"]["value"]
    return found


def application(doc: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = the_instance(doc)["application"]["value"]
    return found


def the_instance(doc: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = doc["apps"][0]["instances"]["value"][0]
    return found


def principal(doc: dict[str, Any], ident: str) -> dict[str, Any]:
    found: dict[str, Any] = next(record for record in doc["principals"] if record["id"] == ident)
    return found


def unknown(source: str, outcome: Outcome = Outcome.DENIED) -> dict[str, Any]:
    return {"state": "unknown", "source": source, "outcome": outcome.value, "cause": f"{source} was not read"}


def evidence_of(instance: Instance) -> dict[str, Known[Any] | Unknown]:
    """Every piece of evidence of an instance, by attribute."""
    return {
        name: value
        for name in instance.__struct_fields__
        if isinstance(value := getattr(instance, name), (Known, Unknown))
    }
