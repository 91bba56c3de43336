"""The evidence document: every path that a rule may name, in one table.

A rule is asked of one document for each instance of the app (and of one for the tenant). The room
`rulepack` refuses a rule that names a path outside this table; the room `evaluate` builds documents that
hold exactly these paths. A path is either *raw*, a property under Graph's own name, or *derived*, a fact
that JSONPath and JSON Schema cannot work out themselves; a derived path says what it rests on, in raw paths
and in the names of drift's keyed collections.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import Struct


class Kind(StrEnum):
    """What stands at a path, as JSON."""

    TEXT = "text or null"
    FLAG = "true or false"
    NUMBER = "number"
    TEXTS = "list of texts"
    OBJECT = "object or null"
    OBJECTS = "list of objects"


class DocumentPath(Struct, frozen=True):
    """One path of the evidence document. ``rests_on`` is empty for a raw path."""

    path: str
    kind: Kind
    meaning: str
    rests_on: tuple[str, ...] = ()


_SP = "servicePrincipal"
_APP = "application"
_KEYS = ("certificates", "servicePrincipal.preferredTokenSigningKeyThumbprint")
_ASSIGNED = ("assignments",)
_PEOPLE = ("assignments", "principals")

_TABLE = (
    # -- what is asked about ------------------------------------------------------------------------
    DocumentPath("tenant.id", Kind.TEXT, "directory (tenant) id"),
    DocumentPath("tenant.name", Kind.TEXT, "the tenant's name in the configuration"),
    DocumentPath("tenant.product", Kind.TEXT, "the product that the configuration declares for the tenant"),
    DocumentPath("app.displayName", Kind.TEXT, "the app's name, from the pack"),
    DocumentPath("app.identifier", Kind.TEXT, "the app's fixed identifier, from the pack; null where it has none"),
    DocumentPath("app.products", Kind.TEXTS, "the names of the app's products, from the pack"),
    DocumentPath("app.testUsers", Kind.TEXTS, "the tutorial's test users, from the pack"),
    # -- discovery ----------------------------------------------------------------------------------
    DocumentPath("discovery.present", Kind.FLAG, "at least one instance of the app is in the tenant", ("instances",)),
    DocumentPath(
        "discovery.instances", Kind.OBJECTS, "every instance: id, appId, displayName, foundBy", ("instances",)
    ),
    DocumentPath("instance.id", Kind.TEXT, "object id of the instance's service principal"),
    DocumentPath("instance.appId", Kind.TEXT, "application (client) id of the instance"),
    DocumentPath("instance.displayName", Kind.TEXT, "display name of the instance"),
    DocumentPath("instance.foundBy", Kind.TEXTS, "how discovery met the instance: template, identifier, name"),
    DocumentPath(
        "gallery.state",
        Kind.TEXT,
        "where the instance came from: gallery, none (no template), non-gallery (the template for custom "
        "apps), another (some other template)",
        ("servicePrincipal.applicationTemplateId",),
    ),
    DocumentPath(
        "gallery.origin", Kind.TEXT, "the state as a clause for reasons", ("servicePrincipal.applicationTemplateId",)
    ),
    DocumentPath(
        "gallery.templateIds",
        Kind.TEXTS,
        "the templates that the gallery lists under the app's name",
        ("gallery",),
    ),
    # -- the service principal ----------------------------------------------------------------------
    DocumentPath(f"{_SP}.id", Kind.TEXT, "object id"),
    DocumentPath(f"{_SP}.appId", Kind.TEXT, "application (client) id"),
    DocumentPath(f"{_SP}.displayName", Kind.TEXT, "display name"),
    DocumentPath(f"{_SP}.accountEnabled", Kind.FLAG, "users can sign in"),
    DocumentPath(f"{_SP}.appRoleAssignmentRequired", Kind.FLAG, "only assigned users can sign in"),
    DocumentPath(f"{_SP}.applicationTemplateId", Kind.TEXT, "the gallery template it was made from"),
    DocumentPath(f"{_SP}.appOwnerOrganizationId", Kind.TEXT, "tenant that holds the application object"),
    DocumentPath(f"{_SP}.homepage", Kind.TEXT, "home page"),
    DocumentPath(
        f"{_SP}.loginUrl",
        Kind.TEXT,
        "sign-on URL; null or empty means sign-on starts at the identity provider",
    ),
    DocumentPath(f"{_SP}.logoutUrl", Kind.TEXT, "logout URL"),
    DocumentPath(f"{_SP}.notificationEmailAddresses", Kind.TEXTS, "who is told that a certificate expires"),
    DocumentPath(
        f"{_SP}.preferredSingleSignOnMode",
        Kind.TEXT,
        "single sign-on mode: saml, password, oidc, notSupported",
    ),
    DocumentPath(f"{_SP}.preferredTokenSigningKeyThumbprint", Kind.TEXT, "thumbprint of the active certificate"),
    DocumentPath(f"{_SP}.replyUrls", Kind.TEXTS, "mirror of the application's redirect URIs"),
    DocumentPath(f"{_SP}.samlSingleSignOnSettings.relayState", Kind.TEXT, "RelayState"),
    DocumentPath(f"{_SP}.servicePrincipalNames", Kind.TEXTS, "identifiers, and the application id"),
    DocumentPath(f"{_SP}.servicePrincipalType", Kind.TEXT, "type"),
    DocumentPath(f"{_SP}.tags", Kind.TEXTS, "tags"),
    DocumentPath(f"{_SP}.tokenEncryptionKeyId", Kind.TEXT, "key that assertions are encrypted for"),
    # -- the application ----------------------------------------------------------------------------
    DocumentPath(f"{_APP}.id", Kind.TEXT, "object id"),
    DocumentPath(f"{_APP}.appId", Kind.TEXT, "application (client) id"),
    DocumentPath(f"{_APP}.displayName", Kind.TEXT, "display name"),
    DocumentPath(f"{_APP}.applicationTemplateId", Kind.TEXT, "the gallery template it was made from"),
    DocumentPath(f"{_APP}.groupMembershipClaims", Kind.TEXT, "which groups are told in tokens"),
    DocumentPath(f"{_APP}.identifierUris", Kind.TEXTS, "identifiers (entity ids)"),
    DocumentPath(f"{_APP}.samlMetadataUrl", Kind.TEXT, "where the vendor publishes SAML metadata"),
    DocumentPath(f"{_APP}.signInAudience", Kind.TEXT, "whose accounts may sign in"),
    DocumentPath(f"{_APP}.tokenEncryptionKeyId", Kind.TEXT, "key that assertions are encrypted for"),
    DocumentPath(f"{_APP}.web.redirectUris", Kind.TEXTS, "reply URLs (assertion consumer services)"),
    DocumentPath(f"{_APP}.web.homePageUrl", Kind.TEXT, "home page"),
    DocumentPath(f"{_APP}.web.logoutUrl", Kind.TEXT, "logout URL"),
    DocumentPath(
        f"{_APP}.defaultReplyUrl",
        Kind.TEXT,
        "the reply URL that is used where a request names none; null where none is marked",
        ("application.defaultReplyUrl",),
    ),
    # -- settings, judged ---------------------------------------------------------------------------
    DocumentPath(
        "relayState.intended",
        Kind.TEXT,
        "the address of the declared product; null where no product is declared",
        ("tenant.product",),
    ),
    DocumentPath(
        "relayState.isIntended",
        Kind.FLAG,
        "RelayState is the declared product's address; false where none is declared",
        ("servicePrincipal.samlSingleSignOnSettings.relayState",),
    ),
    DocumentPath(
        "urls.present",
        Kind.FLAG,
        "there is a reply URL on either object",
        ("application.web.redirectUris", "servicePrincipal.replyUrls"),
    ),
    DocumentPath(
        "urls.replyUrls",
        Kind.TEXTS,
        "reply URLs of the application and of the service principal, each once",
        ("application.web.redirectUris", "servicePrincipal.replyUrls"),
    ),
    DocumentPath(
        "urls.unsafe",
        Kind.OBJECTS,
        "reply URLs that are not https or name a wildcard, localhost or an IP address: url, problems",
        ("application.web.redirectUris", "servicePrincipal.replyUrls"),
    ),
    # -- certificates -------------------------------------------------------------------------------
    DocumentPath(
        "certificates.count",
        Kind.NUMBER,
        "SAML signing certificates (groups with a Sign key)",
        ("certificates",),
    ),
    DocumentPath(
        "certificates.groups",
        Kind.OBJECTS,
        "every certificate: id, thumbprint, notBefore, notAfter, daysLeft, state, active",
        _KEYS,
    ),
    DocumentPath(
        "certificates.preferred",
        Kind.TEXT,
        "what the preferred thumbprint does: named (it names a certificate), unmatched, blank",
        _KEYS,
    ),
    DocumentPath("certificates.active", Kind.OBJECT, "the certificate that signs; null where none does", _KEYS),
    DocumentPath("certificates.active.thumbprint", Kind.TEXT, "its SHA-1 thumbprint", _KEYS),
    DocumentPath("certificates.active.state", Kind.TEXT, "valid, expired or not-yet-valid, now", _KEYS),
    DocumentPath("certificates.active.notBefore", Kind.TEXT, "start of its validity, RFC 3339", _KEYS),
    DocumentPath("certificates.active.notAfter", Kind.TEXT, "end of its validity, RFC 3339", _KEYS),
    DocumentPath(
        "certificates.active.daysLeft",
        Kind.NUMBER,
        "days until it expires, with fractions; negative after",
        _KEYS,
    ),
    DocumentPath(
        "certificates.active.expiry",
        Kind.TEXT,
        "when it expires, in words: “expires 2026-12-20, in 28 days”",
        _KEYS,
    ),
    DocumentPath(
        "certificates.active.lifetimeYears",
        Kind.NUMBER,
        "the calendar years that its lifetime takes, rounded up, with one day of grace",
        _KEYS,
    ),
    DocumentPath("certificates.standby", Kind.OBJECTS, "certificates that outlive the active one", _KEYS),
    DocumentPath("certificates.expired", Kind.OBJECTS, "expired certificates other than the active one", _KEYS),
    DocumentPath("signingKey.algorithm", Kind.TEXT, "key algorithm of the active certificate: RSA, EC, …", _KEYS),
    DocumentPath("signingKey.bits", Kind.NUMBER, "its key size; null for a curve", _KEYS),
    DocumentPath("signingKey.curve", Kind.TEXT, "its curve; null for RSA", _KEYS),
    DocumentPath("signingKey.signatureHash", Kind.TEXT, "hash of the certificate's own signature", _KEYS),
    DocumentPath(
        "credentials.strays",
        Kind.OBJECTS,
        "secrets and keys in no certificate's group: id, object, type, displayName",
        ("credentials", "certificates"),
    ),
    DocumentPath(
        "notifications.addresses",
        Kind.TEXTS,
        "notification addresses",
        ("servicePrincipal.notificationEmailAddresses",),
    ),
    DocumentPath(
        "notifications.malformed",
        Kind.TEXTS,
        "those that are no addresses",
        ("servicePrincipal.notificationEmailAddresses",),
    ),
    DocumentPath(
        "notifications.problem",
        Kind.TEXT,
        "the state as a clause for reasons; null where somebody is told",
        ("servicePrincipal.notificationEmailAddresses", "principals"),
    ),
    DocumentPath(
        "notifications.state",
        Kind.TEXT,
        "reached (somebody is told), empty, malformed, departed (only disabled users are told)",
        ("servicePrincipal.notificationEmailAddresses", "principals"),
    ),
    # -- signing and claims -------------------------------------------------------------------------
    DocumentPath(
        "signing.option", Kind.TEXT, "TokenOnly, ResponseOnly or ResponseAndToken", ("tokenIssuancePolicies",)
    ),
    DocumentPath("signing.algorithm", Kind.TEXT, "rsa-sha256 or rsa-sha1", ("tokenIssuancePolicies",)),
    DocumentPath(
        "signing.decidedBy",
        Kind.TEXT,
        "what decided, in words: a policy assigned to the app, the organization's, Microsoft's default",
        ("tokenIssuancePolicies",),
    ),
    DocumentPath(
        "claims.policies",
        Kind.OBJECTS,
        "claims mapping policies assigned to the app: id, displayName",
        ("claimsMappingPolicies",),
    ),
    # -- access -------------------------------------------------------------------------------------
    DocumentPath("assignments.count", Kind.NUMBER, "assignments of any kind", _ASSIGNED),
    DocumentPath("assignments.somebody", Kind.FLAG, "a user or a group is assigned", _ASSIGNED),
    DocumentPath("assignments.principals", Kind.OBJECTS, "who is assigned: id, kind, displayName", _ASSIGNED),
    DocumentPath(
        "assignments.departed",
        Kind.OBJECTS,
        "assigned principals that are deleted or disabled: id, kind, problem",
        _PEOPLE,
    ),
    DocumentPath("assignments.guests", Kind.OBJECTS, "assigned users that are guests", _PEOPLE),
    DocumentPath("assignments.testUsers", Kind.OBJECTS, "assigned users that bear a test user's name", _PEOPLE),
    DocumentPath(
        "assignments.undefinedRoles",
        Kind.OBJECTS,
        "assignments whose role the app does not define, or of default access where it has roles for users",
        ("assignments", "application.appRoles", "servicePrincipal.appRoles"),
    ),
    DocumentPath(
        "assignments.groups",
        Kind.OBJECTS,
        "assigned groups: id, everybody (its membership rule takes in everybody), members (counted)",
        _PEOPLE,
    ),
    DocumentPath(
        "owners.responsible",
        Kind.OBJECTS,
        "owners of either object that are enabled users or service principals",
        ("application.owners", "servicePrincipal.owners", "principals"),
    ),
    DocumentPath(
        "owners.all",
        Kind.OBJECTS,
        "owners of either object",
        ("application.owners", "servicePrincipal.owners"),
    ),
    DocumentPath(
        "permissions.granted",
        Kind.OBJECTS,
        "API permissions granted to the app: type (application, delegated), permission, resource",
        ("appRoleAssignments", "oauth2PermissionGrants"),
    ),
    # -- provisioning and sessions ------------------------------------------------------------------
    DocumentPath(
        "provisioning.jobs",
        Kind.OBJECTS,
        "provisioning jobs: id, status, condition (healthy, failed, quarantined, paused, not-set-up), detail",
        ("synchronizationJobs",),
    ),
    DocumentPath(
        "conditionalAccess.sessionPolicies",
        Kind.OBJECTS,
        "enabled policies that cover the app with a session control: id, displayName, controls, users",
        ("conditionalAccessPolicies",),
    ),
)

PATHS: dict[str, DocumentPath] = {entry.path: entry for entry in _TABLE}
"""Every path of the evidence document, in the order in which documentation lists them."""


_BRANCHES = {path[:end] for path in PATHS for end in range(len(path)) if path[end] == "."}
"""The paths above those of the table: ``certificates``, ``application.web``."""


def is_document_path(path: str) -> bool:
    """True for a path of the table, and for a branch above one (``certificates``, ``servicePrincipal``)."""
    return path in PATHS or path in _BRANCHES


@cache
def above(path: str) -> frozenset[str]:
    """``path`` and what is above it: what is unknown there leaves even its being there unknown."""
    return frozenset({path, *(path[:end] for end in range(len(path)) if path[end] == ".")})


@cache
def related(path: str) -> frozenset[str]:
    """``path`` and what is above and below it: what is unknown at any of them leaves ``path`` unknown."""
    return above(path) | {known for known in PATHS.keys() | _BRANCHES if known.startswith(f"{path}.")}


_SUBSCHEMAS = ("not", "if", "then", "else")
_SUBSCHEMA_LISTS = ("allOf", "anyOf", "oneOf")
_STRUCTURE = frozenset({"properties", "required", "title", "description", *_SUBSCHEMAS, *_SUBSCHEMA_LISTS})


def mentions(schema: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """What a JSON Schema over the document asks about: each path, and whether its contents matter.

    Contents do not matter where the schema asks for a type alone: ``{type: object}`` at
    ``certificates.active`` asks whether there is an active certificate, not when it expires. A path of the
    table is not entered any deeper when it holds no further paths of the table.
    """
    if not isinstance(schema, dict):
        return
    below = f"{path}." if path else ""
    asserted = schema.keys() - _STRUCTURE
    if path and (asserted or (path in PATHS and not any(known.startswith(below) for known in PATHS))):
        yield path, asserted != {"type"}
        if asserted != {"type"}:
            return
    for name, subschema in (schema.get("properties") or {}).items():
        yield from mentions(subschema, f"{below}{name}")
    for name in schema.get("required") or ():
        yield f"{below}{name}", False
    for keyword in _SUBSCHEMAS:
        yield from mentions(schema.get(keyword), path)
    for keyword in _SUBSCHEMA_LISTS:
        for subschema in schema.get(keyword) or ():
            yield from mentions(subschema, path)
