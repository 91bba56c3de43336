"""One emulated tenant in memory: its objects by type, what links them, and indexes to find them by.

Objects are sparse dictionaries in Graph's own names; what is not set is filled in when an answer is made. Nothing here
knows HTTP, permissions or files.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
"""The app role id of an assignment without a role."""

_SYNTHETIC = "5e000000-0000-4000-8000-"


class Collection:
    """The objects of one type by id, in order of creation, with indexes that are made on first use."""

    def __init__(self, type_name: str) -> None:
        self.type = type_name
        self._objects: dict[str, dict[str, Any]] = {}
        self._indexes: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self._list: list[dict[str, Any]] | None = None
        self.changes: list[str] = []
        """Ids in order of change: what delta queries count in."""

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._objects.values())

    def get(self, object_id: str) -> dict[str, Any] | None:
        """The object with this id, or None."""
        return self._objects.get(object_id)

    def put(self, value: dict[str, Any]) -> dict[str, Any]:
        """Add or replace an object."""
        self._objects[value["id"]] = value
        self._touch(value["id"])
        return value

    def remove(self, object_id: str) -> dict[str, Any] | None:
        """Take an object out; None where there was none."""
        found = self._objects.pop(object_id, None)
        if found is not None:
            self._touch(object_id)
        return found

    def all(self) -> list[dict[str, Any]]:
        """Every object in order; the list is shared and must not be changed."""
        if self._list is None:
            self._list = list(self._objects.values())
        return self._list

    def by(self, prop: str, value: str) -> list[dict[str, Any]]:
        """Objects whose property is this text, or is a list that holds it, whatever the case."""
        index = self._indexes.get(prop)
        if index is None:
            index = self._indexes[prop] = {}
            for one in self._objects.values():
                found = one.get(prop)
                for text in found if isinstance(found, list) else (found,):
                    if isinstance(text, str):
                        index.setdefault(text.lower(), []).append(one)
        return index.get(value.lower(), [])

    def _touch(self, object_id: str) -> None:
        self._indexes.clear()
        self._list = None
        self.changes.append(object_id)


@dataclass(slots=True)
class FederatedCredential:
    """A workload whose tokens the client accepts; ``public_key`` is PEM, None for the emulator's own issuer."""

    issuer: str
    subject: str
    audience: str = "api://AzureADTokenExchange"
    public_key: str | None = None


@dataclass(slots=True)
class Client:
    """An application that signs in: its credentials and the application permissions that it was granted."""

    name: str
    client_id: str
    secret: str | None = None
    secret_expires: str | None = None
    certificates: tuple[str, ...] = ()
    """PEM certificates that the client may sign assertions with."""
    federated: tuple[FederatedCredential, ...] = ()
    managed_identity: bool = False
    roles: tuple[str, ...] = ()


@dataclass(slots=True)
class Members:
    """Members of a group: listed ones, and a number of made-up users beside them."""

    ids: list[str] = field(default_factory=list)
    synthetic: int = 0


