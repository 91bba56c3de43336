"""The read-only transport: nothing but reading leaves the process, and only to the configured Graph host.

It sits below msgraph-sdk, kiota and httpx, so that no layer above it can write, be led to another host by a nextLink,
or follow a redirect. What may pass: GET, and POST to ``/v1.0/$batch`` whose every part is a GET of a relative address.
"""

import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
import msgspec
from yarl import URL

from auditor.graph.errors import Refused

Session = aiohttp.ClientSession
"""What carries the requests of all tenants of a cloud."""

MAX_BODY = 64 * 1024 * 1024
"""Bytes of one answer at most: Graph's pages are far smaller, and a fleet's memory must stay bounded."""

_DEFAULT_PORTS = {"https": 443, "http": 80}


class _BatchPart(msgspec.Struct):
    method: str
    url: str
    body: msgspec.Raw = msgspec.Raw(b"")


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    requests: list[_BatchPart]


class ConnectionFailed(httpx.ConnectError):
    """No connection could be made; ``tls`` is True where the certificate did not verify."""

    def __init__(self, message: str, *, tls: bool) -> None:
        super().__init__(message)
        self.tls = tls


class BodyTooLarge(httpx.ReadError):
    """An answer longer than :data:`MAX_BODY`."""


class ReadOnlyTransport(httpx.AsyncBaseTransport):
    """Refuses whatever is not a read of the configured Graph host, then hands the request on."""

    def __init__(self, inner: httpx.AsyncBaseTransport, graph: str) -> None:
        self._inner = inner
        parts = urlsplit(graph)
        self._origin = (parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a read; raise :class:`Refused`, before anything is sent, for anything else."""
        url = request.url
        origin = (url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme))
        if origin != self._origin:
            raise Refused(f"A request to another host was refused: {url.scheme}://{url.host}.")
        if not url.path.startswith("/v1.0/"):
            raise Refused("A request outside Microsoft Graph v1.0 was refused.")
        if request.method == "POST" and url.path == "/v1.0/$batch":
            _check_batch(await request.aread())
        elif request.method != "GET":
            raise Refused(f"A {request.method} request was refused: this program only reads.")
        elif await request.aread():
            raise Refused("A GET request with a body was refused.")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close what lies below."""
        await self._inner.aclose()


def _check_batch(body: bytes) -> None:
    try:
        batch = msgspec.json.decode(body, type=_Batch)
    except msgspec.MsgspecError as error:
        raise Refused("A batch that could not be read was refused.") from error
    for part in batch.requests:
        if part.method != "GET" or bytes(part.body):
            raise Refused(f"A batch with a {part.method[:10]} part was refused: this program only reads.")
        if not part.url.startswith("/") or part.url.startswith("//"):
            raise Refused("A batch part with an absolute address was refused.")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """httpx requests over one shared aiohttp session.

    Addresses go out byte for byte (a nextLink is opaque); bodies come back whole and decompressed, at most
    :data:`MAX_BODY` bytes; errors keep apart what the caller must tell apart: no connection, a certificate that does
    not verify, a time-out, and an answer cut short.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` and read the answer; raises httpx's own errors, :class:`ConnectionFailed` among them."""
        timeouts = request.extensions.get("timeout", {})
        try:
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=[(name, value) for name, value in request.headers.multi_items() if name != "host"],
                data=await request.aread() or None,
                allow_redirects=False,
                **proxy_options(request.url.scheme, request.url.host),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=timeouts.get("connect"), sock_read=timeouts.get("read")
                ),
            ) as answer:
                chunks: list[bytes] = []
                size = 0
                async for chunk in answer.content.iter_any():
                    size += len(chunk)
                    if size > MAX_BODY:
                        raise BodyTooLarge(f"an answer of more than {MAX_BODY // 2**20} MiB")
                    chunks.append(chunk)
                headers = [
                    (name, value)
                    for name, value in answer.headers.items()
                    if name.lower() not in ("content-encoding", "transfer-encoding", "content-length")
                ]
                return httpx.Response(answer.status, headers=headers, content=b"".join(chunks), request=request)
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            raise ConnectionFailed(_reason(error), tls=True) from error
        except aiohttp.ClientConnectorError as error:
            raise ConnectionFailed(_reason(error), tls=False) from error
        except (TimeoutError, aiohttp.ServerTimeoutError) as error:
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        except aiohttp.ClientError as error:
            raise httpx.ReadError(f"the answer was cut short ({type(error).__name__})", request=request) from error

    async def aclose(self) -> None:
        """Leave the session alone: its owner closes it."""


@lru_cache(maxsize=64)
def proxy_options(scheme: str, host: str) -> Mapping[str, Any]:
    """Options of aiohttp for the proxy that the environment names for a host; empty where it names none.

    Looked up once for a host in the life of the process: aiohttp's own ``trust_env`` asks in a thread at every
    request, and reads ``.netrc`` besides, whose passwords have no business here.
    """
    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    if not proxy:
        return {}
    url = URL(proxy)
    if url.user is None:
        return {"proxy": url}
    given = aiohttp.encode_basic_auth(url.user, url.password or "")
    return {"proxy": url.with_user(None), "proxy_headers": {"Proxy-Authorization": given}}


def _reason(error: aiohttp.ClientConnectorError) -> str:
    cause = getattr(error, "certificate_error", None) or error.os_error
    return str(getattr(cause, "verify_message", "") or getattr(cause, "strerror", "") or cause)[:200]


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """A verifying TLS context: the system's authorities, and a private one where a file is given."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def new_session(context: ssl.SSLContext, connections: int = 256) -> aiohttp.ClientSession:
    """One session for all tenants of a cloud, for Graph and for sign-in: one TLS context, keep-alive, no cookies."""
    connector = aiohttp.TCPConnector(limit=connections, ssl=context, keepalive_timeout=30, ttl_dns_cache=300)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
