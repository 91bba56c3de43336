"""Tenant files: what they can say, and how a mistake is told."""

from pathlib import Path

import pytest

from auditor.emulator import TenantFileError, load_tenants, parse_tenants
from auditor.emulator.directory import Tenant

HEAD = """
name: contoso
id: 11111111-1111-4111-8111-111111111111
"""


def one(text: str) -> Tenant:
    (tenant,) = parse_tenants(HEAD + text)
    return tenant


def test_the_least_that_a_tenant_needs() -> None:
    tenant = one("")
    assert (tenant.domain, tenant.audit_days, tenant.unlicensed) == ("contoso.example", 30, frozenset())
    assert tenant.organization["verifiedDomains"][0]["name"] == "contoso.example"
    assert [p["displayName"] for p in tenant.service_principals] == ["Microsoft Graph"]


def test_mirrors_of_an_application() -> None:
    tenant = one("""
applications:
  - {ref: app, displayName: GoToMeeting, template: GoToMeeting, identifierUris: ["https://x.example"],
     web: {redirectUris: ["https://y.example"], logoutUrl: "https://z.example"}, appRoles: [User]}
servicePrincipals: [{ref: sp, application: app}]
""")
    application, principal = next(iter(tenant.applications)), tenant.service_principals.all()[-1]
    assert principal["displayName"] == principal["appDisplayName"] == "GoToMeeting"
    assert principal["servicePrincipalNames"] == ["https://x.example", application["appId"]]
    assert principal["replyUrls"] == ["https://y.example"]
    assert principal["logoutUrl"] == "https://z.example"
    assert principal["applicationTemplateId"] == tenant.templates.by("displayName", "GoToMeeting")[0]["id"]
    assert principal["appRoles"] == application["appRoles"]


def test_what_is_given_wins_over_the_mirror() -> None:
    tenant = one("""
applications: [{ref: app, displayName: A, identifierUris: ["https://x.example"]}]
servicePrincipals:
  - {ref: sp, application: app, displayName: B, servicePrincipalNames: [odd], applicationTemplateId: null}
""")
    principal = tenant.service_principals.all()[-1]
    assert (principal["displayName"], principal["servicePrincipalNames"]) == ("B", ["odd"])
    assert principal["applicationTemplateId"] is None


def test_the_same_file_gives_the_same_tenant() -> None:
    text = (Path(__file__).parents[2] / "auditor" / "emulator" / "tenants" / "fabrikam.yaml").read_text("utf-8")
    first, second = parse_tenants(text)[0], parse_tenants(text)[0]
    for name in ("users", "groups", "applications", "service_principals", "assignments", "audits", "token_policies"):
        assert getattr(first, name).all() == getattr(second, name).all()


def test_references_within_values() -> None:
    tenant = one("""
applications: [{ref: app, displayName: A}]
servicePrincipals: [{ref: sp, application: app}]
conditionalAccessPolicies:
  - {displayName: P, conditions: {applications: {includeApplications: ["ref:sp.appId", "ref:nobody.appId"]}}}
""")
    included = tenant.conditional_access.all()[0]["conditions"]["applications"]["includeApplications"]
    assert included == [tenant.applications.all()[0]["appId"], "ref:nobody.appId"]


def test_several_tenants_in_a_file_and_files_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "tenants:\n"
        "- {name: a, id: 11111111-0000-4000-8000-000000000001}\n"
        "- {name: b, id: 11111111-0000-4000-8000-000000000002}\n"
    )
    (tmp_path / "b.yml").write_text("{name: c, id: 11111111-0000-4000-8000-000000000003}")
    (tmp_path / "notes.txt").write_text("not a tenant")
    assert [tenant.name for tenant in load_tenants(tmp_path)] == ["a", "b", "c"]
    (tmp_path / "c.yaml").write_text("{name: A, id: 11111111-0000-4000-8000-000000000004}")
    with pytest.raises(TenantFileError, match="two tenants have the name 'a'"):
        load_tenants(tmp_path)


def test_times_stay_as_they_are_written() -> None:
    tenant = one("users: [{displayName: A, createdDateTime: 2026-01-02T03:04:05Z}]")
    assert tenant.users.all()[0]["createdDateTime"] == "2026-01-02T03:04:05Z"


