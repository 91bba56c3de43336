"""A year of daily scans of 10,000 tenants with 1% of them changing each day: the store's size, and how fast it answers.

The first day is recorded tenant by tenant as a scan does it, from one real scan of a sample tenant with every id made
that tenant's own. On later days the tenants that changed are recorded so; the rows of the others, which differ in
nothing from the day before, are copied by one statement, so that a year fits into minutes. What is measured is the real
store.

    python benchmarks/history.py [--tenants N] [--days N]
"""

import argparse
import asyncio
import re
import resource
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from sqlalchemy import text

from auditor import pipeline
from auditor.config import TenantConfig
from auditor.drift import compare
from auditor.emulator import Emulator
from auditor.evaluate import Evaluator
from auditor.fleet import run_scan
from auditor.graph.clouds import Cloud
from auditor.graph.credentials import CredentialSpec
from auditor.model.canonical import canonical_hash, canonical_json
from auditor.model.drift import Drift
from auditor.model.result import TenantResult
from auditor.model.snapshot import Snapshot
from auditor.model.times import format_time
from auditor.rulepack import load_packs
from auditor.store import Store, open_store

START = datetime(2025, 11, 22, 12, tzinfo=UTC)
IDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b|\b[0-9A-F]{40}\b")


_COPY_RECEIPTS = """
INSERT INTO receipts (scan, tenant, data)
SELECT today.id, old.tenant, randomblob(length(old.data))
FROM receipts AS old JOIN scans AS before ON before.id = old.scan AND before.name = :yesterday
JOIN scans AS today ON today.name = :today
WHERE old.tenant NOT IN (SELECT tenant FROM results WHERE scan = today.id)
"""
_COPY_RESULTS = """
INSERT INTO results (scan, tenant, outcome, earlier, days)
SELECT today.id, old.tenant, old.outcome, before.id, old.days
FROM results AS old JOIN scans AS before ON before.id = old.scan AND before.name = :yesterday
JOIN scans AS today ON today.name = :today
WHERE old.tenant NOT IN (SELECT tenant FROM results WHERE scan = today.id)
"""


def one_scan() -> TenantResult:
    """A real scan of the healthy sample tenant."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with Emulator(now=lambda: now) as emulator:
        tenant = emulator.tenant("contoso")
        cloud = Cloud(
            name="lab",
            graph=emulator.graph_url,
            authority=emulator.authority_url,
            audience="https://graph.microsoft.com",
            ca_file=str(emulator.ca_file),
            private=True,
        )
        config = TenantConfig(
            name=tenant.name,
            id=tenant.id,
            cloud=cloud,
            client_id=None,
            credential=CredentialSpec(kind="access-token", env="TOKEN"),
            product="GoToMeeting",
            skip=(),
            audit_retention_days=None,
        )
        scan = pipeline.Scan(
            tenants=(config,),
            packs=load_packs(["gotomeeting"], shipped=pipeline.shipped_folder()),
            waivers=(),
            waiver_warnings=(),
            now=now,
            scan_id="one",
            max_concurrency=1,
            budget_s=60,
            environ={"TOKEN": emulator.token("contoso")},
        )
        (scanned,) = asyncio.run(run_scan(scan))
        return scanned.result


class Fleet:
    """Tenants that are each their own, and can change."""

    def __init__(self, pattern: TenantResult) -> None:
        self._snapshot = canonical_json(pattern.snapshot)
        self._result = canonical_json(msgspec.structs.replace(pattern, snapshot=None, snapshot_sha256=None))

    def tenant(self, number: int, version: int = 0) -> TenantResult:
        """The result of tenant ``number`` after ``version`` changes of its relay state."""
        relay = b"https://global.gotomeeting.com" if version == 0 else b"https://v%d.example" % version
        content = self._own(self._snapshot, number).replace(b"https://global.gotomeeting.com", relay)
        snapshot = msgspec.json.decode(content, type=Snapshot)
        result = msgspec.json.decode(
            self._own(self._result, number).replace(b"contoso", b"t%d" % number), type=TenantResult
        )
        return msgspec.structs.replace(result, snapshot=snapshot, snapshot_sha256=canonical_hash(snapshot))

    @staticmethod
    def _own(content: bytes, number: int) -> bytes:
        """Every id in ``content`` made the tenant's own, the same one always to the same."""
        space = uuid.UUID(int=number)

        def own(match: re.Match[bytes]) -> bytes:
            found = match.group()
            fresh = uuid.uuid5(space, found.decode())
            if len(found) == 36:
                return str(fresh).encode()
            return fresh.hex.encode() if len(found) == 32 else (fresh.hex + fresh.hex[:8]).upper().encode()

        return IDS.sub(own, content)


