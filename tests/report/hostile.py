"""Scan results in which every text of the model is hostile, built by walking the model's types."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import cycle
from typing import Any

import msgspec

from auditor.model.evidence import Known, Unknown
from auditor.model.result import ScanResult
from tests.report import samples

PAYLOAD = (
    "<img src=x onerror=document.title='owned'></script><script>document.title='owned'</script>]]>"
    "]{{7*7}}{%raw%}\u202egnp.exe\u2066\x00\x1b[31m\u2028=cmd|'/c calc'!A0\" autofocus onfocus=alert(1) x=\""
)
"""Markup, template syntax, bidirectional and control characters, a formula, an attribute's end."""
URL = "javascript:document.title='owned'//"


class Builder:
    """Makes a value of any type of the model; ``seen`` collects every text field that it filled, as ``Struct.field``.

    ``unread`` prefers :class:`Unknown` where evidence may be either. Enumerations take their members in turn, so that
    one result has every status, severity and outcome.
    """

    def __init__(self, text: str = PAYLOAD, *, unread: bool = False) -> None:
        self.text = text
        self.unread = unread
        self.seen: set[str] = set()
        self._turns: dict[type, Iterator[Any]] = {}

    def build(self, kind: Any, where: str = "") -> Any:
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if kind is Any:
            return {self.text: [self.text]}
        if kind is str:
            self.seen.add(where)
            return f"{URL}{self.text}" if where.endswith(".url") else self.text
        if kind is bool:
            return True
        if kind in (int, float):
            return 7
        if origin in (typing.Union, types.UnionType):
            return self.build(self._choose(arguments), where)
        if origin is tuple:
            return tuple(self.build(arguments[0], where) for _ in range(3 if isinstance(arguments[0], type) else 1))
        if origin is dict:
            return {self.build(arguments[0], where): self.build(arguments[1], where)}
        if origin is Known:
            return Known(self.build(arguments[0], where))
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return next(self._turns.setdefault(kind, cycle(kind)))
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            hints = typing.get_type_hints(kind)
            return kind(
                **{
                    field.name: self.build(hints[field.name], f"{kind.__name__}.{field.name}")
                    for field in msgspec.structs.fields(kind)
                }
            )
        raise TypeError(f"no recipe for {kind!r} at {where}")

    def _choose(self, arguments: tuple[Any, ...]) -> Any:
        real = [kind for kind in arguments if kind not in (type(None), msgspec.UnsetType)]
        if Unknown in real:
            return Unknown if self.unread else next(kind for kind in real if kind is not Unknown)
        return real[0]


def text_fields(kind: Any, where: str = "", met: set[Any] | None = None) -> set[str]:
    """Every field below ``kind`` that can hold text, as ``Struct.field``."""
    met = set() if met is None else met
    if kind is str:
        return {where}
    found: set[str] = set()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in met and kind is not Known:
        met.add(kind)
        for name, hint in typing.get_type_hints(kind).items():
            if name in kind.__struct_fields__:
                found |= text_fields(hint, f"{kind.__name__}.{name}", met)
    for argument in typing.get_args(kind):
        found |= text_fields(argument, where, met)
    return found


@cache
def hostile_results() -> dict[str, ScanResult]:
    """Results that between them fill every text field of the model with hostile text."""
    results = {}
    for name, unread in (("read", False), ("unread", True)):
        results[name] = Builder(unread=unread).build(ScanResult)
    return results


def hostile_result(name: str) -> ScanResult:
    """One of :func:`hostile_results`."""
    return hostile_results()[name]


EVERY: dict[str, Callable[[], ScanResult]] = {
    **{name: cache(make) for name, make in samples.ALL.items()},
    "hostile-read": partial(hostile_result, "read"),
    "hostile-unread": partial(hostile_result, "unread"),
}
"""The samples and the hostile results, by name; made once, for they are frozen."""
