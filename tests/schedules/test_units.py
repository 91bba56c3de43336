"""Each unit against the tools and schemas of its scheduler, and its shell parts by running them."""

import os
import re
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from cronsim import CronSim

from auditor.cli.schedule import _TARGETS
from auditor.errors import UserError
from auditor.schedules import TARGETS, Plan, Timing, parse_at, parse_every
from auditor.schedules.systemd import quoted

DAILY = Plan(timing=parse_at("02:30"), version="0.1.0")
ODD = Plan(
    timing=parse_every("6h"),
    version="0.1.0",
    config="/etc/our auditor/it's 100%$HOME.toml",
    reports="/srv/re ports/$(touch x)",
    store="postgresql+psycopg://db.contoso.example/auditor?sslmode=verify-full&a=b",
    environment_file="/etc/our auditor/100%",
    image="registry.contoso.example/auditor@sha256:" + "0" * 64,
    client_id="22222222-2222-2222-2222-222222222222",
    connection="our: connection #1",
)
PLANS = {"daily": DAILY, "odd": ODD}
both = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


def needed(tool: str, package: str) -> str:
    found = shutil.which(tool) or shutil.which(tool, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{tool} is not installed ({package})")
    return found


def checked(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def clean_shell(script: str, folder: Path, dialect: str = "sh") -> None:
    file = folder / "part.sh"
    file.write_text(f"#!/bin/{dialect}\n{script}" if not script.startswith("#!") else script, "utf-8")
    # SC2016: a $ in a path is meant as it is, and stands in single quotes for that.
    found = checked(needed("shellcheck", "Debian: shellcheck"), "--shell", dialect, "--exclude", "SC2016", file)
    assert found.stdout == ""
    assert found.returncode == 0


def program(folder: Path, name: str, code: int = 0, text: str = "") -> Path:
    """A program that keeps its arguments, one a line, says ``text`` and ends with ``code``."""
    path = folder / name
    path.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >"{folder}/{name}.arguments"\necho "{text}"\nexit {code}\n', "utf-8"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def arguments(folder: Path, name: str = "auditor") -> list[str]:
    return (folder / f"{name}.arguments").read_text("utf-8").splitlines()


def meant(plan: Plan, config: str, store: str, reports: str) -> list[str]:
    return plan.scan(config, store, reports)[1:]


# -- systemd --------------------------------------------------------------------------------------


@both
def test_systemd_accepts_the_service_and_the_timer(plan: Plan, tmp_path: Path) -> None:
    analyze = needed("systemd-analyze", "Debian: systemd")
    files = TARGETS["systemd"](plan)
    files["auditor.service"] = files["auditor.service"].replace("/usr/local/bin/auditor", "/bin/true")
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    found = checked(analyze, "verify", *(tmp_path / name for name in files))
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    security = checked(analyze, "security", "--offline=true", "--threshold=20", tmp_path / "auditor.service")
    assert security.returncode == 0, security.stdout[-400:]


@pytest.mark.parametrize("timing", [Timing(2, 30), Timing(0, 5), *(Timing(0, 30, hours) for hours in (1, 6, 12))])
def test_systemd_and_cron_mean_the_same_moments(timing: Timing) -> None:
    analyze = needed("systemd-analyze", "Debian: systemd")
    start = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    moments = CronSim(timing.cron, start)
    expected = [next(moments) for _ in range(4)]
    base = start.strftime("%Y-%m-%d %H:%M:%S UTC")
    found = checked(analyze, "calendar", "--iterations=4", f"--base-time={base}", timing.calendar)
    told = re.findall(r"(?:Next elapse|Iter\. #\d+|\(in UTC\)): \w+ (\S+ \S+) UTC", found.stdout)
    assert [datetime.strptime(one, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for one in dict.fromkeys(told)] == expected


def test_findings_are_no_failure_of_the_unit_and_a_wrong_configuration_is() -> None:
    service = TARGETS["systemd"](DAILY)["auditor.service"]
    assert re.findall(r"^SuccessExitStatus=(.*)$", service, re.MULTILINE) == ["1 3"]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/plain/path", "/plain/path"),
        ("100%", "100%%"),
        ("$HOME", "$$HOME"),
        ("two words", '"two words"'),
        ("it's", '"it\'s"'),
        ('say "x"', '"say \\"x\\""'),
        ("back\\slash", "back\\\\slash"),
        ("a;b", '"a;b"'),
    ],
)
def test_words_of_a_command_line(word: str, written: str) -> None:
    assert quoted(word) == written


@pytest.mark.parametrize("target", ["systemd", "cron"])
def test_a_line_break_begins_no_setting(target: str) -> None:
    for plan in (
        Plan(timing=DAILY.timing, config="/x\nExecStart=/bin/sh"),
        Plan(timing=DAILY.timing, environment_file="/x\nUser=root"),
    ):
        with pytest.raises(UserError):
            TARGETS[target](plan)


# -- cron -----------------------------------------------------------------------------------------


@both
def test_the_line_of_cron(plan: Plan) -> None:
    line = TARGETS["cron"](plan)["auditor.cron"].splitlines()[-1]
    fields, user, command = line.split()[:5], line.split()[5], line.split()[6:]
    moments = CronSim(" ".join(fields), datetime(2026, 11, 22))
    first, second = next(moments), next(moments)
    assert second - first == timedelta(hours=plan.timing.every_h)
    assert (user, command) == ("auditor", ["/usr/local/lib/auditor/auditor-scan"])


@both
def test_the_script_of_cron_is_clean(plan: Plan, tmp_path: Path) -> None:
    clean_shell(TARGETS["cron"](plan)["auditor-scan"], tmp_path)


@pytest.mark.parametrize(
    ("code", "ends", "says"),
    [(0, 0, ""), (1, 0, "There are findings."), (3, 0, "Not everything"), (2, 2, "exit code 2"), (4, 4, "exit code 4")],
)
def test_cron_mails_what_is_to_be_read_and_nothing_else(tmp_path: Path, code: int, ends: int, says: str) -> None:
    auditor = program(tmp_path, "auditor", code, "summary of $CANARY")
    environment = tmp_path / "our environment"
    environment.write_text("CANARY=value\n", "utf-8")
    plan = Plan(timing=DAILY.timing, program=str(auditor), config="a b.toml", environment_file=str(environment))
    script = TARGETS["cron"](plan)["auditor-scan"].replace("state=/var/lib/auditor", f"state={tmp_path}")
    (tmp_path / "script").write_text(script, "utf-8")
    ran = checked("/bin/sh", tmp_path / "script")
    assert ran.returncode == ends
    assert (ran.stdout == "") == (says == "")
    assert says in ran.stdout
    assert ("summary of value" in ran.stdout) == (code in (1, 3))
    assert arguments(tmp_path) == meant(plan, "", "sqlite:////var/lib/auditor/auditor.db", "/var/lib/auditor/reports")


# -- GitHub Actions -------------------------------------------------------------------------------


def steps_of(workflow: dict[str, Any]) -> dict[str, Any]:
    return {step["name"]: step for step in workflow["jobs"]["scan"]["steps"] if "name" in step}


@both
def test_github_accepts_the_workflow(plan: Plan, tmp_path: Path) -> None:
    text = TARGETS["github-actions"](plan)["auditor.yml"]
    (tmp_path / "auditor.yml").write_text(text, "utf-8")
    check = needed("check-jsonschema", "PyPI: check-jsonschema")
    found = checked(check, "--builtin-schema", "vendor.github-workflows", tmp_path / "auditor.yml")
    assert found.returncode == 0, found.stdout
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read", "id-token": "write"}
    assert "secrets." not in text
    for name in ("Install", "Scan"):
        clean_shell(steps_of(workflow)[name]["run"], tmp_path, "bash")


@pytest.mark.parametrize(("code", "says"), [(0, ""), (1, "::error title=Findings"), (3, "Not assessed"), (2, "Failed")])
def test_a_github_run_signs_in_by_federation_and_fails_for_whatever_is_not_0(
    tmp_path: Path, code: int, says: str
) -> None:
    auditor = program(tmp_path, "auditor", code)
    auditor.write_text(
        auditor.read_text("utf-8").replace("\necho", f'\ncp "$TOKEN_FILE" "{tmp_path}/used"\necho'), "utf-8"
    )
    program(tmp_path, "curl", 0, '{\\"value\\": \\"federated\\"}')
    needed("jq", "Debian: jq")
    (tmp_path / "work").mkdir()
    step = steps_of(yaml.safe_load(TARGETS["github-actions"](ODD)["auditor.yml"]))["Scan"]
    token = tmp_path / "work" / "token"
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "TOKEN_FILE": str(token),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "canary",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example/?x=1",
    }
    ran = subprocess.run(
        ["bash", "-e", "-c", step["run"]], env=environment, cwd=tmp_path / "work", capture_output=True, text=True,
        check=False, timeout=20,
    )  # fmt: skip
    assert ran.returncode == code, ran.stderr
    assert says in ran.stdout
    assert arguments(tmp_path) == meant(ODD, "", "", "")
    assert arguments(tmp_path, "curl")[-1] == "https://token.example/?x=1&audience=api://AzureADTokenExchange"
    assert (tmp_path / "used").read_text("utf-8") == "federated\n"
    assert not token.exists()
    assert not (tmp_path / "work" / "x").exists()


