"""The read-only transport: what it refuses never reaches the transport below it."""

import asyncio
import json
from collections.abc import Iterator

import aiohttp
import httpx
import pytest
from azure.core.rest import HttpRequest

from auditor.graph.errors import Refused
from auditor.graph.signin_transport import SharedTransport
from auditor.graph.transport import AiohttpTransport, ReadOnlyTransport, new_session, proxy_options, tls_context

GRAPH = "https://graph.microsoft.com"


class Recorder(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(200, json={})


def send(method: str, url: str, body: object = None) -> tuple[list[httpx.Request], Refused | None]:
    recorder = Recorder()

    async def go() -> None:
        async with httpx.AsyncClient(transport=ReadOnlyTransport(recorder, GRAPH)) as client:
            await client.request(method, url, json=body)

    try:
        asyncio.run(go())
    except Refused as refused:
        return recorder.sent, refused
    return recorder.sent, None


@pytest.mark.parametrize("url", [f"{GRAPH}/v1.0/servicePrincipals", f"{GRAPH}:443/v1.0/users?$top=1"])
def test_a_get_of_the_configured_host_passes(url: str) -> None:
    sent, refused = send("GET", url)
    assert refused is None
    assert len(sent) == 1


@pytest.mark.parametrize("method", ["PATCH", "PUT", "POST", "DELETE", "MERGE", "OPTIONS", "HEAD"])
@pytest.mark.fault(5)
def test_no_other_method_is_sent(method: str) -> None:
    sent, refused = send(method, f"{GRAPH}/v1.0/applications/1")
    assert refused is not None
    assert sent == []


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://evil.example/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:8443/v1.0/users",
        "https://graph.microsoft.com@evil.example/v1.0/users",
        "https://169.254.169.254/v1.0/metadata",
    ],
)
@pytest.mark.fault(5)
def test_no_other_host_is_asked(url: str) -> None:
    sent, refused = send("GET", url)
    assert refused is not None
    assert sent == []


@pytest.mark.parametrize("path", ["/beta/users", "/v1.0", "/", "/v2.0/users"])
def test_nothing_outside_version_one_is_asked(path: str) -> None:
    sent, refused = send("GET", GRAPH + path)
    assert refused is not None
    assert sent == []


def batch(*parts: dict[str, object]) -> dict[str, object]:
    return {"requests": [{"id": str(number), **part} for number, part in enumerate(parts)]}


def test_a_batch_of_gets_passes() -> None:
    sent, refused = send("POST", f"{GRAPH}/v1.0/$batch", batch({"method": "GET", "url": "/users"}))
    assert refused is None
    assert json.loads(sent[0].content)["requests"][0]["method"] == "GET"


@pytest.mark.parametrize(
    "part",
    [
        {"method": "PATCH", "url": "/users/1"},
        {"method": "get", "url": "/users/1"},
        {"method": "DELETE", "url": "/users/1"},
        {"method": "GET", "url": "/users", "body": {"a": 1}},
        {"method": "GET", "url": "https://evil.example/users"},
        {"method": "GET", "url": "//evil.example/users"},
        {"url": "/users"},
    ],
)
@pytest.mark.fault(5)
def test_a_batch_with_one_part_that_is_no_read_is_refused_whole(part: dict[str, object]) -> None:
    sent, refused = send("POST", f"{GRAPH}/v1.0/$batch", batch({"method": "GET", "url": "/users"}, part))
    assert refused is not None
    assert sent == []


@pytest.mark.parametrize("body", [None, [], {"requests": 1}, {"requests": [], "other": 1}])
def test_a_batch_that_is_not_understood_is_refused(body: object) -> None:
    sent, refused = send("POST", f"{GRAPH}/v1.0/$batch", body)
    assert refused is not None
    assert sent == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1.0/servicePrincipals"), ("PATCH", "/v1.0/$batch")])
