"""Every property of every answer of a scan, and every way to spoil it, found by walking the answers themselves."""

import copy
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from auditor.emulator.wire import Answer, Handler, Request

Pointer = tuple[str | int, ...]

REMOVED = object()
HOSTILE = "\u202e'\"</script><img src=x onerror=alert(1)>]]>${x}`id`$(id)%{y}#>=1+1\x00\u0007\ud7ff\n"
KINDS: dict[str, Any] = {
    "removed": REMOVED,
    "null": None,
    "empty": "",
    "other type": {"of": ["another", "type"]},
    "number": 1e308,
    "very long": "x" * 300_000,
    "hostile": HOSTILE,
}
LOST = ("removed", "other type")
"""After these nothing is known of the property, so that no rule may rest on it."""


class Site(NamedTuple):
    """A property of the answer to one request; an array counts as one value, its members by their first three."""

    request: str
    pointer: Pointer


class Spoiler:
    """A middleware of the emulator: notes the answers, and spoils one property of one of them while told to."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self._site: Site | None = None
        self._kind = ""

    def spoil(self, site: Site | None, kind: str = "") -> None:
        """Spoil ``site`` from now on; None leaves every answer as it is."""
        self._site, self._kind = site, kind

    async def __call__(self, request: Request, handler: Handler) -> Answer:
        """Answer as the service does, but for what is to be spoilt."""
        answer = await handler(request)
        if request.service != "graph" or request.path.endswith("/$batch") or answer.status != 200:
            return answer
        key = f"{request.path}?{unquote(request.query)}"
        if self._site is None:
            self.answers[key] = json.loads(answer.body)
        elif self._site.request == key:
            body = spoilt(json.loads(answer.body), self._site.pointer, KINDS[self._kind])
            answer.body = json.dumps(body).encode()
        return answer


def sites(answers: dict[str, Any]) -> list[Site]:
    """Every property of the answers, in an order that does not depend on chance.

    Annotations such as the address of a next page are no evidence of their own, and are left out.
    """
    return [Site(request, pointer) for request in sorted(answers) for pointer in _pointers(answers[request])]


def _pointers(value: Any, place: Pointer = ()) -> Iterator[Pointer]:
    if isinstance(value, dict):
        for name in sorted(value):
            if not name.startswith("@"):
                yield (*place, name)
                yield from _pointers(value[name], (*place, name))
    elif isinstance(value, list):
        for number, member in enumerate(value[:3]):
            if isinstance(member, dict):
                yield from _pointers(member, (*place, number))
            else:
                yield (*place, number)


def spoilt(body: Any, pointer: Pointer, value: Any) -> Any:
    """A copy of ``body`` with ``value`` at ``pointer``, or with nothing there."""
    body = copy.deepcopy(body)
    holder = body
    for step in pointer[:-1]:
        try:
            holder = holder[step]
        except (KeyError, IndexError, TypeError):
            return body  # the answers to one address differ; this one has no such place
    try:
        if value is REMOVED:
            del holder[pointer[-1]]
        else:
            holder[pointer[-1]] = value
    except (KeyError, IndexError, TypeError):
        return body
    return body
