"""The command line against the emulator, in this process: arguments in; exit code, standard output and error out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from auditor.cli import main
from auditor.emulator import Emulator
from tests.scan.conftest import NOW


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``auditor`` with these arguments."""

    def go(*arguments: object) -> Ran:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return go


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """The sample tenants."""
    with Emulator(now=lambda: NOW) as running:
        yield running


class Lab(NamedTuple):
    """A configuration file for the emulator, in a folder of its own."""

    folder: Path
    config: Path


@pytest.fixture
def lab(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """``auditor.toml`` for every sample tenant, read with client secrets, at the samples' clock."""
    lines = [
        "[clouds.lab]",
        f'graph = "{emulator.graph_url}"',
        f'authority = "{emulator.authority_url}"',
        f'ca_file = "{emulator.ca_file}"',
    ]
    for tenant in emulator.tenants:
        client = emulator.client(tenant.name)
        variable = f"LAB_SECRET_{tenant.name.upper()}"
        monkeypatch.setenv(variable, str(client.secret))
        lines += [
            "[[tenants]]",
            f'name = "{tenant.name}"',
            f'id = "{tenant.id}"',
            'cloud = "lab"',
            f'client_id = "{client.client_id}"',
            f'credential = {{ kind = "client-secret", env = "{variable}" }}',
        ]
        product = (tenant.notes.get("expect") or {}).get("product")
        if product:
            lines.append(f'product = "{product}"')
    config = tmp_path / "auditor.toml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setenv("AUDITOR_NOW", "2026-11-22T12:00:00Z")
    return Lab(tmp_path, config)
