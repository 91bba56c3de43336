"""From a scan to a bundle and back: the same reports, the same findings, with no credentials and no network."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from auditor import job
from auditor.config import load
from auditor.model.result import TenantResult
from tests.cli.conftest import Lab, Run
from tests.test_signing import PASSWORD, new_keys

QUICK = "json,html,csv,remediation"
"""Formats that cost little; paper is tested with the reports."""


@pytest.fixture
def scanned(lab: Lab, run: Run) -> Path:
    """The folder of a scan of every sample tenant, with its evidence."""
    out = lab.folder / "reports"
    assert run("scan", "--config", lab.config, "--out", out, "--format", f"{QUICK},evidence").code == 1
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def findings(results: bytes) -> list[Any]:
    """What the rules say, by tenant; what a history adds is left out."""
    return [
        (
            [tenant[name] for name in ("tenant", "verdict", "snapshot_sha256", "coverage", "permissions")],
            [{**finding, "history": None} for finding in tenant["findings"]],
        )
        for tenant in json.loads(results)["tenants"]
    ]


def test_a_bundle_gives_the_same_reports_byte_for_byte(scanned: Path, tmp_path: Path, run: Run) -> None:
    again = tmp_path / "again"
    assert run("report", scanned / "evidence.zip", "--out", again, "--format", f"{QUICK},evidence").code == 0
    assert contents(again) == contents(scanned)
    for path in scanned.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_verify_finds_it_good_and_says_that_it_is_not_signed(scanned: Path, run: Run) -> None:
    done = run("verify", scanned / "evidence.zip")
    assert done.code == 0
    assert "good: scan" in done.out
    assert "5 tenants" in done.out
    assert "Not signed" in done.out
    assert "findings from snapshots and rules" in done.out


WITHOUT_NETWORK = """
import sys
from auditor.cli import main
asked = []
def listen(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        asked.append((event, arguments[1:]))
sys.addaudithook(listen)
code = main(sys.argv[1:])
assert not asked, asked
sys.exit(code)
"""


def test_evaluated_again_it_says_the_same_without_secrets_or_network(scanned: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LAB_SECRET")}
    bundle = scanned / "evidence.zip"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK, "scan", "--from-evidence", bundle, "--out", again, "--format", "json"],
        env=environ,
        cwd=tmp_path / "..",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    before, after = (scanned / "results.json").read_bytes(), (again / "results.json").read_bytes()
    assert findings(after) == findings(before)
    assert json.loads(after)["scan"]["id"] != json.loads(before)["scan"]["id"]


def test_todays_rules_waivers_and_clock_count(scanned: Path, lab: Lab, tmp_path: Path, run: Run) -> None:
    waivers = lab.folder / "waivers.yaml"
    results = json.loads((scanned / "results.json").read_bytes())
    tenant = next(one for one in results["tenants"] if one["tenant"]["name"] == "tailspin")
    failing = next(one for one in tenant["findings"] if one["status"] == "fail")
    waiver = {
        "rule": failing["rule"],
        "tenant": "tailspin",
        "subject": failing["subject"]["id"],
        "owner": "Nestor Wilke",
        "reason": "is replaced next week",
        "ticket": "SEC-1",
        "expires": "2027-01-01",
        "observed": failing["observed"],
    }
    waivers.write_text(json.dumps({"waivers": [waiver]}), encoding="utf-8")
    out = tmp_path / "again"
    arguments = ("--config", lab.config, "--from-evidence", scanned / "evidence.zip", "--format", "json", "--out", out)
    run("scan", *arguments, "--tenant", "tailspin", "--now", "2026-11-23T12:00:00Z")
    (again,) = json.loads((out / "results.json").read_bytes())["tenants"]
    waived = next(one for one in again["findings"] if one["rule"] == failing["rule"])
    assert waived["waiver"]["ticket"] == "SEC-1"
    assert again["finished_at"] == "2026-11-23T12:00:00Z"
    lab.config.write_text(
        lab.config.read_text().replace('product = "GoToMeeting"', 'product = "GoToMeeting"\nskip = ["GTM-SES-001"]')
    )
    run("scan", *arguments, "--tenant", "contoso")
    (again,) = json.loads((out / "results.json").read_bytes())["tenants"]
    assert "GTM-SES-001" not in {one["rule"] for one in again["findings"] if one["status"] != "not_applicable"}


def test_a_pack_that_asks_more_than_was_read_finds_no_pass(scanned: Path, lab: Lab, tmp_path: Path, run: Run) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "other.yaml").write_text(OTHER_APP, encoding="utf-8")
    out = tmp_path / "again"
    bundle = scanned / "evidence.zip"
    done = run(
        "scan", "--from-evidence", bundle, "--rules", rules, "--format", "json", "--out", out, "--tenant", "contoso"
    )
    assert done.code == 3, done.out + done.err
    (again,) = json.loads((out / "results.json").read_bytes())["tenants"]
    assert again["status"] == "failed"
    (other,) = [one for one in again["findings"] if one["rule"] == "OTHER-001"]
    assert other["status"] == "unknown"
    assert "the recorded evidence does not hold this answer" in other["reason"]
    assert "not_asked" in {one["outcome"] for one in again["coverage"]}


def test_the_history_has_no_answers(scanned: Path, lab: Lab, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "again"
    done = run("report", "latest", "--config", lab.config, "--format", "evidence", "--out", out)
    assert done.code == 2
    assert "keeps no answers" in done.err
    assert not out.exists()
    done = run("scan", "--from-evidence", scanned / "evidence.zip", "--format", "evidence", "--out", out)
    assert done.code == 2
    assert "byte for byte" in done.err


@pytest.mark.parametrize("other", ["--resume", "--fail-on-drift", "--dask=tcp://127.0.0.1:1"])
def test_options_that_mean_nothing_here_are_refused(scanned: Path, other: str, run: Run, tmp_path: Path) -> None:
    done = run("scan", "--from-evidence", scanned / "evidence.zip", "--out", tmp_path / "x", other)
    assert done.code == 2
    assert "do not go together" in done.err


def test_paper_carries_the_bundle_and_both_are_signed(lab: Lab, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = new_keys(lab.folder, "contoso-audit")
    monkeypatch.setenv("AUDIT_KEY_PASSWORD", PASSWORD)
    out = lab.folder / "reports"
    arguments = ("--tenant", "contoso", "--out", out, "--no-history", "--format", "pdfa,evidence")
    signing = ("--sign-p12", keys.p12, "--sign-password-env", "AUDIT_KEY_PASSWORD")
    done = run("scan", "--config", lab.config, *arguments, *signing)
    assert done.code == 0, done.err
    assert set(contents(out)) == {"results.json", "evidence.zip", "archive.pdf"}
    archive = PdfReader(out / "archive.pdf")
    attached = {name: content for name, (content,) in archive.attachments.items()}
    assert attached == {name: (out / name).read_bytes() for name in ("results.json", "evidence.zip")}
    assert "/ETSI.CAdES.detached" in [str(field["/V"]["/SubFilter"]) for field in (archive.get_fields() or {}).values()]
    assert run("verify", out / "evidence.zip", "--signer", keys.certificate).code == 0
    assert PASSWORD.encode() not in b"".join(contents(out).values())
    wrong = run("scan", "--config", lab.config, *arguments, "--sign-key", keys.key)
    assert wrong.code == 2
    assert "both --sign-key and --sign-cert" in wrong.err


def test_a_scan_that_lost_its_answers_is_not_resumed_into_a_bundle(lab: Lab, run: Run) -> None:
    config = load(lab.config)
    prepared = job.prepare(config, rules=None, now=None, environ=dict(os.environ))

    def die(result: TenantResult) -> None:
        raise RuntimeError("the machine stops here")

    with pytest.raises(RuntimeError, match="stops here"):
        job.run(prepared, finished=die)
    done = run("scan", "--resume", "--config", lab.config, "--format", "evidence")
    assert done.code == 2
    assert "were lost when scan" in done.err
    assert run("scan", "--resume", "--config", lab.config, "--format", "json").code == 1


OTHER_APP = """
id: other
version: "1.0.0"
title: Another app
document: {title: "Another tutorial", url: "https://another.example/tutorial", date: 2026-01-01}
app:
  display_name: Another App
  template_name: Another App
  identifier: https://another.example/saml
rules:
  - id: OTHER-001
    title: The app is there
    severity: high
    scope: tenant
    group: application
    requires: [discovery.present]
    select: $.discovery.present
    expect: {const: true}
    expected: the app
    says: {pass: "It is there.", fail: "It is not there."}
    citation: {section: One}
    risk: Nobody signs in.
    guidance: Add the app.
    remedy: null
    controls: {}
"""
