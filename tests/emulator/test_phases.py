"""Phases: the same changes as requests make, by whom the file says, each leaving its entries."""

from typing import Any

import pytest

from auditor.emulator import Emulator, TenantFileError, parse_tenants
from auditor.emulator.directory import Tenant
from auditor.emulator.phases import PhaseError, apply_phase

FILE = """
name: contoso
id: 11111111-1111-4111-8111-111111111111
clients: [{name: pipeline, client_id: 11111111-bbbb-4bbb-8bbb-111111111111}]
users: [Adele Vance, Megan Bowen]
groups: [{displayName: Sales}]
applications: [{ref: app, displayName: A, appRoles: [User]}]
servicePrincipals:
  - ref: sp
    application: app
    certificates: [{name: old, not_before: 2020-01-01T00:00:00Z, not_after: 2023-01-01T00:00:00Z}]
    owners: [megan-bowen]
    assignments: [{principal: megan-bowen, role: User}]
    grants: [{resource: microsoft-graph, scope: User.Read}]
    permissions: [{resource: microsoft-graph, role: User.Read.All}]
    jobs: [{templateId: x}]
tokenIssuancePolicies: [{displayName: Signing, definition: {}}]
conditionalAccessPolicies: [{displayName: Sessions, conditions: {}}]
phases:
  - name: after
    operations: [%s]
"""
WHEN = "at: 2026-11-22T12:00:00Z, by: adele-vance"


def after(operation: str) -> tuple[Tenant, list[dict[str, Any]]]:
    (tenant,) = parse_tenants(FILE % f"{{{WHEN}, {operation}}}")
    apply_phase(tenant, "after")
    return tenant, tenant.audits.all()


@pytest.mark.parametrize(
    ("operation", "activity"),
    [
        ("patch: sp, set: {loginUrl: x}", "Update service principal"),
        ("patch: app, set: {notes: x}", "Update application"),
        ("patch: megan-bowen, set: {accountEnabled: false}", "Update user"),
        ("patch: sales, set: {membershipRule: x}", "Update group"),
        ("patch: sessions, set: {state: disabled}", "Update Conditional Access policy"),
        ("patch: signing, set: {isOrganizationDefault: true}", "Update policy"),
        ("delete: megan-bowen", "Delete user"),
        ("delete: sales", "Delete group"),
        ("delete: sp", "Remove service principal"),
        ("delete: app", "Delete application"),
        ("delete: sessions", "Delete Conditional Access policy"),
        ("delete: signing", "Delete policy"),
        ("remove_certificate: sp, name: old", "Remove service principal credentials"),
        (
            "add_secret: app, name: s, end: 2027-01-01T00:00:00Z",
            "Update application - Certificates and secrets management",
        ),
        ("add_assignment: sp, principal: sales, role: User", "Add app role assignment to group"),
        ("remove_assignment: sp, principal: megan-bowen", "Remove app role assignment from user"),
        ("add_owner: app, principal: adele-vance", "Add owner to application"),
        ("remove_owner: sp, principal: megan-bowen", "Remove owner from service principal"),
        ("add_grant: sp, resource: microsoft-graph, scope: Mail.Read", "Add delegated permission grant"),
        ("remove_grant: sp, resource: microsoft-graph", "Remove delegated permission grant"),
        (
            "add_permission: sp, resource: microsoft-graph, role: Group.Read.All",
            "Add app role assignment to service principal",
        ),
        (
            "remove_permission: sp, resource: microsoft-graph, role: User.Read.All",
            "Remove app role assignment from service principal",
        ),
        ("assign_policy: signing, to: sp", "Add policy to service principal"),
        ("unassign_policy: signing, to: app", "Remove policy from application"),
        ("create_policy: {displayName: New}", "Add Conditional Access policy"),
        ("set_job: sp, set: {status: {code: Quarantine}}", "Provisioning quarantine"),
        ("set_job: sp, set: {status: {code: Paused}}", "Disable/pause provisioning"),
        ("add_member: sales, principal: adele-vance", "Add member to group"),
    ],
)  # fmt: skip
def test_each_operation_leaves_its_entry(operation: str, activity: str) -> None:
    _, entries = after(operation)
    assert activity in [entry["activityDisplayName"] for entry in entries]
    for entry in entries:
        assert entry["activityDateTime"] == "2026-11-22T12:00:00Z"
        assert entry["initiatedBy"]["user"]["userPrincipalName"] == "adele.vance@contoso.example"


