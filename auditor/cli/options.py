"""Options that several verbs share, and the checks that belong to them."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from auditor.errors import UserError
from auditor.logs import FORMATS as LOG_FORMATS
from auditor.logs import LEVELS as LOG_LEVELS


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


def add_logs(parser: argparse.ArgumentParser) -> None:
    """``--log-format`` and ``--log-level``; the environment's defaults are put in by :func:`log_settings`."""
    parser.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        help="what standard error holds: text for people, or a JSON object a line (default: AUDITOR_LOG_FORMAT, "
        "else text)",
    )
    parser.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        help="least level that is logged; requests are at debug, waits at info (default: AUDITOR_LOG_LEVEL, else "
        "warning for text and info for json)",
    )


def log_settings(args: argparse.Namespace, environ: Mapping[str, str]) -> tuple[str, str]:
    """Format and level of the logs; raises UserError for a variable that names neither."""
    form = getattr(args, "log_format", None) or environ.get("AUDITOR_LOG_FORMAT") or "text"
    if form not in LOG_FORMATS:
        raise UserError(f"AUDITOR_LOG_FORMAT {form!r} is not known.", f"Valid are: {', '.join(LOG_FORMATS)}.")
    usual = "info" if form == "json" else "warning"
    level = getattr(args, "log_level", None) or environ.get("AUDITOR_LOG_LEVEL") or usual
    if level not in LOG_LEVELS:
        raise UserError(f"AUDITOR_LOG_LEVEL {level!r} is not known.", f"Valid are: {', '.join(LOG_LEVELS)}.")
    return form, level


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
        help="what to write: json, html, pdf, pdfa, csv, xlsx, sarif, junit, ocsf, oscal, evidence, remediation, "
        "or all (default: json,html,pdf,csv); results.json always comes",
    )


def parse_formats(
    text: str | None,
    configured: tuple[str, ...] | None,
    available: tuple[str, ...],
    *,
    left_out: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The formats asked for, in the order of ``available``; raises UserError for one that is not known.

    ``left_out`` are formats that cannot be made here, each with a sentence why: asked for by name they are an error,
    and ``all`` does without them.
    """
    from auditor.config import FORMATS, nearest

    left_out = left_out or {}
    asked = tuple(part.strip() for part in text.split(",")) if text is not None else configured
    if asked is None:
        asked = ("json", "html", "pdf", "csv")
    for name in asked:
        if name in left_out:
            raise UserError(f"The format {name!r} cannot be made from this.", left_out[name])
        if name != "all" and name not in available:
            if name in FORMATS:
                raise UserError(f"The format {name!r} is not in this version.", f"It has: {', '.join(available)}.")
            raise UserError(f"Unknown format {name!r}.", nearest(name, (*available, "all")))
    return tuple(name for name in available if name not in left_out and (name in asked or "all" in asked))
