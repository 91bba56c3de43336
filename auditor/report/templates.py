"""The template engine: autoescaping everywhere, undefined names are errors, every text made visible on its way out."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auditor.report.text import finalize, script_json
from auditor.report.words import SEVERITY_SHAPES, Mark, count

_COLOUR = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6});")


@cache
def environment(folder: Path) -> Environment:
    """The engine over the templates in ``folder``."""
    engine = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
    engine.globals.update(
        count=count,
        marks=list(Mark),
        severity_shape=lambda severity: SEVERITY_SHAPES[severity],
        script_json=script_json,
        colour=colours(folder),
    )
    return engine


@cache
def colours(folder: Path) -> dict[str, str]:
    """The light theme's colours by token name, for pictures that no style sheet reaches (SVG in the PDF)."""
    first, _, _ = (folder / "tokens.css").read_text(encoding="utf-8").partition("}")
    return dict(_COLOUR.findall(first))


def shipped(name: str) -> str:
    """The text of a shipped file (a style sheet, a script)."""
    return (templates_folder() / name).read_text(encoding="utf-8")


def trusted(text: str) -> Markup:
    """A shipped text as markup. Never for anything of a tenant."""
    return Markup(text)  # noqa: S704 - the package's own style sheets and scripts


def templates_folder() -> Path:
    """Where the shipped templates are."""
    from auditor.resources import templates_dir

    return templates_dir()


def render_template(name: str, **values: Any) -> str:
    """The template's text."""
    text: str = environment(templates_folder()).get_template(name).render(values)
    return text
