"""Relationships between objects: what each is called, what opens it, and how to follow it."""

from typing import Any, NamedTuple

from auditor.emulator.directory import Tenant


class Relation(NamedTuple):
    """A navigation property: type of its members and the row of the permission table that opens it."""

    type: str
    permission: str


RELATIONS: dict[str, dict[str, Relation]] = {
    "servicePrincipal": {
        "owners": Relation("directoryObject", "owners"),
        "appRoleAssignedTo": Relation("appRoleAssignment", "appRoleAssignedTo"),
        "appRoleAssignments": Relation("appRoleAssignment", "appRoleAssignments"),
        "oauth2PermissionGrants": Relation("oAuth2PermissionGrant", "oauth2PermissionGrants"),
        "claimsMappingPolicies": Relation("claimsMappingPolicy", "assignedPolicies"),
        "tokenIssuancePolicies": Relation("tokenIssuancePolicy", "assignedPolicies"),
        "memberOf": Relation("directoryObject", "groups"),
    },
    "application": {
        "owners": Relation("directoryObject", "owners"),
        "tokenIssuancePolicies": Relation("tokenIssuancePolicy", "assignedPolicies"),
        "federatedIdentityCredentials": Relation("federatedIdentityCredential", "federatedIdentityCredentials"),
    },
    "group": {
        "members": Relation("directoryObject", "groups"),
        "transitiveMembers": Relation("directoryObject", "groups"),
    },
    "claimsMappingPolicy": {"appliesTo": Relation("directoryObject", "appliesTo")},
    "tokenIssuancePolicy": {"appliesTo": Relation("directoryObject", "appliesTo")},
}

Row = dict[str, Any]


def related(tenant: Tenant, type_name: str, value: Row, name: str) -> list[tuple[str, Row]]:
    """The objects at the other end of a relationship, each with its type."""
    object_id = value["id"]
    if name == "owners":
        return objects(tenant, tenant.owners.get(object_id, ()))
    if name == "appliesTo":
        return objects(tenant, tenant.applies_to.get(object_id, ()))
    if name == "appRoleAssignedTo":
        return [("appRoleAssignment", one) for one in tenant.assignments.by("resourceId", object_id)]
    if name == "appRoleAssignments":
        return [("appRoleAssignment", one) for one in tenant.assignments.by("principalId", object_id)]
    if name == "oauth2PermissionGrants":
        return [("oAuth2PermissionGrant", one) for one in tenant.grants.by("clientId", object_id)]
    if name == "federatedIdentityCredentials":
        return [("federatedIdentityCredential", one) for one in tenant.federated.get(object_id, ())]
    if name in ("claimsMappingPolicies", "tokenIssuancePolicies"):
        collection = tenant.claims_policies if name[0] == "c" else tenant.token_policies
        return [(collection.type, one) for one in collection if object_id in tenant.applies_to.get(one["id"], ())]
    if name == "memberOf":
        return [("group", one) for one in tenant.groups if object_id in tenant.members[one["id"]].ids]
    ids = direct_members(tenant, object_id) if name == "members" else transitive_members(tenant, object_id)
    return objects(tenant, ids)


def objects(tenant: Tenant, ids: Any) -> list[tuple[str, Row]]:
    """The directory objects with these ids that are still there."""
    return [found for one in ids if (found := tenant.directory_object(one)) is not None]


def direct_members(tenant: Tenant, group_id: str) -> list[str]:
    """Ids of the listed members of a group."""
    members = tenant.members.get(group_id)
    return list(members.ids) if members else []


def transitive_members(tenant: Tenant, group_id: str) -> list[str]:
    """Ids of the listed members of a group and of every group within it, each once."""
    found: dict[str, None] = {}
    waiting = [group_id]
    seen = {group_id}
    while waiting:
        for one in direct_members(tenant, waiting.pop()):
            found[one] = None
            if one in tenant.members and one not in seen:
                seen.add(one)
                waiting.append(one)
    found.pop(group_id, None)
    return list(found)


def made_up_members(tenant: Tenant, group_id: str, *, transitive: bool) -> int:
    """How many made-up users a group has beside the listed ones."""
    ids = [group_id]
    if transitive:
        ids += [one for one in transitive_members(tenant, group_id) if one in tenant.members]
    return sum(tenant.members[one].synthetic for one in ids if one in tenant.members)
