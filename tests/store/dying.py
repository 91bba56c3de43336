"""Run as a program: does a piece of work on a store again and again, killed each time at the next of its fault points.

``python -m tests.store.dying WORK FOLDER`` leaves FOLDER/N.db for the N-th point, and prints how many points there
were. The work is done in a child that kills itself without any clean-up, as a power cut or ``kill -9`` would.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from auditor.model.baseline import Acceptance
from auditor.model.finding import Verdict
from auditor.store import Store, open_store
from auditor.store.connection import connect, write
from auditor.store.migrate import upgrade
from auditor.store.tables import info
from tests.drift import sample as drifting
from tests.store import sample as s

Fault = Callable[[str], None]


def older(path: Path) -> None:
    """Make a store as the first migration left it, with two finished scans in it."""
    from sqlalchemy import Connection
    from sqlalchemy.engine import make_url

    engine = connect(make_url(f"sqlite:///{path}"), busy_s=5, fault=lambda point: None)

    def make(connection: Connection) -> None:
        upgrade(connection, "0001")
        connection.execute(info.insert().values(key="written_by", value="0.0.1"))

    write(engine, make)
    with Store(engine) as store:
        s.whole(store, "s-1", "2026-11-20T00:00:00Z", s.result(1), s.result(2))
        s.whole(store, "s-2", "2026-11-21T00:00:00Z", s.result(1, relay="https://x"), s.result(2))


def scanning(address: str, fault: Fault, done: Fault) -> None:
    """From no store at all: a scan, a second one, baselines approved, added to, replaced and cleared, retention."""
    with open_store(address, fault=fault) as store:
        done("opened")
        for number, relay in ((1, "https://1"), (2, "https://2")):
            scan, at = f"s-{number}", f"2026-11-2{number}T00:00:00Z"
            s.begin(store, scan, at, (1, 2))
            done(f"began {scan}")
            store.record_tenant(scan, s.result(1, relay=relay), events=(s.event(),))
            done(f"first tenant of {scan}")
            store.record_tenant(scan, s.result(2))
            done(f"second tenant of {scan}")
            store.finish_scan(scan, finished_at=at, verdict=Verdict.NON_COMPLIANT)
            done(f"finished {scan}")
        store.approve_baseline(s.tenant_id(1), "tenant 1", scan="s-2", by="a", reason="b", at="2026-11-22T00:00:00Z")
        done("approved")
        accepted = Acceptance(
            drifting.SP, "servicePrincipal.loginUrl", "0" * 64, "a", "b", "2026-11-22T00:00:00Z", None
        )
        store.accept_change(s.tenant_id(1), accepted)
        done("accepted")
        store.approve_baseline(s.tenant_id(1), "tenant 1", scan="s-1", by="c", reason="d", at="2026-11-22T01:00:00Z")
        done("approved another")
        store.clear_baseline(s.tenant_id(1), by="e", reason="f", at="2026-11-22T02:00:00Z")
        done("cleared")
        store.approve_baseline(s.tenant_id(2), "tenant 2", scan="s-2", by="a", reason="b", at="2026-11-22T03:00:00Z")
        done("approved of the other")
        store.prune(now=datetime(2026, 11, 22, tzinfo=UTC), keep_last=1)
        done("pruned")


def migrating(address: str, fault: Fault, done: Fault) -> None:
    """From a store of the first schema: opening it."""
    with open_store(address, fault=fault):
        done("migrated")


WORK: dict[str, Callable[[str, Fault, Fault], None]] = {"scanning": scanning, "migrating": migrating}


def killed_at(point: int) -> Fault:
    """A fault that kills the process when it is called for the ``point``-th time."""
    calls = 0

    def fault(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return fault


def _do(work: str, folder: Path, point: int, fault: Fault) -> None:
    path = folder / f"{point}.db"
    if work == "migrating":
        shutil.copy(folder / "older.db", path)
    WORK[work](f"sqlite:///{path}", fault, lambda name: None)


def main(work: str, folder: Path) -> int:
    """Kill the work at every point in turn; gives the number of points.

    It is done once undisturbed before, so that no child has to import what the work imports on its way.
    """
    _do(work, folder, 0, lambda point: None)
    for point in range(1, 10_000):
        child = os.fork()
        if child == 0:
            _do(work, folder, point, killed_at(point))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            if os.waitstatus_to_exitcode(status) != 0:
                raise RuntimeError(f"the work itself failed, undisturbed until point {point}")
            return point - 1
    raise RuntimeError("the work does not end")


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], Path(sys.argv[2]))}\n")