# -- Kubernetes -----------------------------------------------------------------------------------


@both
def test_kubernetes_accepts_the_objects(plan: Plan, tmp_path: Path) -> None:
    objects = list(yaml.safe_load_all(TARGETS["kubernetes"](plan)["auditor.yaml"]))
    assert [one["kind"] for one in objects] == ["ServiceAccount", "PersistentVolumeClaim", "CronJob"]
    for one in objects:
        kubernetes_validate.validate(one, "1.31", strict=True)
    job = objects[-1]["spec"]
    assert job["concurrencyPolicy"] == "Forbid"
    assert job["schedule"] == plan.timing.cron
    pod = job["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod["volumes"]}
    clean_shell(container["args"][0], tmp_path)


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 0), (3, 0), (2, 2), (4, 4)])
def test_a_pod_fails_only_where_the_scan_did_not_work(tmp_path: Path, code: int, ends: int) -> None:
    program(tmp_path, "auditor", code)
    objects = list(yaml.safe_load_all(TARGETS["kubernetes"](ODD)["auditor.yaml"]))
    (container,) = objects[-1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    ran = subprocess.run(
        [*container["command"], *container["args"]],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        cwd=tmp_path,
        check=False,
    )
    assert ran.returncode == ends
    assert arguments(tmp_path) == meant(ODD, "", "", "")


# -- Azure Pipelines ------------------------------------------------------------------------------


@both
def test_azure_pipelines_accepts_the_pipeline(plan: Plan, tmp_path: Path) -> None:
    text = TARGETS["azure-pipelines"](plan)["azure-pipelines.yml"]
    (tmp_path / "azure-pipelines.yml").write_text(text, "utf-8")
    found = checked(
        needed("check-jsonschema", "PyPI: check-jsonschema"),
        *("--builtin-schema", "vendor.azure-pipelines", "--data-transform", "azure-pipelines"),
        *("--regex-variant", "nonunicode", tmp_path / "azure-pipelines.yml"),
    )
    assert found.returncode == 0, found.stdout[-2000:]
    (job,) = yaml.safe_load(text)["jobs"]
    clean_shell(job["steps"][2]["script"], tmp_path, "bash")


@pytest.mark.parametrize(
    ("code", "ends", "says"), [(0, 0, ""), (1, 1, "type=error"), (3, 0, "SucceededWithIssues"), (2, 2, "error")]
)
def test_an_azure_run_signs_in_by_the_connection_s_federation(tmp_path: Path, code: int, ends: int, says: str) -> None:
    program(tmp_path, "auditor", code)
    (tmp_path / "work").mkdir()
    (job,) = yaml.safe_load(TARGETS["azure-pipelines"](ODD)["azure-pipelines.yml"])["jobs"]
    (step,) = [step for step in job["steps"] if step.get("task") == "AzureCLI@2"]
    assert step["inputs"]["azureSubscription"] == ODD.connection
    script = step["inputs"]["inlineScript"]
    clean_shell(script.replace("idToken", "ID_TOKEN"), tmp_path, "bash")
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TOKEN_FILE": "token", "idToken": "federated"}
    ran = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=tmp_path / "work", capture_output=True, text=True, check=False
    )
    assert ran.returncode == ends, ran.stderr
    assert says in ran.stdout
    assert arguments(tmp_path) == meant(ODD, "", "", "")
    assert not (tmp_path / "work" / "token").exists()
    del environment["idToken"]
    without = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=tmp_path / "work", capture_output=True, check=False
    )
    assert without.returncode != 0


# -- all ------------------------------------------------------------------------------------------


def test_the_command_offers_every_target() -> None:
    assert tuple(TARGETS) == _TARGETS


@pytest.mark.parametrize("text", ["25:00", "2", "02:60", "2:3", "-1:00", "noon"])
def test_a_time_that_is_none(text: str) -> None:
    with pytest.raises(UserError):
        parse_at(text)


@pytest.mark.parametrize("text", ["5h", "0h", "25h", "6", "90m", "h"])
def test_an_interval_that_a_day_is_no_multiple_of(text: str) -> None:
    with pytest.raises(UserError):
        parse_every(text)
