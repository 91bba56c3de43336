"""A user's script: the same facts of a tenant, read with msgraph-sdk as its documentation shows it.

Typed models, PageIterator for every list, one client a tenant, everything that does not depend on something else asked
for at once. No batches: the SDK's own need a package that it does not declare. Nothing of the project is used.
"""

import asyncio
from typing import Any

from azure.core.credentials import AccessToken
from azure.identity.aio import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.application_templates.application_templates_request_builder import (
    ApplicationTemplatesRequestBuilder,
)
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.audit_logs.directory_audits.directory_audits_request_builder import (
    DirectoryAuditsRequestBuilder,
)
from msgraph.generated.service_principals.item.app_role_assigned_to.app_role_assigned_to_request_builder import (
    AppRoleAssignedToRequestBuilder,
)
from msgraph.generated.service_principals.item.service_principal_item_request_builder import (
    ServicePrincipalItemRequestBuilder,
)
from msgraph.generated.service_principals.service_principals_request_builder import ServicePrincipalsRequestBuilder
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core.tasks.page_iterator import PageIterator  # type: ignore[import-untyped] # ships no annotations

IDENTIFIER = "https://authentication.logmeininc.com/saml/sp"
NAME = "GoToMeeting"
Query = RequestConfiguration[Any]


class Token:
    """A token at hand, as a credential."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """The token."""
        return AccessToken(self._token, 2**31)


async def every(graph: GraphServiceClient, request: Any) -> list[Any]:
    """All members of a collection, by the SDK's own iterator."""
    first = await request
    found: list[Any] = []

    def keep(member: Any) -> bool:
        found.append(member)
        return True

    await PageIterator(first, graph.request_adapter).iterate(keep)
    return found


async def read_tenant(graph: GraphServiceClient) -> int:
    """Discovery, then what depends on it, then what depends on that; gives how many objects were read."""
    principals = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetQueryParameters
    templates = ApplicationTemplatesRequestBuilder.ApplicationTemplatesRequestBuilderGetQueryParameters
    first: Any = await asyncio.gather(
        every(graph, graph.application_templates.get(Query(query_parameters=templates(
            filter=f"displayName eq '{NAME}'")))),
        every(graph, graph.service_principals.get(Query(query_parameters=principals(
            filter=f"servicePrincipalNames/any(n:n eq '{IDENTIFIER}')")))),
        every(graph, graph.service_principals.get(Query(query_parameters=principals(
            filter=f"displayName eq '{NAME}'")))),
        every(graph, graph.organization.get()),
        every(graph, graph.identity.conditional_access.policies.get()),
        every(graph, graph.policies.token_issuance_policies.get()),
        every(graph, graph.policies.claims_mapping_policies.get()),
    )  # fmt: skip
    found_templates, by_identifier = first[:2]
    (principal,) = by_identifier
    item = graph.service_principals.by_service_principal_id(principal.id)
    keys = ServicePrincipalItemRequestBuilder.ServicePrincipalItemRequestBuilderGetQueryParameters
    assigned = AppRoleAssignedToRequestBuilder.AppRoleAssignedToRequestBuilderGetQueryParameters
    applications = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters
    second: Any = await asyncio.gather(
        item.get(),
        item.get(Query(query_parameters=keys(select=["keyCredentials"]))),
        every(graph, graph.applications.get(Query(query_parameters=applications(
            filter=f"appId eq '{principal.app_id}'")))),
        every(graph, item.owners.get()),
        every(graph, item.app_role_assigned_to.get(Query(query_parameters=assigned(top=999)))),
        every(graph, item.app_role_assignments.get()),
        every(graph, item.oauth2_permission_grants.get()),
        every(graph, item.synchronization.jobs.get()),
        every(graph, _audits(graph, principal.id)),
        every(graph, graph.service_principals.get(Query(query_parameters=principals(
            filter=f"applicationTemplateId eq '{found_templates[0].id}'")))),
    )  # fmt: skip
    settings, _, own, owners, assignments = second[:5]
    (application,) = own
    select = ["id", "displayName", "userPrincipalName", "mail", "userType", "accountEnabled"]
    user = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters
    users = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters
    people = {owner.id for owner in owners} | {str(assignment.principal_id) for assignment in assignments}
    many = len(people) > 400
    last: Any = await asyncio.gather(
        every(graph, graph.applications.by_application_id(application.id).owners.get()),
        every(graph, _audits(graph, application.id)),
        *(
            every(graph, graph.users.get(Query(query_parameters=users(
                filter=f"mail eq '{mail}' or userPrincipalName eq '{mail}'", select=select))))
            for mail in settings.notification_email_addresses or ()
        ),
        *(
            graph.users.by_user_id(one).get(Query(query_parameters=user(select=select)))
            for one in ([] if many else people)
        ),
        *([every(graph, graph.users.get(Query(query_parameters=users(select=select, top=999))))] if many else []),
    )  # fmt: skip
    return len(assignments) + len(last)


def _audits(graph: GraphServiceClient, object_id: str) -> Any:
    query = DirectoryAuditsRequestBuilder.DirectoryAuditsRequestBuilderGetQueryParameters
    condition = f"targetResources/any(t:t/id eq '{object_id}')"
    return graph.audit_logs.directory_audits.get(Query(query_parameters=query(filter=condition)))


async def read_fleet(server: dict[str, Any], count: int, concurrency: int, *, sign_in: bool) -> int:
    """Read ``count`` tenants, so many at once; gives how many were read."""
    gate = asyncio.Semaphore(concurrency)
    complete = 0

    async def one(tenant: dict[str, str]) -> None:
        nonlocal complete
        async with gate:
            credential: Any = Token(tenant["token"])
            if sign_in:
                credential = ClientSecretCredential(
                    tenant["id"],
                    tenant["client_id"],
                    tenant["secret"],
                    authority=server["authority"],
                    disable_instance_discovery=True,
                    connection_verify=server["ca_file"],
                )
            graph = GraphServiceClient(credential, ["https://graph.microsoft.com/.default"])
            graph.request_adapter.base_url = f"{server['graph']}/v1.0"
            await read_tenant(graph)
            if sign_in:
                await credential.close()
            complete += 1

    await asyncio.gather(*(one(tenant) for tenant in server["tenants"][:count]))
    return complete
