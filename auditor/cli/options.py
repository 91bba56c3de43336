"""Options that several verbs share, and the checks that belong to them."""

import argparse
from pathlib import Path

from auditor.errors import UserError


def add_config(parser: argparse.ArgumentParser) -> None:
    """``--config``."""
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("auditor.toml"),
        metavar="FILE",
        help="configuration (default: auditor.toml)",
    )


def add_tenants(parser: argparse.ArgumentParser) -> None:
    """``--tenant``, which may come again."""
    parser.add_argument(
        "--tenant", action="append", default=[], metavar="NAME", help="only this tenant (name or id); may be repeated"
    )


def add_now(parser: argparse.ArgumentParser) -> None:
    """``--now``."""
    parser.add_argument(
        "--now",
        metavar="TIME",
        help="the clock that rules, drift and reports see, as 2026-11-22T12:00:00Z (default: AUDITOR_NOW, else now)",
    )


def add_formats(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """``--format``, a list."""
    parser.add_argument(
        "--format",
        default=default,
        metavar="F,...",
        help="what to write: json, html, pdf, csv, remediation, or all (default: json,html,pdf,csv); "
        "results.json always comes",
    )


def parse_formats(text: str | None, configured: tuple[str, ...] | None, available: tuple[str, ...]) -> tuple[str, ...]:
    """The formats asked for, in the order of ``available``; raises UserError for one that is not known."""
    from auditor.config import FORMATS, nearest

    asked = tuple(part.strip() for part in text.split(",")) if text is not None else configured
    if asked is None:
        asked = ("json", "html", "pdf", "csv")
    for name in asked:
        if name != "all" and name not in available:
            if name in FORMATS:
                raise UserError(f"The format {name!r} is not in this version.", f"It has: {', '.join(available)}.")
            raise UserError(f"Unknown format {name!r}.", nearest(name, (*available, "all")))
    if "all" in asked:
        return available
    return tuple(name for name in available if name in asked)
