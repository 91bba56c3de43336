"""``auditor rules``: data on standard output, messages on standard error, exit codes, and quick."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.cli import rules
from auditor.errors import UserError

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    rules.configure(parser)
    return rules.run(parser.parse_args(arguments))


def test_list_names_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    told = capsys.readouterr()
    assert told.err == ""
    lines = told.out.splitlines()
    assert lines[0].startswith("gotomeeting 1.0.0: GoToMeeting SAML single sign-on (34 rules")
    assert len(lines) == 35
    assert lines[1].split()[:2] == ["GTM-APP-001", "high"]


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--format", "json") == 0
    listed = json.loads(capsys.readouterr().out)["rules"]
    assert len(listed) == 34
    assert {rule["defined_in"] for rule in listed} == {"gotomeeting", "saml-baseline"}
    assert {"id", "title", "severity", "requires", "expect", "citation", "remedy", "skipped"} <= listed[0].keys()


def test_list_tells_what_is_out_of_scope(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ours.yaml").write_text(
        "id: ours\nversion: '1'\ntitle: Ours\nextends: gotomeeting\noverride: {GTM-SES-001: {enabled: false}}\n",
        encoding="utf-8",
    )
    assert run("list", "--rules", str(tmp_path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ours 1: Ours (34 rules")
    assert next(line for line in lines if line.endswith("(out of scope)")).split()[0] == "GTM-SES-001"


def test_list_tells_waivers_and_what_lapses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = (
        "- {rule: R-1, tenant: contoso, subject: '*', owner: o, reason: because, "
        "ticket: T-1, observed: x, expires: %s}\n"
    )
    path = tmp_path / "waivers.yaml"
    path.write_text(
        "".join(entry % day for day in ("2026-12-01", "2026-11-22", "2027-05-05")) + "- {}\n", encoding="utf-8"
    )
    assert run("list", "--waivers", str(path), "--now", "2026-11-22T12:00:00Z") == 0
    told = capsys.readouterr().out
    assert "until 2026-12-01 (lapses in 9 days)" in told
    assert "until 2026-11-22 (lapsed)" in told
    assert "until 2027-05-05 (in force)" in told
    assert "warning: waivers.yaml:4: this waiver waives nothing" in told


def test_show_tells_the_whole_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "gtm-saml-001") == 0
    told = capsys.readouterr().out
    for part in (
        "GTM-SAML-001",
        "step 5.a",
        "https://learn.microsoft.com/",
        "Risk",
        "Guidance",
        "set-identifier",
        "A.8.9",
    ):
        assert part in told


def test_show_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'GTM-SAML-001'"):
        run("show", "GTM-SAML-01")


def test_check_of_a_good_pack(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", str(ROOT / "rules"), "gotomeeting") == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("no problem in ")


def test_check_of_a_bad_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("id: bad\nversion: '1'\ntitle: Bad\nruls: []\n", encoding="utf-8")
    assert run("check", str(path)) == 2
    told = capsys.readouterr()
    assert "bad.yaml:4: key 'ruls': there is no such key; did you mean 'rules'?" in told.out
    assert told.err == f"{len(told.out.splitlines())} problem{'s' if told.out.count(chr(10)) > 1 else ''} in 1 file\n"
    assert run("check", str(path), "--format", "json") == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["line"] == 4


def test_check_of_nothing(tmp_path: Path) -> None:
    assert run("check", str(tmp_path)) == 2
    assert run("check", str(tmp_path / "x.yaml")) == 2


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import argparse, sys; from auditor.cli import rules; parser = argparse.ArgumentParser(); "
        "rules.configure(parser); rules.run(parser.parse_args(['list'])); "
        "sys.exit(','.join({'pandas', 'msgraph', 'weasyprint', 'sqlalchemy', 'aiohttp', 'jinja2'} & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert finished.stderr.strip() == ""
    assert "GTM-APP-001" in finished.stdout
