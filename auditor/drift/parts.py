"""The kinds of thing that a snapshot is compared by: a scalar, a set of texts, a collection keyed by identity.

A part reads two views and tells their differences, and patches a view by such differences: the two halves stand
together so that applying a drift to "before" gives "after". Order, labels and what the directory computes are never
told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from auditor.drift.values import Shape, differences, patched, same
from auditor.drift.view import Difference, Gap, Pointer, Uncompared, View, graph_name, plain, uncompared
from auditor.model.drift import Change, ChangeKind

S = TypeVar("S", bound=Struct)
Told = Iterator[Difference | Uncompared]


class Part(Protocol):
    """What the comparison asks of every part. ``section`` names the evidence that a whole group of parts rests on."""

    @property
    def path(self) -> str:
        """The path that all its differences begin with."""
        ...

    @property
    def section(self) -> str | None:
        """Attribute of the evidence whose absence is told once for all parts in it."""
        ...

    def diff(self, before: View, after: View) -> Told:
        """The differences, in a fixed order."""
        ...

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """``view`` with ``changes`` (all of this part) applied."""
        ...


class Scalar(Struct, frozen=True):
    """One property with one value. A blank that is null and one that is empty are told apart: they are two values."""

    path: str
    pointer: Pointer
    fold: bool = False
    """Letter case means nothing (thumbprints)."""

    @property
    def section(self) -> str | None:
        """The evidence that it stands in."""
        return self.pointer[0]

    def diff(self, before: View, after: View) -> Told:
        """At most one ``changed``."""
        old, new = before.get(self.pointer), after.get(self.pointer)
        if isinstance(old, Gap) or isinstance(new, Gap):
            yield from uncompared(self.path, old, new)
        elif not self._same(old, new):
            yield Difference(self.path, ChangeKind.CHANGED, old, new)

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Sets the value."""
        return view.put(self.pointer, changes[-1].after)

    def _same(self, old: Any, new: Any) -> bool:
        if self.fold and isinstance(old, str) and isinstance(new, str):
            return old.casefold() == new.casefold()
        return same(self.pointer[-1], old, new)