def test_a_batch_is_a_post_to_its_own_address_and_nothing_else(method: str, path: str) -> None:
    """A write whose body looks like a batch of reads is a write."""
    sent, refused = send(method, GRAPH + path, batch({"method": "GET", "url": "/users"}))
    assert refused is not None
    assert sent == []


@pytest.mark.parametrize(
    ("method", "url", "body", "told"),
    [
        (
            "GET",
            "https://evil.example/v1.0/users",
            None,
            "A request to another host was refused: https://evil.example.",
        ),
        ("GET", f"{GRAPH}/beta/users", None, "A request outside Microsoft Graph v1.0 was refused."),
        ("PUT", f"{GRAPH}/v1.0/users", None, "A PUT request was refused: this program only reads."),
        ("GET", f"{GRAPH}/v1.0/users", {"a": 1}, "A GET request with a body was refused."),
        ("POST", f"{GRAPH}/v1.0/$batch", [], "A batch that could not be read was refused."),
        (
            "POST",
            f"{GRAPH}/v1.0/$batch",
            batch({"method": "DELETE-EVERYTHING", "url": "/users"}),
            "A batch with a DELETE-EVE part was refused: this program only reads.",
        ),
        (
            "POST",
            f"{GRAPH}/v1.0/$batch",
            batch({"method": "GET", "url": "//evil.example"}),
            "A batch part with an absolute address was refused.",
        ),
    ],
)
def test_a_refusal_says_what_was_refused(method: str, url: str, body: object, told: str) -> None:
    _, refused = send(method, url, body)
    assert refused is not None
    assert str(refused) == told


def test_a_get_with_a_body_is_refused() -> None:
    sent, refused = send("GET", f"{GRAPH}/v1.0/users", {"a": 1})
    assert refused is not None
    assert sent == []


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment without proxies, and nothing remembered of it before and after."""
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    proxy_options.cache_clear()
    yield monkeypatch
    proxy_options.cache_clear()


def test_the_environment_s_proxy_is_taken_with_its_password_apart(proxies: pytest.MonkeyPatch) -> None:
    proxies.setenv("HTTPS_PROXY", "http://user:pa%20ss@proxy.example:3128")
    options = proxy_options("https", "graph.microsoft.com")
    assert str(options["proxy"]) == "http://proxy.example:3128"
    assert options["proxy_headers"] == {"Proxy-Authorization": aiohttp.encode_basic_auth("user", "pa ss")}
    assert proxy_options("http", "127.0.0.1") == {}


def test_no_proxy_is_heeded_and_no_environment_means_none(proxies: pytest.MonkeyPatch) -> None:
    assert proxy_options("https", "login.microsoftonline.com") == {}
    proxies.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    proxies.setenv("NO_PROXY", "graph.microsoft.com")
    assert proxy_options("https", "graph.microsoft.com") == {}
    assert proxy_options("https", "graph.microsoft.us").keys() == {"proxy"}


def test_a_request_asks_the_proxy_for_a_tunnel_with_its_password(proxies: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def ask() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        proxies.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{port}")
        async with server, new_session(tls_context(None)) as session:
            await AiohttpTransport(session).handle_async_request(httpx.Request("GET", f"{GRAPH}/v1.0/users"))

    with pytest.raises(httpx.TransportError):
        asyncio.run(ask())
    (tunnel,) = asked
    assert tunnel.startswith(b"CONNECT graph.microsoft.com:443 HTTP/1.1\r\n")
    assert f"Proxy-Authorization: {aiohttp.encode_basic_auth('user', 'secret')}".encode() in tunnel
    assert b"Bearer" not in tunnel


@pytest.mark.parametrize("address", ["https://evil.example/t/oauth2/v2.0/token", "http://login.microsoftonline.com/t"])
def test_a_sign_in_to_another_host_is_refused_before_it_is_sent(address: str) -> None:
    async def send() -> None:
        async with new_session(tls_context(None)) as session:
            await SharedTransport(session, "https://login.microsoftonline.com").send(HttpRequest("POST", address))

    with pytest.raises(Refused, match="another host"):
        asyncio.run(send())
