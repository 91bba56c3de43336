"""Applications and service principals of a tenant file, with their credentials."""

from typing import Any

from auditor.emulator import certificates
from auditor.emulator.directory import mirror
from auditor.emulator.loading.assignments import assign, grant, permit
from auditor.emulator.loading.building import EPOCH, Building, Link
from auditor.emulator.loading.parts import certificate_spec
from auditor.emulator.loading.references import slug
from auditor.emulator.loading.yaml_source import Block


def application(building: Building, block: Block) -> Link:
    """Put an application into the tenant; returns what links its owners, once everything has a name."""
    ref, value = building.named(block, "application")
    owners = block.texts("owners")
    federated = block.blocks("federatedIdentityCredentials")
    credentials = credentials_of(building, block, ref, value["id"])
    value |= {
        "appId": building.tenant.new_id("appId", ref),
        "displayName": ref,
        "createdDateTime": EPOCH,
        "signInAudience": "AzureADMyOrg",
        **_template_id(building, block),
    }
    block.value["appRoles"] = _roles(building, block, ref)
    block.asked.append("appRoles")
    web = block.value.get("web")
    value |= {**block.value, **credentials}
    value["web"] = {
        "homePageUrl": None,
        "logoutUrl": None,
        "redirectUris": [],
        "redirectUriSettings": [],
        "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": True},
        **(web if isinstance(web, dict) else {}),
    }
    if "redirectUriSettings" not in (web or {}):
        value["web"]["redirectUriSettings"] = [{"uri": uri, "index": None} for uri in value["web"]["redirectUris"]]
    building.tenant.applications.put(building.checked("application", value, block))
    building.tenant.federated[value["id"]] = [
        building.checked(
            "federatedIdentityCredential",
            {"id": building.tenant.new_id("federated", ref, str(number)), **one.value},
            one,
        )
        for number, one in enumerate(federated)
    ]

    def link() -> None:
        building.tenant.owners[value["id"]] = [building.resolver.id_of(name, block, "owners") for name in owners]

    return link


def principal(building: Building, block: Block) -> Link:
    """Put a service principal into the tenant; returns what links owners, assignments, grants and permissions."""
    ref, value = building.named(block, "servicePrincipal")
    credentials = credentials_of(building, block, ref, value["id"])
    owners, assignments = block.texts("owners"), block.listed("assignments")
    grants, permissions, jobs = block.blocks("grants"), block.blocks("permissions"), block.blocks("jobs")
    application = None
    named = block.text("application")
    if named is not None:
        application = building.tenant.applications.get(building.resolver.id_of(named, block, "application"))
        if application is None:
            raise block.wrong(f"{named!r} is no application", "application")
    value |= {
        "appId": application["appId"] if application else building.tenant.new_id("appId", ref),
        "accountEnabled": True,
        "appRoleAssignmentRequired": True,
        "appOwnerOrganizationId": building.tenant.id,
        "servicePrincipalType": "Application",
        **_template_id(building, block),
        **({"tags": ["WindowsAzureActiveDirectoryIntegratedApp"]} if "tags" not in block.value else {}),
        **block.value,
        **credentials,
    }
    if application is not None:
        mirror(application, value)
    value.setdefault("displayName", ref)
    value.setdefault("servicePrincipalNames", [value["appId"]])
    building.tenant.service_principals.put(building.checked("servicePrincipal", value, block))
    building.tenant.jobs[value["id"]] = [_job(building, one, ref) for one in jobs]

    def link() -> None:
        building.tenant.owners[value["id"]] = [building.resolver.id_of(name, block, "owners") for name in owners]
        for number, one in enumerate(assignments):
            assign(building, value, one, block, number)
        for one in grants:
            grant(building, value, one)
        for one in permissions:
            permit(building, value, one)

    return link


def _template_id(building: Building, block: Block) -> dict[str, Any]:
    template = block.text("template")
    if template is None:
        return {}
    found = building.tenant.templates.by("displayName", template)
    if not found:
        raise block.wrong(f"the gallery has no template {template!r}", "template")
    return {"applicationTemplateId": found[0]["id"]}


def _roles(building: Building, block: Block, ref: str) -> list[dict[str, Any]]:
    roles = []
    for role in block.listed("appRoles"):
        if isinstance(role, str):
            role = {
                "allowedMemberTypes": ["User"],
                "description": role,
                "displayName": role,
                "id": building.tenant.new_id("appRole", ref, role),
                "isEnabled": True,
                "origin": "Application",
                "value": None if role in ("User", "msiam_access") else role,
            }
        roles.append(role)
    return roles


def credentials_of(building: Building, block: Block, ref: str, object_id: str) -> dict[str, Any]:
    """The keys, passwords and preferred thumbprint of an application or service principal."""
    keys, passwords = list(block.listed("keyCredentials")), list(block.listed("passwordCredentials"))
    thumbprints: dict[str, str] = {}
    for one in block.blocks("certificates"):
        spec = certificate_spec(one)
        key_ids = (building.tenant.new_id("key", ref, spec.name, "sign"), building.tenant.new_id("key", ref, spec.name))
        made = certificates.credentials(spec, f"{building.tenant.id}/{object_id}", key_ids)
        keys += made.keys
        passwords += made.passwords
        thumbprints[spec.name] = made.thumbprint
        identifier = (made.keys or made.passwords)[0]["customKeyIdentifier"]
        building.tenant.references[f"certificate {object_id} {spec.name}"] = identifier or ""
    for one in block.blocks("secrets"):
        name = one.needed("name")
        passwords.append(
            {
                "customKeyIdentifier": None,
                "displayName": name,
                "endDateTime": one.needed("end"),
                "hint": "emu",
                "keyId": building.tenant.new_id("secret", ref, name),
                "secretText": None,
                "startDateTime": one.text("start") or EPOCH,
            }
        )
        one.end()
    found: dict[str, Any] = {"keyCredentials": keys, "passwordCredentials": passwords}
    preferred = block.text("preferred")
    if preferred is not None:
        if preferred not in thumbprints:
            raise block.wrong(f"no certificate has the name {preferred!r}", "preferred")
        found["preferredTokenSigningKeyThumbprint"] = thumbprints[preferred]
    return found


def _job(building: Building, block: Block, ref: str) -> dict[str, Any]:
    value = {"id": f"{slug(ref)}.{building.tenant.id[:8]}", "templateId": "scim", **block.value}
    never = "0001-01-01T00:00:00Z"
    value["schedule"] = {
        "expiration": None,
        "interval": "PT40M",
        "state": "Active",
        **(value.get("schedule") or {}),
    }
    value["status"] = {
        "code": "Active",
        "countSuccessiveCompleteFailures": 0,
        "escrowsPruned": False,
        "lastExecution": None,
        "lastSuccessfulExecution": None,
        "lastSuccessfulExecutionWithExports": None,
        "progress": [],
        "quarantine": None,
        "steadyStateFirstAchievedTime": never,
        "steadyStateLastAchievedTime": never,
        "synchronizedEntryCountByType": [],
        "troubleshootingUrl": None,
        **(value.get("status") or {}),
    }
    return building.checked("synchronizationJob", value, block)
