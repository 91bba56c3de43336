"""Decoding 100,000 assignments as the collector does, beside the standard library's bare parse of the same bytes."""

import json
from collections.abc import Callable, Iterator

from auditor.graph.decode import decode_page
from auditor.graph.normalise import sorted_structs
from auditor.model.graph_objects import AppRoleAssignment
from benchmarks.harness import Figure, Measured, emit, interleaved, measured

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


def figures() -> Iterator[Figure]:
    """One figure: typed, sorted and each once, against parsing alone."""
    bodies = pages()

    def run(work: Callable[[list[bytes]], None]) -> Callable[[], Measured]:
        def once() -> int:
            work(bodies)
            return TOTAL

        return lambda: measured(once)

    runs = interleaved(ROUNDS, {"typed": run(typed), "bare": run(bare)})
    yield Figure(
        f"decoding {TOTAL:,} assignments, CPU against json.loads",
        f"{runs['typed'].cpu:.2f} s: typed, sorted, each once",
        f"{runs['bare'].cpu:.2f} s",
        runs["typed"].cpu / runs["bare"].cpu,
    )


if __name__ == "__main__":
    emit(figures())
