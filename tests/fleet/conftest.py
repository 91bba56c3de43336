"""A fleet of made-up tenants behind the emulator, with a configuration that reads them as an operator's would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from auditor.emulator import Emulator
from auditor.emulator.generate import tenants
from tests.scan.conftest import NOW

SIZE = 160
"""Tenants of the fleet: more than run at once, few enough for a test."""


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    """The fleet; a tenth of it has drifted from what the rules ask."""
    with Emulator(tenants(SIZE, drifted=0.1), now=lambda: NOW) as running:
        yield running


class Fleet(NamedTuple):
    """A folder with ``auditor.toml`` and ``tenants.csv``, and the environment that holds the secrets."""

    folder: Path
    config: Path
    environ: Mapping[str, str]

    @property
    def store(self) -> str:
        """Address of the history."""
        return f"sqlite:///{self.folder / 'auditor.db'}"

    def start(self, *arguments: object, **variables: str) -> subprocess.Popen[str]:
        """``auditor scan`` in a process of its own, with nothing but results.json to write."""
        command = [sys.executable, "-m", "auditor", "scan", "--config", self.config, "--format", "json"]
        return subprocess.Popen(
            [*map(str, command), *map(str, arguments)],
            cwd=self.folder,
            env={**self.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object, **variables: str) -> "Ran":
        """The same, to its end."""
        return finish(self.start(*arguments, **variables))

    def results(self, out: str = "reports") -> Any:
        """What results.json says."""
        return json.loads((self.folder / out / "results.json").read_text(encoding="utf-8"))


class Ran(NamedTuple):
    """What a process left behind."""

    code: int
    out: str
    err: str


def finish(process: subprocess.Popen[str]) -> Ran:
    """Wait for ``process``, not for ever."""
    try:
        out, err = process.communicate(timeout=150)
    finally:
        process.kill()
    return Ran(process.returncode, out, err)


def make_fleet(
    folder: Path, emulator: Emulator, size: int = SIZE, *, defaults: str = "", now: str = "2026-11-22T12:00:00Z"
) -> Fleet:
    """A configuration for the first ``size`` tenants of the emulator."""
    rows = ["name,id,client_id,credential.kind,credential.env"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AUDITOR_")}
    environ["AUDITOR_NOW"] = now
    for number, tenant in enumerate(emulator.tenants[:size]):
        client = next(iter(tenant.clients.values()))
        environ[f"FLEET_SECRET_{number}"] = str(client.secret)
        rows.append(f"{tenant.name},{tenant.id},{client.client_id},client-secret,FLEET_SECRET_{number}")
    (folder / "tenants.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    config = folder / "auditor.toml"
    config.write_text(
        f"""
[defaults]
max_concurrency = 16
{defaults}
[clouds.lab]
graph = "{emulator.graph_url}"
authority = "{emulator.authority_url}"
ca_file = "{emulator.ca_file}"

[fleet]
tenants_file = "tenants.csv"
cloud = "lab"
product = "GoToMeeting"
""",
        encoding="utf-8",
    )
    return Fleet(folder, config, environ)


@pytest.fixture
def fleet(tmp_path: Path, emulator: Emulator) -> Fleet:
    """The whole fleet."""
    return make_fleet(tmp_path, emulator)


def without_times(document: Any) -> Any:
    """``results.json`` without what differs between two scans of the same: ids and times of scan and requests."""
    moving = {"request_id", "sha256", "at", "attempts"}

    def still(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: still(value) for key, value in part.items() if key not in moving}
        return [still(member) for member in part] if isinstance(part, list) else part

    return still(json.loads(json.dumps(document).replace(document["scan"]["id"], "SCAN")))


def same_but_for_times(one: Any, other: Any) -> None:
    """Assert that two documents tell the same of every tenant, in the same order."""
    one, other = without_times(one), without_times(other)
    assert [tenant["tenant"] for tenant in one["tenants"]] == [tenant["tenant"] for tenant in other["tenants"]]
    for before, after in zip(one["tenants"], other["tenants"], strict=True):
        assert before == after
    assert one == other
