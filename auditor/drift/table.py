"""The table of what is compared, in the order of ``docs/drift.md``: its path, where it stands, its shape."""

from typing import Any

from auditor.drift.credentials import Credentials
from auditor.drift.parts import Members, Part, Scalar, Texts, identifier
from auditor.drift.policies import AssignedPolicies, ConditionalAccess, DefaultPolicies
from auditor.drift.principals import NotificationUsers, Principals
from auditor.drift.replyurl import DefaultReplyUrl
from auditor.drift.values import Shape
from auditor.drift.view import View
from auditor.model.drift import Change
from auditor.model.graph_objects import (
    AppRole,
    AppRoleAssignment,
    DirectoryObject,
    OAuth2PermissionGrant,
    SynchronizationJob,
)


def _app_id(view: View) -> frozenset[str]:
    return frozenset({view.instance.app_id}) if view.instance and view.instance.app_id else frozenset()


def _scope_as_list(grant: dict[str, Any]) -> dict[str, Any]:
    scope = grant.get("scope")
    return {**grant, "scope": sorted(set(scope.split()))} if isinstance(scope, str) else grant


def _scope_as_text(grant: dict[str, Any]) -> dict[str, Any]:
    scope = grant.get("scope")
    return {**grant, "scope": " ".join(scope)} if isinstance(scope, list) else grant


_APPLICATION = "application"
_PRINCIPAL = "service_principal"

INSTANCE_PARTS: tuple[Part, ...] = (
    Scalar("application.displayName", (_APPLICATION, "display_name")),
    Scalar("application.applicationTemplateId", (_APPLICATION, "application_template_id")),
    Texts("application.identifierUris", (_APPLICATION, "identifier_uris")),
    Texts("application.web.redirectUris", (_APPLICATION, "web", "redirect_uris")),
    DefaultReplyUrl(),
    Scalar("application.web.logoutUrl", (_APPLICATION, "web", "logout_url")),
    Scalar("application.web.homePageUrl", (_APPLICATION, "web", "home_page_url")),
    Scalar("application.groupMembershipClaims", (_APPLICATION, "group_membership_claims")),
    Scalar("application.samlMetadataUrl", (_APPLICATION, "saml_metadata_url")),
    Scalar("application.signInAudience", (_APPLICATION, "sign_in_audience")),
    Scalar("application.tokenEncryptionKeyId", (_APPLICATION, "token_encryption_key_id")),
    Members("application.owners", ("application_owners",), DirectoryObject, identifier("id"), Shape(())),
    Scalar("servicePrincipal.displayName", (_PRINCIPAL, "display_name")),
    Scalar("servicePrincipal.applicationTemplateId", (_PRINCIPAL, "application_template_id")),
    Scalar("servicePrincipal.accountEnabled", (_PRINCIPAL, "account_enabled")),
    Scalar("servicePrincipal.appRoleAssignmentRequired", (_PRINCIPAL, "app_role_assignment_required")),
    Scalar("servicePrincipal.appOwnerOrganizationId", (_PRINCIPAL, "app_owner_organization_id")),
    Members(
        "servicePrincipal.appRoles",
        (_PRINCIPAL, "app_roles"),
        AppRole,
        identifier("id"),
        Shape(("displayName", "value", "isEnabled", "allowedMemberTypes")),
        grouped=True,
    ),
    Scalar("servicePrincipal.homepage", (_PRINCIPAL, "homepage")),
    Scalar("servicePrincipal.loginUrl", (_PRINCIPAL, "login_url")),
    Scalar("servicePrincipal.logoutUrl", (_PRINCIPAL, "logout_url")),
    Texts("servicePrincipal.notificationEmailAddresses", (_PRINCIPAL, "notification_email_addresses")),
    NotificationUsers(),
    Scalar("servicePrincipal.preferredSingleSignOnMode", (_PRINCIPAL, "preferred_single_sign_on_mode")),
    Scalar(
        "servicePrincipal.preferredTokenSigningKeyThumbprint",
        (_PRINCIPAL, "preferred_token_signing_key_thumbprint"),
        fold=True,
    ),
    Texts("servicePrincipal.replyUrls", (_PRINCIPAL, "reply_urls")),
    Scalar(
        "servicePrincipal.samlSingleSignOnSettings.relayState",
        (_PRINCIPAL, "saml_single_sign_on_settings", "relay_state"),
    ),
    Texts("servicePrincipal.servicePrincipalNames", (_PRINCIPAL, "service_principal_names"), _app_id),
    Scalar("servicePrincipal.servicePrincipalType", (_PRINCIPAL, "service_principal_type")),
    Texts("servicePrincipal.tags", (_PRINCIPAL, "tags")),
    Scalar("servicePrincipal.tokenEncryptionKeyId", (_PRINCIPAL, "token_encryption_key_id")),
    Members("servicePrincipal.owners", ("service_principal_owners",), DirectoryObject, identifier("id"), Shape(())),
    Credentials("certificates", _PRINCIPAL),
    Credentials("credentials", _PRINCIPAL),
    Credentials("certificates", _APPLICATION),
    Credentials("credentials", _APPLICATION),
    Members(
        "assignments",
        ("assignments",),
        AppRoleAssignment,
        identifier("principal_id", "app_role_id"),
        Shape(("principalType", "principalDisplayName")),
    ),
    Members(
        "appRoleAssignments",
        ("app_role_assignments",),
        AppRoleAssignment,
        identifier("resource_id", "app_role_id"),
        Shape(()),
    ),
    Members(
        "oauth2PermissionGrants",
        ("oauth2_permission_grants",),
        OAuth2PermissionGrant,
        identifier("id"),
        Shape(("consentType", "principalId", "resourceId", "scope")),
        told=_scope_as_list,
        kept=_scope_as_text,
    ),
    Members(
        "synchronizationJobs",
        ("synchronization_jobs",),
        SynchronizationJob,
        identifier("id"),
        Shape(
            ("templateId", "status"),
            ignored=(
                "status.lastExecution.countEscrowed",
                "status.lastExecution.error.message",
                "status.quarantine.error.message",
            ),
            conditional=("status.lastExecution",),
        ),
    ),
    AssignedPolicies("tokenIssuancePolicies", "token_issuance_policies"),
    AssignedPolicies("claimsMappingPolicies", "claims_mapping_policies"),
    Principals(),
)
"""What is compared of each instance of the app."""

