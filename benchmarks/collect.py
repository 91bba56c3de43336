"""Decoding 100,000 assignments as the collector does, beside the standard library's bare parse of the same bytes."""

import json
import resource
import statistics
import time
from collections.abc import Callable

from auditor.graph.decode import decode_page
from auditor.graph.normalise import sorted_structs
from auditor.model.graph_objects import AppRoleAssignment

PAGE = 999
TOTAL = 100_000
ROUNDS = 5


def pages() -> list[bytes]:
    """Pages of assignments as Graph gives them."""

    def assignment(number: int) -> dict[str, object]:
        return {
            "id": f"assignment-{number:036d}",
            "deletedDateTime": None,
            "appRoleId": "00000000-0000-0000-0000-000000000000",
            "createdDateTime": "2021-02-02T04:22:45.9480566Z",
            "principalDisplayName": f"User {number}",
            "principalId": f"00000000-0000-0000-0000-{number:012d}",
            "principalType": "User",
            "resourceDisplayName": "GoToMeeting",
            "resourceId": "8e881353-1735-45af-af21-ee1344582a4d",
        }

    starts = range(0, TOTAL, PAGE)
    return [
        json.dumps({"value": [assignment(number) for number in range(start, min(start + PAGE, TOTAL))]}).encode()
        for start in starts
    ]


def typed(bodies: list[bytes]) -> None:
    """What the collector does: typed decoding, and one order for the set."""
    members: list[AppRoleAssignment] = []
    for body in bodies:
        members += decode_page(body, AppRoleAssignment).value
    assert len(sorted_structs(tuple(members))) == TOTAL


def bare(bodies: list[bytes]) -> None:
    """The least that anybody could do."""
    assert sum(len(json.loads(body)["value"]) for body in bodies) == TOTAL


def median(work: Callable[[list[bytes]], None], bodies: list[bytes]) -> float:
    """Median CPU seconds of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work(bodies)
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def main() -> None:
    """Print the table."""
    bodies = pages()
    reference, ours = median(bare, bodies), median(typed, bodies)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| what | CPU s | against json |")
    print("| --- | --- | --- |")
    print(f"| json.loads of {TOTAL:,} assignments | {reference:.2f} | 1 |")
    print(f"| typed, sorted, each once | {ours:.2f} | {ours / reference:.2f} |")
    print(f"\nPeak memory {peak:.0f} MiB, the bodies of all pages among it.")


if __name__ == "__main__":
    main()
