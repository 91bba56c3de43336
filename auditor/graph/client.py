"""One tenant's reads: batches, pages, retries, and the coverage that tells how each ended.

Requests come as :class:`Ask`; each ends as :class:`Known` or :class:`Unknown`, never as an exception that loses the
tenant,
save a refusal of the sign-in itself. Every exchange leaves a coverage entry with the SHA-256 of the body as received.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

import httpx
import msgspec
from azure.core.exceptions import AzureError
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_adapter import RequestAdapter
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import ResponseHandlerOption
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgspec import Raw, Struct

from auditor.graph.catalogue import permission_of
from auditor.graph.decode import NotAsDocumented, decode_error, decode_object, decode_page
from auditor.graph.errors import Refused
from auditor.graph.retry import ATTEMPTS, Budget, Transient, transient_fault
from auditor.graph.transport import ConnectionFailed
from auditor.logs import Stopwatch
from auditor.model.canonical import sha256_hex
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.result import CoverageEntry
from auditor.model.times import format_time

T = TypeVar("T")
log = logging.getLogger(__name__)

BATCH_SIZE = 20
"""Parts of a ``$batch`` at most, by Graph's documentation."""

_MAX_RESTARTS = 2
_MAX_PAGES = 20_000
_IN_FLIGHT = 4
_REQUEST_TIMEOUT_S = 60.0
_NO_SUCH_OBJECT = "Request_ResourceNotFound"
_NOT_LICENSED = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"


class Ask(Struct, Generic[T], frozen=True):
    """One read of the catalogue: an object of ``kind``, or with ``many`` a collection of them."""

    source: str
    url: str
    """Relative to ``/v1.0``: path and query, as built by msgraph-sdk's request builders."""
    kind: type[T]
    many: bool = False
    advanced: bool = False
    """True for an advanced query: ``ConsistencyLevel: eventual`` goes along, on every page."""
    first_page: bool = False
    """True where the first page says all that is wanted (its count)."""
    may_be_deleted: bool = False
    """True where the directory's "no such object" is an answer: it gives ``Known(None)``, a deleted object."""

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the request, the token apart."""
        return {"ConsistencyLevel": "eventual"} if self.advanced else {}


class Collected(Struct, Generic[T], frozen=True):
    """The members of a collection, each once, and their number where the service told it.

    Of an ask for the first page alone, ``members`` are that page, and ``count`` may be None.
    """

    members: tuple[T, ...]
    count: int | None = None


DELETED = object()
"""Stands for the directory's answer that an object asked for by id is not there."""


