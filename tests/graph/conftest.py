"""A scripted HTTP server on loopback: what it answers is written in the test, so that the wire itself is tested."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from aiohttp import web
from kiota_abstractions.authentication import AnonymousAuthenticationProvider

from auditor.graph.client import TenantClient
from auditor.graph.collect import utc_now
from auditor.graph.pace import Pace
from auditor.graph.retry import Budget
from auditor.graph.transport import AiohttpTransport, ReadOnlyTransport, new_session, tls_context

T = TypeVar("T")
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

    def read(
        self, asks: Any, *, budget_s: float = 20, keep_bodies: bool = False, pace: Pace | None = None
    ) -> list[Any]:
        """The readings of ``asks``, which may be a function of the server's address."""
        return asyncio.run(self._read(asks, budget_s, keep_bodies, pace))

    def serving(self, work: Callable[[str], Awaitable[T]]) -> T:
        """What ``work`` gives with the server's address, while it serves."""
        return asyncio.run(self._serving(work))

    async def _serving(self, work: Callable[[str], Awaitable[T]]) -> T:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.server.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            return await work(self.server.url)
        finally:
            await runner.cleanup()

    async def _read(self, asks: Any, budget_s: float, keep_bodies: bool, pace: Pace | None) -> list[Any]:
        async def read(url: str) -> list[Any]:
            async with new_session(tls_context(None)) as session:
                self.client = TenantClient(
                    ReadOnlyTransport(AiohttpTransport(session), url),
                    AnonymousAuthenticationProvider(),
                    url,
                    Budget(budget_s, jitter=lambda: 0.0),
                    keep_bodies=keep_bodies,
                    clock=utc_now,
                    timeout=httpx.Timeout(2.0),
                    pace=pace,
                )
                return await self.client.read(asks(url) if callable(asks) else asks)

        return await self._serving(read)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench whose waits without a Retry-After are short."""
    monkeypatch.setattr("auditor.graph.retry._FIRST_WAIT_S", 0.02)
    return Bench()
