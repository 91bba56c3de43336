"""One tenant's reads: batches, pages, retries, and the coverage that tells how each ended.

Requests come as :class:`Ask`; each ends as :class:`Known` or :class:`Unknown`, never as an exception that loses the
tenant, save a refusal of the sign-in itself. Reads that are asked for at the same moment, by whatever part of the plan,
travel together: twenty to a batch. Every exchange leaves a coverage entry with the SHA-256 of the body as received.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import httpx
from kiota_abstractions.authentication import AuthenticationProvider

from auditor.graph.asks import DELETED, NO_SUCH_OBJECT, Ask, Collected, has_more, identity, reading
from auditor.graph.catalogue import permission_of
from auditor.graph.decode import NotAsDocumented, decode_object, decode_page, is_cut_short
from auditor.graph.exchange import TIMEOUT, Answer, Exchange, Final, Part, refusal
from auditor.graph.pace import Pace
from auditor.graph.retry import ATTEMPTS, Budget, Transient, transient_fault
from auditor.graph.transport import ConnectionFailed
from auditor.model.canonical import sha256_hex
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.result import CoverageEntry
from auditor.model.times import format_time

BATCH_SIZE = 20
"""Parts of a ``$batch`` at most, by Graph's documentation."""

_MAX_RESTARTS = 2
_MAX_PAGES = 20_000
_MAX_BARREN = 1_000
_ENDLESS = "the service's paging did not come to an end"
_BUDGET_SPENT = "the tenant's time budget was spent before the last page"
_NO_ROOM = "the service's documented limits leave no room for this request within the tenant's budget"


First = asyncio.Future[Any]
"""What the first request of an ask gives: a page, an object, DELETED, or Unknown."""