@dataclass
class Tenant:
    """One tenant."""

    id: str
    name: str
    domain: str
    unlicensed: frozenset[str] = frozenset()
    """Reports that answer "no premium licence": ``audit``, ``conditionalAccess``."""
    audit_days: int = 30
    size: int = 100
    """Number of users for the throttling budget."""
    source: str = ""
    now: str | None = None
    """The clock that the file was written for; information for callers."""
    notes: dict[str, Any] = field(default_factory=dict)
    """The blocks of the file that are for people and tests: ``expect``, ``expect_after``."""
    clients: dict[str, Client] = field(default_factory=dict)
    organization: dict[str, Any] = field(default_factory=dict)
    users: Collection = field(default_factory=lambda: Collection("user"))
    groups: Collection = field(default_factory=lambda: Collection("group"))
    applications: Collection = field(default_factory=lambda: Collection("application"))
    service_principals: Collection = field(default_factory=lambda: Collection("servicePrincipal"))
    templates: Collection = field(default_factory=lambda: Collection("applicationTemplate"))
    assignments: Collection = field(default_factory=lambda: Collection("appRoleAssignment"))
    grants: Collection = field(default_factory=lambda: Collection("oAuth2PermissionGrant"))
    audits: Collection = field(default_factory=lambda: Collection("directoryAudit"))
    conditional_access: Collection = field(default_factory=lambda: Collection("conditionalAccessPolicy"))
    claims_policies: Collection = field(default_factory=lambda: Collection("claimsMappingPolicy"))
    token_policies: Collection = field(default_factory=lambda: Collection("tokenIssuancePolicy"))
    owners: dict[str, list[str]] = field(default_factory=dict)
    """Object id → ids of its owners."""
    members: dict[str, Members] = field(default_factory=dict)
    applies_to: dict[str, list[str]] = field(default_factory=dict)
    """Policy id → ids of the objects it is assigned to."""
    jobs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    federated: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Application id → federated identity credentials."""
    references: dict[str, str] = field(default_factory=dict)
    """Names used in the tenant file → object ids."""
    phases: dict[str, Any] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    """Names of the phases applied so far."""
    sequence: int = 0

    def new_id(self, *words: str) -> str:
        """An id that depends on the tenant and the words alone; with no words, on how many were made before."""
        if not words:
            self.sequence += 1
            words = ("sequence", str(self.sequence))
        return str(uuid.uuid5(uuid.UUID(self.id), "/".join(words)))

    def directory_object(self, object_id: str) -> tuple[str, dict[str, Any]] | None:
        """Type and object of a user, group, service principal or application, or None."""
        for collection in (self.users, self.groups, self.service_principals, self.applications):
            found = collection.get(object_id)
            if found is not None:
                return collection.type, found
        made_up = synthetic_user(self, object_id)
        return ("user", made_up) if made_up else None

    def user(self, key: str) -> dict[str, Any] | None:
        """A user by id or user principal name."""
        found = self.users.get(key.lower())
        if found is None:
            named = self.users.by("userPrincipalName", key)
            found = named[0] if named else synthetic_user(self, key)
        return found

    def application_of(self, principal: dict[str, Any]) -> dict[str, Any] | None:
        """The tenant's own application object of a service principal, or None where it is another tenant's."""
        found = self.applications.by("appId", principal.get("appId") or "")
        return found[0] if found else None

    def principal_of(self, application: dict[str, Any]) -> dict[str, Any] | None:
        """The service principal of an application, or None."""
        found = self.service_principals.by("appId", application.get("appId") or "")
        return found[0] if found else None


def synthetic_id(number: int) -> str:
    """The id of the made-up user with this number."""
    return f"{_SYNTHETIC}{number:012x}"


def synthetic_user(tenant: Tenant, object_id: str) -> dict[str, Any] | None:
    """The made-up user with this id, or None where it is no such id."""
    if not object_id.startswith(_SYNTHETIC):
        return None
    try:
        number = int(object_id[len(_SYNTHETIC) :], 16)
    except ValueError:
        return None
    address = f"user{number:07d}@{tenant.domain}"
    return {
        "id": object_id,
        "displayName": f"User {number:07d}",
        "userPrincipalName": address,
        "mail": address,
        "accountEnabled": True,
        "userType": "Member",
    }


def app_role_assignment(
    assignment_id: str, resource: dict[str, Any], kind: str, principal: dict[str, Any], role_id: str, at: str
) -> dict[str, Any]:
    """An ``appRoleAssignment``; ``kind`` is the principal's type: user, group or servicePrincipal."""
    return {
        "id": assignment_id,
        "deletedDateTime": None,
        "appRoleId": role_id,
        "createdDateTime": at,
        "principalDisplayName": principal.get("displayName"),
        "principalId": principal["id"],
        "principalType": kind[:1].upper() + kind[1:],
        "resourceDisplayName": resource.get("displayName"),
        "resourceId": resource["id"],
    }


def mirror(application: dict[str, Any], principal: dict[str, Any], *names: str) -> None:
    """Copy to the service principal what Entra keeps equal on it; ``names`` limits it to changed properties."""
    web = application.get("web") or {}
    copies: dict[str, tuple[str, Any]] = {
        "displayName": ("displayName", application.get("displayName")),
        "identifierUris": (
            "servicePrincipalNames",
            [*application.get("identifierUris", ()), application.get("appId")],
        ),
        "web": ("replyUrls", list(web.get("redirectUris") or ())),
        "appRoles": ("appRoles", application.get("appRoles", [])),
        "info": ("info", application.get("info")),
        "signInAudience": ("signInAudience", application.get("signInAudience")),
        "applicationTemplateId": ("applicationTemplateId", application.get("applicationTemplateId")),
        "notes": ("notes", application.get("notes")),
        "tags": ("tags", application.get("tags", [])),
    }
    for source, (target, value) in copies.items():
        if (not names and target not in principal) or source in names:
            principal[target] = value
    if not names or "displayName" in names:
        principal["appDisplayName"] = application.get("displayName")
    for source, target in (("homePageUrl", "homepage"), ("logoutUrl", "logoutUrl")):
        if ("web" in names and source in web) or (not names and target not in principal):
            principal[target] = web.get(source)
