"""A tenant on the writable emulator, the scanner that reads it, and the Azure CLI that is signed in to it.

The CLI is Microsoft's own (``AUDITOR_AZ``, else ``.venv-azcli`` at the top of the repository), signed in as a service
principal at the emulator's sign-in. Nothing of the scripts knows that it is not Microsoft's cloud.
"""

import copy
import os
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from auditor import pipeline
from auditor.drift import compare
from auditor.emulator import Emulator
from auditor.emulator.tenantfile import parse_tenants
from auditor.model.canonical import canonical_hash
from auditor.model.drift import Change
from auditor.model.evidence import Known
from auditor.model.finding import Status
from auditor.model.plan import Plan, Step
from auditor.model.result import TenantResult
from auditor.model.snapshot import Snapshot
from auditor.model.times import format_time
from auditor.remedy import azcli
from auditor.remedy.planner import plan
from auditor.rulepack import load_packs
from tests.scan.conftest import NOW, run, scan_of, token_tenant

AZ = Path(os.environ.get("AUDITOR_AZ", Path(__file__).parents[2] / ".venv-azcli" / "bin" / "az"))
WRITER = "Deployment pipeline"
WRITE = ("Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "User.Read.All")
GOTO = "c0000000-0000-4000-8000-000000000001"
_TIMEOUT_S = 240


def document() -> dict[str, Any]:
    """The healthy sample tenant as YAML, for a test to spoil."""
    text = (files("auditor.emulator") / "tenants" / "contoso.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    for note in ("expect", "expect_after", "phases"):
        loaded.pop(note, None)
    return copy.deepcopy(loaded)


class Lab:
    """One tenant and everything that acts on it; a context manager."""

    def __init__(self, tenant: dict[str, Any], folder: Path, *, product: str | None = "GoToMeeting") -> None:
        self.folder = folder
        self.product = product
        self.packs = load_packs(["gotomeeting"], shipped=pipeline.shipped_folder())
        parsed = parse_tenants(yaml.safe_dump(tenant, allow_unicode=True), source="loop")
        self.emulator = Emulator(parsed, tls=True, writable=True, now=lambda: NOW)
        self.tenant = parsed[0]
        self.environ = {
            "PATH": f"{AZ.parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "AZURE_CONFIG_DIR": str(folder / "azure"),
            "REQUESTS_CA_BUNDLE": str(self.emulator.ca_file),
        }

    def __enter__(self) -> "Lab":
        self.emulator.start()
        try:
            self._sign_in()
        except BaseException:
            self.emulator.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.stop()

    def _sign_in(self) -> None:
        # ``az cloud register`` asks the resource manager for the other addresses, and a lab has none: the file that it
        # would write is written here.
        settings = self.folder / "azure"
        settings.mkdir()
        graph = f"{self.emulator.graph_url}/"
        endpoints = {
            "active_directory": self.emulator.authority_url,
            "active_directory_graph_resource_id": graph,
            "active_directory_resource_id": graph,
            "gallery": graph,
            "management": graph,
            "microsoft_graph_resource_id": graph,
            "resource_manager": "https://127.0.0.1:1/",
        }
        (settings / "clouds.config").write_text(
            "[lab]\n" + "".join(f"endpoint_{name} = {value}\n" for name, value in endpoints.items())
        )
        (settings / "config").write_text(
            "[cloud]\nname = lab\n[core]\ninstance_discovery = false\ncollect_telemetry = false\nno_color = true\n"
        )
        writer = self.emulator.client(self.tenant.name, WRITER)
        self.az("login", "--service-principal", "--username", writer.client_id, "--password", str(writer.secret),
                "--tenant", self.tenant.id, "--skip-subscription-discovery")  # fmt: skip

    def az(self, *words: str) -> str:
        """Run the Azure CLI; raises CalledProcessError where it fails."""
        command = [str(AZ), *words]
        return subprocess.run(
            command, env=self.environ, capture_output=True, text=True, check=True, timeout=_TIMEOUT_S
        ).stdout

    def scan(self) -> TenantResult:
        """Scan the tenant as it is now."""
        config = token_tenant(self.emulator, self.tenant.name)
        environ = {"TOKEN": self.emulator.token(self.tenant.name, client="auditor")}
        (result,) = run(scan_of(self.packs, [msgspec.structs.replace(config, product=self.product)], environ))
        return result

    def plan(self, result: TenantResult | None = None) -> Plan:
        """The plan for what a scan found."""
        return plan(result if result is not None else self.scan(), scan="loop", at=format_time(NOW))

    def write(self, found: Plan) -> Path:
        """The scripts of a plan in a folder of their own."""
        target = self.folder / f"plan-{found.id}"
        target.mkdir(exist_ok=True)
        for name, content in azcli.render(found).items():
            (target / name).write_bytes(content)
        return target

    def run(self, script: Path, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a script with the shell that POSIX asks for."""
        return subprocess.run(
            ["sh", str(script), *options],
            env=self.environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
        )

    def writes(self) -> list[str]:
        """Methods and paths of the changes sent so far."""
        return [
            f"{entry.method} {entry.path}"
            for entry in self.emulator.graph_log
            if entry.method != "GET" and not entry.path.endswith("/$batch")
        ]

    def drift(self, before: TenantResult, after: TenantResult) -> tuple[Change, ...]:
        """What changed between two scans."""
        assert before.snapshot is not None
        assert after.snapshot is not None
        changes, gaps = compare(before.snapshot, after.snapshot)
        assert gaps == ()
        return changes


def failing(result: TenantResult) -> set[str]:
    """Ids of the rules that fail."""
    return {finding.rule for finding in result.findings if finding.status is Status.FAIL}


def answers(found: Plan, given: dict[str, str]) -> list[str]:
    """The options that answer the plan's questions, by remedy."""
    options: list[str] = []
    for step in found.steps:
        if isinstance(step, Step) and step.question is not None and step.remedy in given:
            options += ["--answer", f"{step.number}={given[step.remedy]}"]
    return options


def hash_without_new_ids(snapshot: Snapshot | None) -> str:
    """The snapshot's hash, less the id and the time that the platform gives to an assignment."""
    assert snapshot is not None
    apps = []
    for app in snapshot.apps:
        assert isinstance(app.instances, Known)
        instances = []
        for instance in app.instances.value:
            assert isinstance(instance.assignments, Known)
            given = [
                msgspec.structs.replace(assignment, id=None, created_date_time=None)
                for assignment in instance.assignments.value
            ]
            ordered = tuple(
                sorted(given, key=lambda assignment: (str(assignment.principal_id), str(assignment.app_role_id)))
            )
            instances.append(msgspec.structs.replace(instance, assignments=Known(ordered)))
        apps.append(msgspec.structs.replace(app, instances=Known(tuple(instances))))
    return canonical_hash(msgspec.structs.replace(snapshot, apps=tuple(apps)))
