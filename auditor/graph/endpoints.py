"""The addresses of the catalogue's requests, each written once with msgraph-sdk's own request builders.

What is selected is what the snapshot keeps, and no more. Strings go into OData literals through
:func:`~auditor.graph.urls.literal` alone. Importing this loads the builders; nothing is expanded before it is needed.
"""

from collections.abc import Callable

from msgraph.generated.application_templates.application_templates_request_builder import (
    ApplicationTemplatesRequestBuilder,
)
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.audit_logs.directory_audits.directory_audits_request_builder import (
    DirectoryAuditsRequestBuilder,
)
from msgraph.generated.groups.item.group_item_request_builder import GroupItemRequestBuilder
from msgraph.generated.groups.item.transitive_members.transitive_members_request_builder import (
    TransitiveMembersRequestBuilder,
)
from msgraph.generated.organization.organization_request_builder import OrganizationRequestBuilder
from msgraph.generated.service_principals.item.app_role_assigned_to.app_role_assigned_to_request_builder import (
    AppRoleAssignedToRequestBuilder,
)
from msgraph.generated.service_principals.item.service_principal_item_request_builder import (
    ServicePrincipalItemRequestBuilder,
)
from msgraph.generated.service_principals.service_principals_request_builder import ServicePrincipalsRequestBuilder
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from auditor.graph.urls import Address, literal

PAGE = 999
"""Members a page at most, by Graph's documentation."""

SERVICE_PRINCIPAL = [
    "id",
    "appId",
    "displayName",
    "accountEnabled",
    "appRoleAssignmentRequired",
    "applicationTemplateId",
    "appOwnerOrganizationId",
    "appRoles",
    "homepage",
    "loginUrl",
    "logoutUrl",
    "notificationEmailAddresses",
    "preferredSingleSignOnMode",
    "preferredTokenSigningKeyThumbprint",
    "replyUrls",
    "samlSingleSignOnSettings",
    "servicePrincipalNames",
    "servicePrincipalType",
    "tags",
    "tokenEncryptionKeyId",
    "keyCredentials",
    "passwordCredentials",
]
APPLICATION = [
    "id",
    "appId",
    "displayName",
    "applicationTemplateId",
    "groupMembershipClaims",
    "identifierUris",
    "samlMetadataUrl",
    "signInAudience",
    "tokenEncryptionKeyId",
    "web",
    "keyCredentials",
    "passwordCredentials",
]
FOUND = ["id", "appId", "displayName", "applicationTemplateId", "servicePrincipalNames"]
USER = ["id", "displayName", "userPrincipalName", "mail", "userType", "accountEnabled"]
GROUP = ["id", "displayName", "mail", "groupTypes", "membershipRule"]

_ApplicationsQuery = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters
_AssignedQuery = AppRoleAssignedToRequestBuilder.AppRoleAssignedToRequestBuilderGetQueryParameters
_AuditsQuery = DirectoryAuditsRequestBuilder.DirectoryAuditsRequestBuilderGetQueryParameters
_GroupQuery = GroupItemRequestBuilder.GroupItemRequestBuilderGetQueryParameters
_MembersQuery = TransitiveMembersRequestBuilder.TransitiveMembersRequestBuilderGetQueryParameters
_OrganizationQuery = OrganizationRequestBuilder.OrganizationRequestBuilderGetQueryParameters
_PrincipalQuery = ServicePrincipalItemRequestBuilder.ServicePrincipalItemRequestBuilderGetQueryParameters
_PrincipalsQuery = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetQueryParameters
_TemplatesQuery = ApplicationTemplatesRequestBuilder.ApplicationTemplatesRequestBuilderGetQueryParameters
_UserQuery = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters
_UsersQuery = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters


def _principals(condition: Callable[[str], str]) -> Address:
    return Address(
        lambda graph, it: (graph.service_principals, _PrincipalsQuery(filter=condition(it), select=FOUND, top=PAGE))
    )


def _principal(select: list[str]) -> Address:
    return Address(
        lambda graph, it: (graph.service_principals.by_service_principal_id(it), _PrincipalQuery(select=select))
    )


