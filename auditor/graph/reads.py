"""The requests of the catalogue, built by msgraph-sdk's own request builders.

Nothing here sends: each function gives an :class:`~auditor.graph.client.Ask`. Strings from a configuration or a
tenant go into
OData literals through :func:`literal` alone, and ids into paths only where they look like ids.
"""

import re
from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
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
from msgraph.graph_service_client import GraphServiceClient

from auditor.graph.client import Ask, TenantClient
from auditor.graph.wire import (
    Found,
    GroupAnswer,
    Identified,
    Keys,
    Member,
    OrganizationAnswer,
    ServicePrincipalAnswer,
    UserAnswer,
)
from auditor.model.audit import AuditEvent
from auditor.model.graph_objects import (
    Application,
    ApplicationTemplate,
    AppRoleAssignment,
    ConditionalAccessPolicy,
    OAuth2PermissionGrant,
    ServicePrincipal,
    StsPolicy,
    SynchronizationJob,
)

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

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_NAMED_PARAMETER = re.compile(r"([?&])%24")


def literal(text: str) -> str:
    """An OData string literal: quotes doubled (OData 4.01, URL conventions, 5.1.1.6.2)."""
    return "'" + text.replace("'", "''") + "'"


def is_id(text: str) -> bool:
    """True where ``text`` can stand in a path as an object's id."""
    return _ID.fullmatch(text) is not None


