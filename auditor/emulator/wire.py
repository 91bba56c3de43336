"""Between uvicorn and the services: one request, one answer, and the one place where anything may stand between.

A ``Middleware`` sees every request of both services, and every part of a ``$batch``, before the service does. It may
wait, answer itself, change the answer, or give it a ``writer`` that sends (or breaks off) the raw HTTP message.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from auditor.emulator.requestlog import Entry, Part, RequestLog

Send = Callable[[Any], Awaitable[None]]


class Request:
    """One HTTP request, or one part of a batch."""

    __slots__ = (
        "body",
        "client",
        "fault",
        "headers",
        "host",
        "id",
        "method",
        "parent",
        "part",
        "parts",
        "path",
        "query",
        "scheme",
        "service",
        "tenant",
    )

    def __init__(
        self,
        service: str,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes = b"",
        scheme: str = "http",
        host: str = "",
    ) -> None:
        self.service = service
        """``graph``, ``signin`` or ``identity``."""
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        """Names in lower case."""
        self.body = body
        self.scheme = scheme
        self.host = host
        self.id = str(uuid4())
        self.part: str | None = None
        """Id within a batch."""
        self.parent: Request | None = None
        self.tenant: str | None = None
        self.client: str | None = None
        self.parts: list[Part] = []
        self.fault: str | None = None
        """Name of the fault that was applied, for the log."""

    @property
    def base(self) -> str:
        """Scheme and host as the caller saw them."""
        return f"{self.scheme}://{self.host}"


class Answer:
    """An HTTP answer: a whole body, or a ``writer`` that sends the ASGI messages itself."""

    __slots__ = ("body", "headers", "status", "writer")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        writer: Callable[[Send], Awaitable[None]] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.writer = writer


Handler = Callable[[Request], Awaitable[Answer]]
Middleware = Callable[[Request, Handler], Awaitable[Answer]]


class Wire:
    """An ASGI application in front of a service: reads the request, adds latency, logs, sends the answer."""

    def __init__(
        self,
        service: Callable[[str], str],
        handler: Handler,
        log: RequestLog,
        *,
        scheme: str,
        latency_s: float = 0.0,
        middleware: Callable[[], Middleware | None] = lambda: None,
    ) -> None:
        self._service = service
        self._handler = handler
        self._log = log
        self._scheme = scheme
        self._latency = latency_s
        self._middleware = middleware

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http":
            return
        started = time.time()
        method = scope["method"]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = b""
        if method not in ("GET", "HEAD"):
            body = await _read(receive)
        request = Request(
            self._service(scope["path"]),
            method,
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers,
            body,
            self._scheme,
            headers.get("host", ""),
        )
        if self._latency:
            await asyncio.sleep(self._latency)
        answer = await self.through(request)
        self._log.add(
            Entry(
                time=started,
                service=request.service,
                method=method,
                path=request.path + (f"?{request.query}" if request.query else ""),
                host=request.host,
                tenant=request.tenant,
                client=request.client,
                status=answer.status,
                request_id=request.id,
                parts=tuple(request.parts),
                fault=request.fault,
            )
        )
        if answer.writer is not None:
            await answer.writer(send)
            return
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        raw.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body if method != "HEAD" else b""})

    async def through(self, request: Request) -> Answer:
        """Pass a request through the middleware, if there is one, to the service."""
        middleware = self._middleware()
        if middleware is None:
            return await self._handler(request)
        return await middleware(request, self._handler)


async def _read(receive: Any) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
