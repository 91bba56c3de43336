"""A Graph and a sign-in service that answer what the emulator answered: a server that is not itself the bottleneck.

    python -m benchmarks.replay        (a JSON object with the keys of :class:`Wanted` on standard input)

The emulator stands behind it. A request that was not met before goes to the emulator, and its answer is kept; from then
on the same bytes are the answer, after ``latency_ms``. Tokens and bodies are part of what makes two requests the same.
Prints one JSON line when it serves, and stops when its standard input is closed.

``/bench/rounds`` gives what each tenant was asked since ``/bench/begin``, in rounds: a request belongs to the round
after the last one whose answer had gone out when it came in, so that the number of rounds is that of dependent round
trips.
"""

import asyncio
import json
import ssl
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import aiohttp

from auditor.emulator import Emulator, generate
from auditor.emulator.directory import synthetic_id, synthetic_user
from auditor.emulator.tls import make

_KEPT = (b"authorization", b"consistencylevel", b"content-type")


@dataclass
class Wanted:
    """The tenants to make, and the latency of every answer."""

    tenants: int
    latency_ms: float = 0.0
    assignments: int = 2
    service_principals: int = 0


@dataclass
class Seen:
    """One request to Graph: when it came, when its answer went out, and what it was."""

    came: float
    method: str
    target: str
    body: str
    went: float = 0.0


@dataclass
class Replay:
    """The answers so far, by request; and what was asked."""

    latency: float
    graph: str = ""
    authority: str = ""
    behind: aiohttp.ClientSession | None = None
    answers: dict[bytes, bytes] = field(default_factory=dict)
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    fetching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(16))

    async def fetch(self, key: bytes, signing_in: bool, head: "Head", body: bytes) -> bytes:
        """The emulator's answer as raw HTTP, kept under ``key``."""
        assert self.behind is not None
        async with (
            self.fetching,
            self.behind.request(
                head.method,
                (self.authority if signing_in else self.graph) + head.target,
                headers={**{name.decode(): value.decode() for name, value in head.kept.items()}, "Host": head.host},
                data=body or None,
            ) as answer,
        ):
            content = await answer.read()
            kept = "".join(
                f"{name}: {value}\r\n"
                for name, value in answer.headers.items()
                if name.lower() in ("content-type", "request-id", "retry-after")
            )
            status = f"HTTP/1.1 {answer.status} {answer.reason}\r\n{kept}Content-Length: {len(content)}\r\n\r\n"
        found = self.answers[key] = status.encode("latin-1") + content
        return found

    def rounds(self) -> dict[str, list[list[tuple[str, str, str]]]]:
        """Token → rounds of (method, target, body)."""
        return {token: _rounds(seen) for token, seen in self.seen.items()}


def _rounds(seen: list[Seen]) -> list[list[tuple[str, str, str]]]:
    of: dict[int, int] = {}
    for number, request in enumerate(seen):
        before = [of[earlier] for earlier in range(number) if seen[earlier].went and seen[earlier].went <= request.came]
        of[number] = max(before, default=-1) + 1
    found: list[list[tuple[str, str, str]]] = [[] for _ in range(max(of.values(), default=-1) + 1)]
    for number, request in enumerate(seen):
        found[of[number]].append((request.method, request.target, request.body))
    return found


