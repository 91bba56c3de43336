"""``auditor doctor``: what is held, what is missing, what that costs and how it is given."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from auditor.emulator import Emulator
from auditor.graph.catalogue import needed_permissions
from auditor.graph.clouds import BUILT_IN
from auditor.graph.consent import APP_ROLES, consent_for
from auditor.graph.permissions import TokenClaims
from tests.cli.conftest import Lab, Run

TENANT, CLIENT = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
GLOBAL = BUILT_IN["global"]


def doctor(run: Run, lab: Lab, *more: str) -> tuple[int, dict[str, Any]]:
    ran = run("doctor", "--config", lab.config, "--format", "json", *more)
    found: dict[str, Any] = json.loads(ran.out)
    return ran.code, found


def about(found: dict[str, Any], what: str) -> list[dict[str, Any]]:
    return [check for check in found["checks"] if check["what"].endswith(what)]


@pytest.fixture
def contoso(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator, whose contoso gets back after the test what it was granted before."""
    granted = emulator.client("contoso").roles
    yield emulator
    emulator.set_roles("contoso", None, granted)


def test_all_in_order(run: Run, lab: Lab) -> None:
    code, found = doctor(run, lab, "--tenant", "contoso")
    assert (code, found["state"]) == (0, "ok")
    assert about(found, "history")[0]["told"] == "there is none yet; the first scan makes it"
    assert not (lab.folder / "auditor.db").exists()
    held, verdict = about(found, "contoso, permissions")
    assert held["told"] == f"held: {', '.join(needed_permissions())}"
    assert verdict["told"] == "all that a full scan needs, and nothing that writes"


def test_each_missing_permission_with_its_rules_and_the_way_to_give_exactly_these(
    run: Run, lab: Lab, contoso: Emulator
) -> None:
    missing = ("Policy.Read.All", "Synchronization.Read.All")
    contoso.set_roles("contoso", None, sorted({*needed_permissions()} - {*missing}))
    code, found = doctor(run, lab, "--tenant", "contoso")
    assert (code, found["state"]) == (3, "warning")
    lacking = {check["permission"]: check for check in found["checks"] if check["permission"]}
    assert tuple(lacking) == missing
    assert lacking["Synchronization.Read.All"]["rules"] == ["GTM-PROV-001"]
    assert "without it GTM-PROV-001 is unknown (health of provisioning)" in lacking["Synchronization.Read.All"]["told"]
    (consent,) = about(found, "contoso, consent")
    assert [role for role in APP_ROLES.values() if role in consent["commands"][0]] == [
        APP_ROLES[one] for one in missing
    ]
    tenant, client = contoso.tenant("contoso").id, contoso.client("contoso").client_id
    assert consent["url"] == f"{contoso.authority_url}/{tenant}/adminconsent?client_id={client}"


@pytest.mark.parametrize("permission", needed_permissions())
def test_the_rules_that_a_permission_costs_are_those_that_a_scan_cannot_assess_without_it(
    run: Run, lab: Lab, contoso: Emulator, permission: str
) -> None:
    """What doctor foretells, held against a scan. Directory.Read.All is withheld too: it gives what others give."""
    withheld = {permission, "Directory.Read.All"}
    contoso.set_roles("contoso", None, sorted({*needed_permissions()} - withheld))
    _, found = doctor(run, lab, "--tenant", "contoso")
    foretold = {check["permission"]: {*check["rules"]} for check in found["checks"] if check["permission"]}
    assert foretold.keys() == withheld
    run("scan", "--config", lab.config, "--tenant", "contoso", "--out", lab.folder / "out", "--format", "json")
    (tenant,) = json.loads((lab.folder / "out" / "results.json").read_text("utf-8"))["tenants"]
    unknown = {finding["rule"] for finding in tenant["findings"] if finding["status"] == "unknown"}
    assert unknown <= set().union(*foretold.values())
    assert bool(unknown & foretold[permission]) == bool(foretold[permission])


def test_a_permission_that_writes_is_warned_of(run: Run, lab: Lab, contoso: Emulator) -> None:
    contoso.set_roles("contoso", None, (*needed_permissions(), "Group.Create", "Application.ReadWrite.All"))
    code, found = doctor(run, lab, "--tenant", "contoso")
    assert code == 3
    told = [check["told"] for check in found["checks"] if check["state"] == "warning"]
    assert told == ["the token can write (Application.ReadWrite.All, Group.Create); reading needs none of these"]


def test_for_people(run: Run, lab: Lab, contoso: Emulator) -> None:
    contoso.set_roles("contoso", None, ["Application.Read.All"])
    ran = run("doctor", "--config", lab.config, "--tenant", "contoso")
    assert ran.code == 3
    assert (
        "WARNING tenant contoso, permissions: Policy.Read.All is not held; without it 3 rules are unknown: " in ran.out
    )
    assert "        $ az ad app permission add --id " in ran.out
    assert f"        {contoso.authority_url}/" in ran.out


