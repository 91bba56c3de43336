"""Several apps in one run: each found by its own identity, told apart in every output, each with its own drift."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.emulator import Emulator
from auditor.emulator.tenantfile import parse_tenants
from tests.cli.conftest import Ran, Run
from tests.scan.conftest import NOW

TENANT = """
name: contoso
id: 11111111-1111-1111-1111-111111111111
domain: contoso.example
licence: premium
clients:
  - name: auditor
    client_id: 22222222-2222-2222-2222-222222222222
    secret: emulator-only-two-apps
    roles: [Application.Read.All, AuditLog.Read.All, Directory.Read.All, GroupMember.Read.All, Organization.Read.All,
            Policy.Read.All, Synchronization.Read.All, User.Read.All]
organization: {displayName: Contoso}
users: [{displayName: Adele Vance}]
gallery:
  - {id: c0000000-0000-4000-8000-000000000001, displayName: GoToMeeting}
  - {id: c0000000-0000-4000-8000-000000000002, displayName: Figma}
  - {id: c0000000-0000-4000-8000-000000000003, displayName: Evernote}
applications:
  - ref: meetings-app
    displayName: GoToMeeting
    template: GoToMeeting
    identifierUris: ["https://authentication.logmeininc.com/saml/sp"]
    web: {redirectUris: ["https://authentication.logmeininc.com/saml/acs"]}
    appRoles: [User]
  - ref: figma-app
    displayName: Design
    template: Figma
    identifierUris: ["https://www.figma.com/saml/4711"]
    web: {redirectUris: ["https://www.figma.com/saml/4711/consume"]}
    appRoles: [User]
servicePrincipals:
  - ref: meetings
    application: meetings-app
    appRoleAssignmentRequired: true
    preferredSingleSignOnMode: saml
    samlSingleSignOnSettings: {relayState: "https://global.gotomeeting.com"}
    notificationEmailAddresses: [adele.vance@contoso.example]
    certificates: [&certificate {name: current, not_before: 2025-11-01T00:00:00Z, not_after: 2028-11-01T00:00:00Z}]
    preferred: current
    owners: [adele-vance]
    assignments: [{principal: adele-vance, role: User, at: 2025-11-01T09:00:00Z}]
  - ref: figma
    application: figma-app
    appRoleAssignmentRequired: true
    preferredSingleSignOnMode: saml
    loginUrl: https://www.figma.com/saml/4711/start
    notificationEmailAddresses: [adele.vance@contoso.example]
    certificates: [*certificate]
    preferred: current
    owners: [adele-vance]
    assignments: [{principal: adele-vance, role: User, at: 2025-11-01T09:00:00Z}]
phases:
  - name: after
    operations:
      - {at: 2026-11-22T13:00:00Z, by: adele-vance, patch: figma-app,
         set: {identifierUris: ["https://www.figma.com/saml/9999"]}}