# -- the tenant -----------------------------------------------------------------------------------

ORGANIZATION = Address(
    lambda graph, _: (graph.organization, _OrganizationQuery(select=["id", "displayName", "assignedPlans"]))
)
CONDITIONAL_ACCESS_POLICIES = Address(lambda graph, _: (graph.identity.conditional_access.policies, None))
TOKEN_ISSUANCE_POLICIES = Address(lambda graph, _: (graph.policies.token_issuance_policies, None))
TOKEN_ISSUANCE_POLICY_APPLIES_TO = Address(
    lambda graph, it: (graph.policies.token_issuance_policies.by_token_issuance_policy_id(it).applies_to, None)
)
CLAIMS_MAPPING_POLICIES = Address(lambda graph, _: (graph.policies.claims_mapping_policies, None))
CLAIMS_MAPPING_POLICY_APPLIES_TO = Address(
    lambda graph, it: (graph.policies.claims_mapping_policies.by_claims_mapping_policy_id(it).applies_to, None)
)

# -- discovery ------------------------------------------------------------------------------------

TEMPLATES = Address(
    lambda graph, it: (
        graph.application_templates,
        _TemplatesQuery(filter=f"displayName eq {literal(it)}", select=["id", "displayName"]),
    )
)
BY_IDENTIFIER = _principals(lambda it: f"servicePrincipalNames/any(n:n eq {literal(it)})")
BY_NAME = _principals(lambda it: f"displayName eq {literal(it)}")
BY_TEMPLATE = _principals(lambda it: f"applicationTemplateId eq {literal(it)}")

# -- one instance ---------------------------------------------------------------------------------

PRINCIPAL = _principal(SERVICE_PRINCIPAL)
PRINCIPAL_KEYS = _principal(["keyCredentials"])
APPLICATIONS = Address(
    lambda graph, it: (
        graph.applications,
        _ApplicationsQuery(filter=f"appId eq {literal(it)}", select=APPLICATION),
    )
)
PRINCIPAL_OWNERS = Address(lambda graph, it: (graph.service_principals.by_service_principal_id(it).owners, None))
APPLICATION_OWNERS = Address(lambda graph, it: (graph.applications.by_application_id(it).owners, None))
ASSIGNMENTS = Address(
    lambda graph, it: (
        graph.service_principals.by_service_principal_id(it).app_role_assigned_to,
        _AssignedQuery(top=PAGE),
    )
)
APP_ROLE_ASSIGNMENTS = Address(
    lambda graph, it: (graph.service_principals.by_service_principal_id(it).app_role_assignments, None)
)
OAUTH2_PERMISSION_GRANTS = Address(
    lambda graph, it: (graph.service_principals.by_service_principal_id(it).oauth2_permission_grants, None)
)
SYNCHRONIZATION_JOBS = Address(
    lambda graph, it: (graph.service_principals.by_service_principal_id(it).synchronization.jobs, None)
)
DIRECTORY_AUDITS = Address(
    lambda graph, it: (
        graph.audit_logs.directory_audits,
        _AuditsQuery(filter=f"targetResources/any(t:t/id eq {literal(it)})"),
    )
)

# -- principals -----------------------------------------------------------------------------------

ONE_USER = Address(lambda graph, it: (graph.users.by_user_id(it), _UserQuery(select=USER)))
ALL_USERS = Address(lambda graph, _: (graph.users, _UsersQuery(select=USER, top=PAGE)))
USERS_OF_ADDRESS = Address(
    lambda graph, it: (
        graph.users,
        _UsersQuery(filter=f"mail eq {literal(it)} or userPrincipalName eq {literal(it)}", select=USER),
    )
)
ONE_GROUP = Address(lambda graph, it: (graph.groups.by_group_id(it), _GroupQuery(select=GROUP)))
GROUP_MEMBERS = Address(
    lambda graph, it: (
        graph.groups.by_group_id(it).transitive_members,
        _MembersQuery(count=True, top=1, select=["id"]),
    )
)
ASSIGNED_PRINCIPAL = _principal(["id", "displayName", "accountEnabled"])
