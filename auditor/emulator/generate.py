"""Made-up tenants in any number, for benchmarks and for tests that need many.

Deterministic: number and seed give the tenant. Tenants share what they have in common (certificates, gallery, roles),
so that a thousand of them cost little memory.
"""

import uuid
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from auditor.emulator import certificates
from auditor.emulator.directory import Client, Tenant, app_role_assignment, mirror, synthetic_id, synthetic_user
from auditor.emulator.loading.builder import add_made_up_principal
from auditor.emulator.loading.building import EPOCH
from auditor.emulator.microsoft_graph import add_microsoft_graph, grant_roles
from auditor.emulator.tenantfile import gallery

ROLES = (
    "Application.Read.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "GroupMember.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Synchronization.Read.All",
    "User.Read.All",
)
_NAMESPACE = uuid.UUID("7f4e6a52-51f3-4d0e-9a51-0c2d6c7b8e10")
_CERTIFICATES = (
    ("2025-02-03T08:00:00Z", "2028-02-03T08:00:00Z"),
    ("2025-09-15T08:00:00Z", "2028-09-15T08:00:00Z"),
    ("2026-06-01T08:00:00Z", "2029-06-01T08:00:00Z"),
)


def tenants(
    count: int, *, seed: int = 0, assignments: int = 2, service_principals: int = 0, drifted: float = 0.0
) -> list[Tenant]:
    """``count`` tenants, each with the app: ``assignments`` users assigned, ``service_principals`` others beside it.

    ``drifted`` is the share of tenants (0 to 1) whose relay state and reply URL have gone astray; the others pass
    every rule that applies to them.
    """
    return [
        tenant(
            number,
            seed=seed,
            assignments=assignments,
            service_principals=service_principals,
            drifted=_share(seed, number) < drifted,
        )
        for number in range(count)
    ]


def tenant(
    number: int, *, seed: int = 0, assignments: int = 2, service_principals: int = 0, drifted: bool = False
) -> Tenant:
    """The tenant with this number."""
    tenant_id = str(uuid.uuid5(_NAMESPACE, f"{seed}/{number}"))
    made = Tenant(id=tenant_id, name=f"tenant-{number:05d}", domain=f"tenant-{number:05d}.example", size=100)
    made.organization = {
        "id": tenant_id,
        "displayName": f"Tenant {number:05d}",
        "createdDateTime": EPOCH,
        "tenantType": "AAD",
        "assignedPlans": [
            {
                "assignedDateTime": EPOCH,
                "capabilityStatus": "Enabled",
                "service": "AADPremiumService",
                "servicePlanId": "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
            }
        ],
        "verifiedDomains": [{"name": made.domain, "isDefault": True, "isInitial": True, "type": "Managed"}],
    }
    for template in gallery():
        made.templates.put(template)
    add_microsoft_graph(made)
    client = Client(
        name="auditor",
        client_id=str(uuid.uuid5(_NAMESPACE, f"{seed}/{number}/client")),
        secret=f"emulator-only-{number:05d}",
        roles=ROLES,
    )
    made.clients[client.client_id] = client
    made.service_principals.put(
        {
            "id": made.new_id("client"),
            "appId": client.client_id,
            "displayName": "auditor",
            "servicePrincipalNames": [client.client_id],
            "servicePrincipalType": "Application",
        }
    )
    grant_roles(made, client)
    _app(made, number, assignments, drifted=drifted)
    for other in range(service_principals):
        add_made_up_principal(made, other)
    return made


def _app(made: Tenant, number: int, assignments: int, *, drifted: bool) -> None:
    owner = made.users.put(
        {
            "id": made.new_id("owner"),
            "displayName": "Adele Vance",
            "userPrincipalName": f"adele.vance@{made.domain}",
            "mail": f"adele.vance@{made.domain}",
            "accountEnabled": True,
            "userType": "Member",
        }
    )
    role = made.new_id("role")
    app = _made_up_app()
    reply_url, relay_states = app["replyUrl"], app["relayStates"]
    application = made.applications.put(
        {
            "id": made.new_id("application"),
            "appId": made.new_id("appId"),
            "applicationTemplateId": gallery()[0]["id"],
            "displayName": app["displayName"],
            "createdDateTime": EPOCH,
            "identifierUris": [app["identifier"]],
            "signInAudience": "AzureADMyOrg",
            "web": {
                "redirectUris": [reply_url, "http://sso.example/acs"] if drifted else [reply_url],
                "redirectUriSettings": [],
            },
            "appRoles": [
                {
                    "allowedMemberTypes": ["User"],
                    "description": "User",
                    "displayName": "User",
                    "id": role,
                    "isEnabled": True,
                    "value": None,
                }
            ],
        }
    )
    credentials = _certificate(number)
    principal = {
        "id": made.new_id("servicePrincipal"),
        "appId": application["appId"],
        "accountEnabled": True,
        "appRoleAssignmentRequired": True,
        "appOwnerOrganizationId": made.id,
        "servicePrincipalType": "Application",
        "preferredSingleSignOnMode": "saml",
        "samlSingleSignOnSettings": {
            "relayState": "https://meet.example" if drifted else relay_states[number % len(relay_states)]
        },
        "notificationEmailAddresses": [owner["mail"]],
        "keyCredentials": credentials.keys,
        "passwordCredentials": credentials.passwords,
        "preferredTokenSigningKeyThumbprint": credentials.thumbprint,
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
    }
    mirror(application, principal)
    made.service_principals.put(principal)
    made.owners[principal["id"]] = [owner["id"]]
    for assignment in _assignments(made, principal, role, assignments):
        made.assignments.put(assignment)


@cache
def _made_up_app() -> dict[str, Any]:
    """The app that made-up tenants have, and its settings."""
    text = (files("auditor.emulator") / "made_up_app.yaml").read_text(encoding="utf-8")
    app: dict[str, Any] = yaml.safe_load(text)
    return app


def _assignments(made: Tenant, principal: dict[str, Any], role: str, count: int) -> Iterator[dict[str, Any]]:
    for index in range(count):
        user = synthetic_user(made, synthetic_id(index)) or {}
        yield app_role_assignment(f"{made.id[:23]}-{index:012x}", principal, "user", user, role, EPOCH)


def _certificate(number: int) -> certificates.Credentials:
    start, end = _CERTIFICATES[number % len(_CERTIFICATES)]
    key_ids = (str(uuid.uuid5(_NAMESPACE, f"sign {start}")), str(uuid.uuid5(_NAMESPACE, f"verify {start}")))
    return certificates.credentials(certificates.Spec("current", start, end), "generated", key_ids)


def _share(seed: int, number: int) -> float:
    return (uuid.uuid5(_NAMESPACE, f"share/{seed}/{number}").int & 0xFFFFFFFF) / 0x100000000
