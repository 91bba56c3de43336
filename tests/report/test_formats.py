"""The formats that the configuration allows, a scan can write, the help names and the README describes are the same."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

import pytest

from auditor import config, job
from auditor.cli.options import add_formats, parse_formats
from auditor.report import FILES, FORMATS, render
from tests.report import samples

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_configuration_program_and_help_name_the_same_formats() -> None:
    assert set(job.known_formats()) == set(config.FORMATS)
    parser = argparse.ArgumentParser(prog="x", formatter_class=lambda prog: argparse.HelpFormatter(prog, width=1000))
    add_formats(parser)
    told = parser.format_help().split("what to write: ")[1].split(", or all")[0]
    assert set(told.split(", ")) == set(config.FORMATS)


def test_all_means_every_format() -> None:
    assert set(parse_formats("all", None, job.known_formats())) == set(config.FORMATS)


@pytest.mark.parametrize("name", [*FORMATS])
def test_the_readme_names_every_file_and_what_it_cannot_carry(name: str) -> None:
    assert f"| `{FILES[name]}` |" in README
    assert f"`{name}`" in README
    if name not in ("json", "html", "pdf", "pdfa"):
        assert f"\n| {name} | " in README


@pytest.mark.parametrize("name", ["json", "csv", "sarif", "junit", "ocsf", "oscal"])
def test_data_formats_know_no_clock_but_the_scans(name: str) -> None:
    later = samples.NOW + timedelta(days=400)
    assert render(samples.few(), [name], now=samples.NOW) == render(samples.few(), [name], now=later)
