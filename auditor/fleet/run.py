"""A fleet on one machine: so many tenants at once, each by itself, its result handed on as it finishes.

Nothing of a tenant is kept here once it is handed on, so that thousands take no more memory than those that are being
read. What one tenant's trouble may cost another is time alone, and that within its budget.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence

from auditor import pipeline
from auditor.config import TenantConfig
from auditor.errors import UserError
from auditor.fleet.garbage import rarely_collected
from auditor.graph.clouds import Cloud
from auditor.graph.errors import SetupError
from auditor.graph.transport import Session, new_session, tls_context
from auditor.pipeline import Evaluators, Scan, Scanned

Done = Callable[[Scanned], None]
"""Hears of each tenant as it finishes, in the order of finishing. What it raises stops the scan."""

Runner = Callable[[Scan, Done], Awaitable[None]]
"""How a fleet is scanned: :func:`scan_each`, or the same on other machines."""

_SETTLE_S = 0.1
"""After a scan was broken off, so long may connections that were being made take to be closed in order."""


async def scan_each(scan: Scan, done: Done) -> None:
    """Scan every tenant, at most ``max_concurrency`` at once; ``done`` is called with each, and nothing is kept.

    A tenant whose credential lacks its secret is not asked about. An error of ``done`` comes out as itself: the caller
    tells a full disk from a bug by its type.
    """
    evaluators = Evaluators(scan.packs)
    missing = pipeline.missing_secrets(scan.tenants, scan.environ)
    sessions: dict[Cloud, Session] = {}
    gate = asyncio.Semaphore(scan.max_concurrency)
    broken_off = True

    async def one(tenant: TenantConfig) -> None:
        async with gate:
            lacks = missing.get(tenant.id)
            done(await pipeline.scan_tenant(scan, tenant, sessions[tenant.cloud], evaluators, lacks))

    try:
        for cloud in {tenant.cloud for tenant in scan.tenants}:
            sessions[cloud] = new_session(_trusting(cloud))
        with rarely_collected():
            async with asyncio.TaskGroup() as group:
                for tenant in scan.tenants:
                    group.create_task(one(tenant))
        broken_off = False
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    finally:
        for session in sessions.values():
            await session.close()
        if broken_off:
            await asyncio.sleep(_SETTLE_S)


def _trusting(cloud: Cloud) -> ssl.SSLContext:
    """The cloud's TLS context; raises UserError where its private authority cannot be read on this machine."""
    try:
        return tls_context(cloud.ca_file)
    except OSError as error:
        raise UserError(
            f"Cloud {cloud.name}: ca_file {cloud.ca_file} cannot be used: {error.strerror or error}.",
            "It must be a PEM file that this machine can read.",
        ) from error


async def run_scan(scan: Scan) -> list[Scanned]:
    """Every tenant's result with all that was read for it, in the order of ``scan.tenants``: for few tenants.

    Raises UserError where not one tenant could even be contacted.
    """
    pipeline.check_secrets(scan.tenants, scan.environ)
    found: dict[str, Scanned] = {}

    def keep(scanned: Scanned) -> None:
        found[scanned.result.tenant.id] = scanned

    await scan_each(scan, keep)
    results = [found[tenant.id] for tenant in scan.tenants]
    check_contact([scanned.collection.setup_error for scanned in results])
    return results


def check_contact(errors: Sequence[SetupError | None]) -> None:
    """Raise UserError where every tenant has a setup error: the configuration is wrong, and nothing was scanned."""
    first = next((error for error in errors if error is not None), None)
    if first is not None and all(error is not None for error in errors):
        raise pipeline.as_user_error(first)
