"""The parts of Microsoft Graph v1.0 objects that a snapshot keeps, under Graph's own names.

A property is a value, ``None`` (the service said null) or ``UNSET`` (the answer did not carry it, or not with the type
that v1.0 gives it), which is unknown and never the same as null. Secrets are not kept: neither ``secretText`` nor
``hint`` of a password credential, nor the raw key. Source: Microsoft Graph v1.0 metadata (CSDL).
"""

from msgspec import UNSET, Struct, UnsetType

Text = str | UnsetType | None
Flag = bool | UnsetType | None
Number = int | UnsetType | None
Texts = tuple[str, ...] | UnsetType | None


class GraphObject(Struct, frozen=True, rename="camel", omit_defaults=False):
    """Base of all: camel-case names on the wire, unknown properties ignored, missing ones ``UNSET``."""


class X509(GraphObject, frozen=True):
    """What an X.509 certificate itself says (DER parsed by the collector). Times are RFC 3339 in UTC."""

    thumbprint: str
    """SHA-1 over the DER, 40 upper-case hexadecimal digits, as Entra shows it."""
    sha256: str
    subject: str
    not_before: str
    not_after: str
    key_algorithm: str
    """``RSA``, ``EC``, or the name of another algorithm."""
    key_bits: int | None
    curve: str | None
    signature_hash: str | None
    """``sha256`` and the like; ``None`` where the signature algorithm names no hash."""


class KeyCredential(GraphObject, frozen=True):
    """``microsoft.graph.keyCredential`` with the certificate parsed out of ``key``.

    ``certificate`` is ``None`` where the service withheld the key, ``UNSET`` where it is no readable X.509 certificate.
    """

    key_id: Text = UNSET
    usage: Text = UNSET
    type: Text = UNSET
    display_name: Text = UNSET
    start_date_time: Text = UNSET
    end_date_time: Text = UNSET
    custom_key_identifier: Text = UNSET
    certificate: X509 | UnsetType | None = None


class PasswordCredential(GraphObject, frozen=True):
    """``microsoft.graph.passwordCredential`` without the secret and its hint."""

    key_id: Text = UNSET
    display_name: Text = UNSET
    start_date_time: Text = UNSET
    end_date_time: Text = UNSET
    custom_key_identifier: Text = UNSET


class AppRole(GraphObject, frozen=True):
    """``microsoft.graph.appRole``."""

    id: Text = UNSET
    display_name: Text = UNSET
    value: Text = UNSET
    is_enabled: Flag = UNSET
    allowed_member_types: Texts = UNSET


class SamlSingleSignOnSettings(GraphObject, frozen=True):
    """``microsoft.graph.samlSingleSignOnSettings``."""

    relay_state: Text = UNSET


class ServicePrincipal(GraphObject, frozen=True):
    """``microsoft.graph.servicePrincipal``: the portal's "enterprise application". Sets are sorted."""

    id: str
    app_id: Text = UNSET
    display_name: Text = UNSET
    account_enabled: Flag = UNSET
    app_role_assignment_required: Flag = UNSET
    application_template_id: Text = UNSET
    app_owner_organization_id: Text = UNSET
    app_roles: tuple[AppRole, ...] | UnsetType | None = UNSET
    homepage: Text = UNSET
    login_url: Text = UNSET
    logout_url: Text = UNSET
    notification_email_addresses: Texts = UNSET
    preferred_single_sign_on_mode: Text = UNSET
    preferred_token_signing_key_thumbprint: Text = UNSET
    reply_urls: Texts = UNSET
    saml_single_sign_on_settings: SamlSingleSignOnSettings | UnsetType | None = UNSET
    service_principal_names: Texts = UNSET
    service_principal_type: Text = UNSET
    tags: Texts = UNSET
    token_encryption_key_id: Text = UNSET
    key_credentials: tuple[KeyCredential, ...] | UnsetType | None = UNSET
    password_credentials: tuple[PasswordCredential, ...] | UnsetType | None = UNSET


class RedirectUriSettings(GraphObject, frozen=True):
    """``microsoft.graph.redirectUriSettings``: the index orders the reply URLs, the lowest is the default."""

    uri: Text = UNSET
    index: Number = UNSET


class WebApplication(GraphObject, frozen=True):
    """``microsoft.graph.webApplication``."""

    redirect_uris: Texts = UNSET
    redirect_uri_settings: tuple[RedirectUriSettings, ...] | UnsetType | None = UNSET
    home_page_url: Text = UNSET
    logout_url: Text = UNSET


class Application(GraphObject, frozen=True):
    """``microsoft.graph.application``. Sets are sorted; which reply URL is the default is told beside them."""

    id: str
    app_id: Text = UNSET
    display_name: Text = UNSET
    application_template_id: Text = UNSET
    group_membership_claims: Text = UNSET
    identifier_uris: Texts = UNSET
    saml_metadata_url: Text = UNSET
    sign_in_audience: Text = UNSET
    token_encryption_key_id: Text = UNSET
    web: WebApplication | UnsetType | None = UNSET
    key_credentials: tuple[KeyCredential, ...] | UnsetType | None = UNSET
    password_credentials: tuple[PasswordCredential, ...] | UnsetType | None = UNSET