def test_a_certificate_that_is_made_active() -> None:
    spec = "certificate: {name: new, not_before: 2026-01-01T00:00:00Z, not_after: 2029-01-01T00:00:00Z}"
    tenant, entries = after(f"add_certificate: sp, {spec}, activate: true")
    principal = tenant.service_principals.all()[-1]
    assert len(principal["keyCredentials"]) == 4
    assert principal["preferredTokenSigningKeyThumbprint"] is not None
    assert [entry["activityDisplayName"] for entry in entries] == [
        "Add service principal credentials",
        "Update service principal",
    ]


def test_a_removed_certificate_takes_all_its_parts() -> None:
    tenant, _ = after("remove_certificate: sp, name: old")
    principal = tenant.service_principals.all()[-1]
    assert principal["keyCredentials"] == principal["passwordCredentials"] == []


def test_actors_of_three_kinds() -> None:
    by = {
        "adele-vance": "user",
        "pipeline": "app",
        '"service:Microsoft Azure AD Internal - Jit Provisioning"': "service",
    }
    for name, kind in by.items():
        (tenant,) = parse_tenants(FILE % f"{{at: 2026-11-22T12:00:00Z, by: {name}, patch: sp, set: {{loginUrl: x}}}}")
        apply_phase(tenant, "after")
        initiator = tenant.audits.all()[-1]["initiatedBy"]
        assert (initiator["user"] is None) == (kind != "user")
        if kind != "user":
            assert (initiator["app"]["appId"] is None) == (kind == "service")


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("patch: nobody, set: {a: b}", "nothing is called 'nobody'"),
        ("patch: sp", "set: this key is required"),
        ("patch: sp, set: {nope: 1}", "Invalid property 'nope'"),
        ("patch: sp, set: {loginUrl: x}, role: y", "role: unknown key"),
        ("add_assignment: sp, principal: megan-bowen, role: User", "already exists"),
        ("remove_certificate: sp, name: none", "no certificate has the name 'none'"),
        ("remove_secret: sp, name: none", "no secret has the name 'none'"),
        ("remove_assignment: sp, principal: adele-vance", "there is no such assignment"),
        ("set_job: app, set: {}", "does not exist"),
    ],
)
def test_a_mistake_names_its_place(operation: str, said: str) -> None:
    with pytest.raises(TenantFileError, match=r"phases\[0\]\.operations\[0\]") as wrong:
        after(operation)
    assert said in str(wrong.value)


def test_a_phase_is_made_once_and_must_exist() -> None:
    (tenant,) = parse_tenants(FILE % f"{{{WHEN}, patch: sp, set: {{loginUrl: x}}}}")
    with Emulator([tenant]) as emulator:
        assert emulator.advance("after") == ["contoso"]
        with pytest.raises(PhaseError, match="was applied before"):
            emulator.advance("after")
        with pytest.raises(PhaseError, match="no tenant has a phase 'later'"):
            emulator.advance("later")
        with pytest.raises(PhaseError, match="there are: after"):
            emulator.advance("later", "contoso")


def test_the_same_phase_gives_the_same_state() -> None:
    first, second = (after("add_assignment: sp, principal: sales, role: User") for _ in range(2))
    assert first[0].assignments.all() == second[0].assignments.all()
    assert first[1] == second[1]
