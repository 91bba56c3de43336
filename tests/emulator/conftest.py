"""Emulators for these tests, on free loopback ports, and a caller that holds whatever permissions a test gives it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Self

import httpx
import pytest

from auditor.emulator import Emulator, load_samples
from auditor.emulator.directory import Tenant

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOTOMEETING = "c0000000-0000-4000-8000-000000000001"
"""contoso's instance of the app."""


class Caller:
    """Calls Graph with a token of one tenant. ``roles`` None: what the tenant's first client was granted."""

    def __init__(self, emulator: Emulator, tenant: str, roles: list[str] | None = None) -> None:
        self.emulator = emulator
        token = emulator.token(tenant, roles=roles)
        self.http = httpx.Client(
            base_url=f"{emulator.graph_url}/v1.0", headers={"Authorization": f"Bearer {token}"}, timeout=20
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def __call__(self, path: str, **headers: str) -> httpx.Response:
        named = {"ConsistencyLevel" if name == "consistency" else name: value for name, value in headers.items()}
        return self.http.get(path, headers=named)

    def eventual(self, path: str) -> httpx.Response:
        return self.http.get(path, headers={"ConsistencyLevel": "eventual"})

    def value(self, path: str) -> list[dict[str, Any]]:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    def pages(self, path: str, **headers: str) -> Iterator[dict[str, Any]]:
        address: str | None = path
        while address:
            answer = self.http.get(address, headers=headers)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            yield body
            address = body.get("@odata.nextLink")


Call = Callable[..., Caller]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """The sample tenants, read-only."""
    with Emulator(now=lambda: NOW) as running:
        yield running


@pytest.fixture(scope="module")
def contoso(emulator: Emulator) -> Iterator[Caller]:
    """A caller in contoso with everything that its client was granted."""
    caller = Caller(emulator, "contoso")
    with caller.http:
        yield caller


@pytest.fixture
def call(emulator: Emulator) -> Iterator[Call]:
    """Make a caller in any tenant with any permissions."""
    made: list[Caller] = []

    def make(tenant: str = "contoso", roles: list[str] | None = None) -> Caller:
        made.append(Caller(emulator, tenant, roles))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


@pytest.fixture
def writable() -> Iterator[Emulator]:
    """Two sample tenants of their own for one test, taking writes."""
    with Emulator(load_samples("contoso", "fabrikam"), writable=True, now=lambda: NOW) as running:
        yield running


@pytest.fixture
def call_writable(writable: Emulator) -> Iterator[Call]:
    """Make a caller of the writable emulator."""
    made: list[Caller] = []

    def make(tenant: str = "contoso", roles: list[str] | None = None) -> Caller:
        made.append(Caller(writable, tenant, roles))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


def sample(name: str) -> Tenant:
    """A fresh copy of a sample tenant."""
    return load_samples(name)[0]


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of an error in Graph's shape."""
    error = answer.json()["error"]
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
    return answer.status_code, error["code"], error["message"]
