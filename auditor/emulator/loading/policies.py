"""Policies and audit entries of a tenant file."""

import json

from auditor.emulator import audit
from auditor.emulator.audit import Modified, Target
from auditor.emulator.directory import Collection
from auditor.emulator.loading.building import EPOCH, Building, Link
from auditor.emulator.loading.parts import access_policy
from auditor.emulator.loading.yaml_source import Block


def policy(building: Building, block: Block, collection: Collection) -> Link:
    """Put a token issuance or claims mapping policy into the tenant; returns what links what it applies to."""
    _, value = building.named(block, collection.type)
    applies_to, definition = block.texts("applies_to"), block.take("definition")
    if isinstance(definition, dict):
        definition = [json.dumps(definition, separators=(",", ":"))]
    value |= {"isOrganizationDefault": False, **block.value, "definition": definition or []}
    collection.put(building.checked(collection.type, value, block))

    def link() -> None:
        building.tenant.applies_to[value["id"]] = [
            building.resolver.id_of(name, block, "applies_to") for name in applies_to
        ]

    return link


def conditional_access_policy(building: Building, block: Block) -> None:
    """Put a Conditional Access policy into the tenant."""
    _, value = building.named(block, "conditionalAccessPolicy")
    value |= {"state": "enabled", "createdDateTime": EPOCH, **block.value}
    building.tenant.conditional_access.put(access_policy(building.checked("conditionalAccessPolicy", value, block)))


def audit_entry(building: Building, block: Block) -> None:
    """Write an entry into the audit log, in the short form or as Graph has it."""
    raw = block.take("raw")
    if raw is not None:
        value = {"id": building.tenant.new_id("audit", str(len(building.tenant.audits))), **raw}
        building.tenant.audits.put(building.checked("directoryAudit", value, block, "raw"))
        block.end()
        return
    name = block.needed("target")
    found = building.tenant.directory_object(building.resolver.id_of(name, block, "target"))
    if found is None:
        raise block.wrong(f"{name!r} is no directory object", "target")
    modified = tuple(Modified(one.needed("name"), one.take("old"), one.take("new")) for one in block.blocks("modified"))
    audit.record(
        building.tenant,
        at=block.needed("at"),
        actor=building.resolver.actor(block.needed("by"), block),
        activity=block.needed("activity"),
        operation=block.text("operation") or "Update",
        category=block.text("category") or "ApplicationManagement",
        service=block.text("service") or "Core Directory",
        targets=(Target(found[0], found[1], modified),),
    )
    block.end()
