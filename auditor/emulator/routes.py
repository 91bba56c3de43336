"""What each path of Graph v1.0 answers. Reads stand here, in the order of the URL; writes in ``writes``.

Every path is one of the metadata's; what is not there answers as Graph does for an unknown segment. Source: the paths
of Microsoft Graph v1.0's OpenAPI description and reference pages.
"""

from collections.abc import Callable, Sequence
from typing import Any

from auditor.emulator import delta, lists, relations, writes
from auditor.emulator.context import Context, Reply, split_key
from auditor.emulator.directory import Collection, synthetic_id, synthetic_user
from auditor.emulator.errors import GraphError, bad_request, not_found, not_premium
from auditor.emulator.odata.filters import time_key
from auditor.emulator.relations import RELATIONS
from auditor.emulator.values import is_guid

Row = dict[str, Any]


def answer(context: Context) -> Reply:
    """Answer a request. Raises ``GraphError`` for what Graph refuses."""
    if context.request.method != "GET":
        return writes.answer(context)
    if not context.segments:
        raise unknown_segment("")
    name, key_name, key = split_key(context.segments[0])
    rest = context.segments[1:]
    if key is None and rest and not rest[0].startswith("$") and name not in _NAMESPACES:
        function = split_key(rest[0])[0].removeprefix("microsoft.graph.")
        if function != "delta":
            key_name, key, rest = "id", rest[0], rest[1:]
    handler = _ROUTES.get(name)
    if handler is None:
        raise unknown_segment(name)
    return handler(context, key_name, key, rest)


def unknown_segment(name: str) -> GraphError:
    """400: the path has a segment that the metadata does not know."""
    return bad_request(f"Resource not found for the segment '{name}'.", "BadRequest")


def by_key(collection: Collection, key_name: str | None, key: str) -> Row:
    """An object by id or alternate key. Raises the 400 or 404 that Graph answers."""
    if key_name in (None, "id"):
        if not is_guid(key):
            raise bad_request(f"Invalid object identifier '{key}'.")
        found = collection.get(key.lower())
    elif key_name in ("appId", "uniqueName") and collection.type in ("servicePrincipal", "application"):
        named = collection.by(str(key_name), key)
        found = named[0] if named else None
    else:
        raise bad_request(
            f"The key property '{key_name}' is not one of type 'microsoft.graph.{collection.type}'.", "BadRequest"
        )
    if found is None:
        raise not_found(key)
    return found


def _objects(permission: str, pick: Callable[[Context], Collection]) -> Callable[..., Reply]:
    """A top-level collection of directory objects with its relationships."""

    def handle(context: Context, key_name: str | None, key: str | None, rest: list[str]) -> Reply:
        collection = pick(context)
        set_name = split_key(context.segments[0])[0]
        if key is None:
            if rest and rest[0] != "$count":
                return delta.answer(context, collection, set_name, permission)
            context.authorize(permission)
            if rest:
                return lists.count(context, collection.type, collection)
            return lists.listing(context, collection.type, collection, set_name)
        if rest and rest[0] == "synchronization" and collection.type == "servicePrincipal":
            return _jobs(context, by_key, collection, key_name, key, rest[1:])
        relation = RELATIONS[collection.type].get(split_key(rest[0])[0]) if rest else None
        if rest and relation is None:
            raise unknown_segment(rest[0])
        context.authorize(relation.permission if relation else permission)
        value = by_key(collection, key_name, key)
        if relation is None:
            return lists.single(context, collection.type, value, set_name)
        return _related(context, collection.type, value, rest, set_name)

    return handle


