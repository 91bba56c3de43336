"""Who is assigned to a service principal, and what it is granted itself."""

from typing import Any

from auditor.emulator.directory import app_role_assignment, synthetic_id, synthetic_user
from auditor.emulator.loading.building import EPOCH, Building
from auditor.emulator.loading.parts import role_of
from auditor.emulator.loading.yaml_source import Block


def assign(building: Building, resource: dict[str, Any], given: Any, block: Block, number: int) -> None:
    """Assign a principal, made-up users, or somebody deleted since, to the service principal ``resource``."""
    where = f"{block.where}.assignments[{number}]"
    entry = Block({"principal": given} if isinstance(given, str) else given, block.source, where)
    role_id = role_of(resource, entry.text("role"), entry)
    at = entry.text("at") or EPOCH
    count = entry.number("made_up", 0)
    principal = entry.take("principal")
    entry.end()
    if count:
        for index in range(count):
            user = synthetic_user(building.tenant, synthetic_id(index)) or {}
            _put(building, resource, "User", user, role_id, at)
    elif isinstance(principal, dict):
        gone = Block(principal, block.source, f"{where}.principal")
        kind = gone.choice("type", ("User", "Group", "ServicePrincipal"), "User")
        _put(building, resource, kind, {"id": gone.needed("id"), "displayName": gone.text("displayName")}, role_id, at)
        gone.end()
    else:
        if not isinstance(principal, str):
            raise entry.wrong("this key is required", "principal")
        object_id = building.resolver.id_of(principal, entry, "principal")
        kind, value = building.tenant.directory_object(object_id) or ("", {})
        if kind in ("", "application"):
            raise entry.wrong(f"{principal!r} is no user, group or service principal", "principal")
        _put(building, resource, kind, value, role_id, at)


def _put(
    building: Building, resource: dict[str, Any], kind: str, principal: dict[str, Any], role_id: str, at: str
) -> None:
    assignment_id = building.tenant.new_id("assignment", resource["id"], principal["id"], role_id)
    building.tenant.assignments.put(app_role_assignment(assignment_id, resource, kind, principal, role_id, at))


def grant(building: Building, client: dict[str, Any], block: Block) -> None:
    """Consent to delegated permissions for the service principal ``client``."""
    resource = building.resolver.id_of(block.needed("resource"), block, "resource")
    scope = block.needed("scope")
    named = block.text("principal")
    block.end()
    principal = building.resolver.id_of(named, block, "principal") if named else None
    building.tenant.grants.put(
        {
            "id": building.tenant.new_id("grant", client["id"], resource, principal or "all"),
            "clientId": client["id"],
            "consentType": "Principal" if principal else "AllPrincipals",
            "principalId": principal,
            "resourceId": resource,
            "scope": scope,
        }
    )


def permit(building: Building, client: dict[str, Any], block: Block) -> None:
    """Grant an application permission to the service principal ``client``."""
    name = block.needed("resource")
    resource = building.tenant.service_principals.get(building.resolver.id_of(name, block, "resource"))
    if resource is None:
        raise block.wrong(f"{name!r} is no service principal", "resource")
    _put(building, resource, "ServicePrincipal", client, role_of(resource, block.needed("role"), block), EPOCH)
    block.end()
