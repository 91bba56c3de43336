"""A tenant read again from recorded answers: the same plan of requests, the same decoding, and no network.

What the recording does not hold was not asked, and is unknown: a later rule that needs more finds no pass here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec

from auditor.graph.asks import DELETED, NO_SUCH_OBJECT, Ask, Collected, has_more, identity, reading
from auditor.graph.catalogue import needed_permissions, permission_of
from auditor.graph.collect import Collection, Plan, Target
from auditor.graph.decode import NotAsDocumented, decode_error, decode_object, decode_page
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.result import CoverageEntry, Permissions
from auditor.model.rule import AppIdentity

BodyOf = Callable[[str], bytes | None]
"""SHA-256 of an answer as received → the answer; None where it was not kept."""

_NOT_RECORDED = "the recorded evidence does not hold this answer"


async def collect_again(
    target: Target,
    apps: Mapping[str, AppIdentity],
    coverage: Sequence[CoverageEntry],
    body_of: BodyOf,
    permissions: Permissions | None,
) -> Collection:
    """What :func:`~auditor.graph.collect.collect` gave when ``coverage`` was recorded, decoded by today's program.

    ``permissions`` are those that were held then. Nothing of ``target`` is used to sign in.
    """
    recording = Recording(target.cloud.graph, coverage, body_of)
    held = permissions if permissions is not None else Permissions(held=None, needed=())
    return await Plan(target, apps, recording).run(msgspec.structs.replace(held, needed=needed_permissions()))


class Recording:
    """Answers from one tenant's coverage and bodies, as :class:`~auditor.graph.reader.Reader`."""

    connection_fault = None
    answered = True

    def __init__(self, graph: str, coverage: Sequence[CoverageEntry], body_of: BodyOf) -> None:
        self._base = f"{graph}/v1.0"
        self._body_of = body_of
        # Of a request that was sent again (a page whose token had expired), the last answer is what counted.
        self._entries = {(entry.source, entry.request): entry for entry in coverage}
        self._reasons = {(entry.source, entry.cause) for entry in coverage}
        self.coverage = list(coverage)
        self.bodies: dict[str, bytes] = {}
        self.gaps = False

    async def read(self, asks: Sequence[Ask[Any]]) -> list[Known[Any] | Unknown]:
        """The recorded answers to ``asks``, decoded, with all their pages."""
        return [self._one(ask) for ask in asks]

    def not_asked(self, source: str, cause: str) -> Unknown:
        """Record that ``source`` could not be asked, where the recording does not say so already."""
        self.gaps = True
        permission = permission_of(source)
        if (source, cause) not in self._reasons:
            self._reasons.add((source, cause))
            self.coverage.append(CoverageEntry(source, "", Outcome.NOT_ASKED, cause, permission, None, None))
        return Unknown(source, Outcome.NOT_ASKED, cause, permission)

    def _one(self, ask: Ask[Any]) -> Known[Any] | Unknown:
        first = self._answer(ask, ask.url)
        return self._pages(ask, first) if ask.many and has_more(ask, first) else reading(ask, first)

    def _pages(self, ask: Ask[Any], page: Any) -> Known[Any] | Unknown:
        members: dict[Any, Any] = {}
        count = page.count
        seen: set[str] = set()
        while True:
            members.update({identity(member): member for member in page.value})
            link = page.next_link
            if link is None:
                return Known(Collected(members=tuple(members.values()), count=count))
            if link in seen:
                return self._unknown(ask, Outcome.INVALID, "the service's paging did not come to an end")
            seen.add(link)
            page = self._answer(ask, link)
            if isinstance(page, Unknown):
                return page

    def _answer(self, ask: Ask[Any], url: str) -> Any:
        """The decoded answer to a request, DELETED, or Unknown as it was recorded."""
        request = f"GET {unquote(url.removeprefix(self._base))}"
        entry = self._entries.get((ask.source, request))
        if entry is None:
            self.not_asked(ask.source, _NOT_RECORDED)
            return self._unknown(ask, Outcome.NOT_ASKED, _NOT_RECORDED)
        body = self._body_of(entry.sha256) if entry.sha256 is not None else None
        if entry.outcome is not Outcome.OK:
            gone = ask.may_be_deleted and entry.outcome is Outcome.NOT_FOUND and body is not None
            if gone and body is not None and decode_error(body).code == NO_SUCH_OBJECT:
                self._keep(entry, body)
                return DELETED
            if body is not None:
                self._keep(entry, body)
            return self._unknown(ask, entry.outcome, entry.cause or "")
        if body is None:
            self.not_asked(ask.source, _NOT_RECORDED)
            return self._unknown(ask, Outcome.NOT_ASKED, _NOT_RECORDED)
        self._keep(entry, body)
        try:
            return decode_page(body, ask.kind) if ask.many else decode_object(body, ask.kind)
        except NotAsDocumented as error:
            return self._unknown(ask, Outcome.INVALID, str(error))

    def _keep(self, entry: CoverageEntry, body: bytes) -> None:
        if entry.sha256 is not None:
            self.bodies[entry.sha256] = body

    def _unknown(self, ask: Ask[Any], outcome: Outcome, cause: str) -> Unknown:
        self.gaps = True
        return Unknown(source=ask.source, outcome=outcome, cause=cause, permission=permission_of(ask.source))
