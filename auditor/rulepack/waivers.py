"""Waiver files: accepted failures, each with an owner, a reason and an end.

An entry that lacks a field waives nothing and is told as a warning in the report; it never makes the file
unreadable, because one colleague's slip must not lift everybody else's waivers, nor pass unseen.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from auditor.model.rule import Waiver
from auditor.rulepack.errors import PackError, WaiverError, nearest
from auditor.rulepack.shape import kind_of
from auditor.rulepack.yamltree import Place, Tree, read_tree

FIELDS = ("rule", "tenant", "subject", "owner", "reason", "ticket", "expires", "observed")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class LoadedWaivers(Struct, frozen=True):
    """The waivers of a file in its order, and a sentence for each entry that waives nothing."""

    waivers: tuple[Waiver, ...] = ()
    warnings: tuple[str, ...] = ()


def load_waivers(path: Path) -> LoadedWaivers:
    """The waivers of the YAML file at ``path``: a list, or a mapping whose ``waivers`` is one.

    Raises :class:`WaiverError` where the file cannot be read, is no YAML, or holds something else.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WaiverError(
            f"{path}: the waiver file cannot be read: {error.strerror or error}",
            "check the path and its permissions",
        ) from error
    try:
        tree = read_tree(data, path.name)
    except PackError as error:
        raise WaiverError(str(error), "mend the YAML of the waiver file") from error
    entries, base = _entries(tree)
    waivers: list[Waiver] = []
    warnings: list[str] = []
    for number, entry in enumerate(entries):
        line = tree.line((*base, number))
        wrong = _problems(entry)
        if wrong:
            warnings.append(f"{tree.file}:{line}: this waiver waives nothing: {'; '.join(wrong)}")
        else:
            waivers.append(Waiver(**{field: _text(entry[field]) for field in FIELDS}))
    return LoadedWaivers(tuple(waivers), tuple(warnings))


def _entries(tree: Tree) -> tuple[list[Any], Place]:
    value = tree.value
    base: Place = ()
    if isinstance(value, dict) and value.keys() == {"waivers"}:
        value, base = value["waivers"], ("waivers",)
    if value is None:
        return [], base
    if not isinstance(value, list):
        raise WaiverError(
            f"{tree.file}: {kind_of(value)} stands where the list of waivers should",
            "write a list of waivers, or a mapping with the one key 'waivers'",
        )
    return value, base


def _problems(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return [f"{kind_of(entry)} stands here instead of a waiver"]
    wrong = [f"{field!r} is missing" for field in FIELDS if entry.get(field) is None and field != "observed"]
    if "observed" not in entry:
        wrong.append("'observed' is missing")
    wrong += [f"there is no field {key!r}{nearest(key, FIELDS)}" for key in entry if key not in FIELDS]
    for field in FIELDS:
        given = entry.get(field)
        if isinstance(given, dict | list):
            wrong.append(f"{field!r} is {kind_of(given)} instead of a text")
        elif isinstance(given, str) and not given.strip() and field != "observed":
            wrong.append(f"{field!r} is empty")
    expires = entry.get("expires")
    if isinstance(expires, str) and expires.strip() and not _is_date(expires):
        wrong.append(f"'expires' is {expires[:40]!r} instead of a date, YYYY-MM-DD")
    elif expires is not None and not isinstance(expires, str | dict | list):
        wrong.append("'expires' is no date, YYYY-MM-DD")
    return wrong


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _text(value: Any) -> str:
    """A waiver's field as text, the way findings write values: null is ``(blank)``, the rest as JSON."""
    if value is None:
        return "(blank)"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).rstrip("\n")
