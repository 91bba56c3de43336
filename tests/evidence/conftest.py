"""One scan's bundle for all the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from auditor.emulator import Emulator
from auditor.model.result import ScanResult
from auditor.model.rule import Pack
from auditor.pipeline import shipped_folder
from auditor.rulepack import load_packs
from tests.evidence.making import Read, read
from tests.scan.conftest import NOW


class Made(NamedTuple):
    """A scan, its result, its bundle, and where the bundle lies."""

    read: Read
    result: ScanResult
    content: bytes
    path: Path


@pytest.fixture(scope="session")
def packs() -> tuple[Pack, ...]:
    return load_packs(["gotomeeting"], shipped=shipped_folder())


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator(now=lambda: NOW, reproducible=True) as running:
        yield running


@pytest.fixture(scope="session")
def made(emulator: Emulator, packs: tuple[Pack, ...], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Contoso (complete) and northwind (some sources refused)."""
    folder = tmp_path_factory.mktemp("bundle")
    done = read(emulator, packs, ["contoso", "northwind"])
    content = done.bundle(folder)
    path = folder / "evidence.zip"
    path.write_bytes(content)
    return Made(done, done.result, content, path)
