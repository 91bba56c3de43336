"""A scripted HTTP server on loopback: what it answers is written in the test, so that the wire itself is tested."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from aiohttp import web
from kiota_abstractions.authentication import AnonymousAuthenticationProvider

from auditor.graph.client import TenantClient
from auditor.graph.collect import utc_now
from auditor.graph.retry import Budget
from auditor.graph.transport import AiohttpTransport, ReadOnlyTransport, new_session, tls_context

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ScriptedServer:
    """Answers each path from its list, the last answer for ever; ``log`` holds every request line."""

    def __init__(self) -> None:
        self.routes: dict[str, list[Any]] = {}
        self.log: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    def on(self, path: str, *answers: Any) -> None:
        """Answers for ``path`` (with its query): a status, a (status, headers, body), an object, or bytes."""
        self.routes[path] = list(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.log.append((request.method, request.raw_path))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.bodies.append(await request.read())
        if request.raw_path == "/v1.0/$batch" and "/v1.0/$batch" not in self.routes:
            return await self._batch(json.loads(self.bodies[-1]))
        answer = self._next(request.raw_path)
        if callable(answer):
            response: web.StreamResponse = await answer(request)
            return response
        status, headers, body = _normal(answer)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(status=status, headers={"request-id": "r-1", **headers}, body=content)

    def _next(self, path: str) -> Any:
        answers = self.routes.get(path)
        if answers is None:
            return (404, {}, {"error": {"code": "Request_ResourceNotFound", "message": path}})
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def _batch(self, batch: dict[str, Any]) -> web.Response:
        responses = []
        for part in reversed(batch["requests"]):
            status, headers, body = _normal(self._next("/v1.0" + part["url"]))
            responses.append({"id": part["id"], "status": status, "headers": headers, "body": body})
        return web.json_response({"responses": responses})


def _normal(answer: Any) -> tuple[int, dict[str, str], Any]:
    if isinstance(answer, tuple):
        return answer
    return (answer, {}, {"error": {"code": "Faulty"}}) if isinstance(answer, int) else (200, {}, answer)


class Bench:
    """Runs a client against a scripted server, in one event loop."""

    def __init__(self) -> None:
        self.server = ScriptedServer()
        self.client: TenantClient | None = None

    def read(self, asks: Any, *, budget_s: float = 20, keep_bodies: bool = False) -> list[Any]:
        """The readings of ``asks``, which may be a function of the server's address."""
        return asyncio.run(self._read(asks, budget_s, keep_bodies))

    async def _read(self, asks: Any, budget_s: float, keep_bodies: bool) -> list[Any]:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.server.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with new_session(tls_context(None)) as session:
                transport = ReadOnlyTransport(AiohttpTransport(session), self.server.url)
                async with httpx.AsyncClient(transport=transport, timeout=httpx.Timeout(2.0)) as http:
                    self.client = TenantClient(
                        http,
                        AnonymousAuthenticationProvider(),
                        self.server.url,
                        Budget(budget_s, jitter=lambda: 0.0),
                        keep_bodies=keep_bodies,
                        clock=utc_now,
                    )
                    return await self.client.read(asks(self.server.url) if callable(asks) else asks)
        finally:
            await runner.cleanup()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench whose waits without a Retry-After are short."""
    monkeypatch.setattr("auditor.graph.retry._FIRST_WAIT_S", 0.02)
    return Bench()
