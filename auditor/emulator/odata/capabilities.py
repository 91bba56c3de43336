"""What each type can be filtered and ordered by, and what of it asks for an advanced query.

An advanced query carries ``ConsistencyLevel: eventual`` and ``$count=true``. Source: the "Supports $filter" remarks of
Microsoft Graph's reference pages and "Advanced query capabilities on directory objects".
"""

from typing import NamedTuple


class Filterable(NamedTuple):
    """The operators of one path, as a basic and as an advanced query; ``null`` stands for ``eq null``."""

    basic: frozenset[str] = frozenset()
    advanced: frozenset[str] = frozenset()


def _can(basic: str, advanced: str = "") -> Filterable:
    return Filterable(frozenset(basic.split()), frozenset(advanced.split()))


_TEXT = _can("eq in startswith ge le", "ne not endswith null")
_KEY = _can("eq in", "ne not null")
_FLAG = _can("eq", "ne not in null")
_TIME = _can("", "eq ne not ge le in null")
_REPORT = _can("eq startswith")

FILTERS: dict[str, dict[str, Filterable]] = {
    "servicePrincipal": {
        "id": _KEY,
        "appId": _KEY,
        "applicationTemplateId": _KEY,
        "displayName": _TEXT,
        "appDisplayName": _can("", "eq ne not in startswith"),
        "accountEnabled": _FLAG,
        "appRoleAssignmentRequired": _can("", "eq ne not"),
        "appOwnerOrganizationId": _can("", "eq ne not in"),
        "servicePrincipalNames/any": _can("eq startswith", "not"),
        "servicePrincipalType": _can("eq in", "ne not"),
        "alternativeNames/any": _can("eq startswith", "not"),
        "tags/any": _can("eq", "not startswith ge le"),
        "homepage": _can("", "eq ne not startswith"),
        "createdByAppId": _can("", "eq"),
        "preferredTokenSigningKeyThumbprint": _can("", ""),
    },
    "application": {
        "id": _KEY,
        "appId": _KEY,
        "uniqueName": _KEY,
        "applicationTemplateId": _can("", "eq ne not"),
        "displayName": _TEXT,
        "identifierUris/any": _can("eq startswith", "not ge le"),
        "web/redirectUris/any": _can("", "eq startswith not"),
        "publisherDomain": _can("eq", "ne ge le startswith not in"),
        "signInAudience": _can("eq", "ne not"),
        "createdDateTime": _TIME,
        "createdByAppId": _can("", "eq"),
        "tags/any": _can("eq", "not startswith ge le"),
        "groupMembershipClaims": _can("", "eq ne not in startswith endswith"),
    },
    "user": {
        "id": _KEY,
        "displayName": _TEXT,
        "givenName": _TEXT,
        "surname": _TEXT,
        "mail": _TEXT,
        "userPrincipalName": _TEXT,
        "accountEnabled": _can("eq in", "ne not"),
        "userType": _can("eq in", "ne not null"),
        "createdDateTime": _can("eq ge le", "ne not in"),
        "businessPhones/any": _can("", "eq not startswith"),
        "jobTitle": _TEXT,
        "department": _TEXT,
    },
    "group": {
        "id": _KEY,
        "displayName": _TEXT,
        "mail": _TEXT,
        "mailNickname": _TEXT,
        "mailEnabled": _FLAG,
        "securityEnabled": _FLAG,
        "groupTypes/any": _can("eq", "not"),
        "createdDateTime": _TIME,
        "membershipRuleProcessingState": _can("eq in", "ne not"),
    },
    "applicationTemplate": {
        "id": _can("eq in"),
        "displayName": _can("eq in startswith contains ne not"),
        "publisher": _can("eq in startswith contains"),
        "categories/any": _can("eq contains"),
        "supportedSingleSignOnModes/any": _can("eq"),
        "supportedProvisioningTypes/any": _can("eq"),
    },
    "appRoleAssignment": {"resourceId": _can("eq"), "principalId": _can("", "eq")},
    "oAuth2PermissionGrant": {
        "clientId": _can("eq"),
        "consentType": _can("eq"),
        "principalId": _can("eq"),
        "resourceId": _can("eq"),
    },
    "directoryAudit": {
        "activityDateTime": _can("eq ge le gt lt"),
        "activityDisplayName": _REPORT,
        "category": _can("eq"),
        "correlationId": _can("eq"),
        "result": _can("eq"),
        "loggedByService": _can("eq"),
        "initiatedBy/user/id": _can("eq"),
        "initiatedBy/user/displayName": _can("eq"),
        "initiatedBy/user/userPrincipalName": _REPORT,
        "initiatedBy/app/appId": _can("eq"),
        "initiatedBy/app/displayName": _can("eq"),
        "targetResources/any/id": _can("eq"),
        "targetResources/any/displayName": _REPORT,
    },
    "conditionalAccessPolicy": {
        "id": _can("eq in"),
        "displayName": _can("eq startswith"),
        "state": _can("eq in ne"),
        "templateId": _can("eq"),
    },
    "claimsMappingPolicy": {"id": _can("eq in"), "displayName": _can("eq")},
    "tokenIssuancePolicy": {"id": _can("eq in"), "displayName": _can("eq")},
    "federatedIdentityCredential": {"name": _can("eq"), "subject": _can("eq"), "issuer": _can("eq")},
    "synchronizationJob": {"id": _can("eq"), "templateId": _can("eq")},
    "organization": {},
    "directoryObject": {"id": _KEY, "displayName": _TEXT},
}

ORDERS: dict[str, frozenset[str]] = {
    "servicePrincipal": frozenset({"displayName"}),
    "application": frozenset({"displayName", "createdDateTime"}),
    "user": frozenset({"displayName", "userPrincipalName", "createdDateTime"}),
    "group": frozenset({"displayName", "createdDateTime"}),
    "directoryObject": frozenset({"displayName"}),
    "directoryAudit": frozenset({"activityDateTime"}),
    "applicationTemplate": frozenset({"displayName"}),
    "conditionalAccessPolicy": frozenset({"displayName", "createdDateTime", "modifiedDateTime"}),
}
"""What ``$orderby`` takes; together with ``$filter`` on a directory object it asks for an advanced query."""

ADVANCED_TYPES = frozenset({"servicePrincipal", "application", "user", "group", "directoryObject", "appRoleAssignment"})
"""Directory objects, to which the rules of advanced queries apply."""
