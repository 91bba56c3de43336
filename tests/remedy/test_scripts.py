"""The files of a plan: each parses, none holds a tenant's text outside a literal, and all say the same."""

import importlib.util
import json
import re
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
import pytest

from auditor.model.plan import Plan, Request, Step
from auditor.remedy import FORMATS, plan, render, render_tenant
from auditor.remedy.terraform import APPLICATION_ARGUMENTS, SERVICE_PRINCIPAL_ARGUMENTS
from tests.remedy.parsers import TERRAFORM, powershell_literals, powershell_tree, walk
from tests.remedy.tenants import AT, SCAN, bad, scan_result, tenant_result
from tests.remedy.test_quoting import HOSTILE

SP = "instances.goto.servicePrincipal"
APP = "instances.goto.application"
CANARY = "CANARY'‘$(touch x)`id`${x}%{y}#>\n\u202e"


def hostile(text: str) -> dict[str, Any]:
    """A tenant whose every text is hostile."""
    return bad() | {
        "tenant.name": text,
        "instances.goto.displayName": text,
        f"{SP}.displayName": text,
        f"{APP}.displayName": text,
        f"{APP}.identifierUris": [text],
        f"{APP}.web.redirectUris": [text, f"{text}2"],
        f"{APP}.web.redirectUriSettings": [{"uri": text, "index": 0}],
        f"{SP}.loginUrl": text or " ",
        f"{SP}.samlSingleSignOnSettings.relayState": text,
        f"{SP}.preferredSingleSignOnMode": text,
        f"{SP}.notificationEmailAddresses": [text],
        "instances.goto.assignments.0.principalDisplayName": text,
    }


def files_of(changes: dict[str, Any]) -> dict[str, bytes]:
    return render_tenant(tenant_result(changes), scan=SCAN, at=AT)


@pytest.fixture(scope="module")
def scripts() -> dict[str, bytes]:
    """Every file for a tenant that needs nearly every remedy, and has hostile texts."""
    return files_of(hostile(CANARY))


def test_the_files_of_a_tenant_have_the_names_of_the_contract() -> None:
    files = render(scan_result(tenant_result(bad())))
    folder = "remediation/11111111-1111-1111-1111-111111111111/"
    assert {name.removeprefix(folder) for name in files} == {
        "plan.md", "plan.json", "main.tf",
        "apply.ps1", "apply-2-activate.ps1", "apply-3-remove-expired.ps1",
        "apply.sh", "apply-2-activate.sh", "apply-3-remove-expired.sh",
        "rollback.ps1", "rollback-2-activate.ps1", "rollback-3-remove-expired.ps1",
        "rollback.sh", "rollback-2-activate.sh", "rollback-3-remove-expired.sh",
    }  # fmt: skip
    assert files == render(scan_result(tenant_result(bad())))


def test_a_format_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="bash"):
        render_tenant(tenant_result(), scan=SCAN, at=AT, formats=(*FORMATS, "bash"))