class _Answer(Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes


class _Part(Struct):
    id: str
    status: int
    headers: dict[str, Any] | None = None
    body: Raw = Raw(b"")


class _BatchAnswer(Struct):
    responses: list[_Part]


class _Final(Exception):
    def __init__(self, outcome: Outcome, cause: str, code: str | None = None) -> None:
        super().__init__(cause)
        self.outcome = outcome
        self.cause = cause
        self.code = code


class TenantClient:
    """Reads one tenant's Graph through msgraph-sdk's adapter, within one budget."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        authentication: AuthenticationProvider,
        graph: str,
        budget: Budget,
        *,
        keep_bodies: bool = False,
        clock: Any,
    ) -> None:
        self._base = f"{graph}/v1.0"
        self._adapter = GraphRequestAdapter(authentication, http)
        self._adapter.base_url = self._base
        self._budget = budget
        self._clock = clock
        self._batching = True
        self._gate = asyncio.Semaphore(_IN_FLIGHT)
        self._keep_bodies = keep_bodies
        self.coverage: list[CoverageEntry] = []
        self.bodies: dict[str, bytes] = {}
        self.answered = False
        """True once any answer came from the host, of whatever status."""
        self.gaps = False
        """True once a read ended as unknown."""
        self.connection_fault: ConnectionFailed | None = None

    @property
    def adapter(self) -> RequestAdapter:
        """The adapter, for msgraph-sdk's request builders."""
        return self._adapter

    @property
    def base(self) -> str:
        """Address of Graph v1.0, without a trailing slash."""
        return self._base

    async def read(self, asks: Sequence[Ask[Any]]) -> list[Known[Any] | Unknown]:
        """Read all of ``asks``, twenty to a batch; the answers come in the same order.

        A collection gives ``Known[Collected]`` with all its pages, an object ``Known`` of its kind.
        """
        chunks = [asks[start : start + BATCH_SIZE] for start in range(0, len(asks), BATCH_SIZE)]
        parts = await asyncio.gather(*(self._read_chunk(chunk) for chunk in chunks))
        return [reading for part in parts for reading in part]

    async def _read_chunk(self, asks: Sequence[Ask[Any]]) -> list[Known[Any] | Unknown]:
        firsts = await self._first_answers(asks)
        return list(await asyncio.gather(*(self._finish(ask, first) for ask, first in zip(asks, firsts, strict=True))))

    async def _finish(self, ask: Ask[Any], first: Any) -> Known[Any] | Unknown:
        if isinstance(first, Unknown):
            return first
        if first is DELETED:
            return Known(None)
        return await self._collect_pages(ask, first) if ask.many else Known(first)

    # -- first answers: one by one, or in a batch -------------------------------------------------

    async def _first_answers(self, asks: Sequence[Ask[Any]]) -> list[Any]:
        if len(asks) > 1 and self._batching:
            answers = await self._batch(asks)
            if answers is not None:
                return answers
        return list(await asyncio.gather(*(self._single(ask, ask.url) for ask in asks)))

    async def _single(self, ask: Ask[Any], url: str) -> Any:
        """The decoded answer to a GET of ``url`` on behalf of ``ask``, or Unknown; leaves a coverage entry."""
        try:
            return await self._get(ask, url)
        except _Final as final:
            return self._unknown(ask, final.outcome, final.cause)

    async def _get(self, ask: Ask[Any], url: str) -> Any:
        last: list[_Answer] = []
        tries = 0

        async def attempt() -> Any:
            nonlocal tries
            tries += 1
            last.clear()
            answer = await self._send(Method.GET, url, ask.headers)
            last.append(answer)
            return self._judge(ask, answer)

        try:
            value = await self._budget.run(attempt)
        except (Transient, _Final) as fault:
            self._cover(ask, url, last[0] if last else None, fault.outcome, fault.cause, tries)
            code = fault.code if isinstance(fault, _Final) else None
            raise _Final(fault.outcome, fault.cause, code) from fault
        self._cover_good(ask, url, value, last[0], tries)
        return value

    async def _batch(self, asks: Sequence[Ask[Any]]) -> list[Any] | None:
        """The first answers of up to twenty asks by ``$batch``; None where the service does not take batches."""
        pending = dict(enumerate(asks))
        tries = dict.fromkeys(pending, 0)
        answers: dict[int, Any] = {}
        faults: dict[int, Transient] = {}

        def give_up(number: int, fault: Transient | _Final, answer: _Answer | None) -> None:
            ask = pending.pop(number)
            self._cover(ask, ask.url, answer, fault.outcome, fault.cause, tries[number])
            answers[number] = self._unknown(ask, fault.outcome, fault.cause)

        async def attempt() -> None:
            for number in pending:
                tries[number] += 1
            try:
                parts = await self._send_batch(pending)
            except Transient as fault:
                faults.update(dict.fromkeys(pending, fault))
                raise
            for number in list(pending):
                answer = parts.get(str(number))
                try:
                    if answer is None:
                        raise Transient(Outcome.INVALID, "the batch's answer left this request out")
                    answers[number] = self._judge(pending[number], answer)
                except Transient as fault:
                    faults[number] = fault
                    if not fault.throttled and tries[number] >= ATTEMPTS:
                        give_up(number, fault, answer)
                except _Final as final:
                    give_up(number, final, answer)
                else:
                    ask = pending.pop(number)
                    self._cover_good(ask, ask.url, answers[number], answer, tries[number])
            if pending:
                raise _worst([faults[number] for number in pending])

        try:
            await self._budget.run(attempt)
        except Transient:
            for number in list(pending):
                give_up(number, faults[number], None)
        except _Final as final:
            if final.code == "no-batch":
                self._batching = False
                return None
            for number in list(pending):
                give_up(number, final, None)
        return [answers[number] for number in range(len(asks))]

    async def _send_batch(self, pending: Mapping[int, Ask[Any]]) -> dict[str, _Answer]:
        requests = [
            {"id": str(number), "method": "GET", "url": ask.url, **({"headers": ask.headers} if ask.headers else {})}
            for number, ask in pending.items()
        ]
        content = msgspec.json.encode({"requests": requests})
        answer = await self._send(Method.POST, "/$batch", {"Content-Type": "application/json"}, content)
        if (fault := transient_fault(answer.status, answer.headers)) is not None:
            raise fault
        if answer.status in (400, 404, 405, 501):
            raise _Final(Outcome.FAILED, f"the service takes no batches (status {answer.status})", "no-batch")
        if answer.status != 200:
            raise self._refusal(answer)
        try:
            parts = msgspec.json.decode(answer.body, type=_BatchAnswer).responses
        except msgspec.MsgspecError as error:
            raise Transient(Outcome.INVALID, "the batch's answer is not as documented") from error
        return {
            part.id: _Answer(
                part.status,
                {"request-id": _header(answer.headers, "request-id") or "", **_texts(part.headers)},
                bytes(part.body),
            )
            for part in reversed(parts)
        }

    # -- pages ------------------------------------------------------------------------------------

    async def _collect_pages(self, ask: Ask[Any], first: Any) -> Known[Any] | Unknown:
        """All pages from the first on; a spent skip token or a circle begins again, a bounded number of times."""
        restarts = 0
        page = first
        members: dict[Any, Any] = {}
        count = page.count
        seen: set[str] = set()
        while True:
            for member in page.value:
                members[_identity(member)] = member
            link = page.next_link
            if ask.first_page:
                complete = len(page.value) if link is None else None
                return Known(Collected(members=tuple(page.value), count=complete if count is None else count))
            if link is None:
                return Known(Collected(members=tuple(members.values()), count=count))
            restart = link in seen or len(seen) >= _MAX_PAGES
            if not restart:
                seen.add(link)
                try:
                    page = await self._get(ask, link)
                    continue
                except _Final as final:
                    if final.code != "expired-page":
                        return self._unknown(ask, final.outcome, final.cause)
            if restarts >= _MAX_RESTARTS:
                return self._unknown(ask, Outcome.INVALID, "the service's paging did not come to an end")
            restarts += 1
            members, seen = {}, set()
            page = await self._single(ask, ask.url)
            if isinstance(page, Unknown):
                return page
            count = page.count

    # -- one exchange -----------------------------------------------------------------------------

    async def _send(
        self, method: Method, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> _Answer:
        """One exchange through the SDK's adapter. ``url`` is relative to v1.0, or a nextLink taken as it is."""
        request = RequestInformation()
        request.http_method = method
        request.url = url if url.startswith(("http://", "https://")) else self._base + url
        request.headers.add("Accept", "application/json")
        for name, value in headers.items():
            request.headers.add(name, value)
        request.content = content
        request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        limit = min(_REQUEST_TIMEOUT_S, max(self._budget.remaining, 0.05))
        watch = Stopwatch()
        try:
            async with self._gate, asyncio.timeout(limit):
                response: Any = await self._adapter.send_primitive_async(request, "bytes", None)
        except ConnectionFailed as error:
            self.connection_fault = error
            raise Transient(Outcome.FAILED, f"no connection: {error}") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Transient(Outcome.TIMEOUT, "no answer in time") from error
        except httpx.TransportError as error:
            raise Transient(Outcome.FAILED, str(error) or type(error).__name__) from error
        except Refused as error:
            raise _Final(Outcome.FAILED, error.message) from error
        except AzureError as error:
            raise _Final(Outcome.DENIED, "the sign-in service gave no new token") from error
        self.answered = True
        if log.isEnabledFor(logging.DEBUG):
            extra = {
                "method": method.value,
                "path": unquote(url.removeprefix(self._base).partition("?")[0]),
                "status": response.status_code,
                "duration_ms": watch.ms,
                "bytes": len(response.content),
                "request_id": _header(response.headers, "request-id"),
            }
            log.debug("request", extra=extra)
        return _Answer(response.status_code, response.headers, response.content)

    def _judge(self, ask: Ask[Any], answer: _Answer) -> Any:
        """The decoded body of a good answer; raises Transient or the final outcome for any other."""
        if (fault := transient_fault(answer.status, answer.headers)) is not None:
            raise fault
        if answer.status != 200:
            refusal = self._refusal(answer)
            if ask.may_be_deleted and answer.status == 404 and refusal.code == _NO_SUCH_OBJECT:
                return DELETED
            raise refusal
        try:
            if ask.many:
                return decode_page(answer.body, ask.kind)
            return decode_object(answer.body, ask.kind)
        except NotAsDocumented as error:
            raise Transient(Outcome.INVALID, str(error)) from error

    @staticmethod
    def _refusal(answer: _Answer) -> _Final:
        error = decode_error(answer.body)
        code = error.code or ""
        told = f"status {answer.status}" + (f", {code[:80]}" if code else "")
        match answer.status:
            case 401:
                return _Final(Outcome.DENIED, f"the access token was not accepted ({told})", code)
            case 403 if code == _NOT_LICENSED or "premium licen" in (error.message or "").lower():
                return _Final(Outcome.NOT_LICENSED, f"the tenant has no licence for this ({told})", code)
            case 403:
                return _Final(Outcome.DENIED, f"permission was refused ({told})", code)
            case 404:
                return _Final(Outcome.NOT_FOUND, f"not found ({told})", code)
            case status if 300 <= status < 400:
                return _Final(Outcome.FAILED, f"a redirect was refused ({told})", code)
            case status if status == 410 or (status == 400 and _is_expired_page(code, error.message)):
                return _Final(Outcome.FAILED, f"the page's token had expired ({told})", "expired-page")
            case _:
                return _Final(Outcome.FAILED, f"the service refused the request ({told})", code)

    # -- what is left behind ----------------------------------------------------------------------

    def _cover_good(self, ask: Ask[Any], url: str, value: Any, answer: _Answer, attempts: int) -> None:
        if value is DELETED:
            cause = "the directory has no such object: it was deleted"
            self._cover(ask, url, answer, Outcome.NOT_FOUND, cause, attempts)
        else:
            self._cover(ask, url, answer, Outcome.OK, None, attempts)

    def _cover(
        self, ask: Ask[Any], url: str, answer: _Answer | None, outcome: Outcome, cause: str | None, attempts: int
    ) -> None:
        digest = None
        if answer is not None and answer.body:
            digest = sha256_hex(answer.body)
            if self._keep_bodies:
                self.bodies[digest] = answer.body
        self.coverage.append(
            CoverageEntry(
                source=ask.source,
                request=f"GET {unquote(url.removeprefix(self._base))}",
                outcome=outcome,
                cause=cause,
                permission=permission_of(ask.source),
                request_id=(_header(answer.headers, "request-id") or None) if answer is not None else None,
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


def _worst(faults: list[Transient]) -> Transient:
    """The fault that decides how long a batch waits: throttling first, and of it the longest wait."""
    return max(faults, key=lambda fault: (fault.throttled, fault.retry_after or 0.0))


def _identity(member: Any) -> Any:
    object_id = getattr(member, "id", None)
    return object_id if isinstance(object_id, str) else member


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _texts(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in (headers or {}).items()}


def _is_expired_page(code: str, message: str | None) -> bool:
    text = f"{code} {message or ''}".lower()
    return "expiredpagetoken" in text or "skiptoken" in text or "skip token" in text