PRINCIPAL = "servicePrincipals: [{ref: sp, displayName: A, %s}]"
CERTIFICATE = PRINCIPAL % "certificates: [{name: c, not_before: 2026-01-01T00:00:00Z, %s}]"
UNTIL = "not_after: 2027-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: again", "line 4: the key 'name' is given twice"),
        ("nmae: x", "nmae: unknown key; did you mean 'name'?"),
        ("a: [", "line 5"),
        ("licence: gold", "licence: expected one of premium, none, not 'gold'"),
        ("unlicensed: [mail]", "unlicensed: expected some of audit, conditionalAccess"),
        ("size: many", "size: a whole number was expected, not 'many'"),
        ("users: x", "users: a list was expected, not text"),
        ("users: [1]", "users[0]: a mapping was expected, not a number"),
        ("users: [{mail: x}]", "users[0]: ref or displayName is required"),
        ("users: [{displayName: A, acountEnabled: true}]", "users[0].acountEnabled: unknown key; did you mean"),
        ("users: [{displayName: A, accountEnabled: 'yes'}]", "users[0].accountEnabled: Cannot convert"),
        ("users: [{displayName: A, id: 7}]", "users[0].id: text was expected"),
        ("users: [{displayName: A, id: x}]", "users[0].id: a GUID was expected"),
        ("users: [A, A]", "users[1].ref: the ref 'a' is taken"),
        ("groups: [{displayName: G, members: [nobody]}]", "groups[0].members: nothing is called 'nobody'"),
        ("users: [Adele Vance]\ngroups: [{displayName: G, members: [adele-vanse]}]", "did you mean 'adele-vance'?"),
        ("clients: [{name: a}]", "clients[0].client_id: this key is required"),
        ("clients: [{name: a, client_id: x}]", "clients[0].client_id: a GUID was expected"),
        ("clients: [{name: a, client_id: 11111111-1111-4111-8111-111111111111, certificates: [gone.pem]}]", "gone.pem"),
        ("applications: [{displayName: A, template: Nothing}]", "applications[0].template: the gallery has no"),
        ("applications: [{displayName: A, web: {redirectUris: x}}]", "applications[0].web"),
        ("servicePrincipals: [{ref: a, application: b}]", "servicePrincipals[0].application: nothing is called 'b'"),
        (PRINCIPAL % "preferred: x", "preferred: no certificate has the name 'x'"),
        (PRINCIPAL % "certificates: [{name: c}]", "certificates[0].not_before: this key is required"),
        (CERTIFICATE % "not_after: soon", "certificates[0].not_after: a time such as"),
        (CERTIFICATE % f"{UNTIL}, algorithm: rsa512", "algorithm: expected one of rsa1024"),
        (CERTIFICATE % f"{UNTIL}, algorithm: p256, hash: sha1", "hash: only RSA"),
        (PRINCIPAL % "assignments: [nobody]", "assignments[0].principal: nothing is called 'nobody'"),
        (PRINCIPAL % "assignments: [{principal: sp, role: Admin}]", "assignments[0].role: no app role 'Admin'"),
        (PRINCIPAL % "grants: [{resource: nobody, scope: x}]", "grants[0].resource: nothing is called 'nobody'"),
        (PRINCIPAL % "permissions: [{resource: microsoft-graph, role: No.Such}]", "permissions[0].role: no app role"),
        ("phases: [{name: p, operations: [{at: x, by: y}]}]", "phases[0].operations[0]: exactly one of"),
        ("phases: [{name: p, operations: [{by: y, patch: x}]}]", "phases[0].operations[0].at: this key is required"),
        ("phases: [{name: p, operations: [{at: x, by: y, pach: z}]}]", "pach: unknown key; did you mean 'patch'?"),
        ("phases: [{name: p}, {name: p}]", "phases[1].name: two phases are called 'p'"),
        ("directoryAudits: [{target: nobody, at: x, by: y, activity: z}]", "directoryAudits[0].target: nothing is"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(TenantFileError) as wrong:
        parse_tenants(HEAD + text, source="mine.yaml")
    assert str(wrong.value).startswith("mine.yaml: ")
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a mapping was expected at the top"),
        ("- a", "a mapping was expected at the top"),
        ("tenants: []", "tenants: there is no tenant"),
        ("tenants: [{name: a}]", "tenants[0].id: this key is required"),
        ("{name: a, id: x}", "id: a GUID was expected, not 'x'"),
        ("1: a", "keys must be text"),
        ("!!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("a: \x00", "mine.yaml"),
    ],
)
def test_a_file_that_is_no_tenant(text: str, said: str) -> None:
    with pytest.raises(TenantFileError, match=r"^mine\.yaml: ") as wrong:
        parse_tenants(text, source="mine.yaml")
    assert said in str(wrong.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TenantFileError, match=r"gone\.yaml: cannot be read"):
        load_tenants(tmp_path / "gone.yaml")
    with pytest.raises(TenantFileError, match=r"holds no \.yaml file"):
        load_tenants(tmp_path)
