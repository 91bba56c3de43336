"""The transport on the wire: what goes out, byte for byte; what comes back; and each way in which nothing does."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from auditor.graph import transport
from auditor.graph.transport import AiohttpTransport, BodyTooLarge, ConnectionFailed, new_session, tls_context

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LIMITS = {"connect": 5.0, "read": 5.0}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    transport.proxy_options.cache_clear()
    yield
    transport.proxy_options.cache_clear()


def answering(*pieces: bytes, heard: list[bytes] | None = None) -> Handler:
    """A server that keeps what it hears and sends ``pieces``, then hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        body = await reader.readexactly(int(length.partition(b":")[2]))
        if heard is not None:
            heard.append(head + body)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return handle


async def hanging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that takes the request and never answers."""
    await reader.read(65536)
    await asyncio.sleep(30)


def ask(
    handler: Handler,
    path: str = "/v1.0/users",
    *,
    method: str = "GET",
    limits: dict[str, float] | None = None,
    tls: ssl.SSLContext | None = None,
    trusted: ssl.SSLContext | None = None,
    **more: Any,
) -> httpx.Response:
    """One request to a server of ours, as the exchange makes it."""

    async def tidy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def run() -> httpx.Response:
        server = await asyncio.start_server(tidy, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        url = f"{'https' if tls else 'http'}://localhost:{port}{path}"
        try:
            async with new_session(trusted or tls_context(None)) as session:
                request = httpx.Request(method, url, extensions={"timeout": limits or LIMITS}, **more)
                return await AiohttpTransport(session).handle_async_request(request)
        finally:
            server.close()

    return asyncio.run(run())


OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nRequest-Id: r-1\r\ncontent-length: 2\r\n\r\n{}"


def test_address_headers_and_body_go_out_as_they_are() -> None:
    heard: list[bytes] = []
    path = "/v1.0/users?$filter=startsWith(displayName,'a%2Fb%20c')&$skiptoken=X%27%2b~!*()"
    ask(
        answering(OK, heard=heard),
        path,
        method="POST",
        content=b'{"requests":[]}',
        headers=[("Prefer", "a"), ("Prefer", "b"), ("Authorization", "Bearer t")],
    )
    (sent,) = heard
    head, _, body = sent.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert line == f"POST {path} HTTP/1.1"
    assert body == b'{"requests":[]}'
    named = [(name.lower(), value) for name, _, value in (header.partition(": ") for header in headers)]
    assert [value for name, value in named if name == "prefer"] == ["a", "b"]
    assert [value for name, value in named if name == "authorization"] == ["Bearer t"]
    assert len([name for name, _ in named if name == "host"]) == 1
    assert not [name for name, _ in named if name == "cookie"]


def test_a_get_has_no_body() -> None:
    heard: list[bytes] = []
    ask(answering(OK, heard=heard))
    (sent,) = heard
    assert sent.startswith(b"GET /v1.0/users HTTP/1.1\r\n")
    assert sent.endswith(b"\r\n\r\n")
    assert b"content-type" not in sent.lower()


def test_an_answer_comes_back_whole_with_its_headers() -> None:
    answer = ask(answering(OK[:-2], b"{", b"}"))
    assert (answer.status_code, answer.content) == (200, b"{}")
    assert answer.headers["request-id"] == "r-1"
    assert answer.request.url.path == "/v1.0/users"
    assert ask(answering(OK.replace(b"200 OK", b"404 Not Found"))).status_code == 404


def test_what_was_compressed_or_chunked_is_not_any_more_and_does_not_say_so() -> None:
    packed = gzip.compress(b'{"value":[]}')
    chunk = f"{len(packed):x}\r\n".encode() + packed + b"\r\n0\r\n\r\n"
    answer = ask(
        answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n", chunk)
    )
    assert answer.content == b'{"value":[]}'
    assert {name for name in answer.headers if name != "content-length"} == {"x"}
    assert answer.headers.get("content-length", "12") == "12"
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    answer = ask(answering(head, packed))
    assert (answer.content, answer.headers.get("content-length", "12")) == (b'{"value":[]}', "12")
    assert len(packed) != 12


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer(status: int) -> None:
    heard: list[bytes] = []
    head = f"HTTP/1.1 {status} Elsewhere\r\nlocation: /v1.0/groups\r\ncontent-length: 0\r\n\r\n".encode()
    answer = ask(answering(head, heard=heard))
    assert (answer.status_code, answer.headers["location"], len(heard)) == (status, "/v1.0/groups", 1)


def test_a_body_may_be_as_long_as_the_limit_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_BODY", 3 * 2**20)
    half = b"x" * (3 * 2**19)
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"
    assert len(ask(answering(head % (3 * 2**20), half, half)).content) == 3 * 2**20
    with pytest.raises(BodyTooLarge, match=r"^an answer of more than 3 MiB$"):
        ask(answering(head % (3 * 2**20 + 1), half, half, b"x"))


def test_an_answer_cut_short_is_no_answer() -> None:
    with pytest.raises(httpx.ReadError, match=r"^the answer was cut short \(ClientPayloadError\)$") as raised:
        ask(answering(OK.replace(b"length: 2", b"length: 9")))
    assert raised.value.request.url.path == "/v1.0/users"
    with pytest.raises(httpx.ReadError, match=r"^the answer was cut short \(ServerDisconnectedError\)$"):
        ask(answering())


def test_no_answer_in_time() -> None:
    with pytest.raises(httpx.ReadTimeout, match=r"^no answer in time$") as raised:
        ask(hanging, limits={"connect": 5.0, "read": 0.1})
    assert raised.value.request.url.path == "/v1.0/users"


def test_the_limits_of_a_request_are_those_it_carries() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.3)
        writer.write(OK)
        await writer.drain()

    assert ask(slow, limits={"connect": 0.2, "read": 5.0}).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        ask(slow, limits={"connect": 5.0, "read": 0.1})


def test_a_connection_that_takes_too_long_is_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(*given: object, **more: object) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", endless)
    with pytest.raises(httpx.ReadTimeout, match=r"^no answer in time$"):
        ask(answering(OK), limits={"connect": 0.1, "read": 5.0})


def test_a_host_that_the_environment_excepts_is_asked_past_its_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert ask(answering(OK)).status_code == 200
    transport.proxy_options.cache_clear()
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    with pytest.raises(ConnectionFailed):
        ask(answering(OK))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def run() -> None:
        async with new_session(tls_context(None)) as session:
            request = httpx.Request("GET", f"http://127.0.0.1:{port}/v1.0/users", extensions={"timeout": LIMITS})
            await AiohttpTransport(session).handle_async_request(request)

    with pytest.raises(ConnectionFailed) as raised:
        asyncio.run(run())
    assert raised.value.tls is False
    assert "onnect" in str(raised.value)
    assert str(port) in str(raised.value)


class Named(NamedTuple):
    context: ssl.SSLContext
    file: str


def certificate(folder: Path, host: str, *, days: int = 30) -> Named:
    """A server's context with a certificate that it signed itself, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + timedelta(days=days)) - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    pem = made.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "trusted.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return Named(context, str(folder / "trusted.pem"))


