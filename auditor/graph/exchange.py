"""One exchange with Graph through msgraph-sdk's adapter: what came back, or the fault that it is.

Knows statuses, errors and batches; knows nothing of sources, pages and coverage. It sends once: what is worth another
try is :class:`~auditor.graph.retry.Transient`, what is not is :class:`Final`.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import httpx
import msgspec
from azure.core.exceptions import AzureError
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgspec import Raw, Struct

from auditor.graph.adapter import TransportAdapter
from auditor.graph.decode import decode_error
from auditor.graph.errors import Refused
from auditor.graph.retry import Budget, Transient, transient_fault
from auditor.graph.transport import ConnectionFailed
from auditor.logs import Stopwatch
from auditor.model.evidence import Outcome

log = logging.getLogger(__name__)

_IN_FLIGHT = 4
_REQUEST_TIMEOUT_S = 60.0
_NOT_LICENSED = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
TIMEOUT = httpx.Timeout(45.0, connect=10.0)
"""Seconds for connecting and for the next byte; a whole exchange has a minute."""


class Answer(Struct, frozen=True):
    """A whole answer; names of ``headers`` are looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> str | None:
        """Graph's own name for the exchange."""
        return header(self.headers, "request-id") or None


class Final(Exception):
    """A fault that another try would not mend."""

    def __init__(self, outcome: Outcome, cause: str, code: str | None = None) -> None:
        super().__init__(cause)
        self.outcome = outcome
        self.cause = cause
        self.code = code


class Part(Struct, frozen=True):
    """One part of a batch to be sent: ``url`` below ``/v1.0``."""

    id: str
    url: str
    headers: Mapping[str, str]


class _AnsweredPart(Struct):
    id: str
    status: int
    headers: dict[str, Any] | None = None
    body: Raw = Raw(b"")


class _AnsweredBatch(Struct):
    responses: list[_AnsweredPart]


class Exchange:
    """Sends one tenant's requests, a few at a time, each once, within what is left of its budget."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        authentication: AuthenticationProvider,
        graph: str,
        budget: Budget,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self.base = f"{graph}/v1.0"
        self._adapter = TransportAdapter(authentication, transport, timeout)
        self._budget = budget
        self._gate = asyncio.Semaphore(_IN_FLIGHT)
        self.answered = False
        """True once any answer came from the host, of whatever status."""
        self.connection_fault: ConnectionFailed | None = None

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """GET ``url``: below v1.0, or a nextLink taken as it is. Raises Transient and Final for no answer at all."""
        return await self._send(Method.GET, url, headers)

    async def batch(self, parts: list[Part]) -> dict[str, Answer]:
        """The answers of a batch of GETs by the parts' ids; one that the service left out is not among them.

        Raises Final with code ``no-batch`` where the service takes none.
        """
        requests = [
            {"id": part.id, "method": "GET", "url": part.url, **({"headers": part.headers} if part.headers else {})}
            for part in parts
        ]
        content = msgspec.json.encode({"requests": requests})
        answer = await self._send(Method.POST, "/$batch", {"Content-Type": "application/json"}, content)
        if (fault := transient_fault(answer.status, answer.headers)) is not None:
            raise fault
        if answer.status in (400, 404, 405, 501):
            raise Final(Outcome.FAILED, f"the service takes no batches (status {answer.status})", "no-batch")
        if answer.status != 200:
            raise refusal(answer)
        try:
            answered = msgspec.json.decode(answer.body, type=_AnsweredBatch).responses
        except msgspec.MsgspecError as error:
            raise Transient(Outcome.INVALID, "the batch's answer is not as documented") from error
        of_batch = {"request-id": answer.request_id or ""}
        return {
            part.id: Answer(part.status, {**of_batch, **_texts(part.headers)}, bytes(part.body))
            for part in reversed(answered)
        }

    async def _send(self, method: Method, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Answer:
        request = RequestInformation()
        request.http_method = method
        request.url = url if url.startswith(("http://", "https://")) else self.base + url
        request.headers.add("Accept", "application/json")
        for name, value in headers.items():
            request.headers.add(name, value)
        request.content = content
        limit = min(_REQUEST_TIMEOUT_S, max(self._budget.remaining, 0.05))
        watch = Stopwatch()
        try:
            async with self._gate, asyncio.timeout(limit):
                response = await self._adapter.exchange(request)
        except ConnectionFailed as error:
            self.connection_fault = error
            raise Transient(Outcome.FAILED, f"no connection: {error}") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Transient(Outcome.TIMEOUT, "no answer in time") from error
        except httpx.TransportError as error:
            raise Transient(Outcome.FAILED, str(error) or type(error).__name__) from error
        except Refused as error:
            raise Final(Outcome.FAILED, error.message) from error
        except AzureError as error:
            raise Final(Outcome.DENIED, "the sign-in service gave no new token") from error
        self.answered = True
        answer = Answer(response.status_code, response.headers, response.content)
        if log.isEnabledFor(logging.DEBUG):
            extra = {
                "method": method.value,
                "path": unquote(url.removeprefix(self.base).partition("?")[0]),
                "status": answer.status,
                "duration_ms": watch.ms,
                "bytes": len(answer.body),
                "request_id": answer.request_id,
            }
            log.debug("request", extra=extra)
        return answer


def refusal(answer: Answer) -> Final:
    """What an answer that is neither good nor transient means."""
    error = decode_error(answer.body)
    code = error.code or ""
    told = f"status {answer.status}" + (f", {code[:80]}" if code else "")
    match answer.status:
        case 401:
            return Final(Outcome.DENIED, f"the access token was not accepted ({told})", code)
        case 403 if code == _NOT_LICENSED or "premium licen" in (error.message or "").lower():
            return Final(Outcome.NOT_LICENSED, f"the tenant has no licence for this ({told})", code)
        case 403:
            return Final(Outcome.DENIED, f"permission was refused ({told})", code)
        case 404:
            return Final(Outcome.NOT_FOUND, f"not found ({told})", code)
        case status if 300 <= status < 400:
            return Final(Outcome.FAILED, f"a redirect was refused ({told})", code)
        case status if status == 410 or (status == 400 and _is_expired_page(code, error.message)):
            return Final(Outcome.FAILED, f"the page's token had expired ({told})", "expired-page")
        case _:
            return Final(Outcome.FAILED, f"the service refused the request ({told})", code)


def header(headers: Mapping[str, str], name: str) -> str | None:
    """A header by its name in lower case."""
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _texts(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in (headers or {}).items()}


def _is_expired_page(code: str, message: str | None) -> bool:
    text = f"{code} {message or ''}".lower()
    return "expiredpagetoken" in text or "skiptoken" in text or "skip token" in text