def test_scripts_are_printable_ascii(scripts: dict[str, bytes]) -> None:
    for name, content in scripts.items():
        if not name.startswith("plan."):
            assert content.isascii(), name
            assert b"\r" not in content
            assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", content), name


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not on this machine")
@pytest.mark.parametrize("changes", [bad(), bad(None), {}, hostile(CANARY)], ids=["bad", "other", "healthy", "hostile"])
def test_shellcheck_has_nothing_to_say(changes: dict[str, Any], tmp_path: Path) -> None:
    names = []
    for name, content in files_of(changes).items():
        if name.endswith(".sh"):
            (tmp_path / name).write_bytes(content)
            names.append(name)
    assert names
    ran = subprocess.run(
        ["shellcheck", "--shell=sh", *names], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("text", HOSTILE)
def test_every_shell_script_is_read_without_running_anything(text: str, tmp_path: Path) -> None:
    for name, content in files_of(hostile(text)).items():
        if name.endswith(".sh"):
            subprocess.run(["sh", "-n"], input=content, cwd=tmp_path, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_powershell_script_parses_to_the_plan(text: str) -> None:
    result = tenant_result(hostile(text))
    found = plan(result, scan=SCAN, at=AT)
    for name, content in render_tenant(result, scan=SCAN, at=AT, formats=("powershell",)).items():
        if not name.endswith(".ps1"):
            continue
        root = powershell_tree(content)
        stage = int(name.split("-")[1]) if "-" in name else 1
        literals = set(powershell_literals(root))
        for step in found.steps_of(stage):
            if isinstance(step, Step):
                assert _constants(step, forward=name.startswith("apply")) <= literals


def _constants(step: Step, *, forward: bool) -> set[str]:
    """The texts of a step that a script must hold as they are."""
    states = (step.before, step.after) if forward else (step.after, step.undo.state or step.before)
    change = step.change if forward else step.undo.change
    texts = {part for state in states for part in state.text or () if isinstance(part, str)}
    if isinstance(change, Request):
        texts |= {part for part in (*change.path, *(change.body or ())) if isinstance(part, str)}
        texts.add(change.method)
    return texts


def test_the_generated_part_of_a_powershell_script_computes_nothing(scripts: dict[str, bytes]) -> None:
    for name, content in scripts.items():
        if name.endswith(".ps1"):
            generated = content[: content.index(b"Set-StrictMode")]
            nodes = list(walk(powershell_tree(generated)))
            kinds = {node.type for node in nodes}
            assert "verbatim_string_characters" in kinds
            assert not kinds & {"sub_expression", "expandable_string_literal", "expandable_here_string_literal"}
            commands = {node.text.decode() for node in nodes if node.type == "command_name" and node.text}
            assert commands <= {
                "Join-Path", "Get-PropertyState", "Get-CredentialState", "Get-MemberState", "Invoke-Graph",
                "Remove-Credentials", "Restore-Keys", "Save-Keys", "Export-Certificate",
            }  # fmt: skip


def test_comments_carry_no_tenant_text(scripts: dict[str, bytes]) -> None:
    for name, content in scripts.items():
        if not name.endswith((".ps1", ".sh", ".tf")):
            continue
        for line in content.decode("ascii").splitlines():
            if line.lstrip().startswith("#"):
                assert "CANARY" not in line, name


def test_the_plan_for_machines_is_the_plan(scripts: dict[str, bytes]) -> None:
    import msgspec

    result = tenant_result(hostile(CANARY))
    assert msgspec.json.decode(scripts["plan.json"], type=Plan) == plan(result, scan=SCAN, at=AT)
    assert json.loads(scripts["plan.json"])["steps"][0]["number"] == 1


def test_the_page_for_the_reviewer_names_every_step() -> None:
    result = tenant_result(bad())
    found = plan(result, scan=SCAN, at=AT)
    page = render_tenant(result, scan=SCAN, at=AT)["plan.md"].decode()
    for step in found.steps:
        assert f"### Step {step.number}: " in page
    assert "cannot be undone: 2, 16" in page
    assert "## Left out" in page
    assert "\u202e" not in files_of(hostile(CANARY))["plan.md"].decode()


# -- Terraform ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on this machine")
@pytest.mark.parametrize("changes", [bad(), bad(None), {}, hostile(CANARY)], ids=["bad", "other", "healthy", "hostile"])
def test_terraform_finds_the_format_its_own(changes: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(files_of(changes)["main.tf"])
    ran = subprocess.run(
        [str(TERRAFORM), "fmt", "-check", "-diff", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("text", HOSTILE)
def test_terraform_files_parse(text: str) -> None:
    tree = hcl2.loads(files_of(hostile(text))["main.tf"].decode("ascii"))
    assert {"terraform", "provider", "variable", "resource", "import"} <= set(tree)


@cache
def provider_schema() -> dict[str, Any]:
    """The azuread provider's types, as the package of its CDK bindings carries them."""
    found = importlib.util.find_spec("cdktn_provider_azuread")
    assert found is not None
    assert found.origin is not None
    (bundle,) = (Path(found.origin).parent / "_jsii").glob("*.tgz")
    with tarfile.open(bundle) as archive:
        member = archive.extractfile("package/.jsii")
        assert member is not None
        types: dict[str, Any] = json.load(member)["types"]
    return types


def arguments_of(resource: str) -> dict[str, bool]:
    """Argument → whether it is required, of a resource or a nested block (``azuread_application.web``)."""
    words = resource.removeprefix("azuread_").replace(".", "_").split("_")
    place = resource.partition(".")[0].removeprefix("azuread_").split("_")
    module = place[0] + "".join(word.title() for word in place[1:])
    name = "".join(word.title() for word in words) + ("" if "." in resource else "Config")
    described = provider_schema()[f"@cdktn/provider-azuread.{module}.{name}"]
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", entry["name"]).lower(): not entry.get("optional", False)
        for entry in described["properties"]
    }


META = {"count", "lifecycle", "depends_on", "provider"}


@pytest.mark.parametrize("changes", [bad(), bad(None), hostile(CANARY)], ids=["bad", "other", "hostile"])
def test_resources_and_arguments_are_the_providers(changes: dict[str, Any]) -> None:
    tree = hcl2.loads(files_of(changes)["main.tf"].decode("ascii"))
    seen = set()
    for entry in tree["resource"]:
        for quoted, instances in entry.items():
            resource = quoted.strip('"')
            seen.add(resource)
            known = arguments_of(resource)
            for arguments in instances.values():
                given = {name for name in arguments if not name.startswith("__")} - META
                assert given <= set(known), resource
                assert {name for name, required in known.items() if required} <= given, resource
                for block in arguments.get("saml_single_sign_on", []):
                    assert set(block) - {"__is_block__"} <= set(arguments_of(f"{resource}.saml_single_sign_on"))
    assert "azuread_service_principal" in seen


def test_what_is_ignored_is_all_that_the_provider_has() -> None:
    never = {"id", "timeouts", "display_name", "identifier_uris"}
    assert set(arguments_of("azuread_application")) - never == set(APPLICATION_ARGUMENTS)
    # features is the older form of feature_tags, and use_existing is no setting of the object.
    never = {"id", "timeouts", "client_id", "features", "use_existing"}
    assert set(arguments_of("azuread_service_principal")) - never == set(SERVICE_PRINCIPAL_ARGUMENTS)