def _related(context: Context, type_name: str, value: Row, rest: list[str], set_name: str) -> Reply:
    name, further = rest[0], rest[1:]
    relation = RELATIONS[type_name][name]
    if type_name == "group":
        return _members(context, value["id"], transitive=name == "transitiveMembers", further=further)
    fragment = f"{set_name}('{value['id']}')/{name}"
    if relation.type == "directoryObject":
        cast = _cast(further)
        rows = lists.with_kind(relations.related(context.tenant, type_name, value, name), cast)
        if further[-1:] == ["$count"]:
            return lists.count(context, cast or "directoryObject", rows)
        return lists.members(context, rows, cast)
    plain: Sequence[Row]
    if name == "appRoleAssignedTo":
        plain = context.tenant.assignments.by("resourceId", value["id"])
    else:
        plain = [row for _, row in relations.related(context.tenant, type_name, value, name)]
    if not further:
        return lists.listing(context, relation.type, plain, fragment)
    if further == ["$count"]:
        return lists.count(context, relation.type, plain)
    found = next((one for one in plain if one["id"] == further[0]), None)
    if found is None:
        raise not_found(further[0])
    return lists.single(context, relation.type, found, fragment)


def _cast(further: list[str]) -> str | None:
    names = [one for one in further if one != "$count"]
    if not names:
        return None
    kind = names[0].removeprefix("microsoft.graph.").removeprefix("graph.")
    if len(names) > 1 or kind == names[0] or kind not in ("user", "group", "servicePrincipal", "application"):
        raise unknown_segment(names[0])
    return kind


def _members(context: Context, group_id: str, *, transitive: bool, further: list[str]) -> Reply:
    tenant = context.tenant
    ids = relations.transitive_members(tenant, group_id) if transitive else relations.direct_members(tenant, group_id)
    listed = relations.objects(tenant, ids)
    made_up = relations.made_up_members(tenant, group_id, transitive=transitive)
    cast = _cast(further)
    if cast is not None:
        listed = [one for one in listed if one[0] == cast]
        made_up = made_up if cast == "user" else 0

    def make(at: int) -> Row:
        if at < len(listed):
            kind, row = listed[at]
            return {**row, "@kind": kind}
        return {**(synthetic_user(tenant, synthetic_id(at - len(listed))) or {}), "@kind": "user"}

    lazy = lists.LazyMembers(len(listed) + made_up, make)
    if further[-1:] == ["$count"]:
        return lists.count(context, cast or "directoryObject", lazy)
    return lists.members(context, lazy, cast)


def _users(context: Context, key_name: str | None, key: str | None, rest: list[str]) -> Reply:
    context.authorize("users")
    if key is None:
        if rest == ["$count"]:
            return lists.count(context, "user", context.tenant.users)
        if rest:
            raise unknown_segment(rest[0])
        return lists.listing(context, "user", context.tenant.users, "users")
    if rest:
        raise unknown_segment(rest[0])
    found = context.tenant.user(key) if key_name == "id" else None
    if found is None:
        raise not_found(key)
    return lists.single(context, "user", found, "users")


def _jobs(
    context: Context,
    lookup: Callable[..., Row],
    collection: Collection,
    key_name: str | None,
    key: str,
    rest: list[str],
) -> Reply:
    context.authorize("synchronization")
    principal = lookup(collection, key_name, key)
    if rest[:1] != ["jobs"] or len(rest) > 2:
        raise unknown_segment(rest[0] if rest else "synchronization")
    jobs = context.tenant.jobs.get(principal["id"], [])
    fragment = f"servicePrincipals('{principal['id']}')/synchronization/jobs"
    if len(rest) == 1:
        return lists.listing(context, "synchronizationJob", jobs, fragment)
    found = next((job for job in jobs if job["id"] == rest[1]), None)
    if found is None:
        raise not_found(rest[1])
    return lists.single(context, "synchronizationJob", found, fragment)


def _templates(context: Context, key_name: str | None, key: str | None, rest: list[str]) -> Reply:
    return _plain(context, context.tenant.templates, "applicationTemplates", key, rest, "applicationTemplates")


def _grants(context: Context, key_name: str | None, key: str | None, rest: list[str]) -> Reply:
    return _plain(context, context.tenant.grants, "oauth2PermissionGrants", key, rest, "oauth2PermissionGrants")