class TenantClient:
    """Reads one tenant's Graph through msgraph-sdk's adapter, within one budget and, where given, one pace."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        authentication: AuthenticationProvider,
        graph: str,
        budget: Budget,
        *,
        clock: Callable[[], datetime],
        keep_bodies: bool = False,
        pace: Pace | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._exchange = Exchange(transport, authentication, graph, budget, timeout)
        self._budget = budget
        self._pace = pace
        self._clock = clock
        self._batching = True
        self._queue: list[tuple[Ask[Any], First]] = []
        self._senders: set[asyncio.Task[None]] = set()
        self._keep_bodies = keep_bodies
        self.coverage: list[CoverageEntry] = []
        self.bodies: dict[str, bytes] = {}
        self.gaps = False
        """True once a read ended as unknown."""

    @property
    def answered(self) -> bool:
        """True once any answer came from the host, of whatever status."""
        return self._exchange.answered

    @property
    def connection_fault(self) -> ConnectionFailed | None:
        """The last failure to connect."""
        return self._exchange.connection_fault

    async def read(self, asks: Sequence[Ask[Any]]) -> list[Known[Any] | Unknown]:
        """Read all of ``asks``; the answers come in the same order.

        A collection gives ``Known[Collected]`` with all its pages, an object ``Known`` of its kind. Further pages of
        one are read while the first of another is still waited for.
        """
        readings: dict[int, Known[Any] | Unknown] = {}
        done: asyncio.Queue[tuple[int, asyncio.Future[Any]]] = asyncio.Queue()
        waiting: set[asyncio.Future[Any]] = set()
        paging: set[asyncio.Future[Any]] = set()

        def await_one(number: int, future: asyncio.Future[Any]) -> None:
            # A queue, because asyncio.wait looks at every future each time that one of them is done.
            waiting.add(future)
            future.add_done_callback(lambda future: done.put_nowait((number, future)))

        try:
            for number, ask in enumerate(asks):
                await_one(number, self._queued(ask))
            while waiting:
                number, future = await done.get()
                waiting.remove(future)
                ask, outcome = asks[number], future.result()
                if future not in paging and ask.many and has_more(ask, outcome):
                    task = asyncio.ensure_future(self._collect_pages(ask, outcome))
                    paging.add(task)
                    await_one(number, task)
                else:
                    readings[number] = outcome if future in paging else reading(ask, outcome)
        finally:
            for future in waiting:
                future.cancel()
        return [readings[number] for number in range(len(asks))]

    def close(self) -> None:
        """Stop what is still being sent: nobody waits for it."""
        for sender in self._senders:
            sender.cancel()

    # -- first answers: one by one, or in a batch -------------------------------------------------

    def _queued(self, ask: Ask[Any]) -> First:
        """The future of an ask's first answer; it goes out when the limits allow, with what is asked at that moment."""
        first: First = asyncio.get_running_loop().create_future()
        wait = self._pace.reserve(ask.source, ask.url) if self._pace is not None else 0.0
        if wait <= 0:
            self._enqueue(ask, first)
        elif wait >= self._budget.remaining:
            self._cover(ask, ask.url, None, Outcome.THROTTLED, _NO_ROOM, 1)
            first.set_result(self._unknown(ask, Outcome.THROTTLED, _NO_ROOM))
        else:
            asyncio.get_running_loop().call_later(wait, self._enqueue, ask, first)
        return first

    def _enqueue(self, ask: Ask[Any], first: First) -> None:
        if not self._queue:
            asyncio.get_running_loop().call_soon(self._flush)
        self._queue.append((ask, first))

    def _flush(self) -> None:
        queue, self._queue = [entry for entry in self._queue if not entry[1].done()], []
        for start in range(0, len(queue), BATCH_SIZE):
            sender = asyncio.get_running_loop().create_task(self._first_answers(queue[start : start + BATCH_SIZE]))
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)

    async def _first_answers(self, queue: list[tuple[Ask[Any], First]]) -> None:
        try:
            if len(queue) == 1 or not self._batching or not await self._batch(queue):
                await asyncio.gather(*(self._alone(ask, first) for ask, first in queue if not first.done()))
        except Exception as error:  # a bug of ours: those who wait for an answer get it instead, and raise it
            for _, first in queue:
                if not first.done():
                    first.set_exception(error)

    async def _alone(self, ask: Ask[Any], first: First) -> None:
        _settle(first, await self._single(ask, ask.url))

    async def _single(self, ask: Ask[Any], url: str) -> Any:
        """The decoded answer to a GET of ``url`` on behalf of ``ask``, or Unknown; leaves a coverage entry."""
        try:
            return await self._get(ask, url, paced=True)
        except Final as final:
            return self._unknown(ask, final.outcome, final.cause)

    async def _get(self, ask: Ask[Any], url: str, *, paced: bool = False) -> Any:
        """The decoded answer to a GET of ``url``; ``paced`` where the first try's room is already reserved."""
        last: list[Answer] = []
        tries = 0

        async def attempt() -> Any:
            nonlocal tries
            tries += 1
            last.clear()
            if tries > 1 or not paced:
                await self._await_room([(ask.source, url)])
            answer = await self._exchange.get(url, ask.headers)
            last.append(answer)
            return self._judge(ask, answer)

        try:
            value = await self._budget.run(attempt)
        except (Transient, Final) as fault:
            self._cover(ask, url, last[0] if last else None, fault.outcome, fault.cause, tries)
            code = fault.code if isinstance(fault, Final) else None
            raise Final(fault.outcome, fault.cause, code) from fault
        self._cover_good(ask, url, value, last[0], tries)
        return value

    async def _await_room(self, requests: Sequence[tuple[str, str]]) -> None:
        """Wait until the documented limits have room; raises Final where that is past the tenant's budget."""
        if self._pace is None:
            return
        wait = max(self._pace.reserve(source, url) for source, url in requests)
        if wait >= self._budget.remaining > 0:
            raise Final(Outcome.THROTTLED, _NO_ROOM)
        if wait > 0:
            await asyncio.sleep(wait)

    async def _batch(self, queue: Sequence[tuple[Ask[Any], First]]) -> bool:
        """Settle the first answers of up to twenty asks by ``$batch``; False where the service does not take batches.

        Each is settled as soon as it is known: only the parts that failed are asked again.
        """
        pending = dict(enumerate(queue))
        tries = dict.fromkeys(pending, 0)
        faults: dict[int, Transient] = {}

        def give_up(number: int, fault: Transient | Final, answer: Answer | None) -> None:
            ask, first = pending.pop(number)
            self._cover(ask, ask.url, answer, fault.outcome, fault.cause, tries[number])
            _settle(first, self._unknown(ask, fault.outcome, fault.cause))

        def judge(number: int, answer: Answer | None) -> None:
            ask, first = pending[number]
            try:
                if answer is None:
                    raise Transient(Outcome.INVALID, "the batch's answer left this request out")
                value = self._judge(ask, answer)
            except Transient as fault:
                faults[number] = fault
                if not fault.throttled and tries[number] >= ATTEMPTS:
                    give_up(number, fault, answer)
            except Final as final:
                give_up(number, final, answer)
            else:
                del pending[number]
                self._cover_good(ask, ask.url, value, answer, tries[number])
                _settle(first, value)

        async def attempt() -> None:
            again = [(ask.source, ask.url) for number, (ask, _) in pending.items() if tries[number]]
            if again:
                await self._await_room(again)
            for number in pending:
                tries[number] += 1
            parts = [Part(str(number), ask.url, ask.headers) for number, (ask, _) in pending.items()]
            try:
                answers = await self._exchange.batch(parts)
            except Transient as fault:
                faults.update(dict.fromkeys(pending, fault))
                raise
            for number in list(pending):
                judge(number, answers.get(str(number)))
            for number in list(pending):
                # One that asks for more patience than there is must not cost the others their next try.
                if (faults[number].retry_after or 0.0) >= self._budget.remaining:
                    give_up(number, faults[number], answers.get(str(number)))
            if pending:
                raise _worst([faults[number] for number in pending])

        try:
            await self._budget.run(attempt)
        except Transient:
            for number in list(pending):
                give_up(number, faults[number], None)
        except Final as final:
            if final.code == "no-batch":
                self._batching = False
                return False
            for number in list(pending):
                give_up(number, final, None)
        return True

    # -- pages ------------------------------------------------------------------------------------

    async def _collect_pages(self, ask: Ask[Any], first: Any) -> Known[Any] | Unknown:
        """All pages from the first on; a spent skip token or a circle begins again, a bounded number of times.

        A list that brings nothing new page after page, or is not at its end when the budget is, is given up: it must
        not cost the tenant what else there is to read.
        """
        restarts = barren = 0
        page = first
        members: dict[Any, Any] = {}
        count = page.count
        seen: set[str] = set()
        while True:
            known = len(members)
            for member in page.value:
                members[identity(member)] = member
            barren = 0 if len(members) > known else barren + 1
            link = page.next_link
            if link is None:
                return Known(Collected(members=tuple(members.values()), count=count))
            if barren >= _MAX_BARREN:
                return self._given_up(ask, link, Outcome.INVALID, _ENDLESS)
            if self._budget.remaining <= 0:
                return self._given_up(ask, link, Outcome.TIMEOUT, _BUDGET_SPENT)
            restart = link in seen or len(seen) >= _MAX_PAGES
            if not restart:
                seen.add(link)
                try:
                    page = await self._get(ask, link)
                    continue
                except Final as final:
                    if final.code != "expired-page":
                        return self._unknown(ask, final.outcome, final.cause)
            if restarts >= _MAX_RESTARTS:
                return self._given_up(ask, link, Outcome.INVALID, _ENDLESS)
            restarts += 1
            members, seen = {}, set()
            page = await self._single(ask, ask.url)
            if isinstance(page, Unknown):
                return page
            count = page.count

    def _given_up(self, ask: Ask[Any], link: str, outcome: Outcome, cause: str) -> Unknown:
        """A list that is not read to its end though each of its pages was answered: the coverage tells that, too."""
        self._cover(ask, link, None, outcome, cause, 1)
        return self._unknown(ask, outcome, cause)

    # -- what an answer means ---------------------------------------------------------------------

    def _judge(self, ask: Ask[Any], answer: Answer) -> Any:
        """The decoded body of a good answer; raises Transient or the final outcome for any other."""
        if (fault := transient_fault(answer.status, answer.headers)) is not None:
            raise fault
        if answer.status != 200:
            refused = refusal(answer)
            if ask.may_be_deleted and answer.status == 404 and refused.code == NO_SUCH_OBJECT:
                return DELETED
            if refused.code != "expired-page" and is_cut_short(answer.body):
                # What it said is not known, and may be said whole the next time: an expired page, say.
                raise Transient(refused.outcome, refused.cause)
            raise refused
        try:
            if ask.many:
                return decode_page(answer.body, ask.kind)
            return decode_object(answer.body, ask.kind)
        except NotAsDocumented as error:
            raise Transient(Outcome.INVALID, str(error)) from error

    # -- what is left behind ----------------------------------------------------------------------

    def _cover_good(self, ask: Ask[Any], url: str, value: Any, answer: Answer | None, attempts: int) -> None:
        if value is DELETED:
            cause = "the directory has no such object: it was deleted"
            self._cover(ask, url, answer, Outcome.NOT_FOUND, cause, attempts)
        else:
            self._cover(ask, url, answer, Outcome.OK, None, attempts)

    def _cover(
        self, ask: Ask[Any], url: str, answer: Answer | None, outcome: Outcome, cause: str | None, attempts: int
    ) -> None:
        digest = None
        if answer is not None and answer.body:
            digest = sha256_hex(answer.body)
            if self._keep_bodies:
                self.bodies[digest] = answer.body
        self.coverage.append(
            CoverageEntry(
                source=ask.source,
                request=f"GET {unquote(url.removeprefix(self._exchange.base))}",
                outcome=outcome,
                cause=cause,
                permission=permission_of(ask.source),
                request_id=answer.request_id if answer is not None else None,
                sha256=digest,
                at=format_time(self._clock()),
                attempts=max(attempts, 1),
            )
        )

    def not_asked(self, source: str, cause: str) -> Unknown:
        """Record that ``source`` could not be asked, because what it depends on was not read."""
        self.gaps = True
        permission = permission_of(source)
        self.coverage.append(CoverageEntry(source, "", Outcome.NOT_ASKED, cause, permission, None, None))
        return Unknown(source, Outcome.NOT_ASKED, cause, permission)

    def _unknown(self, ask: Ask[Any], outcome: Outcome, cause: str) -> Unknown:
        self.gaps = True
        return Unknown(source=ask.source, outcome=outcome, cause=cause, permission=permission_of(ask.source))


def _settle(first: First, value: Any) -> None:
    if not first.done():
        first.set_result(value)


def _worst(faults: list[Transient]) -> Transient:
    """The fault that decides how long a batch waits: throttling first, and of it the longest wait."""
    return max(faults, key=lambda fault: (fault.throttled, fault.retry_after or 0.0))
