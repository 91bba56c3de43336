"""A fleet on a Dask cluster: chunks of tenants go to its workers, and this process hears of each tenant as at home.

The unit of work is a chunk, scanned concurrently within: one task for each tenant costs more than the tenant. A chunk
whose worker dies is done by another; what kills workers time and again is sought out tenant by tenant. Results come
back here and are recorded by this process alone, so that nothing can be in the store twice.
"""

import asyncio
import logging
import math
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from auditor import pipeline
from auditor.config import TenantConfig
from auditor.errors import UserError
from auditor.fleet.remote import decoded, encoded, scan_chunk
from auditor.fleet.run import Done
from auditor.logs import redact
from auditor.pipeline import Evaluators, Scan

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)

LARGEST_CHUNK = 64
_CHUNKS_PER_THREAD = 4
"""So many chunks a thread at least, where there are tenants enough: a slow one must not keep the rest waiting."""
_AHEAD = 2
"""Chunks that wait at each thread, that one is there when another ends; more would only fill the scheduler."""
_CONNECT_S = 20
_WITHOUT_WORKERS_S = 60.0
_LOOK_S = 2.0


async def scan_on(scan: Scan, done: Done, *, address: str) -> None:
    """Scan every tenant on the cluster at ``address`` (``tcp://…`` or ``tls://…``); ``done`` hears of each.

    Raises UserError where the cluster cannot be used: Dask is not installed, nobody answers, there are no workers or
    none is left, or they run another version. What was done until then has been heard of.
    """
    distributed = _distributed(address)
    try:
        client = await distributed.Client(address, asynchronous=True, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise UserError(f"No Dask scheduler answers at {address}.", "Check the address, and that it runs.") from error
    try:
        await _Cluster(client, scan, done, address).run()
    finally:
        await client.close()


def _distributed(address: str) -> Any:
    if not address.startswith(("tcp://", "tls://")):
        raise UserError(f"--dask {address!r} is no scheduler's address.", "Write tcp://HOST:PORT or tls://HOST:PORT.")
    try:
        import distributed
    except ImportError as error:
        raise UserError("Dask is not installed.", "Install entra-saml-auditor[dask].") from error
    return distributed


def chunks(tenants: tuple[TenantConfig, ...], threads: int) -> Iterator[tuple[TenantConfig, ...]]:
    """``tenants`` in chunks of equal size, in order: several for each thread, of :data:`LARGEST_CHUNK` at most."""
    size = max(1, min(LARGEST_CHUNK, math.ceil(len(tenants) / (threads * _CHUNKS_PER_THREAD))))
    for start in range(0, len(tenants), size):
        yield tenants[start : start + size]


class _Cluster:
    def __init__(self, client: "Client", scan: Scan, done: Done, address: str) -> None:
        self._client = client
        self._scan = scan
        self._done = done
        self._address = address
        self._tasks = 0
        self._evaluators = Evaluators(scan.packs)

    async def run(self) -> None:
        threads = await self._threads()
        gate = asyncio.Semaphore(threads * _AHEAD)

        async def one(tenants: tuple[TenantConfig, ...]) -> None:
            async with gate:
                await self._chunk(tenants)

        async def all_chunks() -> None:
            async with asyncio.TaskGroup() as group:
                for tenants in chunks(self._scan.tenants, threads):
                    group.create_task(one(tenants))
            watch.cancel()

        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch())
                group.create_task(all_chunks())
        except BaseExceptionGroup as failures:
            raise _first(failures) from failures

    async def _threads(self) -> int:
        for _ in range(math.ceil(_CONNECT_S / _LOOK_S)):
            if workers := await self._workers():
                return sum(workers.values())
            await asyncio.sleep(_LOOK_S)
        raise UserError(f"The Dask scheduler at {self._address} has no workers.", "Start some: dask worker ADDRESS.")

    async def _workers(self) -> dict[str, int]:
        found: dict[str, int] = await self._client.scheduler.ncores()  # type: ignore[union-attr] # connected by now
        return found

    async def _watch(self) -> None:
        """Raise UserError when there has been no worker for a while: the chunks would wait for ever."""
        clock = asyncio.get_running_loop().time
        seen = clock()
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                workers = await self._workers()
            except OSError as error:
                raise self._gone() from error
            if workers:
                seen = clock()
            elif clock() - seen > _WITHOUT_WORKERS_S:
                raise UserError(
                    f"The Dask scheduler at {self._address} has no worker left.",
                    "Start some, and go on with: auditor scan --resume",
                )

    def _gone(self) -> UserError:
        return UserError(
            f"The Dask scheduler at {self._address} went away.", "Start one, and go on with: auditor scan --resume"
        )

    async def _chunk(self, tenants: tuple[TenantConfig, ...]) -> None:
        """Have one chunk scanned; where it cannot be, each of its tenants by itself."""
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError

        self._tasks += 1
        future = self._client.submit(
            scan_chunk, encoded(self._scan, tenants), pure=False, key=f"auditor-{self._scan.scan_id}-{self._tasks}"
        )
        try:
            content: bytes = await future
        except UserError:
            raise
        except (FutureCancelledError, CommClosedError) as error:
            raise self._gone() from error
        except Exception as error:
            log.warning("a chunk of %d tenants could not be scanned (%s)", len(tenants), type(error).__name__)
            if len(tenants) > 1:
                for tenant in tenants:
                    await self._chunk((tenant,))
            else:
                self._lost(tenants[0], error)
            return
        finally:
            future.release()  # type: ignore[no-untyped-call] # Dask leaves it without annotations
        for scanned in decoded(content):
            self._done(scanned)

    def _lost(self, tenant: TenantConfig, error: Exception) -> None:
        """A tenant that cannot be scanned there: its own result says so."""
        from distributed import KilledWorker

        evaluator = self._evaluators.of(tenant)
        if isinstance(error, KilledWorker):
            cause = "every Dask worker that scanned this tenant died"
            self._done(pipeline.unscanned(self._scan, tenant, evaluator, cause))
            return
        cause = f"an internal error stopped the scan of this tenant on a Dask worker ({type(error).__name__})"
        kept = redact("".join(traceback.format_exception(error)))
        self._done(pipeline.unscanned(self._scan, tenant, evaluator, cause, kept))


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
