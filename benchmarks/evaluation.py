"""Rules and drift over 10,000 snapshots, beside the least that could be done with them: parsing their JSON."""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import msgspec

from auditor.drift import compare
from auditor.evaluate import Evaluator
from auditor.model.canonical import canonical_json
from auditor.model.evidence import Known
from auditor.model.result import TenantRef
from auditor.model.snapshot import Snapshot
from auditor.pipeline import shipped_folder
from auditor.rulepack import load_packs
from benchmarks.harness import Figure, emit, interleaved, measured
from benchmarks.replay import Server, Wanted

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DIFFERENT = 100
RELAY = b"https://v%d.example"


def snapshots(count: int) -> list[bytes]:
    """Canonical snapshots of ``count`` tenants: real scans of some, each many times under ids of its own."""
    import asyncio

    from auditor.fleet import run_scan
    from benchmarks.clients import scan_of

    with Server(Wanted(tenants=DIFFERENT)) as server:
        scanned = asyncio.run(run_scan(scan_of(server.info, DIFFERENT, 20, sign_in=False)))
    bodies = [canonical_json(one.result.snapshot) for one in scanned]
    ids = [one.result.tenant.id.encode() for one in scanned]
    return [
        bodies[number % DIFFERENT].replace(ids[number % DIFFERENT], b"00000000-0000-0000-0000-%012d" % number)
        for number in range(count)
    ]


def figures(count: int, rounds: int) -> Iterator[Figure]:
    """Every figure of rules and drift, with its limit in seconds as the ratio's other side."""
    bodies = snapshots(count)
    packs = load_packs(["gotomeeting"], shipped=shipped_folder())  # the baseline is within it
    evaluator = Evaluator(packs)
    before = [msgspec.json.decode(body, type=Snapshot) for body in bodies]
    after = [_changed(body, number) for number, body in enumerate(bodies)]
    refs = [TenantRef(id=one.tenant_id, name="t", cloud=one.cloud, product=None) for one in before]

    def parse() -> int:
        return sum(len(json.loads(body)) > 0 for body in bodies)

    def evaluate() -> int:
        return sum(
            len(evaluator.assess(snapshot, tenant=ref, now=NOW).findings) > 0
            for snapshot, ref in zip(before, refs, strict=True)
        )

    def drift() -> int:
        return sum(len(compare(old, new)[0]) > 0 for old, new in zip(before, after, strict=True))

    def with_effects() -> int:
        changed = 0
        for old, new, ref in zip(before, after, refs, strict=True):
            assess = partial(evaluator.assess, tenant=ref, now=NOW)
            changed += len(compare(old, new, assess=assess)[0]) > 0
        return changed

    runs = interleaved(
        rounds,
        {
            "parse": lambda: measured(parse),
            "evaluate": lambda: measured(evaluate),
            "drift": lambda: measured(drift),
            "effects": lambda: measured(with_effects),
        },
    )
    parsed = runs["parse"].cpu
    beside = f"json.loads of the same snapshots: {parsed:.2f} s"
    for what, name, limit in (
        (f"both packs on {count:,} snapshots, CPU against 10 s", "evaluate", 10),
        (f"drift of {count:,} tenants that all changed, CPU against 30 s", "drift", 30),
        ("the same drift with its effects judged by the rules, CPU against 30 s", "effects", 30),
    ):
        yield Figure(what, f"{runs[name].cpu:.2f} s", beside, runs[name].cpu / limit, "<= 1")
        short = what.partition(", CPU")[0]
        yield Figure(f"{short}: CPU against parsing", f"{runs[name].cpu:.2f} s", beside, runs[name].cpu / parsed)


def _changed(body: bytes, number: int) -> Snapshot:
    snapshot = msgspec.json.decode(body, type=Snapshot)
    (app,) = (app for app in snapshot.apps if app.pack == "gotomeeting")
    assert isinstance(app.instances, Known)
    (instance,) = app.instances.value
    assert isinstance(instance.service_principal, Known)
    settings = instance.service_principal.value
    other = msgspec.structs.replace(settings, login_url=(RELAY % number).decode())
    moved = msgspec.structs.replace(app, instances=Known((msgspec.structs.replace(
        instance, service_principal=Known(other)),)))  # fmt: skip
    return msgspec.structs.replace(
        snapshot, apps=tuple(moved if one.pack == app.pack else one for one in snapshot.apps)
    )


def main() -> None:
    """Measure and emit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshots", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    emit(figures(args.snapshots, args.rounds))


if __name__ == "__main__":
    main()
