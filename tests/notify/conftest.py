"""A webhook on loopback that keeps what it is sent, and answers as a test tells it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Webhook:
    """What came in, and what to answer."""

    def __init__(self) -> None:
        self.port = 0
        self.status = 200
        self.paths: list[str] = []
        self.bodies: list[bytes] = []

    @property
    def apprise(self) -> str:
        """The address as Apprise takes it, with a part that must never be told."""
        return f"json://caller:canary-password@127.0.0.1:{self.port}/canary-path-token"

    @property
    def url(self) -> str:
        """The address as a plain ping takes it."""
        return f"http://127.0.0.1:{self.port}/canary-path-token"

    def messages(self) -> list[dict[str, Any]]:
        """Every body as JSON, the first first."""
        return [json.loads(body) for body in self.bodies]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook that serves for as long as the test runs."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.do_GET()

        def do_GET(self) -> None:
            hook.paths.append(self.path)
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Nothing to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
