"""The reads of the catalogue: each function gives an :class:`~auditor.graph.asks.Ask`, and nothing here sends.

Ids go into paths only where they look like ids (ValueError otherwise), strings of a configuration or a tenant into
OData literals alone: :mod:`auditor.graph.urls` sees to both.
"""

from auditor.graph import endpoints
from auditor.graph.asks import Ask
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

# -- the tenant -----------------------------------------------------------------------------------


def organization() -> Ask[OrganizationAnswer]:
    """The tenant's own record."""
    return Ask("organization", endpoints.ORGANIZATION.plain(), OrganizationAnswer, many=True)


def conditional_access_policies() -> Ask[ConditionalAccessPolicy]:
    """Every Conditional Access policy."""
    return Ask(
        "conditionalAccessPolicies", endpoints.CONDITIONAL_ACCESS_POLICIES.plain(), ConditionalAccessPolicy, many=True
    )


def token_issuance_policies() -> Ask[StsPolicy]:
    """Every token issuance policy; who it covers is asked of each (documented with a read permission)."""
    return Ask("tokenIssuancePolicies", endpoints.TOKEN_ISSUANCE_POLICIES.plain(), StsPolicy, many=True)


def token_issuance_policy_applies_to(policy_id: str) -> Ask[Member]:
    """What a token issuance policy is assigned to."""
    return Ask(
        "tokenIssuancePolicyAppliesTo", endpoints.TOKEN_ISSUANCE_POLICY_APPLIES_TO.of_id(policy_id), Member, many=True
    )


def claims_mapping_policies() -> Ask[StsPolicy]:
    """Every claims mapping policy."""
    return Ask("claimsMappingPolicies", endpoints.CLAIMS_MAPPING_POLICIES.plain(), StsPolicy, many=True)


def claims_mapping_policy_applies_to(policy_id: str) -> Ask[Member]:
    """What a claims mapping policy is assigned to."""
    return Ask(
        "claimsMappingPolicyAppliesTo", endpoints.CLAIMS_MAPPING_POLICY_APPLIES_TO.of_id(policy_id), Member, many=True
    )


# -- discovery ------------------------------------------------------------------------------------
def templates(display_name: str) -> Ask[ApplicationTemplate]:
    """The gallery's entries of this name."""
    return Ask("applicationTemplates", endpoints.TEMPLATES.of_text(display_name), ApplicationTemplate, many=True)


def by_identifier(identifier: str) -> Ask[Found]:
    """Service principals that carry this identifier."""
    return Ask("servicePrincipals", endpoints.BY_IDENTIFIER.of_text(identifier), Found, many=True)


def by_name(display_name: str) -> Ask[Found]:
    """Service principals of this display name, in any case: the directory compares so."""
    return Ask("servicePrincipals", endpoints.BY_NAME.of_text(display_name), Found, many=True)


def by_template(template_id: str) -> Ask[Found]:
    """Service principals that were made from this gallery template."""
    return Ask("servicePrincipals", endpoints.BY_TEMPLATE.of_text(template_id), Found, many=True)


# -- one instance ---------------------------------------------------------------------------------
def service_principal(object_id: str) -> Ask[ServicePrincipal]:
    """The single sign-on settings."""
    return Ask("servicePrincipal", endpoints.PRINCIPAL.of_id(object_id), ServicePrincipal)


def service_principal_keys(object_id: str) -> Ask[Keys]:
    """The key material, which comes only where it is selected on a single object."""
    return Ask("servicePrincipalKeys", endpoints.PRINCIPAL_KEYS.of_id(object_id), Keys)


def application(app_id: str) -> Ask[Application]:
    """The application object behind an appId: none, where it lives in another tenant."""
    return Ask("application", endpoints.APPLICATIONS.of_text(app_id), Application, many=True)


def service_principal_owners(object_id: str) -> Ask[Member]:
    """Owners of the service principal."""
    return Ask("servicePrincipalOwners", endpoints.PRINCIPAL_OWNERS.of_id(object_id), Member, many=True)


def application_owners(object_id: str) -> Ask[Member]:
    """Owners of the application."""
    return Ask("applicationOwners", endpoints.APPLICATION_OWNERS.of_id(object_id), Member, many=True)


def assignments(object_id: str) -> Ask[AppRoleAssignment]:
    """Users, groups and service principals that are assigned to the app."""
    return Ask("assignments", endpoints.ASSIGNMENTS.of_id(object_id), AppRoleAssignment, many=True)


def app_role_assignments(object_id: str) -> Ask[AppRoleAssignment]:
    """Application permissions that the app was granted."""
    return Ask("appRoleAssignments", endpoints.APP_ROLE_ASSIGNMENTS.of_id(object_id), AppRoleAssignment, many=True)


def oauth2_permission_grants(object_id: str) -> Ask[OAuth2PermissionGrant]:
    """Delegated permissions that the app was granted."""
    return Ask(
        "oauth2PermissionGrants", endpoints.OAUTH2_PERMISSION_GRANTS.of_id(object_id), OAuth2PermissionGrant, many=True
    )


def synchronization_jobs(object_id: str) -> Ask[SynchronizationJob]:
    """Provisioning jobs."""
    return Ask("synchronizationJobs", endpoints.SYNCHRONIZATION_JOBS.of_id(object_id), SynchronizationJob, many=True)


def directory_audits(object_id: str) -> Ask[AuditEvent]:
    """Audit events whose target is this object, for as long as the service keeps them."""
    return Ask("directoryAudits", endpoints.DIRECTORY_AUDITS.of_text(object_id), AuditEvent, many=True)


# -- principals -----------------------------------------------------------------------------------
def user(object_id: str) -> Ask[UserAnswer]:
    """One user by id."""
    return Ask("users", endpoints.ONE_USER.of_id(object_id), UserAnswer, may_be_deleted=True)


def all_users() -> Ask[UserAnswer]:
    """Every user: fewer requests than one by one, where very many are assigned."""
    return Ask("users", endpoints.ALL_USERS.plain(), UserAnswer, many=True)


def users_of_address(address: str) -> Ask[UserAnswer]:
    """Users whose mail or user principal name is this address."""
    return Ask("notificationUsers", endpoints.USERS_OF_ADDRESS.of_text(address), UserAnswer, many=True)


def group(object_id: str) -> Ask[GroupAnswer]:
    """One group by id."""
    return Ask("groups", endpoints.ONE_GROUP.of_id(object_id), GroupAnswer, may_be_deleted=True)


def group_members(object_id: str) -> Ask[Identified]:
    """The number of a group's transitive members, as ``@odata.count`` beside a page of one."""
    return Ask(
        "groupMembers",
        endpoints.GROUP_MEMBERS.of_id(object_id),
        Identified,
        many=True,
        advanced=True,
        first_page=True,
        may_be_deleted=True,
    )


def assigned_service_principal(object_id: str) -> Ask[ServicePrincipalAnswer]:
    """A service principal that is assigned or owns, by id."""
    return Ask("principals", endpoints.ASSIGNED_PRINCIPAL.of_id(object_id), ServicePrincipalAnswer, may_be_deleted=True)