class Head:
    """A request's first lines, as far as they matter."""

    def __init__(self, raw: bytes) -> None:
        first, *lines = raw.split(b"\r\n")
        method, target, _ = first.split(b" ", 2)
        self.method, self.target = method.decode(), target.decode()
        self.host, self.length = "", 0
        self.kept: dict[bytes, bytes] = {}
        for line in lines:
            name, _, value = line.partition(b":")
            lower = name.lower()
            if lower == b"host":
                self.host = value.strip().decode()
            elif lower == b"content-length":
                self.length = int(value)
            elif lower in _KEPT:
                self.kept[lower] = value.strip()

    @property
    def token(self) -> str:
        """The bearer token, or an empty text."""
        return self.kept.get(b"authorization", b"").decode().removeprefix("Bearer ")


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests on it are answered in turn."""

    def __init__(self, replay: Replay, *, signing_in: bool) -> None:
        self._replay = replay
        self._signing_in = signing_in
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport  # type: ignore[assignment] # of a stream server it is one

    def data_received(self, data: bytes) -> None:
        """Take what came; answer when a request is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = Head(self._buffer[:end])
            total = end + 4 + head.length
            if len(self._buffer) < total:
                return
            body, self._buffer = self._buffer[end + 4 : total], self._buffer[total:]
            self._answer(head, body)

    def _answer(self, head: Head, body: bytes) -> None:
        replay, loop = self._replay, asyncio.get_running_loop()
        if head.target.startswith("/bench/"):
            self._administer(head)
            return
        key = b"\0".join((head.method.encode(), head.target.encode(), *head.kept.values(), body))
        if not self._signing_in:
            seen = Seen(loop.time(), head.method, head.target, body.decode())
            replay.seen.setdefault(head.token, []).append(seen)
        else:
            seen = Seen(loop.time(), head.method, head.target, "")
        known = replay.answers.get(key)
        if known is not None:
            loop.call_later(replay.latency, self._write, known, seen)
            return

        async def fetch() -> None:
            self._write(await replay.fetch(key, self._signing_in, head, body), seen)

        task = loop.create_task(fetch())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _write(self, answer: bytes, seen: Seen) -> None:
        seen.went = asyncio.get_running_loop().time()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)

    def _administer(self, head: Head) -> None:
        replay = self._replay
        told: Any = {}
        if head.target == "/bench/begin":
            replay.seen.clear()
        elif head.target == "/bench/rounds":
            told = replay.rounds()
        elif head.target == "/bench/cpu":
            told = {"cpu": time.process_time()}
        content = json.dumps(told).encode()
        self._write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content, Seen(0, "", "", ""))


class Server:
    """The server as a benchmark starts it: a process of its own."""

    _MODULE: ClassVar[str] = "benchmarks.replay"

    def __init__(self, wanted: Wanted) -> None:
        import subprocess

        self._process = subprocess.Popen(
            [sys.executable, "-m", self._MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[1],
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(vars(wanted)).encode() + b"\n")
        self._process.stdin.flush()
        self.info: dict[str, Any] = json.loads(self._process.stdout.readline())

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *details: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def ask(self, what: str) -> Any:
        """What ``/bench/WHAT`` gives."""
        import urllib.request

        with urllib.request.urlopen(f"{self.info['graph']}/bench/{what}") as answer:  # noqa: S310 - our own loopback
            return json.load(answer)


async def _serve(wanted: Wanted) -> None:
    replay = Replay(wanted.latency_ms / 1000)
    made = generate.tenants(
        wanted.tenants, assignments=wanted.assignments, service_principals=wanted.service_principals
    )
    for tenant in made:
        # Synthetic users are found by id and stand in no list; those of a directory do.
        for user in (synthetic_user(tenant, synthetic_id(number)) for number in range(wanted.assignments)):
            if user is not None:
                tenant.users.put(user)
    with tempfile.TemporaryDirectory() as folder, Emulator(made) as emulator:
        material = make(Path(folder))
        replay.graph, replay.authority = emulator.graph_url, emulator.authority_url
        trust = ssl.create_default_context(cafile=str(emulator.ca_file))
        replay.behind = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(material.certificate, material.key)
        loop = asyncio.get_running_loop()
        graph = await loop.create_server(lambda: Connection(replay, signing_in=False), "127.0.0.1", 0, backlog=4096)
        signin = await loop.create_server(
            lambda: Connection(replay, signing_in=True), "127.0.0.1", 0, backlog=4096, ssl=context
        )
        ports = [server.sockets[0].getsockname()[1] for server in (graph, signin)]
        told = {
            "graph": f"http://127.0.0.1:{ports[0]}",
            "authority": f"https://127.0.0.1:{ports[1]}",
            "ca_file": str(material.ca_file),
            "tenants": [
                {
                    "id": tenant.id,
                    "name": tenant.name,
                    "client_id": client.client_id,
                    "secret": client.secret,
                    "token": emulator.token(tenant.id),
                }
                for tenant in emulator.tenants
                for client in list(tenant.clients.values())[:1]
            ],
        }
        print(json.dumps(told), flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        graph.close()
        signin.close()
        await replay.behind.close()


if __name__ == "__main__":
    asyncio.run(_serve(Wanted(**json.loads(sys.stdin.readline()))))
