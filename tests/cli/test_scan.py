"""``auditor scan`` end to end: exit codes, files, and one tenant's trouble that costs no other."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.cli.conftest import Lab, Ran, Run
from tests.cli.test_bad_input import edit

SCHEMA = Path(__file__).parents[2] / "auditor" / "schemas" / "results.schema.json"


def scan(run: Run, lab: Lab, *more: object) -> Ran:
    return run("scan", "--config", lab.config, "--out", lab.folder / "out", "--no-history", *more)


def results(lab: Lab) -> Any:
    return json.loads((lab.folder / "out" / "results.json").read_text(encoding="utf-8"))


def test_a_healthy_tenant_gives_0(run: Run, lab: Lab) -> None:
    ran = scan(run, lab, "--tenant", "contoso", "--format", "json")
    assert ran.code == 0
    assert results(lab)["scan"]["verdict"] == "compliant"
    assert "compliant" in ran.out


def test_findings_give_1_and_win_over_gaps(run: Run, lab: Lab) -> None:
    assert scan(run, lab, "--format", "json").code == 1
    document = results(lab)
    assert document["scan"]["verdict"] == "non_compliant"
    assert [tenant["tenant"]["name"] for tenant in document["tenants"]] == sorted(
        tenant["tenant"]["name"] for tenant in document["tenants"]
    )


def test_what_could_not_be_assessed_gives_3(run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_SECRET_CONTOSO", "wrong")
    ran = scan(run, lab, "--tenant", "contoso", "--format", "json")
    (tenant,) = results(lab)["tenants"]
    assert ran.code == 3
    assert (tenant["status"], tenant["verdict"]) == ("failed", "unknown")
    assert {finding["status"] for finding in tenant["findings"]} == {"unknown"}
    assert "AADSTS7000215" in json.dumps(tenant)


def test_one_tenant_s_wrong_secret_costs_no_other(run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scan(run, lab, "--format", "json").code == 1
    before = {tenant["tenant"]["name"]: tenant for tenant in results(lab)["tenants"]}
    monkeypatch.setenv("LAB_SECRET_CONTOSO", "wrong")
    assert scan(run, lab, "--format", "json").code == 1
    after = {tenant["tenant"]["name"]: tenant for tenant in results(lab)["tenants"]}
    failed = [name for name, tenant in after.items() if tenant["status"] == "failed"]
    assert len(failed) == 1
    for name in after:
        if name not in failed:
            assert after[name]["findings"] == before[name]["findings"]


def test_a_missing_variable_of_one_tenant_costs_no_other(run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_SECRET_FABRIKAM")
    scan(run, lab, "--format", "json")
    statuses = [tenant["status"] for tenant in results(lab)["tenants"]]
    assert statuses.count("failed") == 1


def test_fail_on_raises_the_bar(run: Run, lab: Lab) -> None:
    edit(lab, r"product = \"GoToMeeting\"", 'product = "GoToWebinar"')
    assert scan(run, lab, "--tenant", "contoso", "--format", "json").code == 1
    assert scan(run, lab, "--tenant", "contoso", "--format", "json", "--fail-on", "high").code == 0


def test_every_format_is_written_whole_and_the_data_follows_its_schema(run: Run, lab: Lab) -> None:
    assert scan(run, lab, "--tenant", "contoso", "--tenant", "northwind").code == 3
    out = lab.folder / "out"
    assert {"results.json", "report.html", "report.pdf", "findings.csv"} <= {path.name for path in out.iterdir()}
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF-")
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(results(lab))


def test_a_waiver_marks_a_finding_and_takes_it_from_the_exit_code(run: Run, lab: Lab) -> None:
    edit(lab, r"product = \"GoToMeeting\"", 'product = "GoToWebinar"')
    (lab.folder / "waivers.yaml").write_text(
        "- rule: GTM-SAML-005\n  tenant: contoso\n  subject: '*'\n  owner: identity team\n  reason: moving products\n"
        "  ticket: CHG-1\n  expires: 2027-01-31\n  observed: https://global.gotomeeting.com\n",
        encoding="utf-8",
    )
    ran = scan(run, lab, "--tenant", "contoso", "--format", "json")
    (finding,) = [finding for finding in results(lab)["tenants"][0]["findings"] if finding["rule"] == "GTM-SAML-005"]
    assert finding["status"] == "fail"
    assert finding["waiver"]["owner"] == "identity team"
    assert ran.code == 0


def test_a_waiver_for_a_tenant_that_is_not_configured_is_told(run: Run, lab: Lab) -> None:
    (lab.folder / "waivers.yaml").write_text(
        "- rule: GTM-SAML-005\n  tenant: contosso\n  subject: '*'\n  owner: identity team\n  reason: moving products\n"
        "  ticket: CHG-1\n  expires: 2027-01-31\n  observed: https://global.gotomeeting.com\n",
        encoding="utf-8",
    )
    scan(run, lab, "--tenant", "contoso", "--format", "json")
    assert any("names no scanned tenant" in warning for warning in results(lab)["tenants"][0]["warnings"])


def test_a_skipped_rule_is_told(run: Run, lab: Lab) -> None:
    lab.config.write_text('[defaults]\nskip = ["GTM-SES-001"]\n' + lab.config.read_text(encoding="utf-8"))
    assert scan(run, lab, "--tenant", "contoso", "--format", "json").code == 0
    document = results(lab)
    assert "GTM-SES-001" not in {finding["rule"] for finding in document["tenants"][0]["findings"]}


def test_no_secret_is_in_any_output(run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_SECRET_CONTOSO", "canary-5f2c")
    ran = scan(run, lab, "--format", "json,html,csv")
    written = b"".join(path.read_bytes() for path in (lab.folder / "out").iterdir())
    assert b"canary-5f2c" not in written
    assert "canary-5f2c" not in ran.out + ran.err