class AppRoleAssignment(GraphObject, frozen=True):
    """``microsoft.graph.appRoleAssignment``."""

    id: Text = UNSET
    app_role_id: Text = UNSET
    principal_id: Text = UNSET
    principal_type: Text = UNSET
    principal_display_name: Text = UNSET
    resource_id: Text = UNSET
    resource_display_name: Text = UNSET
    created_date_time: Text = UNSET


class OAuth2PermissionGrant(GraphObject, frozen=True):
    """``microsoft.graph.oAuth2PermissionGrant``: delegated permissions, space-separated in ``scope``."""

    id: Text = UNSET
    client_id: Text = UNSET
    consent_type: Text = UNSET
    principal_id: Text = UNSET
    resource_id: Text = UNSET
    scope: Text = UNSET


class DirectoryObject(GraphObject, frozen=True, kw_only=True):
    """A member of a polymorphic collection (owners, appliesTo): its id and its type without the namespace."""

    id: str
    kind: str | None = None
    """``user``, ``group``, ``servicePrincipal``, ``application``, …; ``None`` where the answer did not say."""
    display_name: Text = UNSET
    user_principal_name: Text = UNSET


class SynchronizationError(GraphObject, frozen=True):
    """``microsoft.graph.synchronizationError``."""

    code: Text = UNSET
    message: Text = UNSET


class SynchronizationTaskExecution(GraphObject, frozen=True):
    """``microsoft.graph.synchronizationTaskExecution`` without its times."""

    state: Text = UNSET
    count_escrowed: Number = UNSET
    error: SynchronizationError | UnsetType | None = UNSET


class SynchronizationQuarantine(GraphObject, frozen=True):
    """``microsoft.graph.synchronizationQuarantine`` without its times."""

    reason: Text = UNSET
    error: SynchronizationError | UnsetType | None = UNSET


class SynchronizationStatus(GraphObject, frozen=True):
    """``microsoft.graph.synchronizationStatus`` without its times."""

    code: Text = UNSET
    last_execution: SynchronizationTaskExecution | UnsetType | None = UNSET
    quarantine: SynchronizationQuarantine | UnsetType | None = UNSET


class SynchronizationJob(GraphObject, frozen=True):
    """``microsoft.graph.synchronizationJob``."""

    id: str
    template_id: Text = UNSET
    status: SynchronizationStatus | UnsetType | None = UNSET


class ConditionalAccessFilter(GraphObject, frozen=True):
    """``microsoft.graph.conditionalAccessFilter``."""

    mode: Text = UNSET
    rule: Text = UNSET


class ConditionalAccessApplications(GraphObject, frozen=True):
    """``microsoft.graph.conditionalAccessApplications``."""

    include_applications: Texts = UNSET
    exclude_applications: Texts = UNSET
    application_filter: ConditionalAccessFilter | UnsetType | None = UNSET


class ConditionalAccessUsers(GraphObject, frozen=True):
    """``microsoft.graph.conditionalAccessUsers``."""

    include_users: Texts = UNSET
    exclude_users: Texts = UNSET
    include_groups: Texts = UNSET
    exclude_groups: Texts = UNSET
    include_roles: Texts = UNSET
    exclude_roles: Texts = UNSET


class ConditionalAccessConditionSet(GraphObject, frozen=True):
    """``microsoft.graph.conditionalAccessConditionSet``."""

    applications: ConditionalAccessApplications | UnsetType | None = UNSET
    users: ConditionalAccessUsers | UnsetType | None = UNSET


class SessionControl(GraphObject, frozen=True):
    """Any of Conditional Access's session controls: present, and perhaps switched off."""

    is_enabled: Flag = UNSET


class ConditionalAccessSessionControls(GraphObject, frozen=True):
    """``microsoft.graph.conditionalAccessSessionControls``."""

    application_enforced_restrictions: SessionControl | UnsetType | None = UNSET
    cloud_app_security: SessionControl | UnsetType | None = UNSET
    persistent_browser: SessionControl | UnsetType | None = UNSET
    secure_sign_in_session: SessionControl | UnsetType | None = UNSET
    sign_in_frequency: SessionControl | UnsetType | None = UNSET


class ConditionalAccessPolicy(GraphObject, frozen=True):
    """``microsoft.graph.conditionalAccessPolicy``, as far as it says which apps and which session controls."""

    id: str
    display_name: Text = UNSET
    state: Text = UNSET
    conditions: ConditionalAccessConditionSet | UnsetType | None = UNSET
    session_controls: ConditionalAccessSessionControls | UnsetType | None = UNSET


class StsPolicy(GraphObject, frozen=True):
    """``microsoft.graph.tokenIssuancePolicy`` or ``claimsMappingPolicy``; a definition is JSON within a string."""

    id: str
    display_name: Text = UNSET
    definition: Texts = UNSET
    is_organization_default: Flag = UNSET


class ApplicationTemplate(GraphObject, frozen=True):
    """``microsoft.graph.applicationTemplate``: an entry of the gallery."""

    id: str
    display_name: Text = UNSET


class Organization(GraphObject, frozen=True):
    """``microsoft.graph.organization``, reduced to its name and whether Entra ID P1 or P2 is licensed."""

    id: str
    display_name: Text = UNSET
    premium: Flag = UNSET
    """True or False as the assigned plans say; ``UNSET`` where they were not in the answer."""
