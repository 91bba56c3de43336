"""One tenant from its block, part by part; links between objects are made when every name is known."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auditor.emulator import values
from auditor.emulator.directory import Tenant
from auditor.emulator.loading import apps, people, policies
from auditor.emulator.loading.building import Building, Link
from auditor.emulator.loading.references import Resolver, slug
from auditor.emulator.loading.yaml_source import Block
from auditor.emulator.microsoft_graph import add_microsoft_graph, grant_roles
from auditor.emulator.phases import read_phases

_REPORTS = ("audit", "conditionalAccess")


def build(top: Block, folder: Path | None, gallery: Sequence[dict[str, Any]]) -> Tenant:
    """The tenant that a block describes. ``gallery`` are the templates of a tenant that brings none of its own."""
    building = _head(top, folder)
    tenant = building.tenant
    people.organization(building, top.block("organization"))
    own = top.blocks("gallery")
    for template in [block.value for block in own] if own else gallery:
        value = {"id": tenant.new_id("template", str(template.get("displayName"))), **template}
        tenant.templates.put(building.checked("applicationTemplate", value, top, "gallery"))
    for number, user in enumerate(top.listed("users")):
        given = {"displayName": user} if isinstance(user, str) else user
        people.user(building, Block(given, top.source, f"{top.where}.users[{number}]".lstrip(".")))
    building.resolver.name("microsoft-graph", add_microsoft_graph(tenant)["id"], top)
    for block in top.blocks("clients"):
        people.client(building, block)
    for link in _objects(building, top):
        link()
    for client in tenant.clients.values():
        grant_roles(tenant, client)
    for block in top.blocks("directoryAudits"):
        policies.audit_entry(building, block)
    made_up = top.block("made_up")
    if made_up is not None:
        for number in range(made_up.number("servicePrincipals", 0)):
            add_made_up_principal(tenant, number)
        made_up.end()
    tenant.phases = read_phases(top.blocks("phases"), tenant)
    building.resolver.replace_references()
    top.end()
    return tenant


def _head(top: Block, folder: Path | None) -> Building:
    name, tenant_id = top.needed("name"), top.needed("id").lower()
    if not values.is_guid(tenant_id):
        raise top.wrong(f"a GUID was expected, not {tenant_id!r}", "id")
    premium = top.choice("licence", ("premium", "none"), "premium") == "premium"
    unlicensed = top.texts("unlicensed") or ([] if premium else list(_REPORTS))
    for one in unlicensed:
        if one not in _REPORTS:
            raise top.wrong(f"expected some of {', '.join(_REPORTS)}, not {one!r}", "unlicensed")
    tenant = Tenant(
        id=tenant_id,
        name=name,
        domain=top.text("domain") or f"{slug(name)}.example",
        unlicensed=frozenset(unlicensed),
        audit_days=30 if premium else 7,
        size=top.number("size", 100),
        source=top.source,
        now=top.text("now"),
        notes={key: top.take(key) for key in ("expect", "expect_after")},
    )
    return Building(tenant, Resolver(tenant), folder, premium)


def _objects(building: Building, top: Block) -> list[Link]:
    tenant = building.tenant
    links = [people.group(building, block) for block in top.blocks("groups")]
    links += [apps.application(building, block) for block in top.blocks("applications")]
    links += [apps.principal(building, block) for block in top.blocks("servicePrincipals")]
    for key, collection in (
        ("tokenIssuancePolicies", tenant.token_policies),
        ("claimsMappingPolicies", tenant.claims_policies),
    ):
        links += [policies.policy(building, block, collection) for block in top.blocks(key)]
    for block in top.blocks("conditionalAccessPolicies"):
        policies.conditional_access_policy(building, block)
    return links


def add_made_up_principal(tenant: Tenant, number: int) -> None:
    """Put one further service principal, of no interest to anybody, into the tenant."""
    app_id = f"af000000-0000-4000-8000-{number:012x}"
    tenant.service_principals.put(
        {
            "id": f"5f000000-0000-4000-8000-{number:012x}",
            "appId": app_id,
            "displayName": f"App {number:06d}",
            "appDisplayName": f"App {number:06d}",
            "accountEnabled": True,
            "appRoleAssignmentRequired": False,
            "servicePrincipalType": "Application",
            "servicePrincipalNames": [app_id],
        }
    )
