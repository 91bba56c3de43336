"""Tokens: each goes with its own tenant's requests, to the Graph host alone, and is got again when Graph demands it."""

import asyncio
import base64
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgspec.structs import replace

from auditor.emulator import Emulator, generate
from auditor.fleet import run_scan
from auditor.graph.adapter import TransportAdapter
from auditor.graph.clouds import BUILT_IN, Cloud
from auditor.graph.credentials import EARLY_S, CredentialSpec, Remembered
from auditor.graph.exchange import TIMEOUT
from auditor.graph.signin import HostToken, authentication
from auditor.graph.transport import AiohttpTransport, ReadOnlyTransport, new_session, tls_context
from auditor.model.finding import TenantStatus
from auditor.model.rule import Pack
from auditor.pipeline import shipped_folder
from auditor.rulepack import load_packs
from tests.graph.conftest import Bench
from tests.scan.conftest import NOW, scan_of, token_tenant


class Counting(AsyncTokenCredential):
    """Gives ``t1``, ``t2``, …, each valid until ``expires``, and keeps the claims that it was asked with."""

    def __init__(self, expires: int = 10_000) -> None:
        self.expires = expires
        self.claims: list[str | None] = []

    async def get_token(self, *scopes: str, claims: str | None = None, **kwargs: Any) -> AccessToken:
        self.claims.append(claims)
        return AccessToken(f"t{len(self.claims)}", self.expires)

    async def close(self) -> None: ...

    async def __aexit__(self, *details: object) -> None: ...


def tokens(credential: AsyncTokenCredential, *claims: str | None) -> list[str]:
    async def ask() -> list[str]:
        return [(await credential.get_token("scope", claims=claim)).token for claim in claims]

    return asyncio.run(ask())


def test_a_token_is_asked_for_once_and_again_shortly_before_its_end() -> None:
    now = [0.0]
    credential = Remembered(Counting(expires=1000), clock=lambda: now[0])
    assert tokens(credential, None, None) == ["t1", "t1"]
    now[0] = 1000 - EARLY_S - 1
    assert tokens(credential, None) == ["t1"]
    now[0] = 1000 - EARLY_S
    assert tokens(credential, None) == ["t2"]


def test_claims_get_a_new_token_and_it_stays() -> None:
    assert tokens(Remembered(Counting(), clock=lambda: 0.0), None, "demand", None) == ["t1", "t2", "t2"]


@pytest.mark.parametrize(
    "address",
    [
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://evil.example/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:444/v1.0/users",
        "https://graph.microsoft.com@evil.example/v1.0/users",
    ],
)
def test_no_other_address_is_given_a_token(address: str) -> None:
    provider = HostToken(Counting(), BUILT_IN["global"])
    assert asyncio.run(provider.get_authorization_token(address)) == ""
    assert asyncio.run(provider.get_authorization_token("https://graph.microsoft.com/v1.0/users")) == "t1"


def demanded(bench: Bench, demand: str, credential: AsyncTokenCredential) -> int:
    """The status in the end, where the first answer is a challenge with ``demand`` for its claims."""
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{demand}"'
    bench.server.on("/v1.0/users", (401, {"WWW-Authenticate": challenge}, {}), {"value": []})

    async def ask(url: str) -> int:
        cloud = Cloud("lab", url, None, "https://graph.microsoft.com", None, True)
        async with new_session(tls_context(None)) as session:
            transport = ReadOnlyTransport(AiohttpTransport(session), url)
            adapter = TransportAdapter(authentication(credential, cloud), transport, TIMEOUT)
            request = RequestInformation(Method.GET)
            request.url = f"{url}/v1.0/users"
            return (await adapter.exchange(request)).status_code

    return bench.serving(ask)


def test_a_demand_of_continuous_access_evaluation_is_met_with_a_new_token(bench: Bench) -> None:
    demand = base64.b64encode(b'{"access_token":{"nbf":{"value":"1"}}}').decode()
    credential = Counting()
    assert demanded(bench, demand, credential) == 200
    assert credential.claims == [None, base64.b64decode(demand).decode()]
    assert [headers["authorization"] for headers in bench.server.headers] == ["Bearer t1", "Bearer t2"]


@pytest.mark.parametrize("demand", ["abc", "/w=="])
def test_a_demand_that_cannot_be_read_is_no_error(bench: Bench, demand: str) -> None:
    credential = Counting()
    assert demanded(bench, demand, credential) == 200
    assert credential.claims == [None, None]


@pytest.fixture(scope="module")
def gotomeeting() -> tuple[Pack, ...]:
    return load_packs(["gotomeeting"], shipped=shipped_folder())


def test_tokens_never_cross_tenants_that_share_every_connection(gotomeeting: tuple[Pack, ...]) -> None:
    """Each tenant is read with its own token and no other, twenty at once over one session.

    The emulator takes the tenant from the token: one that crossed would read another tenant's objects.
    """
    with Emulator(generate.tenants(20), latency_ms=5, now=lambda: NOW) as emulator:
        made = [token_tenant(emulator, tenant.id) for tenant in emulator.tenants]
        clients = {tenant.id: emulator.client(tenant.id) for tenant in emulator.tenants}
        configured = [
            replace(
                tenant,
                client_id=clients[tenant.id].client_id,
                credential=CredentialSpec(kind="client-secret", env=f"S{number}"),
            )
            for number, tenant in enumerate(made)
        ]
        environ = {f"S{number}": str(clients[tenant.id].secret) for number, tenant in enumerate(made)}
        scan = replace(scan_of(gotomeeting, configured, environ), max_concurrency=20)
        emulator.clear_log()
        results = [scanned.result for scanned in asyncio.run(run_scan(scan))]
        assert {result.status for result in results} == {TenantStatus.COMPLETE}
        assert len({entry.tenant for entry in emulator.graph_log}) == 20
        for result in results:
            assert result.snapshot is not None
            own = {entry.path for entry in emulator.graph_log if entry.tenant == result.tenant.id}
            ids = {
                part.url.split("/")[2].partition("?")[0]
                for entry in emulator.graph_log
                if entry.tenant == result.tenant.id
                for part in entry.parts
                if part.url.startswith("/servicePrincipals/")
            }
            (app,) = result.snapshot.apps
            assert own == {"/v1.0/$batch"}
            assert ids == {instance.id for instance in app.present}
        # One sign-in for each tenant: nobody was given a token that another had asked for.
        signed_in = [entry.path.split("/")[1] for entry in emulator.log if entry.service == "signin"]
        assert sorted(signed_in) == sorted(tenant.id for tenant in made)
