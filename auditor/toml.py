"""One table of a TOML file, taken key by key with its types, so that every mistake is told with file, table and key."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from auditor.errors import ConfigError

_MOST_WORDS = 20
"""Words that a hint lists: a fleet has thousands of tenants."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Table:
    """One TOML table of known keys, each taken with its type. An unknown key is told before anything else."""

    def __init__(self, path: Path, name: str, content: Any, keys: Sequence[str]) -> None:
        if not isinstance(content, dict):
            raise ConfigError(f"{path}: {name} must be a table.")
        self._path = path
        self._name = name
        self._content: Mapping[str, Any] = content
        for key in content:
            if key not in keys:
                raise self.error(f"unknown key {key!r}.", nearest(key, keys))

    def error(self, message: str, hint: str = "") -> ConfigError:
        """An error that names the file and the table."""
        return ConfigError(f"{self._path}: {self._name}: {message}", hint)

    def take(self, key: str, kind: type | tuple[type, ...], told: str) -> Any:
        """The value of ``key``, None where it is not there; ``told`` says the type in words."""
        if key not in self._content:
            return None
        value = self._content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in _kinds(kind)):
            raise self.error(f"{key} must be {told}.")
        return value

    def text(self, key: str) -> str | None:
        """A text that is not empty."""
        value: str | None = self.take(key, str, "a text")
        if value is not None and not value.strip():
            raise self.error(f"{key} is empty.")
        return value

    def needed(self, key: str) -> str:
        """A text that must be there."""
        value = self.text(key)
        if value is None:
            raise self.error(f"{key} is missing.")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts."""
        value = self.take(key, list, "a list of texts")
        if value is None:
            return None
        if not all(isinstance(member, str) and member for member in value):
            raise self.error(f"{key} must be a list of texts.")
        return tuple(value)

    def number(self, key: str, least: float) -> float | None:
        """A number that is at least ``least``."""
        value: float | None = self.take(key, (int, float), "a number")
        if value is not None and not value >= least:
            raise self.error(f"{key} must be at least {least:g}.")
        return value


def nearest(word: str, valid: Iterable[str]) -> str:
    """A hint with the nearest valid word; the first of them where none is near, names before the ids beside them."""
    words = sorted(valid)
    close = difflib.get_close_matches(word, words, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    named = [one for one in words if not _ID.fullmatch(one)] or words
    rest = f" and {len(named) - _MOST_WORDS:,} more" if len(named) > _MOST_WORDS else ""
    return f"Valid are: {', '.join(named[:_MOST_WORDS])}{rest}."


def _kinds(kind: type | tuple[type, ...]) -> tuple[type, ...]:
    return kind if isinstance(kind, tuple) else (kind,)
