"""What goes wrong: the script stops, says what was done and what not, and the rollback of the part done works."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from auditor.emulator.wire import Answer, Handler, Request
from auditor.model.plan import Plan
from tests.remedy_loop.lab import AZ, GOTO, WRITE, WRITER, Lab, document, failing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not AZ.is_file(), reason=f"the Azure CLI is not installed at {AZ} (make azcli)"),
]


def spoiled() -> dict[str, Any]:
    """A tenant that needs four changes of one object or the other."""
    tenant = document()
    tenant["applications"][0]["identifierUris"] = ["https://login.citrixonline.com/saml/sp"]
    tenant["servicePrincipals"][0] |= {
        "loginUrl": "https://sign-on.example",
        "samlSingleSignOnSettings": {"relayState": "https://elsewhere.example"},
        "appRoleAssignmentRequired": False,
    }
    return tenant


RULES = {"GTM-SAML-001", "GTM-SAML-003", "GTM-SAML-004", "GTM-SAML-005", "SAML-ACC-002"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(spoiled(), tmp_path) as running:
        yield running


def patch(lab: Lab, path: str, body: dict[str, Any]) -> None:
    """A change that somebody else makes."""
    request = urllib.request.Request(  # noqa: S310 - the emulator's own address
        f"{lab.emulator.graph_url}/v1.0{path}",
        data=json.dumps(body).encode(),
        method="PATCH",
        headers={
            "Authorization": f"Bearer {lab.emulator.token(lab.tenant.name, WRITE, WRITER)}",
            "Content-Type": "application/json",
        },
    )
    import ssl

    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=str(lab.emulator.ca_file))):  # noqa: S310
        pass


def apply_script(lab: Lab) -> tuple[Path, Plan]:
    found = lab.plan()
    return lab.write(found) / "apply.sh", found


def test_a_precondition_that_no_longer_holds_stops_before_anything(lab: Lab) -> None:
    script, _ = apply_script(lab)
    patch(lab, f"/servicePrincipals/{GOTO}", {"loginUrl": "https://newer.example"})
    sent = lab.writes()
    ran = lab.run(script, "--apply")
    assert ran.returncode == 1
    assert "CHANGED SINCE THE SCAN" in ran.stdout
    assert "https://newer.example" in ran.stdout
    assert "Nothing was changed" in ran.stdout
    assert lab.writes() == sent


def test_a_change_while_it_runs_stops_it_there(lab: Lab) -> None:
    script, _ = apply_script(lab)
    changed = False

    async def meddle(request: Request, handler: Handler) -> Answer:
        nonlocal changed
        answer = await handler(request)
        if request.method == "PATCH" and not changed:
            changed = True
            lab.tenant.service_principals.put(
                dict(lab.tenant.service_principals.get(GOTO) or {}) | {"appRoleAssignmentRequired": None}
            )
        return answer

    lab.emulator.middleware = meddle
    ran = lab.run(script, "--apply")
    assert ran.returncode == 1
    assert "somebody changed it since the scan" in ran.stdout
    assert "Done: 1 2 3." in ran.stdout
    assert "Not done: 4." in ran.stdout


def test_a_wrong_tenant_stops_before_anything(lab: Lab) -> None:
    found = lab.plan()
    other = msgspec.structs.replace(found.tenant, id="99999999-0000-4000-8000-000000000000")
    script = lab.write(msgspec.structs.replace(found, tenant=other)) / "apply.sh"
    asked = len(lab.emulator.graph_log)
    ran = lab.run(script, "--apply")
    assert ran.returncode == 1
    assert "wrong tenant" in ran.stdout
    assert len(lab.emulator.graph_log) == asked


def test_a_wrong_cloud_stops_before_anything(lab: Lab) -> None:
    script = lab.write(msgspec.structs.replace(lab.plan(), cloud="usgov")) / "apply.sh"
    asked = len(lab.emulator.graph_log)
    ran = lab.run(script, "--apply")
    assert ran.returncode == 1
    assert "wrong cloud" in ran.stdout
    assert len(lab.emulator.graph_log) == asked


def test_a_missing_permission_is_named(tmp_path: Path) -> None:
    lab = Lab(spoiled(), tmp_path)
    lab.emulator.set_roles(lab.tenant.name, WRITER, ["Application.Read.All"])
    with lab:
        script, _ = apply_script(lab)
        first = lab.scan()
        ran = lab.run(script, "--apply")
        assert ran.returncode == 1
        assert "It needs the permission Application.ReadWrite.All (Cloud Application Administrator)" in ran.stdout
        assert "Authorization_RequestDenied" in ran.stdout
        assert "Done:. " in ran.stdout
        assert lab.scan().snapshot_sha256 == first.snapshot_sha256


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_half_way_is_told_and_what_was_done_can_be_taken_back(lab: Lab, status: int) -> None:
    first = lab.scan()
    script, _ = apply_script(lab)
    seen = 0

    async def refuse(request: Request, handler: Handler) -> Answer:
        nonlocal seen
        if request.method == "PATCH":
            seen += 1
            if seen == 3:
                body = b'{"error":{"code":"TooManyRequests","message":"Too many requests."}}'
                return Answer(status, body, {"Retry-After": "10", "Content-Type": "application/json"})
        return await handler(request)

    lab.emulator.middleware = refuse
    ran = lab.run(script, "--apply")
    lab.emulator.middleware = None
    assert ran.returncode == 1
    assert "Done: 1 2." in ran.stdout
    assert "Not done: 3 4." in ran.stdout
    assert "rollback.sh --apply" in ran.stdout
    assert failing(lab.scan()) < RULES
    back = lab.run(script.parent / "rollback.sh", "--apply")
    assert back.returncode == 0, back.stdout + back.stderr
    assert "Done: 2 1." in back.stdout
    assert lab.scan().snapshot_sha256 == first.snapshot_sha256


def test_a_change_whose_answer_was_lost_is_not_made_twice(lab: Lab) -> None:
    script, _ = apply_script(lab)

    async def lose(request: Request, handler: Handler) -> Answer:
        answer = await handler(request)
        return Answer(504, b"", {}) if request.method == "PATCH" else answer

    lab.emulator.middleware = lose
    assert lab.run(script, "--apply").returncode == 1
    lab.emulator.middleware = None
    ran = lab.run(script, "--apply")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Nothing to do: 1." in ran.stdout
    assert [write.partition(" ")[0] for write in lab.writes()] == ["PATCH"] * 4
    assert failing(lab.scan()) == set()


def test_one_step_alone_and_its_transcript(lab: Lab) -> None:
    script, found = apply_script(lab)
    ran = lab.run(script, "--apply", "--only", "2")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert failing(lab.scan()) == RULES - {"GTM-SAML-003"}
    state = script.parent / f"state-{found.id}"
    assert state.stat().st_mode & 0o077 == 0
    (transcript,) = state.glob("transcript-apply-*.log")
    assert "done and verified" in transcript.read_text()
    (backup,) = state.glob("backup-apply-2-*.json")
    assert json.loads(backup.read_text())["loginUrl"] == "https://sign-on.example"


@pytest.mark.parametrize(
    "options", [["--answer", "2"], ["--answer", "99=x"], ["--only", "99"], ["--nonsense"], ["--state"]]
)
def test_wrong_usage_asks_nobody(options: list[str], tmp_path: Path) -> None:
    lab = Lab(spoiled(), tmp_path)
    with lab.emulator:
        script, _ = apply_script(lab)
        asked = len(lab.emulator.graph_log)
        ran = lab.run(script, *options)
        assert ran.returncode == 2
        assert ran.stderr.startswith(str(script))
        assert len(lab.emulator.graph_log) == asked
