"""Three ways to read the same tenants, each in a process of its own: ours, a bare aiohttp client, a user's SDK script.

    python -m benchmarks.clients       (which client, and the server's description, on standard input)

The bare client sends what ours sent, byte for byte and in the same rounds, and parses the answers: the least that
anybody could do. The script is :mod:`benchmarks.stock`.
"""

import asyncio
import json
import ssl
from datetime import UTC, datetime
from typing import Any

import aiohttp

from auditor.config import TenantConfig
from auditor.fleet import scan_each
from auditor.graph.clouds import Cloud
from auditor.graph.credentials import CredentialSpec
from auditor.model.finding import TenantStatus
from auditor.pipeline import Scan, Scanned, shipped_folder
from auditor.rulepack import load_packs
from benchmarks import stock
from benchmarks.harness import Measured, measured, reply, request

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def scan_of(server: dict[str, Any], count: int, concurrency: int, *, sign_in: bool) -> Scan:
    """A scan of the server's first ``count`` tenants with the GoToMeeting pack, the baseline within it."""
    cloud = Cloud("lab", server["graph"], server["authority"], "https://graph.microsoft.com", server["ca_file"], True)
    kind = "client-secret" if sign_in else "access-token"
    tenants = server["tenants"][:count]
    return Scan(
        tenants=tuple(
            TenantConfig(
                name=tenant["name"],
                id=tenant["id"],
                cloud=cloud,
                client_id=tenant["client_id"],
                credential=CredentialSpec(kind=kind, env=f"T{number}"),
                product=None,
                skip=(),
                audit_retention_days=None,
            )
            for number, tenant in enumerate(tenants)
        ),
        packs=load_packs(["gotomeeting"], shipped=shipped_folder()),
        waivers=(),
        waiver_warnings=(),
        now=NOW,
        scan_id="bench",
        max_concurrency=concurrency,
        budget_s=300,
        environ={f"T{number}": tenant["secret" if sign_in else "token"] for number, tenant in enumerate(tenants)},
    )


def ours(server: dict[str, Any], count: int, concurrency: int, *, sign_in: bool) -> int:
    """Scan; gives how many tenants were read completely."""
    complete = 0

    def done(scanned: Scanned) -> None:
        nonlocal complete
        complete += scanned.result.status is TenantStatus.COMPLETE

    asyncio.run(scan_each(scan_of(server, count, concurrency, sign_in=sign_in), done))
    return complete


async def bare(
    server: dict[str, Any], rounds: dict[str, list[list[list[str]]]], count: int, concurrency: int, *, sign_in: bool
) -> int:
    """Send the recorded requests of each tenant, round after round, and parse the answers."""
    gate = asyncio.Semaphore(concurrency)
    context = ssl.create_default_context(cafile=server["ca_file"])
    complete = 0

    async def send(session: aiohttp.ClientSession, token: str, method: str, target: str, body: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        async with session.request(method, server["graph"] + target, headers=headers, data=body or None) as answer:
            assert answer.status == 200
            json.loads(await answer.read())

    async def one(session: aiohttp.ClientSession, tenant: dict[str, str]) -> None:
        nonlocal complete
        async with gate:
            token = await _token(session, server, tenant) if sign_in else tenant["token"]
            for requests in rounds[tenant["token"]]:
                await asyncio.gather(*(send(session, token, *parts) for parts in requests))
            complete += 1

    connector = aiohttp.TCPConnector(limit=256, ssl=context)
    async with aiohttp.ClientSession(connector=connector, requote_redirect_url=False) as session:
        await asyncio.gather(*(one(session, tenant) for tenant in server["tenants"][:count]))
    return complete


async def _token(session: aiohttp.ClientSession, server: dict[str, Any], tenant: dict[str, str]) -> str:
    form = {
        "client_id": tenant["client_id"],
        "client_secret": tenant["secret"],
        "scope": "https://graph.microsoft.com/.default",
        "grant_type": "client_credentials",
    }
    async with session.post(f"{server['authority']}/{tenant['id']}/oauth2/v2.0/token", data=form) as answer:
        token: str = json.loads(await answer.read())["access_token"]
        return token


def run(wanted: dict[str, Any]) -> Measured:
    """One measured run, of so many ``times``; after a warm-up with one tenant, unless a cold start is wanted."""
    server, count, concurrency = wanted["server"], wanted["tenants"], wanted["concurrency"]
    sign_in = wanted["sign_in"]

    def work(number: int) -> int:
        match wanted["client"]:
            case "ours":
                return ours(server, number, concurrency, sign_in=sign_in)
            case "bare":
                return asyncio.run(bare(server, wanted["rounds"], number, concurrency, sign_in=sign_in))
            case "stock":
                return asyncio.run(stock.read_fleet(server, number, concurrency, sign_in=sign_in))
        raise ValueError(wanted["client"])

    if wanted.get("warm", True):
        work(1)
    else:
        scan_of(server, count, concurrency, sign_in=sign_in)
    return measured(lambda: [work(count) for _ in range(wanted.get("times", 1))][-1])


if __name__ == "__main__":
    reply(run(request()))