"""
APPS = {"gotomeeting": "GoToMeeting", "figma": "Design"}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(parse_tenants(TENANT), now=lambda: NOW) as running:
        yield running


class Office:
    """A configuration with several packs, and scans by it."""

    def __init__(self, run: Run, emulator: Emulator, folder: Path) -> None:
        self._run = run
        self._emulator = emulator
        self.folder = folder
        self.config = folder / "auditor.toml"
        self.configure('"gotomeeting", "figma"')

    def configure(self, packs: str, *tenant: str) -> None:
        lines = [
            "[defaults]",
            f"packs = [{packs}]",
            "[clouds.lab]",
            f'graph = "{self._emulator.graph_url}"',
            f'authority = "{self._emulator.authority_url}"',
            f'ca_file = "{self._emulator.ca_file}"',
            "[[tenants]]",
            'name = "contoso"',
            'id = "11111111-1111-1111-1111-111111111111"',
            'cloud = "lab"',
            'client_id = "22222222-2222-2222-2222-222222222222"',
            'credential = { kind = "client-secret", env = "OFFICE_SECRET" }',
            'product = "GoToMeeting"',
            *tenant,
        ]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def scan(self, *more: str) -> Ran:
        return self._run("scan", "--config", self.config, "--out", self.folder / "out", *more)

    def tenant(self) -> Any:
        document = json.loads((self.folder / "out" / "results.json").read_text(encoding="utf-8"))
        (tenant,) = document["tenants"]
        return tenant


@pytest.fixture
def office(run: Run, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("OFFICE_SECRET", "emulator-only-two-apps")
    monkeypatch.setenv("AUDITOR_NOW", "2026-11-22T12:00:00Z")
    return Office(run, emulator, tmp_path)


def by_rule(tenant: Any) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for finding in tenant["findings"]:
        found.setdefault((finding["rule"], finding["subject"]["name"]), []).append(finding)
    return found


def test_both_apps_are_assessed_in_one_run(office: Office) -> None:
    ran = office.scan("--no-history", "--format", "json,html,csv")
    tenant = office.tenant()
    assert tenant["status"] == "complete", ran.err
    failing = [
        (one["rule"], one["subject"]["name"], one["reason"]) for one in tenant["findings"] if one["status"] == "fail"
    ]
    assert [rule for rule, _, _ in failing if rule != "GTM-SES-001"] == []
    findings = by_rule(tenant)
    for app in APPS.values():
        assert findings["SAML-CERT-001", app][0]["status"] == "pass"
    assert findings["GTM-SAML-001", "GoToMeeting"][0]["status"] == "pass"
    assert findings["FIGMA-SAML-001", "Design"][0]["status"] == "pass"
    assert ("FIGMA-SAML-001", "GoToMeeting") not in findings
    assert ("GTM-SAML-001", "Design") not in findings
    prints = [one["fingerprint"] for one in tenant["findings"]]
    assert len(prints) == len(set(prints))
    page = (office.folder / "out" / "report.html").read_text(encoding="utf-8")
    table = (office.folder / "out" / "findings.csv").read_text(encoding="utf-8-sig")
    for text in (page, table):
        assert "FIGMA-SAML-001" in text
        assert "GTM-SAML-001" in text
    assert "GoToMeeting and Figma SAML single sign-on in contoso follows the tutorials" in page


def test_an_app_that_is_not_there_fails_its_own_pack_alone(office: Office) -> None:
    office.configure('"gotomeeting", "evernote"')
    assert office.scan("--no-history", "--format", "json").code == 1
    findings = office.tenant()["findings"]
    assert [one["rule"] for one in findings if one["status"] == "fail" and one["severity"] != "info"] == [
        "EVERNOTE-APP-001"
    ]
    evernote = [one for one in findings if one["rule"].startswith("EVERNOTE-") and one["rule"] != "EVERNOTE-APP-001"]
    assert {one["status"] for one in evernote} == {"not_applicable"}


def test_a_binding_tells_another_customer_s_address(office: Office) -> None:
    office.configure('"gotomeeting", "figma"', 'bind.org_saml_config_id = "4711"')
    assert office.scan("--no-history", "--format", "json").code == 0
    findings = by_rule(office.tenant())
    assert findings["FIGMA-SAML-001", "Design"][0]["expected"] == "https://www.figma.com/saml/4711"
    office.configure('"gotomeeting", "figma"', 'bind.figma.org_saml_config_id = "1234"')
    assert office.scan("--no-history", "--format", "json").code == 1
    findings = by_rule(office.tenant())
    assert findings["FIGMA-SAML-001", "Design"][0]["status"] == "fail"
    assert findings["FIGMA-SAML-002", "Design"][0]["expected"] == "https://www.figma.com/saml/1234/consume"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('bind.org_saml_config = "1"', "did you mean 'org_saml_config_id'"),
        ('bind.fgma.org_saml_config_id = "1"', "did you mean 'figma'"),
        ('bind.org_saml_config_id = "a/b"', "cannot stand for"),
        ("bind.org_saml_config_id = 1", "bind.org_saml_config_id must be a text"),
        ("bind.figma.org_saml_config_id = 1", "bind.figma.org_saml_config_id must be a text"),
        ('bind = "4711"', "bind must be a table"),
    ],
)
def test_bindings_that_fit_nothing_stop_the_run(line: str, told: str, office: Office) -> None:
    office.configure('"gotomeeting", "figma"', line)
    ran = office.scan("--no-history")
    assert ran.code == 2
    assert told in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (office.folder / "out" / "results.json").exists()


@pytest.mark.parametrize(("bound", "effect"), [((), "neutral"), (('bind.org_saml_config_id = "4711"',), "regression")])
def test_drift_is_the_one_app_s_and_bindings_judge_it(
    bound: tuple[str, ...], effect: str, office: Office, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.configure('"gotomeeting", "figma"', *bound)
    assert office.scan("--format", "json").code == 0
    emulator.advance("after")
    monkeypatch.setenv("AUDITOR_NOW", "2026-11-23T12:00:00Z")
    assert office.scan("--format", "all").code == (1 if bound else 0)
    drift = office.tenant()["drift"]
    changed = [one for one in drift if one["path"].startswith("application.identifierUris")]
    assert {one["subject"]["name"] for one in drift} == {"Design"}
    assert {one["effect"] for one in changed} == {effect}
