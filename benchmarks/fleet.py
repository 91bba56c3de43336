"""A fleet of a thousand tenants at 50 ms: ours, a bare aiohttp client with the same requests, a user's SDK script."""

import argparse
from collections.abc import Iterator
from typing import Any

from benchmarks.harness import Figure, Measured, apart, emit, interleaved
from benchmarks.replay import Server, Wanted

CONCURRENCY = 64
"""Tenants at once: the default of ``max_concurrency``."""


def figures(tenants: int, stock_tenants: int, rounds: int) -> Iterator[Figure]:
    """Every figure of the fleet; the script is measured on fewer tenants, and compared by tenants a second."""
    with Server(Wanted(tenants=tenants, latency_ms=50)) as server:
        asked = _recorded(server, tenants)
        yield from _against_bare(server, asked, tenants, rounds, sign_in=False)
        trips = max(len(found) for found in asked.values())
        yield Figure("dependent round trips of a tenant", f"{trips}", "3 at most", trips / 3, "<= 1")
        yield from _against_stock(server, stock_tenants, tenants, rounds)
        yield from _against_bare(server, asked, tenants, 1, sign_in=True)


def _against_bare(
    server: Server, asked: dict[str, Any], tenants: int, rounds: int, *, sign_in: bool
) -> Iterator[Figure]:
    before = server.ask("cpu")["cpu"]
    runs = interleaved(
        rounds,
        {
            "ours": lambda: _run(server, "ours", tenants, sign_in=sign_in),
            "bare": lambda: _run(server, "bare", tenants, rounds=asked, sign_in=sign_in),
        },
    )
    of_server = (server.ask("cpu")["cpu"] - before) / rounds / 2
    ours, bare = runs["ours"], runs["bare"]
    what = f"{tenants:,} tenants at 50 ms" + (", sign-in with a client secret" if sign_in else "")
    yield Figure(
        f"{what}: wall, against bare aiohttp",
        f"{ours.wall:.2f} s, {tenants / ours.wall:.0f} tenants/s",
        f"{bare.wall:.2f} s; the server took {of_server:.1f} s of CPU",
        ours.wall / bare.wall,
        "" if sign_in else "<= 1.3",
    )
    yield Figure(
        f"{what}: CPU, against bare aiohttp",
        f"{ours.cpu / tenants * 1000:.2f} ms a tenant",
        f"{bare.cpu / tenants * 1000:.2f} ms",
        ours.cpu / bare.cpu,
        "" if sign_in else "<= 3",
    )
    if not sign_in:
        yield Figure(
            f"{what}: peak memory, against bare aiohttp",
            f"{ours.peak:.0f} MiB",
            f"{bare.peak:.0f} MiB",
            ours.peak / bare.peak,
        )


def _against_stock(server: Server, few: int, tenants: int, rounds: int) -> Iterator[Figure]:
    _run(server, "stock", few, sign_in=False)  # the emulator behind the server answers once, and unmeasured
    runs = interleaved(
        rounds,
        {
            "ours": lambda: _run(server, "ours", tenants, sign_in=False),
            "stock": lambda: _run(server, "stock", few, sign_in=False),
        },
    )
    ours, stock = runs["ours"], runs["stock"]
    yield Figure(
        "tenants a second, against a script with msgraph-sdk's typed models",
        f"{tenants / ours.wall:.0f}",
        f"{few / stock.wall:.1f} ({few} tenants)",
        (tenants / ours.wall) / (few / stock.wall),
        ">= 10",
    )
    yield Figure(
        "CPU of a tenant, against a script with msgraph-sdk's typed models",
        f"{ours.cpu / tenants * 1000:.1f} ms",
        f"{stock.cpu / few * 1000:.1f} ms",
        (ours.cpu / tenants) / (stock.cpu / few),
    )


def _recorded(server: Server, tenants: int) -> dict[str, Any]:
    """What ours asks of each tenant, in rounds. The first run fills the server's answers; the second is recorded."""
    for sign_in in (True, False):
        _run(server, "ours", tenants, sign_in=sign_in)
    server.ask("begin")
    _run(server, "ours", tenants, concurrency=20, sign_in=False, warm=False)
    asked: dict[str, Any] = server.ask("rounds")
    return asked


def _run(server: Server, client: str, tenants: int, concurrency: int = CONCURRENCY, **more: Any) -> Measured:
    wanted = {"server": server.info, "client": client, "tenants": tenants, "concurrency": concurrency, **more}
    run = apart("clients", wanted)
    if run.count != tenants:
        raise ValueError(f"{client}: {run.count} of {tenants} tenants were read completely")
    return run


def main() -> None:
    """Measure and emit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--stock-tenants", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    emit(figures(args.tenants, args.stock_tenants, args.rounds))


if __name__ == "__main__":
    main()
