"""Reading a lab's file: YAML with every place in it known, so that a mistake is told with its line.

Times stay text, a key given twice is an error. It never builds Python objects from tags.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn, Self

import yaml

from auditor.emulator.errors import LabFileError, TenantFileError

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the C loader has no stub
    """Safe loader without timestamps, refusing duplicate keys."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    given: set[str] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, "keys must be text", key_node.start_mark)
        if key in given:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{key}' is given twice", key_node.start_mark)
        given.add(key)
    loader.flatten_mapping(node)
    return {
        loader.construct_object(key_node, deep=True): loader.construct_object(value_node, deep=True)
        for key_node, value_node in node.value
    }


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(text: str, source: str, error_type: type[LabFileError] = TenantFileError) -> dict[str, Any]:
    """The mapping at the top of a YAML text. Raises ``error_type`` with the line of what is wrong."""
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with fewer resolvers
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise error_type(source, line, error.problem or "not YAML") from error
    except yaml.YAMLError as error:
        raise error_type(source, "", f"not YAML: {error}") from error
    if not isinstance(found, dict):
        raise error_type(source, "", "a mapping was expected at the top")
    return found


def files_of(path: Path) -> list[Path]:
    """The tenant files that a path means: itself, or the YAML files in a folder, by name."""
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.suffix in (".yaml", ".yml") and one.name[0] != ".")
        if not found:
            raise TenantFileError(path.name, "", "the folder holds no .yaml file")
        return found
    return [path]


class Block:
    """A mapping of a file that knows where it stands; keys are taken out, and what is left over is an error."""

    error_type: type[LabFileError] = TenantFileError

    def __init__(self, value: Any, source: str, where: str) -> None:
        if not isinstance(value, dict):
            raise self.error_type(source, where, f"a mapping was expected, not {_kind(value)}")
        self.value: dict[str, Any] = dict(value)
        self.source = source
        self.where = where
        self.asked: list[str] = []

    def wrong(self, message: str, key: str = "") -> LabFileError:
        """An error at this place, or at a key of it."""
        where = ".".join(part for part in (self.where, key) if part)
        return self.error_type(self.source, where, message)

    def take(self, key: str, default: Any = None) -> Any:
        """Take out a value; any type."""
        self.asked.append(key)
        return self.value.pop(key, default)

    def text(self, key: str, default: str | None = None) -> str | None:
        """Take out a text, or the default where it is absent."""
        found = self.take(key, default)
        if found is not None and not isinstance(found, str):
            raise self.wrong(f"text was expected, not {_kind(found)}", key)
        return found

    def needed(self, key: str) -> str:
        """Take out a text that must be there."""
        found = self.text(key)
        if not found:
            raise self.wrong("this key is required", key)
        return found

    def number(self, key: str, default: int) -> int:
        """Take out a whole number that is not negative."""
        found = self.take(key, default)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise self.wrong(f"a whole number was expected, not {found!r}", key)
        return found

    def flag(self, key: str, default: bool = False) -> bool:
        """Take out true or false."""
        found = self.take(key, default)
        if not isinstance(found, bool):
            raise self.wrong(f"true or false was expected, not {found!r}", key)
        return found

    def listed(self, key: str) -> list[Any]:
        """Take out a list; empty where it is absent."""
        found = self.take(key)
        if found is None:
            return []
        if not isinstance(found, list):
            raise self.wrong(f"a list was expected, not {_kind(found)}", key)
        return found

    def texts(self, key: str) -> list[str]:
        """Take out a list of texts; empty where it is absent."""
        found = self.listed(key)
        for number, one in enumerate(found):
            if not isinstance(one, str):
                raise self.wrong(f"text was expected, not {_kind(one)}", f"{key}[{number}]")
        return found

    def blocks(self, key: str) -> list[Self]:
        """Take out a list of mappings."""
        return [
            type(self)(one, self.source, f"{self.where}.{key}[{number}]".lstrip("."))
            for number, one in enumerate(self.listed(key))
        ]

    def block(self, key: str) -> Self | None:
        """Take out a mapping, or None where it is absent."""
        found = self.take(key)
        return None if found is None else type(self)(found, self.source, f"{self.where}.{key}".lstrip("."))

    def choice(self, key: str, choices: Iterable[str], default: str) -> str:
        """Take out one of several words."""
        found = self.take(key, default)
        if found not in tuple(choices):
            raise self.wrong(f"expected one of {', '.join(choices)}, not {found!r}", key)
        return str(found)

    def end(self, also: Iterable[str] = ()) -> None:
        """Raise for a key that nobody asked for, naming the nearest valid one (``also`` are further valid ones)."""
        for key in self.value:
            self.unknown(key, also)

    def unknown(self, key: str, also: Iterable[str] = (), within: str = "") -> NoReturn:
        """Raise for a key that is not known here, naming the nearest that was asked for or is in ``also``."""
        near = difflib.get_close_matches(key, [*self.asked, *also], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise self.wrong(f"unknown key{hint}", f"{within}.{key}" if within else key)


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")
