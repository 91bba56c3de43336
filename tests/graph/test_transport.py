"""The read-only transport: what it refuses never reaches the transport below it."""

import asyncio
import json

import httpx
import pytest

from auditor.graph.errors import Refused
from auditor.graph.transport import ReadOnlyTransport

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
def test_a_batch_with_one_part_that_is_no_read_is_refused_whole(part: dict[str, object]) -> None:
    sent, refused = send("POST", f"{GRAPH}/v1.0/$batch", batch({"method": "GET", "url": "/users"}, part))
    assert refused is not None
    assert sent == []


@pytest.mark.parametrize("body", [None, [], {"requests": 1}, {"requests": [], "other": 1}])
def test_a_batch_that_is_not_understood_is_refused(body: object) -> None:
    sent, refused = send("POST", f"{GRAPH}/v1.0/$batch", body)
    assert refused is not None
    assert sent == []


def test_a_get_with_a_body_is_refused() -> None:
    sent, refused = send("GET", f"{GRAPH}/v1.0/users", {"a": 1})
    assert refused is not None
    assert sent == []
