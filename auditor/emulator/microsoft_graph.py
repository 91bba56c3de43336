"""The service principal of Microsoft Graph in an emulated tenant, and what clients are granted on it."""

import uuid
from functools import cache
from typing import Any

from auditor.emulator.directory import GRAPH_APP_ID, Client, Tenant, app_role_assignment
from auditor.emulator.permissions import APP_ROLE_IDS, known_permissions

_GRANTED_AT = "2024-01-15T08:00:00Z"


@cache
def graph_roles() -> list[dict[str, Any]]:
    """The app roles of the Microsoft Graph service principal that the permission table names."""
    return [
        {
            "allowedMemberTypes": ["Application"],
            "description": name,
            "displayName": name,
            "id": graph_role_id(name),
            "isEnabled": True,
            "origin": "Application",
            "value": name,
        }
        for name in sorted(known_permissions() | APP_ROLE_IDS.keys())
    ]


def add_microsoft_graph(tenant: Tenant) -> dict[str, Any]:
    """Put the service principal of Microsoft Graph into a tenant."""
    return tenant.service_principals.put(
        {
            "id": tenant.new_id("servicePrincipal", "microsoft-graph"),
            "appId": GRAPH_APP_ID,
            "displayName": "Microsoft Graph",
            "appDisplayName": "Microsoft Graph",
            "accountEnabled": True,
            "appRoleAssignmentRequired": False,
            "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
            "servicePrincipalType": "Application",
            "servicePrincipalNames": [GRAPH_APP_ID, "https://graph.microsoft.com"],
            "appRoles": graph_roles(),
            "signInAudience": "AzureADMultipleOrgs",
        }
    )


def graph_role_id(name: str) -> str:
    """The id of a Graph permission's app role."""
    return APP_ROLE_IDS.get(name) or str(uuid.uuid5(uuid.UUID(GRAPH_APP_ID), name))


def grant_roles(tenant: Tenant, client: Client) -> None:
    """Make the app role assignments of a client on Microsoft Graph agree with its roles."""
    principal = tenant.service_principals.by("appId", client.client_id)[0]
    graph = tenant.service_principals.by("appId", GRAPH_APP_ID)[0]
    for one in list(tenant.assignments.by("principalId", principal["id"])):
        if one["resourceId"] == graph["id"]:
            tenant.assignments.remove(one["id"])
    for role in client.roles:
        assignment_id = tenant.new_id("assignment", graph["id"], principal["id"], role)
        tenant.assignments.put(
            app_role_assignment(assignment_id, graph, "servicePrincipal", principal, graph_role_id(role), _GRANTED_AT)
        )
