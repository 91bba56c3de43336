"""The command line starts light, and its help and the README agree."""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.cli import VERBS, build_parser
from auditor.cli.exits import Exit
from tests.cli.conftest import Run

README = Path(__file__).parents[2] / "README.md"
HEAVY = {
    "aiohttp",
    "alembic",
    "apprise",
    "azure",
    "cryptography",
    "distributed",
    "httpx",
    "jinja2",
    "jsonpath_rfc9535",
    "jsonschema_rs",
    "kiota_abstractions",
    "kiota_http",
    "markdown_it",
    "msal",
    "msgraph",
    "msgraph_core",
    "numpy",
    "opentelemetry",
    "pandas",
    "psycopg",
    "pyhanko",
    "sqlalchemy",
    "starlette",
    "tenacity",
    "uvicorn",
    "weasyprint",
    "xlsxwriter",
    "yaml",
    "zstandard",
}
"""What takes long to import, or is not there on every machine: none of it to show a help text."""


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], set()),
        (["--version"], set()),
        *[([verb, "--help"], set()) for verb in VERBS],
        (["rules", "list"], {"jsonpath_rfc9535", "jsonschema_rs", "yaml"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_nothing_heavy_is_imported_before_it_is_needed(arguments: list[str], allowed: set[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "auditor", *arguments], capture_output=True, text=True, check=True
    )
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in ran.stderr.splitlines()}
    assert "auditor" in imported
    assert imported & HEAVY <= allowed


def verbs() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    (choices,) = [
        action.choices for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction)
    ]
    assert isinstance(choices, dict)
    yield from choices.items()


def test_every_command_has_help_with_an_example() -> None:
    names = []
    for name, parser in verbs():
        names.append(name)
        text = parser.format_help()
        assert "example" in text, name
        assert f"auditor {name}" in text, name
    assert names == list(VERBS)


def test_the_readme_names_every_command_and_exit_code() -> None:
    text = README.read_text(encoding="utf-8")
    for name in VERBS:
        assert re.search(rf"^\| `auditor {name}\b", text, re.MULTILINE), name
    for code in Exit:
        assert re.search(rf"\b{code.value}\b", text), code


def test_version(run: Run) -> None:
    assert re.fullmatch(r"auditor \d+\.\d+\.\d+\n", run("--version").out)