def _organization(context: Context, key_name: str | None, key: str | None, rest: list[str]) -> Reply:
    context.authorize("organization")
    value = context.tenant.organization
    if rest:
        raise unknown_segment(rest[0])
    if key is None:
        return lists.listing(context, "organization", [value], "organization")
    if key.lower() != value["id"]:
        raise not_found(key)
    return lists.single(context, "organization", value, "organization")


def _audit_logs(context: Context, key_name: str | None, key: str | None, rest: list[str]) -> Reply:
    if split_key(rest[0])[0] != "directoryAudits" if rest else True:
        raise unknown_segment(rest[0] if rest else "auditLogs")
    context.authorize("directoryAudits")
    if "audit" in context.tenant.unlicensed:
        raise not_premium()
    oldest = context.service.now().timestamp() - context.tenant.audit_days * 86400
    kept = [
        one
        for one in reversed(context.tenant.audits.all())
        if time_key(one["activityDateTime"])[0].timestamp() >= oldest
    ]
    kept.sort(key=lambda one: time_key(one["activityDateTime"]), reverse=True)
    if len(rest) == 1:
        return lists.listing(context, "directoryAudit", kept, "auditLogs/directoryAudits")
    found = next((one for one in kept if one["id"] == rest[1]), None)
    if found is None or len(rest) > 2:
        raise not_found(rest[1])
    return lists.single(context, "directoryAudit", found, "auditLogs/directoryAudits")


def _identity(context: Context, key_name: str | None, key: str | None, rest: list[str]) -> Reply:
    if rest[:2] != ["conditionalAccess", "policies"]:
        raise unknown_segment((rest[1:] or rest or ["identity"])[0])
    context.authorize("conditionalAccess")
    if "conditionalAccess" in context.tenant.unlicensed:
        raise not_premium()
    collection = context.tenant.conditional_access
    return _plain(context, collection, "identity/conditionalAccess/policies", *_one_key(rest[2:]), None)


def _policies(context: Context, key_name: str | None, key: str | None, rest: list[str]) -> Reply:
    name = split_key(rest[0])[0] if rest else ""
    collections = {
        "claimsMappingPolicies": context.tenant.claims_policies,
        "tokenIssuancePolicies": context.tenant.token_policies,
    }
    if name not in collections:
        raise unknown_segment(name or "policies")
    collection = collections[name]
    policy_id, further = _one_key(rest[1:])
    if policy_id is not None and further == ["appliesTo"]:
        context.authorize("appliesTo")
        policy = by_key(collection, None, policy_id)
        rows = relations.related(context.tenant, collection.type, policy, "appliesTo")
        return lists.members(context, lists.with_kind(rows))
    return _plain(context, collection, f"policies/{name}", policy_id, further, "policies")


def _one_key(rest: list[str]) -> tuple[str | None, list[str]]:
    if rest and not rest[0].startswith("$"):
        return rest[0], rest[1:]
    return None, rest


def _plain(
    context: Context, collection: Collection, fragment: str, key: str | None, rest: list[str], permission: str | None
) -> Reply:
    """A collection without relationships of its own."""
    if permission is not None:
        context.authorize(permission)
    if key is None:
        if rest == ["$count"]:
            return lists.count(context, collection.type, collection)
        if rest:
            raise unknown_segment(rest[0])
        return lists.listing(context, collection.type, collection, fragment)
    if rest:
        raise unknown_segment(rest[0])
    found = collection.get(key) or collection.get(key.lower())
    if found is None:
        raise not_found(key)
    return lists.single(context, collection.type, found, fragment)


_NAMESPACES = frozenset({"identity", "policies", "auditLogs"})
_ROUTES: dict[str, Callable[..., Reply]] = {
    "servicePrincipals": _objects("servicePrincipals", lambda context: context.tenant.service_principals),
    "applications": _objects("applications", lambda context: context.tenant.applications),
    "groups": _objects("groups", lambda context: context.tenant.groups),
    "users": _users,
    "applicationTemplates": _templates,
    "oauth2PermissionGrants": _grants,
    "organization": _organization,
    "auditLogs": _audit_logs,
    "identity": _identity,
    "policies": _policies,
}
