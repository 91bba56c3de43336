"""Who answers for the app, and what the app may do by itself."""

from typing import Any

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import USER_READ, not_asked, not_carried, not_shown
from auditor.model.evidence import Unknown
from auditor.model.graph_objects import DirectoryObject

_WHERE = {"servicePrincipal": "service principal", "application": "application"}


def put_owners(evidence: Evidence, context: Context) -> None:
    """``owners.*``.

    One responsible owner on either object is enough, and certain whatever else was not read.
    """
    instance = context.instance
    gaps: list[Unknown] = []
    everyone: dict[str, tuple[DirectoryObject, str]] = {}
    for where, known in (
        ("servicePrincipal", instance.service_principal_owners),
        ("application", instance.application_owners),
    ):
        if isinstance(known, Unknown):
            gaps.append(known)
            continue
        for owner in known.value:
            everyone.setdefault(owner.id, (owner, where))
    listed = [_described(*everyone[object_id]) for object_id in sorted(everyone)]
    evidence.put_list("owners.all", listed, gaps)
    responsible: list[dict[str, Any]] = []
    for described in listed:
        answer = _is_responsible(context, everyone[described["id"]][0])
        if isinstance(answer, Unknown):
            gaps.append(answer)
        elif answer:
            responsible.append(described)
    evidence.put_list("owners.responsible", responsible, gaps)


def _is_responsible(context: Context, owner: DirectoryObject) -> bool | Unknown:
    record = context.principals.get(owner.id)
    principal = record.evidence.value if record and not isinstance(record.evidence, Unknown) else None
    if principal is not None and not principal.exists:
        return False
    kind = (owner.kind or (principal.kind if principal else "")).lower()
    if kind == "serviceprincipal":
        return True
    if kind and kind != "user":
        return False
    if principal is None:
        if record is not None and isinstance(record.evidence, Unknown):
            return record.evidence
        return not_asked("users", "an owner was not looked up", USER_READ)
    if isinstance(principal.account_enabled, bool):
        return principal.account_enabled
    return not_shown("users", "whether an owner is enabled", USER_READ)


def _described(owner: DirectoryObject, where: str) -> dict[str, Any]:
    name = next((text for text in (owner.display_name, owner.user_principal_name) if isinstance(text, str)), None)
    return {
        "id": owner.id,
        "kind": owner.kind,
        "displayName": name,
        "object": where,
        "label": f"{name or 'no name'} (owner of the {_WHERE[where]}, {owner.id})",
    }


def put_permissions(evidence: Evidence, context: Context) -> None:
    """``permissions.granted``: what was granted, not what is merely requested."""
    instance = context.instance
    granted: list[dict[str, Any]] = []
    gaps: list[Unknown] = []
    if isinstance(instance.app_role_assignments, Unknown):
        gaps.append(instance.app_role_assignments)
    else:
        for assignment in instance.app_role_assignments.value:
            permission = assignment.app_role_id if isinstance(assignment.app_role_id, str) else "no role"
            name = assignment.resource_display_name
            resource = name if isinstance(name, str) else str(assignment.resource_id)
            granted.append(_permission("application", permission, resource))
    if isinstance(instance.oauth2_permission_grants, Unknown):
        gaps.append(instance.oauth2_permission_grants)
    else:
        for grant in instance.oauth2_permission_grants.value:
            resource = grant.resource_id if isinstance(grant.resource_id, str) else "no resource"
            if not isinstance(grant.scope, str):
                gaps.append(not_carried("oauth2PermissionGrants", "scope", "Directory.Read.All"))
                continue
            granted += [_permission("delegated", scope, resource) for scope in sorted(set(grant.scope.split()))]
    unique = {member["label"]: member for member in granted}
    evidence.put_list("permissions.granted", [unique[label] for label in sorted(unique)], gaps)


def _permission(kind: str, permission: str, resource: str) -> dict[str, Any]:
    label = f"{permission} ({kind}, of {resource})"
    return {"id": label, "type": kind, "permission": permission, "resource": resource, "label": label}
