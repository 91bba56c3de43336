"""The evidence document of one instance, with what is unknown in it told beside it and never inside.

Three things can be said of a path. It is *known*: the value stands in the document. It is *unknown*:
nothing stands there, and the causes say why. It is an *incomplete* list: some members are certain, others
may be missing because something could not be read; what holds of the certain members alone decides nothing
by itself.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from auditor.model.evidence import Unknown

Causes = tuple[Unknown, ...]


class Evidence:
    """A document under construction, and then what rules are asked of.

    Paths are those of `auditor.model.document`.
    """

    __slots__ = ("document", "incomplete", "unknown")

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self.unknown: dict[str, Causes] = {}
        self.incomplete: dict[str, Causes] = {}

    def put(self, path: str, value: Any) -> None:
        """A known value; null and an empty list are values."""
        branches, name = _taken_apart(path)
        place = self.document
        for branch in branches:
            place = place.setdefault(branch, {})
        place[name] = value

    def miss(self, path: str, *causes: Unknown) -> None:
        """An unknown value, with at least one cause."""
        self.unknown[path] = distinct(causes)

    def put_list(self, path: str, certain: list[Any], gaps: Iterable[Unknown]) -> None:
        """A list of which ``certain`` is known.

        Complete without ``gaps``, unknown where gaps are all there is.
        """
        causes = distinct(gaps)
        if causes and not certain:
            self.miss(path, *causes)
            return
        self.put(path, certain)
        if causes:
            self.incomplete[path] = causes

    def value(self, path: str) -> Any:
        """What stands at ``path``; None where nothing does. For showing, never for judging."""
        place: Any = self.document
        for name in path.split("."):
            if not isinstance(place, dict):
                return None
            place = place.get(name)
        return place


@cache
def _taken_apart(path: str) -> tuple[tuple[str, ...], str]:
    """The branches of a path, and its last name; there are as many as the table has."""
    *branches, name = path.split(".")
    return tuple(branches), name


def distinct(causes: Iterable[Unknown]) -> Causes:
    """Each cause once, in a fixed order."""
    return tuple(
        sorted(set(causes), key=lambda cause: (cause.source, cause.outcome, cause.cause, cause.permission or ""))
    )
