"""Changes of single properties in an answer: how to find them, and what becomes of them."""

import copy
from typing import Any

from msgspec import UNSET, Struct


class Edit(Struct, frozen=True):
    """One property: removed where ``value`` is UNSET, else set to it.

    ``path`` is the property's name with dots for what lies within (``samlSingleSignOnSettings.relayState``), and means
    the object asked for, or every member of a page; within a list it means every member. A name that begins with ``@``,
    and ``value``, are the answer's own.
    """

    path: str
    value: Any = UNSET

    def apply(self, body: dict[str, Any]) -> None:
        """Change ``body`` in place."""
        if self.path.startswith("@") or self.path == "value":
            self._change([body], self.path)
            return
        *within, name = self.path.split(".")
        members = body.get("value")
        places = list(members) if isinstance(members, list) else [body]
        for step in within:
            places = [inner for place in places if isinstance(place, dict) for inner in _listed(place.get(step))]
        self._change(places, name)

    def _change(self, places: list[Any], name: str) -> None:
        for place in places:
            if not isinstance(place, dict):
                continue
            if self.value is UNSET:
                place.pop(name, None)
            else:
                place[name] = copy.deepcopy(self.value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
