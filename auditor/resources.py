"""Where the data that ships with the program lies: the rule packs and the report templates.

In a wheel they are inside the package, under ``_data``; in a checkout (an editable install, too) they stand
at the top of the repository. The current folder is never looked at: a stray ``rules/`` in it must not weaken
an audit. Nothing is read here but the names of the packs in use by default and, in a checkout, the
``pyproject.toml`` that proves it to be one.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

DISTRIBUTION = "entra-saml-auditor"
DEFAULT_PACKS = "default.toml"
_PACKAGE = Path(__file__).resolve().parent


class ResourceMissingError(RuntimeError):
    """A shipped folder is not where the installation should have put it; ``hint`` says what to do."""

    def __init__(self, name: str, package: Path) -> None:
        self.hint = f"install {DISTRIBUTION} again: this installation is incomplete"
        super().__init__(f"the folder {name!r} that ships with {package} is missing; {self.hint}")


def rules_dir() -> Path:
    """Return the folder of the shipped rule packs (``*.yaml``)."""
    return _shipped("rules")


def default_packs() -> tuple[str, ...]:
    """The ids of the packs that are in use where a configuration names none; they stand beside the packs, as data."""
    text = (rules_dir() / DEFAULT_PACKS).read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["packs"])


def templates_dir() -> Path:
    """Return the folder of the report templates, their style sheets and fonts."""
    return _shipped("report_templates")


@cache
def _shipped(name: str) -> Path:
    return locate(name, _PACKAGE)


def locate(name: str, package: Path) -> Path:
    """Return the shipped folder ``name`` of the installation whose import package lies at ``package``.

    Raises :class:`ResourceMissingError` where there is neither a packaged folder nor a checkout of this very
    project around the package: what happens to lie beside an installed package belongs to somebody else.
    """
    packaged = package / "_data" / name
    if packaged.is_dir():
        return packaged
    beside = package.parent / name
    if beside.is_dir() and _is_checkout(package.parent):
        return beside
    raise ResourceMissingError(name, package)


def _is_checkout(folder: Path) -> bool:
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(project.get("project", {}).get("name") == DISTRIBUTION)
