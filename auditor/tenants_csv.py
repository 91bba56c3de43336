"""A list of tenants as a CSV file: each row becomes the same table that ``[[tenants]]`` would hold.

Columns are named as the keys of that table, with a dot for what lies below (``credential.env``, ``bind.subdomain``). An
empty cell says nothing. It only reshapes: what the values may be is judged where ``[[tenants]]`` is.
"""

import csv
import io
import re
from pathlib import Path
from typing import Any

from msgspec import Struct

from auditor.errors import ConfigError
from auditor.toml import nearest

COLUMNS = (
    "name",
    "id",
    "cloud",
    "client_id",
    "product",
    "skip",
    "audit_retention_days",
    "credential.kind",
    "credential.env",
    "credential.path",
    "credential.password_env",
    "credential.token_file",
)
"""All but ``bind.PLACEHOLDER`` and ``bind.PACK.PLACEHOLDER``."""

_SEPARATORS = re.compile(r"[\s;,]+")


class Row(Struct, frozen=True):
    """One tenant of the file. ``label`` says where it stands."""

    label: str
    content: dict[str, Any]


def read_csv(path: Path) -> tuple[Row, ...]:
    """The rows of the file; raises ConfigError with file, row and column for what is wrong, and for none at all.

    The first row names the columns. Comma or semicolon separates, as in the first row; a byte order mark and empty rows
    do not matter.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: the list of tenants cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start}).", "Save it as CSV in UTF-8.") from error
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    rows: list[Row] = []
    header: list[str] | None = None
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if header is None:
                header = _header(path, cells)
            else:
                rows.append(_row(path, reader.line_num, header, cells))
    except csv.Error as error:
        raise ConfigError(f"{path}: row {reader.line_num}: is not CSV: {error}.") from error
    if not rows:
        raise ConfigError(f"{path}: names no tenants.", "A row of column names comes first, then a row a tenant.")
    return tuple(rows)


def _header(path: Path, cells: list[str]) -> list[str]:
    for number, name in enumerate(cells, 1):
        if name not in COLUMNS and not (name.startswith("bind.") and all(name.split("."))):
            raise ConfigError(f"{path}: column {number}: unknown name {name!r}.", nearest(name, COLUMNS))
        if cells.count(name) > 1:
            raise ConfigError(f"{path}: two columns are named {name!r}.")
    for needed in ("name", "id"):
        if needed not in cells:
            raise ConfigError(f"{path}: there is no column {needed!r}.", "The columns name and id are needed.")
    return cells


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> Row:
    label = f"row {line}"
    if len(cells) > len(header):
        raise ConfigError(
            f"{path}: {label}: has {len(cells)} cells, and there are {len(header)} columns.",
            "Put a text that holds the separator into double quotes.",
        )
    values = {name: cell for name, cell in zip(header, cells, strict=False) if cell}
    if "name" in values:
        label += f" ({values['name']})"
    content: dict[str, Any] = {}
    for name, cell in values.items():
        place = content
        *above, last = name.split(".")
        for part in above:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise ConfigError(f"{path}: {label}: {name}: {part} is a value and a table at once.")
        place[last] = _value(path, label, name, cell)
    return Row(label, content)


def _value(path: Path, label: str, name: str, cell: str) -> Any:
    if name == "skip":
        return [rule for rule in _SEPARATORS.split(cell) if rule]
    if name == "audit_retention_days":
        if not (cell.isascii() and cell.isdigit()):
            raise ConfigError(f"{path}: {label}: audit_retention_days {cell!r} is no number of days.")
        return int(cell)
    return cell
