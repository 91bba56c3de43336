"""Large tenants: 100,000 assignments beside raw fetch and parse; 60,000 service principals beside 60."""

import argparse
from collections.abc import Iterator

from benchmarks.harness import Figure, Measured, apart, emit, interleaved
from benchmarks.replay import Server, Wanted

LATENCY_MS = 50
PEAK_MIB = 300


def figures(rounds: int, assignments: int, service_principals: int) -> Iterator[Figure]:
    """Every figure of large tenants."""
    with Server(Wanted(tenants=1, latency_ms=LATENCY_MS, assignments=assignments)) as server:
        _run(server, "ours")
        server.ask("begin")
        _run(server, "ours")
        asked = server.ask("rounds")
        runs = interleaved(
            rounds, {"ours": lambda: _run(server, "ours"), "raw": lambda: _run(server, "bare", rounds=asked)}
        )
        ours, raw = runs["ours"], runs["raw"]
        pages = sum(len(requests) for found in asked.values() for requests in found)
        what = f"{assignments:,} assignments in one tenant"
        yield Figure(
            f"{what}: wall, against raw fetch and parse",
            f"{ours.wall:.2f} s",
            f"{raw.wall:.2f} s, {pages} requests at {LATENCY_MS} ms",
            ours.wall / raw.wall,
            "<= 1.5",
        )
        yield Figure(
            f"{what}: CPU, against raw fetch and parse", f"{ours.cpu:.2f} s", f"{raw.cpu:.2f} s", ours.cpu / raw.cpu
        )
        yield Figure(
            f"{what}: peak memory, against {PEAK_MIB} MiB",
            f"{ours.peak:.0f} MiB",
            f"raw: {raw.peak:.0f} MiB",
            ours.peak / PEAK_MIB,
            "<= 1",
        )
    with (
        Server(Wanted(tenants=1, latency_ms=LATENCY_MS, service_principals=60)) as few,
        Server(Wanted(tenants=1, latency_ms=LATENCY_MS, service_principals=service_principals)) as many,
    ):
        for server in (few, many):
            _run(server, "ours")
        runs = interleaved(
            rounds + 2, {"few": lambda: _run(few, "ours", times=20), "many": lambda: _run(many, "ours", times=20)}
        )
        yield Figure(
            f"a tenant with {service_principals:,} service principals, against one with 60",
            f"{runs['many'].wall / 20:.3f} s",
            f"{runs['few'].wall / 20:.3f} s",
            runs["many"].wall / runs["few"].wall,
            "<= 1.2",
        )


def _run(server: Server, client: str, **more: object) -> Measured:
    wanted = {"server": server.info, "client": client, "tenants": 1, "concurrency": 1, "sign_in": False}
    run = apart("clients", {**wanted, "warm": False, **more})
    if run.count != 1:
        raise ValueError(f"{client}: the tenant was not read completely")
    return run


def main() -> None:
    """Measure and emit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--assignments", type=int, default=100_000)
    parser.add_argument("--service-principals", type=int, default=60_000)
    args = parser.parse_args()
    emit(figures(args.rounds, args.assignments, args.service_principals))


if __name__ == "__main__":
    main()
