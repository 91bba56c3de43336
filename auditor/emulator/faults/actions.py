"""What a fault does to one request: each action is a value that says how, and gives the answer.

Actions that need a connection of their own (``reset``) are not for parts of a batch. Whatever an action leaves of the
true answer is asked of the service first.
"""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from msgspec import Struct

from auditor.emulator.faults.edits import Edit
from auditor.emulator.wire import Answer, Handler, Request, Send

CODES = {
    400: "Request_BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Authorization_RequestDenied",
    404: "Request_ResourceNotFound",
    410: "syncStateNotFound",
    429: "TooManyRequests",
    500: "InternalServerError",
    502: "BadGateway",
    503: "serviceNotAvailable",
    504: "GatewayTimeout",
}
"""Graph's error code for a status that a script gives without one."""

_PAGE = b"<!DOCTYPE html><html><head><title>Service Unavailable</title></head><body><h1>Busy</h1></body></html>"
_LINK = "@odata.nextLink"


class Links:
    """Addresses that faults made up, and what they stand for."""

    def __init__(self) -> None:
        self._stand_for: dict[str, str] = {}

    def again(self, request: Request) -> str:
        """A new address for the same request: it has a page token that no other has."""
        query = urlencode({"$skiptoken": f"fault-{len(self._stand_for) + 1}"}, safe="$")
        self._stand_for[f"{request.path}?{query}"] = request.query
        return f"{request.base}{request.path}?{query}"

    def meant(self, request: Request) -> str:
        """The query that a request stands for."""
        return self._stand_for.get(f"{request.path}?{request.query}", request.query)


class Action(Protocol):
    """Gives the answer to a request in place of ``handler``, which gives the true one."""

    @property
    def for_parts(self) -> bool:
        """False where a part of a batch cannot suffer it."""
        ...

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The answer."""
        ...


class Pass(Struct, frozen=True):
    """The true answer: for rules that only delay it."""

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The true answer."""
        return await handler(request)


class Status(Struct, frozen=True):
    """Another status, with an error in Graph's shape or a body of the script's own.

    ``retry_after`` is sent as it is; ``retry_after_date_s`` sends the date that lies so many seconds ahead.
    """

    status: int
    code: str | None = None
    headers: dict[str, str] = {}
    body: str | None = None
    retry_after: str | None = None
    retry_after_date_s: float | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """An answer of the status."""
        headers = {"request-id": request.id}
        if self.retry_after is not None:
            headers["Retry-After"] = self.retry_after
        if self.retry_after_date_s is not None:
            moment = self.clock() + timedelta(seconds=self.retry_after_date_s)
            headers["Retry-After"] = format_datetime(moment, usegmt=True)
        if self.body is not None:
            return Answer(self.status, self.body.encode(), {**headers, "Content-Type": "text/plain", **self.headers})
        code = self.code or CODES.get(self.status, "UnknownError")
        error: Any = {"code": code, "message": "A fault of the lab.", "innerError": {"request-id": request.id}}
        if request.service != "graph":
            error = self.code or "temporarily_unavailable"
        return Answer(
            self.status, _json({"error": error}), {**headers, "Content-Type": "application/json"} | self.headers
        )


class Reset(Struct, frozen=True):
    """The connection is torn down: before anything of the answer, or in the middle of its body."""

    in_body: bool = False

    for_parts = False

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """An answer that breaks off."""
        true = await handler(request)

        async def write(send: Send) -> None:
            if self.in_body:
                headers = {**true.headers, "Content-Length": str(len(true.body))}
                raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
                await send({"type": "http.response.start", "status": true.status, "headers": raw})
                body = true.body[: len(true.body) // 2]
                await send({"type": "http.response.body", "body": body, "more_body": True})
                await asyncio.sleep(0.01)
            await _tear_down(send)

        return Answer(true.status, writer=write)


class Truncate(Struct, frozen=True):
    """The body is cut short, though its length is right on the wire. In a batch what is left stands as a text."""

    keep: float = 0.5
    """Share of the body that is left."""

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The beginning of the true answer."""
        true = await handler(request)
        kind = {"Content-Type": "text/plain"} if request.part is not None else {}
        return Answer(true.status, true.body[: int(len(true.body) * self.keep)], {**true.headers, **kind})


class Html(Struct, frozen=True):
    """A page of HTML where JSON should be, as a proxy or a sign-in wall gives it."""

    status: int = 200

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The page."""
        return Answer(self.status, _PAGE, {"Content-Type": "text/html; charset=utf-8"})


class ContentType(Struct, frozen=True):
    """The true body under a wrong content type."""

    type: str

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The true answer, mislabelled."""
        true = await handler(request)
        return Answer(true.status, true.body, {**true.headers, "Content-Type": self.type})


class EmptyPage(Struct, frozen=True):
    """A page with nothing on it, whose link leads to what was asked for."""

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The empty page."""
        return await _changed(request, handler, lambda body: {**body, "value": [], _LINK: links.again(request)})


class RepeatPage(Struct, frozen=True):
    """The true page, whose link leads to the same page once more."""

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The page, with a link to itself."""
        return await _changed(request, handler, lambda body: {**body, _LINK: links.again(request)})


class NextLink(Struct, frozen=True):
    """The true page, whose link leads to an address of the script's."""

    to: str

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The page, with a link elsewhere."""
        return await _changed(request, handler, lambda body: {**body, _LINK: self.to})


class EditAnswer(Struct, frozen=True):
    """The true answer with properties removed, set to null, or set to a value of the script's."""

    edits: Sequence[Edit]

    for_parts = True

    async def answer(self, request: Request, handler: Handler, links: Links) -> Answer:
        """The answer, edited."""

        def change(body: dict[str, Any]) -> dict[str, Any]:
            for edit in self.edits:
                edit.apply(body)
            return body

        return await _changed(request, handler, change)


async def _changed(request: Request, handler: Handler, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Answer:
    """The true answer with its JSON object changed; as it is where it is no success or no object."""
    true = await handler(request)
    if true.status != 200 or true.writer is not None:
        return true
    try:
        body = json.loads(true.body)
    except ValueError:
        return true
    if not isinstance(body, dict):
        return true
    return Answer(true.status, _json(change(body)), true.headers)


async def _tear_down(send: Send) -> None:
    """Close the connection at once, with a reset where the platform gives one.

    ASGI has no message for it: ``send`` is a method of uvicorn's exchange, which holds the transport.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return  # another server: it closes the connection by itself where an answer is not finished
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(0.01)  # so that the server learns of it before the exchange ends


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