def test_a_private_authority_is_trusted_beside_the_system_s(tmp_path: Path) -> None:
    server = certificate(tmp_path, "localhost")
    assert ask(answering(OK), tls=server.context, trusted=tls_context(server.file)).status_code == 200
    assert tls_context(server.file).cert_store_stats()["x509"] > tls_context(None).cert_store_stats()["x509"] - 1


@pytest.mark.parametrize(
    ("host", "days", "trusted", "told"),
    [
        ("localhost", 30, False, "self-signed certificate"),
        ("graph.contoso.example", 30, True, "Hostname mismatch, certificate is not valid for 'localhost'."),
        ("localhost", -2, True, "certificate has expired"),
    ],
)
def test_a_certificate_that_does_not_verify_is_told_as_that(
    tmp_path: Path, host: str, days: int, trusted: bool, told: str
) -> None:
    server = certificate(tmp_path, host, days=days)
    with pytest.raises(ConnectionFailed) as raised:
        ask(answering(OK), tls=server.context, trusted=tls_context(server.file if trusted else None))
    assert raised.value.tls is True
    assert str(raised.value).replace("self signed", "self-signed") == told


def test_a_server_without_tls_is_told_as_no_proof() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/v1.0/users"
        async with server, new_session(tls_context(None)) as session:
            request = httpx.Request("GET", url, extensions={"timeout": LIMITS})
            await AiohttpTransport(session).handle_async_request(request)

    with pytest.raises(ConnectionFailed) as raised:
        asyncio.run(run())
    assert raised.value.tls is True


def test_a_reason_is_short() -> None:
    """Whatever a resolver writes."""

    class Odd(aiohttp.ClientConnectorError):
        def __init__(self) -> None:
            super().__init__(None, OSError(1, "x" * 500))  # type: ignore[arg-type]  # no key is looked at

    assert transport._reason(Odd()) == "x" * 200
    assert transport._reason(aiohttp.ClientConnectorError(None, OSError("no number"))) == "no number"  # type: ignore[arg-type]


def test_the_session_is_shared_without_cookies_or_the_environment_s_passwords() -> None:
    context = tls_context(None)

    async def look() -> None:
        async with new_session(context, 7) as session:
            connector = session.connector
            assert isinstance(connector, aiohttp.TCPConnector)
            assert (connector.limit, connector._ssl, connector._keepalive_timeout) == (7, context, 30)
            assert connector._cached_hosts._ttl == 300
            assert isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
            assert session.trust_env is False
        async with new_session(context) as session:
            assert isinstance(session.connector, aiohttp.TCPConnector)
            assert session.connector.limit == 256

    asyncio.run(look())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