class Reads:
    """Builds the asks of one tenant's client."""

    def __init__(self, client: TenantClient) -> None:
        self._graph = GraphServiceClient(request_adapter=client.adapter)  # type: ignore[arg-type] # the adapter is a GraphRequestAdapter
        self._base = client.base

    # -- the tenant -------------------------------------------------------------------------------

    def organization(self) -> Ask[OrganizationAnswer]:
        """The tenant's own record."""
        query = OrganizationRequestBuilder.OrganizationRequestBuilderGetQueryParameters(
            select=["id", "displayName", "assignedPlans"]
        )
        return Ask("organization", self._url(self._graph.organization, query), OrganizationAnswer, many=True)

    def conditional_access_policies(self) -> Ask[ConditionalAccessPolicy]:
        """Every Conditional Access policy."""
        url = self._url(self._graph.identity.conditional_access.policies)
        return Ask("conditionalAccessPolicies", url, ConditionalAccessPolicy, many=True)

    def token_issuance_policies(self) -> Ask[StsPolicy]:
        """Every token issuance policy; who it covers is asked of each (documented with a read permission)."""
        url = self._url(self._graph.policies.token_issuance_policies)
        return Ask("tokenIssuancePolicies", url, StsPolicy, many=True)

    def token_issuance_policy_applies_to(self, policy_id: str) -> Ask[Member]:
        """What a token issuance policy is assigned to."""
        builder = self._graph.policies.token_issuance_policies.by_token_issuance_policy_id(policy_id).applies_to
        return Ask("tokenIssuancePolicyAppliesTo", self._url(builder), Member, many=True)

    def claims_mapping_policies(self) -> Ask[StsPolicy]:
        """Every claims mapping policy."""
        url = self._url(self._graph.policies.claims_mapping_policies)
        return Ask("claimsMappingPolicies", url, StsPolicy, many=True)

    def claims_mapping_policy_applies_to(self, policy_id: str) -> Ask[Member]:
        """What a claims mapping policy is assigned to."""
        builder = self._graph.policies.claims_mapping_policies.by_claims_mapping_policy_id(policy_id).applies_to
        return Ask("claimsMappingPolicyAppliesTo", self._url(builder), Member, many=True)

    # -- discovery --------------------------------------------------------------------------------

    def templates(self, display_name: str) -> Ask[ApplicationTemplate]:
        """The gallery's entries of this name."""
        query = ApplicationTemplatesRequestBuilder.ApplicationTemplatesRequestBuilderGetQueryParameters(
            filter=f"displayName eq {literal(display_name)}", select=["id", "displayName"]
        )
        return Ask(
            "applicationTemplates", self._url(self._graph.application_templates, query), ApplicationTemplate, many=True
        )

    def by_identifier(self, identifier: str) -> Ask[Found]:
        """Service principals that carry this identifier."""
        return self._service_principals(f"servicePrincipalNames/any(n:n eq {literal(identifier)})")

    def by_name(self, display_name: str) -> Ask[Found]:
        """Service principals of this display name, in any case: the directory compares so."""
        return self._service_principals(f"displayName eq {literal(display_name)}")

    def by_template(self, template_id: str) -> Ask[Found]:
        """Service principals that were made from this gallery template."""
        return self._service_principals(f"applicationTemplateId eq {literal(template_id)}")

    def _service_principals(self, condition: str) -> Ask[Found]:
        query = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetQueryParameters(
            filter=condition, select=FOUND, top=PAGE
        )
        return Ask("servicePrincipals", self._url(self._graph.service_principals, query), Found, many=True)

    # -- one instance -----------------------------------------------------------------------------

    def service_principal(self, object_id: str) -> Ask[ServicePrincipal]:
        """The single sign-on settings."""
        query = ServicePrincipalItemRequestBuilder.ServicePrincipalItemRequestBuilderGetQueryParameters(
            select=SERVICE_PRINCIPAL
        )
        return Ask("servicePrincipal", self._url(self._item(object_id), query), ServicePrincipal)

    def service_principal_keys(self, object_id: str) -> Ask[Keys]:
        """The key material, which comes only where it is selected on a single object."""
        query = ServicePrincipalItemRequestBuilder.ServicePrincipalItemRequestBuilderGetQueryParameters(
            select=["keyCredentials"]
        )
        return Ask("servicePrincipalKeys", self._url(self._item(object_id), query), Keys)

    def application(self, app_id: str) -> Ask[Application]:
        """The application object behind an appId: none, where it lives in another tenant."""
        query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(
            filter=f"appId eq {literal(app_id)}", select=APPLICATION
        )
        return Ask("application", self._url(self._graph.applications, query), Application, many=True)

    def service_principal_owners(self, object_id: str) -> Ask[Member]:
        """Owners of the service principal."""
        return Ask("servicePrincipalOwners", self._url(self._item(object_id).owners), Member, many=True)

    def application_owners(self, object_id: str) -> Ask[Member]:
        """Owners of the application."""
        builder = self._graph.applications.by_application_id(object_id).owners
        return Ask("applicationOwners", self._url(builder), Member, many=True)

    def assignments(self, object_id: str) -> Ask[AppRoleAssignment]:
        """Users, groups and service principals that are assigned to the app."""
        query = AppRoleAssignedToRequestBuilder.AppRoleAssignedToRequestBuilderGetQueryParameters(top=PAGE)
        builder = self._item(object_id).app_role_assigned_to
        return Ask("assignments", self._url(builder, query), AppRoleAssignment, many=True)

    def app_role_assignments(self, object_id: str) -> Ask[AppRoleAssignment]:
        """Application permissions that the app was granted."""
        return Ask(
            "appRoleAssignments", self._url(self._item(object_id).app_role_assignments), AppRoleAssignment, many=True
        )

    def oauth2_permission_grants(self, object_id: str) -> Ask[OAuth2PermissionGrant]:
        """Delegated permissions that the app was granted."""
        builder = self._item(object_id).oauth2_permission_grants
        return Ask("oauth2PermissionGrants", self._url(builder), OAuth2PermissionGrant, many=True)

    def synchronization_jobs(self, object_id: str) -> Ask[SynchronizationJob]:
        """Provisioning jobs."""
        builder = self._item(object_id).synchronization.jobs
        return Ask("synchronizationJobs", self._url(builder), SynchronizationJob, many=True)

    def directory_audits(self, object_id: str) -> Ask[AuditEvent]:
        """Audit events whose target is this object, for as long as the service keeps them."""
        query = DirectoryAuditsRequestBuilder.DirectoryAuditsRequestBuilderGetQueryParameters(
            filter=f"targetResources/any(t:t/id eq {literal(object_id)})"
        )
        return Ask("directoryAudits", self._url(self._graph.audit_logs.directory_audits, query), AuditEvent, many=True)

    # -- principals -------------------------------------------------------------------------------

    def user(self, object_id: str) -> Ask[UserAnswer]:
        """One user by id."""
        query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=USER)
        url = self._url(self._graph.users.by_user_id(object_id), query)
        return Ask("users", url, UserAnswer, may_be_deleted=True)

    def all_users(self) -> Ask[UserAnswer]:
        """Every user: fewer requests than one by one, where very many are assigned."""
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=USER, top=PAGE)
        return Ask("users", self._url(self._graph.users, query), UserAnswer, many=True)

    def users_of_address(self, address: str) -> Ask[UserAnswer]:
        """Users whose mail or user principal name is this address."""
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            filter=f"mail eq {literal(address)} or userPrincipalName eq {literal(address)}", select=USER
        )
        return Ask("notificationUsers", self._url(self._graph.users, query), UserAnswer, many=True)

    def group(self, object_id: str) -> Ask[GroupAnswer]:
        """One group by id."""
        query = GroupItemRequestBuilder.GroupItemRequestBuilderGetQueryParameters(select=GROUP)
        url = self._url(self._graph.groups.by_group_id(object_id), query)
        return Ask("groups", url, GroupAnswer, may_be_deleted=True)

    def group_members(self, object_id: str) -> Ask[Identified]:
        """The number of a group's transitive members, as ``@odata.count`` beside a page of one."""
        query = TransitiveMembersRequestBuilder.TransitiveMembersRequestBuilderGetQueryParameters(
            count=True, top=1, select=["id"]
        )
        url = self._url(self._graph.groups.by_group_id(object_id).transitive_members, query)
        return Ask("groupMembers", url, Identified, many=True, advanced=True, first_page=True, may_be_deleted=True)

    def assigned_service_principal(self, object_id: str) -> Ask[ServicePrincipalAnswer]:
        """A service principal that is assigned or owns, by id."""
        query = ServicePrincipalItemRequestBuilder.ServicePrincipalItemRequestBuilderGetQueryParameters(
            select=["id", "displayName", "accountEnabled"]
        )
        return Ask("principals", self._url(self._item(object_id), query), ServicePrincipalAnswer, may_be_deleted=True)

    # ---------------------------------------------------------------------------------------------

    def _item(self, object_id: str) -> Any:
        if not is_id(object_id):
            raise ValueError("not an object's id")
        return self._graph.service_principals.by_service_principal_id(object_id)

    def _url(self, builder: Any, query: Any = None) -> str:
        """Path and query below v1.0, with the ``$`` of system query options plain, as documentation writes them."""
        configuration = RequestConfiguration(query_parameters=query) if query is not None else None
        information: RequestInformation = builder.to_get_request_information(configuration)
        information.path_parameters["baseurl"] = self._base
        return _NAMED_PARAMETER.sub(r"\1$", information.url.removeprefix(self._base))
