"""A script at work before an emulator's services: counts, waits, applies, and remembers what it applied."""

import asyncio
import difflib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from auditor.emulator.directory import Tenant
from auditor.emulator.errors import FaultFileError
from auditor.emulator.faults.actions import Links
from auditor.emulator.faults.matching import Counter, Match
from auditor.emulator.faults.script import FaultScript, Rule
from auditor.emulator.wire import Answer, Handler, Request


class Applied(Struct, frozen=True):
    """One fault that was applied: by which rule, to which request."""

    rule: str
    method: str
    path: str
    part: bool


class Faults:
    """The middleware of a script: every rule counts what fits it, and the first whose turn has come is applied.

    Raises ``FaultFileError`` where the script names a tenant that is not among ``tenants``.
    """

    def __init__(self, script: FaultScript, tenants: Sequence[Tenant]) -> None:
        self._rules = [(rule, Counter(_match(script, rule, tenants), rule.turn)) for rule in script.rules]
        self._links = Links()
        self.applied: list[Applied] = []
        """What was applied so far, in order."""

    async def __call__(self, request: Request, handler: Handler) -> Answer:
        """Answer a request, or a part of one."""
        due = [rule for rule, counter in self._rules if counter.is_turn(request)]
        rule = next((rule for rule in due if request.part is None or rule.action.for_parts), None)
        asked, request.query = request.query, self._links.meant(request)
        try:
            if rule is None:
                return await handler(request)
            request.fault = rule.name
            self.applied.append(Applied(rule.name, request.method, request.path, request.part is not None))
            if rule.delay_s:
                await asyncio.sleep(rule.delay_s)
            return await rule.action.answer(request, handler, self._links)
        finally:
            request.query = asked


def _match(script: FaultScript, rule: Rule, tenants: Sequence[Tenant]) -> Match:
    """The rule's match with its tenant by every name that a request may call it."""
    if rule.tenant is None:
        return rule.match
    wanted = rule.tenant.lower()
    for one in tenants:
        if wanted in (one.id.lower(), one.name.lower(), one.domain.lower()):
            names = frozenset({one.id.lower(), one.domain.lower()})
            return msgspec.structs.replace(rule.match, tenants=names)
    near = difflib.get_close_matches(wanted, [one.name.lower() for one in tenants], 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise FaultFileError(script.source, f"{rule.where}.tenant", f"no tenant is called {rule.tenant!r} here{hint}")
