"""Rows 7, 8, 10, 11 and 17 on the command line: partial scans, silence, two at once, disks, names that are paths."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.emulator import Emulator
from auditor.emulator.faults.script import read_faults
from auditor.store import open_store
from tests.cli.conftest import Lab, Ran, Run, emulator, lab, run

__all__ = ["emulator", "lab", "run"]  # fixtures

NOW = "2026-11-22T12:00:00Z"
LATER = "2026-11-23T12:00:00Z"
ASSIGNMENTS = {"path": "*/appRoleAssignedTo", "action": "status", "status": 403}


def scan(run: Run, lab: Lab, *more: object, now: str = NOW) -> Ran:
    return run("scan", "--config", lab.config, "--out", lab.folder / "out", "--format", "json", "--now", now, *more)


def results(lab: Lab) -> Any:
    return json.loads((lab.folder / "out" / "results.json").read_text(encoding="utf-8"))


def child(lab: Lab, *more: str, limit: int | None = None) -> subprocess.Popen[str]:
    """The same scan in a process of its own, which may not write files longer than ``limit`` bytes."""

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "auditor", "scan", "--config", str(lab.config), "--tenant", "contoso"]
    return subprocess.Popen(
        [*command, "--format", "json", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=restrict,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


# -- 7: the later scan is partial -------------------------------------------------------------------


@pytest.mark.fault(7)
def test_what_the_later_scan_did_not_read_is_not_comparable_and_not_gone(
    run: Run, lab: Lab, emulator: Emulator
) -> None:
    assert scan(run, lab, "--tenant", "contoso").code == 0
    emulator.set_faults(read_faults({"faults": [ASSIGNMENTS]}))
    try:
        partial = scan(run, lab, "--tenant", "contoso", "--fail-on-drift", now=LATER)
    finally:
        emulator.set_faults(None)
    (tenant,) = results(lab)["tenants"]
    assert partial.code == 3, "no drift, and not all assessed"
    assert tenant["status"] == "partial"
    assert tenant["drift"] == []
    told = {entry["path"]: entry for entry in tenant["not_comparable"]}
    assert "assignments" in told
    assert told["assignments"]["cause"]
    drift = run("drift", "--config", lab.config, "--from", "previous", "--to", "latest")
    assert "assignments was not read in the later scan" in drift.out
    assert "removed" not in drift.out.lower()


# -- 8: nothing is not compliant ---------------------------------------------------------------------


@pytest.mark.fault(8)
def test_no_app_is_a_finding(run: Run, lab: Lab) -> None:
    ran = scan(run, lab, "--tenant", "adatum", "--no-history")
    (tenant,) = results(lab)["tenants"]
    assert ran.code == 1
    failing = {finding["rule"] for finding in tenant["findings"] if finding["status"] == "fail"}
    assert failing == {"GTM-APP-001"}
    assert {finding["status"] for finding in tenant["findings"]} == {"fail", "not_applicable"}
    assert tenant["verdict"] == "non_compliant"


@pytest.mark.fault(8)
def test_everything_unknown_is_not_green(run: Run, lab: Lab, emulator: Emulator) -> None:
    emulator.set_faults(read_faults({"faults": [{"action": "status", "status": 403}]}))
    try:
        ran = run(
            "scan", "--config", lab.config, "--out", lab.folder / "out", "--format", "json,html,csv", "--no-history"
        )
    finally:
        emulator.set_faults(None)
    document = results(lab)
    assert ran.code == 3
    assert document["scan"]["verdict"] == "unknown"
    for tenant in document["tenants"]:
        assert (tenant["status"], tenant["verdict"]) == ("failed", "unknown")
        assert {finding["status"] for finding in tenant["findings"]} == {"unknown"}
        assert all(finding["reason"] for finding in tenant["findings"])
    written = (lab.folder / "out" / "findings.csv").read_text(encoding="utf-8-sig")
    assert ",pass," not in written
    assert "compliant" not in ran.out.lower().replace("not compliant", "")


@pytest.mark.fault(8)
@pytest.mark.parametrize("what", ["tenants", "rules"])
def test_no_tenants_and_no_rules_are_errors(run: Run, lab: Lab, what: str) -> None:
    text = lab.config.read_text(encoding="utf-8")
    more: tuple[object, ...] = ()
    if what == "tenants":
        lab.config.write_text(text.partition("[[tenants]]")[0], encoding="utf-8")
    else:
        (lab.folder / "own").mkdir()
        (lab.folder / "own" / "empty.yaml").write_text("", encoding="utf-8")
        more = ("--rules", lab.folder / "own")
    ran = scan(run, lab, "--no-history", *more)
    assert (ran.code, ran.out) == (2, "")
    assert not (lab.folder / "out" / "results.json").exists()


# -- 10: two at once ---------------------------------------------------------------------------------


@pytest.mark.fault(10)
def test_two_scans_at_once_are_both_recorded_or_one_says_why_not(lab: Lab) -> None:
    both = [child(lab, "--out", str(lab.folder / f"out{number}")) for number in range(2)]
    ended = [(one.communicate(timeout=100), one.returncode) for one in both]
    assert [code for _, code in ended] == [0, 0], ended
    with open_store(f"sqlite:///{lab.folder / 'auditor.db'}") as store:
        recorded = store.list()
        assert len(recorded) == 2
        assert all(one.finished_at is not None for one in recorded)
        assert store.unfinished() == ()
        for one in recorded:
            assert len(store.result(one.id).tenants) == 1


# -- 11: disks and permissions -----------------------------------------------------------------------


@pytest.mark.fault(11)
def test_a_disk_that_takes_no_more_is_told_and_nothing_is_lost(run: Run, lab: Lab) -> None:
    out = lab.folder / "out"
    assert scan(run, lab, "--tenant", "contoso", "--no-history").code == 0
    before = (out / "results.json").read_bytes()
    process = child(lab, "--out", str(out), "--no-history", "--now", LATER, limit=20_000)
    _, err = process.communicate(timeout=100)
    assert process.returncode in (2, 4)
    assert str(out) in err
    assert "Traceback" not in err
    assert (out / "results.json").read_bytes() == before
    assert sorted(path.name for path in out.iterdir()) == ["results.json"]


@pytest.mark.fault(11)
def test_a_history_that_takes_no_more_is_told_and_stays_whole(run: Run, lab: Lab) -> None:
    assert scan(run, lab, "--tenant", "contoso").code == 0
    address = f"sqlite:///{lab.folder / 'auditor.db'}"
    with open_store(address) as store:
        before = store.result("latest")
    process = child(lab, "--out", str(lab.folder / "out2"), "--now", LATER, limit=4_096)
    _, err = process.communicate(timeout=100)
    assert process.returncode in (2, 4)
    assert "Traceback" not in err
    assert "auditor.db" in err
    with open_store(address) as store:
        assert store.result("latest") == before


@pytest.mark.fault(11)
@pytest.mark.parametrize("kind", ["folder", "binary", "nothing there"])
def test_a_configuration_that_cannot_be_read_is_told(run: Run, lab: Lab, kind: str) -> None:
    lab.config.unlink()
    if kind == "folder":
        lab.config.mkdir()
    elif kind == "binary":
        lab.config.write_bytes(b"\xff\xfe\x00tenants")
    ran = scan(run, lab)
    assert (ran.code, ran.out) == (2, "")
    assert str(lab.config) in ran.err
    assert not (lab.folder / "out").exists()


# -- 17: names that are paths ------------------------------------------------------------------------


@pytest.mark.fault(17)
@pytest.mark.parametrize("name", ["../../x", "A/S", "CON", "x" * 300, "🙂 Ω", "..", "a\\b", "nul.txt", "-rf"])
def test_files_are_named_by_id_inside_the_folder(run: Run, lab: Lab, name: str, emulator: Emulator) -> None:
    text = lab.config.read_text(encoding="utf-8")
    lab.config.write_text(
        text.replace('name = "contoso"', f"name = {json.dumps(name, ensure_ascii=False)}"), encoding="utf-8"
    )
    out = lab.folder / "deep" / "out"
    before = set(lab.folder.iterdir())
    tenant_id = emulator.tenant("contoso").id
    arguments = ("--config", lab.config, "--tenant", tenant_id, "--out", out, "--format", "json,csv,remediation")
    ran = run("scan", "--no-history", *arguments)
    assert ran.code in (0, 1)
    assert {path.parent for path in out.rglob("*") if path.is_file()} <= {out, out / "remediation" / tenant_id}
    assert set(lab.folder.iterdir()) - before == {lab.folder / "deep"}
    assert list((lab.folder / "deep").iterdir()) == [out]
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert document["tenants"][0]["tenant"]["name"] == name
    assert all(part.isascii() and len(part) < 100 for path in out.rglob("*") for part in path.relative_to(out).parts)
    assert Path(out).is_dir()
