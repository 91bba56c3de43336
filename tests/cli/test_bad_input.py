"""Bad input: one clear line that names what and where, exit code 2, and nothing half-written."""

import re
from pathlib import Path

import pytest

from auditor.emulator import Emulator
from tests.cli.conftest import Lab, Ran, Run


def edit(lab: Lab, pattern: str, replacement: str) -> None:
    text = lab.config.read_text(encoding="utf-8")
    changed = re.sub(pattern, replacement, text)
    assert changed != text
    lab.config.write_text(changed, encoding="utf-8")


def refused(ran: Ran, out: Path, *told: str) -> None:
    assert ran.code == 2
    assert ran.out == ""
    (line,) = [line for line in ran.err.splitlines() if line.startswith("auditor: ")]
    for part in told:
        assert part in line
    assert "Traceback" not in ran.err
    assert not out.exists() or list(out.iterdir()) == []


def scan(run: Run, lab: Lab, *more: object) -> tuple[Ran, Path]:
    out = lab.folder / "out"
    return run("scan", "--config", lab.config, "--out", out, "--format", "json", "--no-history", *more), out


def test_broken_toml(run: Run, lab: Lab) -> None:
    edit(lab, r"\[clouds.lab\]", "[clouds.lab")
    ran, out = scan(run, lab)
    refused(ran, out, "auditor.toml", "line 1")


def test_an_unknown_key(run: Run, lab: Lab) -> None:
    edit(lab, r"cloud = ", "clud = ")
    ran, out = scan(run, lab)
    refused(ran, out, "[[tenants]] number 1", "'clud'", "'cloud'")


def test_a_tenant_id_that_is_no_guid(run: Run, lab: Lab) -> None:
    edit(lab, r'\nid = "[^"]+"', '\nid = "contoso.onmicrosoft.com"')
    ran, out = scan(run, lab)
    refused(ran, out, "contoso.onmicrosoft.com", "GUID")


def test_a_missing_secret(run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_SECRET_CONTOSO")
    ran, out = scan(run, lab, "--tenant", "contoso")
    refused(ran, out, "contoso", "LAB_SECRET_")


def test_an_unreachable_graph(run: Run, lab: Lab) -> None:
    edit(lab, r'graph = "[^"]+"', 'graph = "http://127.0.0.1:9"')
    ran, out = scan(run, lab, "--tenant", "contoso")
    refused(ran, out, "contoso", "http://127.0.0.1:9", "no connection")


def test_an_unreachable_sign_in(run: Run, lab: Lab) -> None:
    edit(lab, r'authority = "[^"]+"', 'authority = "https://127.0.0.1:9"')
    ran, out = scan(run, lab, "--tenant", "contoso")
    refused(ran, out, "contoso", "https://127.0.0.1:9", "no connection")


def test_tls_that_does_not_verify(run: Run, lab: Lab) -> None:
    edit(lab, r'ca_file = "[^"]+"\n', "")
    ran, out = scan(run, lab, "--tenant", "contoso")
    refused(ran, out, "contoso", "does not verify", "ca_file")


def test_a_token_for_another_tenant(run: Run, lab: Lab, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", emulator.token("fabrikam"))
    edit(lab, r"credential = .*", 'credential = { kind = "access-token", env = "TOKEN" }')
    ran, out = scan(run, lab, "--tenant", "contoso")
    refused(ran, out, "contoso", "another tenant")


def test_an_invalid_rule_pack(run: Run, lab: Lab) -> None:
    (lab.folder / "own").mkdir()
    (lab.folder / "own" / "pack.yaml").write_text("id: own\nrulez: []\n", encoding="utf-8")
    ran, out = scan(run, lab, "--rules", lab.folder / "own")
    assert ran.code == 2
    assert "pack.yaml" in ran.err
    assert "rulez" in ran.err
    assert not out.exists() or list(out.iterdir()) == []


def test_a_configuration_that_names_no_rule_pack(run: Run, lab: Lab) -> None:
    edit(lab, r"\[clouds.lab\]", "[defaults]\npacks = []\n[clouds.lab]")
    ran, out = scan(run, lab)
    refused(ran, out, "no rule pack is named")


def test_an_unknown_product(run: Run, lab: Lab) -> None:
    edit(lab, r'product = "GoToMeeting"', 'product = "GoToMeting"')
    ran, out = scan(run, lab)
    refused(ran, out, "GoToMeting", "GoToMeeting")


def test_an_output_folder_that_is_a_file(run: Run, lab: Lab) -> None:
    (lab.folder / "out").write_text("keep", encoding="utf-8")
    ran, out = scan(run, lab)
    assert ran.code == 2
    assert str(out) in ran.err
    assert out.read_text(encoding="utf-8") == "keep"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--tenant", "contosso"), "contoso"),
        (("--format", "pfd"), "pdf"),
        (("--now", "yesterday"), "yesterday"),
        (("--fail-on", "severe"), "severe"),
    ],
)
def test_an_option_that_means_nothing(run: Run, lab: Lab, more: tuple[str, ...], told: str) -> None:
    ran, out = scan(run, lab, *more)
    assert ran.code == 2
    assert told in ran.err
    assert not out.exists() or list(out.iterdir()) == []


def test_a_configuration_that_is_not_there(run: Run, tmp_path: Path) -> None:
    ran = run("scan", "--config", tmp_path / "none.toml", "--out", tmp_path / "out")
    refused(ran, tmp_path / "out", "none.toml", "no such file")


def test_no_command_and_an_unknown_one(run: Run) -> None:
    assert run().code == 2
    assert run("scam").code == 2
