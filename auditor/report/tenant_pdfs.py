"""A PDF for each tenant of a scan, rendered in several processes: layout is pure CPU, and tenants do not share a page.

Each process loads fonts, styles and templates once and lays out one document at a time. A tenant whose document cannot
be rendered, or takes its process down, never costs another its own. Nothing is written here.
"""

import gc
import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from urllib.parse import quote

import msgspec
from msgspec import Struct

from auditor.model.plan import Remediation
from auditor.model.result import ScanResult, scan_verdict
from auditor.report import render

MOST_WORKERS = 8
"""Processes by default, where there are as many processors: each needs some 130 MB."""
_AHEAD = 2
"""Documents for each process that may be under way or waiting to be taken: what bounds memory."""
_PRELOADED = ["auditor.report.build", "auditor.report.pdf"]


class TenantPdf(Struct, frozen=True):
    """One tenant's document; ``data`` is None where it could not be rendered, and ``error`` then says why."""

    tenant: str
    """The tenant's name."""
    name: str
    """``report-TENANT-ID.pdf``."""
    data: bytes | None
    error: str = ""


class _Job(Struct, frozen=True):
    name: str
    result: ScanResult
    now: datetime
    page_size: str
    remediation: Remediation | None


def usable_processors() -> int:
    """How many processors this process may use; at least one."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every platform
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def render_tenant_pdfs(
    result: ScanResult,
    *,
    now: datetime,
    page_size: str = "A4",
    remediation: Remediation | None = None,
    workers: int | None = None,
) -> Iterator[TenantPdf]:
    """A document for each tenant in the result's order, as soon as it and those before it are done.

    Each is the report.pdf of a scan of that tenant alone: the same bytes with one process or many. ``workers`` bounds
    the processes (None: as many as there are processors, :data:`MOST_WORKERS` at most); they end with the iterator.
    """
    most = workers if workers is not None else min(usable_processors(), MOST_WORKERS)
    jobs = deque(_Job(_file_name(one), one, now, page_size, remediation) for one in _singly(result))
    processes = max(1, min(most, len(jobs)))
    while jobs:
        under_way: deque[tuple[_Job, Future[bytes]]] = deque()
        with _pool(processes) as pool:
            try:
                while jobs or under_way:
                    while jobs and len(under_way) < processes * _AHEAD:
                        under_way.append((jobs[0], pool.submit(_rendered, jobs[0])))
                        jobs.popleft()
                    job, future = under_way[0]
                    rendered = _outcome(job, future)
                    under_way.popleft()
                    yield rendered
                continue
            except BrokenProcessPool:
                pass
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        # A process died, and with it every document under way. Each of them gets a process of its own: the one that is
        # to blame takes no other down with it.
        for job, future in under_way:
            yield _again(job, future)


def _again(job: _Job, future: "Future[bytes]") -> TenantPdf:
    """A document of a pool that broke: as it is where it was done by then, else from a process of its own."""
    if future.done() and not future.cancelled() and not isinstance(future.exception(), BrokenProcessPool):
        return _outcome(job, future)
    with _pool(1) as pool:
        try:
            return _outcome(job, pool.submit(_rendered, job))
        except BrokenProcessPool:
            return TenantPdf(_tenant(job), job.name, None, "the process that rendered it died (out of memory?)")


def _outcome(job: _Job, future: "Future[bytes]") -> TenantPdf:
    try:
        return TenantPdf(_tenant(job), job.name, future.result())
    except BrokenProcessPool:
        raise
    except Exception as error:  # the tenant boundary: told, and the others go on
        told = "".join(traceback.format_exception(error))
        return TenantPdf(_tenant(job), job.name, None, told)


def _singly(result: ScanResult) -> Iterator[ScanResult]:
    """The scan as it would be of each tenant alone."""
    for tenant in result.tenants:
        yield msgspec.structs.replace(result, tenants=(tenant,), verdict=scan_verdict((tenant,)), trend=None)


def _file_name(single: ScanResult) -> str:
    return f"report-{quote(single.tenants[0].tenant.id, safe='')}.pdf"


def _tenant(job: _Job) -> str:
    return job.result.tenants[0].tenant.name


def _pool(processes: int) -> ProcessPoolExecutor:
    """Processes that begin from nothing of ours but the loaded modules: no thread, lock or connection is inherited."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        context: multiprocessing.context.BaseContext = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOADED)
    else:
        context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_begin)


def _begin() -> None:
    """In a process that renders: leave Ctrl-C to the parent, and end with it even where it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _rendered(job: _Job) -> bytes:
    """One document, in a process that renders."""
    files = render(job.result, ["pdf"], now=job.now, page_size=job.page_size, remediation=job.remediation)
    gc.collect()
    return files["report.pdf"]