def record_year(store: Store, fleet: Fleet, tenants: int, days: int) -> dict[str, float]:
    """Record every day; gives what the first day and an average later one took, in seconds."""
    took: dict[str, float] = {}
    versions = [0] * tenants
    begun = time.perf_counter()
    for day in range(days):
        at = format_time(START + timedelta(days=day))
        changed = (
            range(tenants) if day == 0 else [(day * 7919 + n * 101) % tenants for n in range(max(1, tenants // 100))]
        )
        pattern = fleet.tenant(0)
        store.begin_scan(
            _name(day), started_at=at, tool_name="auditor", tool_version="0", packs=(), tenants=(pattern.tenant,)
        )
        for number in dict.fromkeys(changed):
            result = fleet.tenant(number, versions[number])
            if day:
                before = result.snapshot
                versions[number] += 1
                result = fleet.tenant(number, versions[number])
                changes, gaps = compare(before, result.snapshot)  # type: ignore[arg-type] # both have one
                drift = Drift(_name(day - 1), at, _name(day), at, changes, gaps)
                result = msgspec.structs.replace(result, drift=drift)
            store.record_tenant(_name(day), result)
        if day:
            _copy_unchanged(store, day)
        store.finish_scan(_name(day), finished_at=at, verdict=pattern.verdict)
        if day == 0:
            took["first"] = time.perf_counter() - begun
            begun = time.perf_counter()
    took["later"] = (time.perf_counter() - begun) / max(1, days - 1)
    return took


def _copy_unchanged(store: Store, day: int) -> None:
    """Rows of the tenants that did not change, with receipts of the size that real ones have."""
    names = {"today": _name(day), "yesterday": _name(day - 1)}
    with store._engine.begin() as connection:  # the benchmark stands in for a scan of 10,000 tenants
        for statement in (_COPY_RECEIPTS, _COPY_RESULTS):
            connection.execute(text(statement), names)


def _name(day: int) -> str:
    return f"day-{day:04}"


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what the work gave."""
    begun = time.perf_counter()
    outcome = work()
    return time.perf_counter() - begun, outcome


def all_drifts(store: Store, earlier: str, later: str) -> int:
    """Compare every tenant whose snapshots differ; gives how many did."""
    return sum(len(compare(before, after)[0]) > 0 for _, before, after in store.changed_snapshots(earlier, later))


def drift_of_one(store: Store, evaluator: Evaluator, tenant_id: str, later: str) -> int:
    """The drift of one tenant with effects, from the store to the changes; gives how many."""
    (after,) = store.result(later, tenants=[tenant_id]).tenants
    before = store.previous_tenant(tenant_id, "day-0001")
    if before is None or before.result.snapshot is None or after.snapshot is None:
        raise ValueError("the tenant was not recorded")
    changes, _ = compare(
        before.result.snapshot,
        after.snapshot,
        assess=lambda snapshot: evaluator.assess(snapshot, tenant=after.tenant, now=START),
        rules=[rule for pack in evaluator.packs for rule in pack.rules],
    )
    return len(changes)


def rows(tenants: int, days: int) -> Iterator[tuple[str, str]]:
    """Every figure, as it is measured."""
    pattern = one_scan()
    fleet = Fleet(pattern)
    evaluator = Evaluator(load_packs(["gotomeeting"], shipped=pipeline.shipped_folder()))
    plain = canonical_json(pattern)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.db"
        with open_store(f"sqlite:///{path}") as store:
            took = record_year(store, fleet, tenants, days)
            last, before = _name(days - 1), _name(days - 2)
            yield f"first scan recorded, {tenants} tenants one by one", f"{took['first']:.1f} s"
            yield "each later day (1% recorded one by one, the rest copied)", f"{took['later']:.2f} s"
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
            each = len(zstandard.ZstdCompressor(level=9).compress(plain))
            yield f"size of the store after {days} days", f"{size / 1e6:.0f} MB"
            yield (
                "the same as one compressed file for each scan of each tenant",
                f"{each * tenants * days / 1e6:.0f} MB",
            )
            yield "bytes for each tenant and scan", f"{size / tenants / days:.0f}"
            seconds, count = timed(lambda: all_drifts(store, before, last))
            yield f"drift of the latest against the previous, all tenants ({count} differ)", f"{seconds:.2f} s"
            seconds, count = timed(lambda: all_drifts(store, _name(0), last))
            yield f"drift of the latest against the first, all tenants ({count} differ)", f"{seconds:.2f} s"
            changed = next(store.changed_snapshots(before, last))[0]
            seconds, _ = timed(lambda: drift_of_one(store, evaluator, changed, last))
            yield "drift of one tenant over the year, with effects", f"{seconds * 1000:.0f} ms"
            seconds, _ = timed(lambda: store.finding_history(changed))
            yield "history of one tenant's findings", f"{seconds * 1000:.0f} ms"
            seconds, _ = timed(store.trend)
            yield f"trend of all tenants over {days} scans (with importing pandas)", f"{seconds:.2f} s"
            seconds, _ = timed(lambda: store.trend(changed))
            yield "trend of one tenant", f"{seconds * 1000:.0f} ms"
            seconds, _ = timed(lambda: store.prune(now=START + timedelta(days=days), keep_last=30))
            yield "prune to 30 scans, room given back", f"{seconds:.1f} s"
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
            yield "size of the store then", f"{size / 1e6:.0f} MB"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield "peak memory", f"{peak:.0f} MB"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=365)
    args = parser.parse_args()
    print("| what | measured |\n| --- | ---: |")
    for what, figure in rows(args.tenants, args.days):
        print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