TENANT_PARTS: tuple[Part, ...] = (
    Scalar("organization.displayName", ("organization", "display_name")),
    Scalar("organization.premium", ("organization", "premium")),
    ConditionalAccess(),
    DefaultPolicies("tokenIssuancePolicies", "token_issuance_policies"),
    DefaultPolicies("claimsMappingPolicies", "claims_mapping_policies"),
)
"""What is compared of the tenant at large."""

MIRRORS: tuple[tuple[str, str], ...] = (
    ("application.displayName", "servicePrincipal.displayName"),
    ("application.applicationTemplateId", "servicePrincipal.applicationTemplateId"),
    ("application.identifierUris", "servicePrincipal.servicePrincipalNames"),
    ("application.web.redirectUris", "servicePrincipal.replyUrls"),
    ("application.web.logoutUrl", "servicePrincipal.logoutUrl"),
    ("application.web.homePageUrl", "servicePrincipal.homepage"),
    ("application.tokenEncryptionKeyId", "servicePrincipal.tokenEncryptionKeyId"),
)
"""What Graph keeps alike on both objects: told once, under the application, while the two change alike."""

SECTIONS: tuple[tuple[str, str], ...] = ((_APPLICATION, "application"), (_PRINCIPAL, "servicePrincipal"))
"""Evidence that several parts rest on, and the path under which its absence is told."""


def part_of(change: Change, side: str | None = None) -> Part:
    """The part that a change belongs to; ``side`` tells the two objects apart that can hold a credential."""
    parts = TENANT_PARTS if change.subject.type == "tenant" else INSTANCE_PARTS
    found = [part for part in parts if _covers(part, change, side)]
    if not found:
        raise ValueError(f"no part of a snapshot has the path {change.path!r}")
    return max(found, key=lambda part: len(part.path))


def _covers(part: Part, change: Change, side: str | None) -> bool:
    if isinstance(part, NotificationUsers):
        of_address = change.path.startswith("servicePrincipal.notificationEmailAddresses[")
        return of_address and isinstance(change.before or change.after, dict)
    if isinstance(part, Credentials) and side is not None and part.side != side:
        return False
    return change.path == part.path or change.path.startswith((f"{part.path}[", f"{part.path}."))