def test_a_credential_that_does_not_work_is_2(run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_SECRET_CONTOSO", "wrong")
    code, found = doctor(run, lab, "--tenant", "contoso")
    assert (code, found["state"]) == (2, "error")
    assert "AADSTS7000215" in about(found, "contoso, sign-in")[0]["told"]


def test_a_history_that_cannot_be_used(run: Run, lab: Lab) -> None:
    (lab.folder / "auditor.db").write_bytes(b"something else, and long enough to be looked at" * 9)
    code, found = doctor(run, lab, "--tenant", "contoso")
    assert code == 2
    assert about(found, "history")[0]["state"] == "error"


def test_channels_are_looked_at_and_not_used(run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[[notify]]\nurl_env = "A_CHANNEL"\n[healthcheck]\nurl_env = "A_PING"\n[metrics]\ntextfile = "no/x.prom"\n'
    lab.config.write_text(lab.config.read_text("utf-8") + text, "utf-8")
    monkeypatch.setenv("A_CHANNEL", "json://127.0.0.1:1/canary-channel")
    code, found = doctor(run, lab, "--tenant", "contoso")
    assert code == 3
    states = {check["what"]: check["state"] for check in found["checks"]}
    assert states["notification A_CHANNEL"] == "ok"
    assert states["healthcheck"] == states["metrics"] == "warning"
    assert "canary" not in json.dumps(found)


def test_delegated_permissions_are_asked_for_by_name() -> None:
    claims = TokenClaims(scp="User.Read", appid=CLIENT)
    consent = consent_for(
        ["Policy.Read.All", "User.Read.All"], kind="device-code", tenant_id=TENANT, client_id=CLIENT, cloud=GLOBAL,
        claims=claims,
    )  # fmt: skip
    assert consent.url is not None
    page = urlsplit(consent.url)
    assert f"{page.scheme}://{page.netloc}{page.path}" == (
        f"https://login.microsoftonline.com/{TENANT}/v2.0/adminconsent"
    )
    assert parse_qs(page.query) == {
        "client_id": [CLIENT],
        "scope": ["https://graph.microsoft.com/Policy.Read.All https://graph.microsoft.com/User.Read.All"],
        "redirect_uri": ["http://localhost"],
    }
    assert "+" not in page.query
    assert consent.commands == ()


def test_nobody_can_consent_for_the_azure_cli_nor_by_a_page_for_a_managed_identity() -> None:
    claims = TokenClaims(roles=("User.Read.All",), appid=CLIENT, oid=TENANT)
    given: dict[str, Any] = {"tenant_id": TENANT, "client_id": None, "cloud": GLOBAL, "claims": claims}
    assert consent_for(["Policy.Read.All"], kind="azure-cli", **given).url is None
    identity = consent_for(["Policy.Read.All"], kind="managed-identity", **given)
    assert identity.url is None
    assert APP_ROLES["Policy.Read.All"] in identity.commands[-1]
    assert TENANT in identity.commands[-1]


def test_what_a_token_claims_goes_into_no_command_unless_it_is_an_id() -> None:
    claims = TokenClaims(roles=("x",), appid="$(touch canary)", oid='"; touch canary')
    given: dict[str, Any] = {"tenant_id": TENANT, "client_id": None, "cloud": GLOBAL, "claims": claims}
    for kind in ("access-token", "managed-identity"):
        consent = consent_for(["Policy.Read.All"], kind=kind, **given)
        assert "canary" not in "".join((consent.url or "", *consent.commands))


def test_every_needed_permission_has_the_id_of_its_role() -> None:
    assert APP_ROLES.keys() == {*needed_permissions()}
    # The emulator has its ids from Microsoft's permissions reference by itself.
    from auditor.emulator.permissions import APP_ROLE_IDS

    assert {name: APP_ROLE_IDS[name] for name in APP_ROLES} == APP_ROLES


def test_shell_commands_are_clean(tmp_path: Path) -> None:
    import shutil
    import subprocess

    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed (Debian: shellcheck)")
    claims = TokenClaims(roles=("x",), appid=CLIENT, oid=TENANT)
    given: dict[str, Any] = {"tenant_id": TENANT, "client_id": CLIENT, "cloud": GLOBAL, "claims": claims}
    for kind in ("certificate", "managed-identity"):
        commands = consent_for(needed_permissions(), kind=kind, **given).commands
        script = tmp_path / f"{kind}.sh"
        script.write_text("#!/bin/sh\n" + "\n".join(commands) + "\n", "utf-8")
        checked = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
        assert checked.stdout == ""