class Texts(Struct, frozen=True):
    """A list of texts whose order means nothing; a member is its own identity.

    Null where v1.0 promises a list is no empty list: nothing is told then. Below a structure that is itself null (an
    application without ``web``) the list is empty.
    """

    path: str
    pointer: Pointer
    without: Callable[[View], frozenset[str]] = lambda view: frozenset()
    """Members that always belong there and are nobody's choice."""

    @property
    def section(self) -> str | None:
        """The evidence that it stands in."""
        return self.pointer[0]

    def diff(self, before: View, after: View) -> Told:
        """An ``added`` or ``removed`` for each text."""
        old, new = self._read(before), self._read(after)
        if isinstance(old, Gap) or isinstance(new, Gap):
            yield from uncompared(self.path, old, new)
            return
        for text in sorted(old - new):
            yield Difference(f"{self.path}[{text}]", ChangeKind.REMOVED, text, None)
        for text in sorted(new - old):
            yield Difference(f"{self.path}[{text}]", ChangeKind.ADDED, None, text)

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Adds and removes the texts."""
        texts = set(view.get(self.pointer) or ())
        for change in changes:
            texts.discard(change.before)
            if change.kind is ChangeKind.ADDED:
                texts.add(change.after)
        return view.put(self.pointer, tuple(sorted(texts)))

    def _read(self, view: View) -> set[str] | Gap:
        value = view.get(self.pointer)
        if value is None and view.get(self.pointer[:-1]) is not None:
            return Gap(graph_name(self.pointer[0]), f"null stood in place of the list {graph_name(self.pointer[-1])}")
        return value if isinstance(value, Gap) else set(value or ()) - self.without(view)


class Members(Struct, frozen=True):
    """A collection of structures, each known by a key."""

    path: str
    pointer: Pointer
    kind: type[Struct]
    key: Callable[[Any], str | None]
    shape: Shape
    grouped: bool = False
    """Whether the pointer's evidence is a section (the collection is a property of an object) or its own source."""
    told: Callable[[dict[str, Any]], dict[str, Any]] = lambda member: member
    kept: Callable[[dict[str, Any]], dict[str, Any]] = lambda member: member
    """``told`` gives the form of a member that drift shows, ``kept`` the way back."""

    @property
    def section(self) -> str | None:
        """The evidence that it stands in, where that holds other parts too."""
        return self.pointer[0] if self.grouped else None

    def diff(self, before: View, after: View) -> Told:
        """Members added and removed, and their properties changed."""
        held = before.get(self.pointer)
        if isinstance(held, tuple) and held == after.get(self.pointer):
            return  # a hundred thousand assignments are not told apart one by one where they are the same
        old, new = self._read(before), self._read(after)
        if isinstance(old, Gap) or isinstance(new, Gap):
            yield from uncompared(self.path, old, new)
            return
        for key in sorted(old.keys() | new.keys()):
            here = f"{self.path}[{key}]"
            if key not in new:
                yield Difference(here, ChangeKind.REMOVED, self.told(plain(old[key])), None)
            elif key not in old:
                yield Difference(here, ChangeKind.ADDED, None, self.told(plain(new[key])))
            elif old[key] != new[key]:
                one, other = self.told(plain(old[key])), self.told(plain(new[key]))
                yield from differences(here, one, other, self.shape, graph_name(self.pointer[0]))

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Adds, removes and alters the members."""
        members = self._read(view)
        if isinstance(members, Gap):
            raise ValueError(f"nothing can be changed in {self.path}: it was not read")
        changed = patched_members(self.path, members, changes, lambda member: self.told(plain(member)))
        rebuilt = [
            msgspec.convert(self.kept(member), self.kind) if isinstance(member, dict) else member
            for member in changed.values()
        ]
        return view.put(self.pointer, in_order(rebuilt))

    def _read(self, view: View) -> dict[str, Any] | Gap:
        value = view.get(self.pointer)
        if isinstance(value, Gap):
            return value
        if value is None:
            return Gap(graph_name(self.pointer[0]), f"null stood in place of the list {graph_name(self.pointer[-1])}")
        members: dict[str, Any] = {}
        for member in value:
            key = self.key(member)
            if key is None:
                return Gap(graph_name(self.pointer[0]), "a member came without what identifies it")
            members[key] = member
        return members


def patched_members(
    path: str, members: Mapping[str, Any], changes: Sequence[Change], show: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """``members`` after ``changes``: those that were touched as JSON objects, the rest as they came."""
    result = dict(members)
    for change in changes:
        key, below = split_path(path, change.path, result)
        if not below and change.kind is ChangeKind.REMOVED:
            result.pop(key, None)
        elif not below:
            result[key] = change.after
        elif key in result:
            member = result[key] if isinstance(result[key], dict) else show(result[key])
            result[key] = patched(member, below, change.kind, change.after)
    return result


def split_path(path: str, full: str, keys: Mapping[str, Any]) -> tuple[str, str]:
    """Key and dotted rest of ``path[KEY].rest``. A key may itself hold ``].``, so those that exist are tried first."""
    inner = full[len(path) + 1 :]
    position = inner.find("].")
    while position >= 0:
        if inner[:position] in keys:
            return inner[:position], inner[position + 2 :]
        position = inner.find("].", position + 1)
    return inner.removesuffix("]"), ""


def in_order(members: Sequence[S]) -> tuple[S, ...]:
    """Structures in the order of their canonical JSON, each once: the collector's own order."""
    by_form = {msgspec.json.encode(member, order="sorted"): member for member in members}
    return tuple(by_form[form] for form in sorted(by_form))


def identifier(*attributes: str) -> Callable[[Any], str | None]:
    """A key of one or more identifying properties, joined by a slash; None where one is missing or null."""

    def key(member: Any) -> str | None:
        values = [getattr(member, attribute) for attribute in attributes]
        return "/".join(values) if all(isinstance(value, str) for value in values) else None

    return key
