"""YAML as rule packs use it: the values that JSON has, each with its line.

Stricter than YAML on purpose, because a pack decides what counts as compliant: a key given twice is an
error and not the last one's victory; anchors, aliases, merge keys and tags are refused (a short file could
unfold to gigabytes); ``yes``, ``on`` and dates stay the text that they are. Scalars are read by the JSON
schema of YAML 1.2, chapter 10.2, with the core schema's spellings of null. Nothing here knows what a rule
is.
"""

import re
from typing import Any

import yaml
from msgspec import Struct

from auditor.rulepack.errors import PackError, Problem

MAX_BYTES = 4_000_000
"""Greatest size of a file; the shipped packs take less than a fiftieth of it."""
MAX_DEPTH = 64

Place = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


class Tree(Struct, frozen=True):
    """A file's value, and the line of each of its members by their place."""

    file: str
    value: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int | None:
        """Line of the member at ``place``, else of what holds it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)


class _Open:
    """A mapping or list whose end has not been met."""

    __slots__ = ("key", "place", "value")

    def __init__(self, value: dict[str, Any] | list[Any], place: Place) -> None:
        self.value = value
        self.place = place
        self.key: str | None = None


def read_tree(data: bytes, file: str) -> Tree:
    """The one YAML document in ``data``; :class:`PackError`, naming the line, for what is not as above."""
    if len(data) > MAX_BYTES:
        raise PackError([Problem(file, f"the file has {len(data)} bytes", expected=f"at most {MAX_BYTES}")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackError([Problem(file, f"byte {error.start} is not UTF-8", expected="UTF-8 text")]) from error
    try:
        return _Reader(file).read(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        told = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable")
        line = mark.line + 1 if mark is not None else None
        raise PackError([Problem(file, f"not YAML: {told}", line=line)]) from error


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._lines: dict[Place, int] = {}
        self._open: list[_Open] = []
        self._root: Any = None
        self._documents = 0

    def read(self, text: str) -> Tree:
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise self._error("a second document begins here", line, "one document a file")
            elif isinstance(event, yaml.AliasEvent):
                raise self._error(f"the alias *{event.anchor} is not accepted", line, "the value itself")
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._start({} if isinstance(event, yaml.MappingStartEvent) else [], event, line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._open.pop()
        return Tree(self._file, self._root, self._lines)

    def _start(self, value: Any, event: Any, line: int) -> None:
        self._plain(event, line)
        place = self._put(value, line)
        self._open.append(_Open(value, place))
        if len(self._open) > MAX_DEPTH:
            raise self._error("nested too deeply", line, f"at most {MAX_DEPTH} levels")

    def _scalar(self, event: Any, line: int) -> None:
        self._plain(event, line)
        inner = self._open[-1] if self._open else None
        if inner is not None and isinstance(inner.value, dict) and inner.key is None:
            if event.value == "<<" and event.implicit[0]:
                raise self._error("merge keys are not accepted", line, "the keys themselves")
            if event.value in inner.value:
                first = self._lines[(*inner.place, event.value)]
                raise self._error(f"the key {event.value!r} is given twice (first in line {first})", line, "one")
            inner.key = event.value
            inner.value[event.value] = None
            self._lines[(*inner.place, event.value)] = line
            return
        self._put(_scalar_value(event.value) if event.implicit[0] else event.value, line)

    def _put(self, value: Any, line: int) -> Place:
        if not self._open:
            self._root = value
            self._lines[()] = line
            return ()
        inner = self._open[-1]
        if isinstance(inner.value, list):
            inner.value.append(value)
            place: Place = (*inner.place, len(inner.value) - 1)
            self._lines[place] = line
            return place
        if inner.key is None:
            raise self._error("a mapping or list stands as a key", line, "a text")
        inner.value[inner.key] = value
        place = (*inner.place, inner.key)
        inner.key = None
        return place

    def _plain(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            raise self._error(f"the anchor &{event.anchor} is not accepted", line, "the value, written out")
        if event.tag is not None:
            raise self._error(f"the tag {event.tag} is not accepted", line, "a plain value")

    def _error(self, message: str, line: int, expected: str) -> PackError:
        return PackError([Problem(self._file, message, line=line, expected=expected)])


def _scalar_value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= 30 and _INTEGER.fullmatch(text):
        return int(text)
    if len(text) <= 30 and _NUMBER.fullmatch(text):
        return float(text)
    return text
