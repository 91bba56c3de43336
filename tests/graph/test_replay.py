"""Recorded answers read again: pages in their chain, gaps as they were, and nothing made up for what is not there."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from auditor.graph import reads
from auditor.graph.replay import Recording
from auditor.model.canonical import sha256_hex
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.result import CoverageEntry

GRAPH = "https://graph.example"
ID = "11111111-1111-4111-8111-111111111111"
PEOPLE = reads.assignments(ID)
FIRST = f"GET {PEOPLE.url}"


class Tape:
    """A recording in the making."""

    def __init__(self) -> None:
        self.coverage: list[CoverageEntry] = []
        self.bodies: dict[str, bytes] = {}

    def add(
        self,
        request: str,
        body: Any,
        outcome: Outcome = Outcome.OK,
        cause: str | None = None,
        source: str = "assignments",
    ) -> None:
        content = json.dumps(body).encode() if body is not None else b""
        digest = sha256_hex(content) if content else None
        if digest is not None:
            self.bodies[digest] = content
        self.coverage.append(CoverageEntry(source, request, outcome, cause, None, None, digest))

    def read(self, ask: Any = PEOPLE) -> tuple[Known[Any] | Unknown, Recording]:
        recording = Recording(GRAPH, self.coverage, self.bodies.get)
        (reading,) = asyncio.run(recording.read([ask]))
        return reading, recording


def page(*ids: str, link: str | None = None) -> dict[str, Any]:
    return {"value": [{"id": name} for name in ids], **({"@odata.nextLink": f"{GRAPH}/v1.0{link}"} if link else {})}


def ids(reading: Known[Any] | Unknown) -> list[str]:
    assert isinstance(reading, Known)
    return [member.id for member in reading.value.members]


def test_pages_are_followed_and_a_member_counts_once() -> None:
    tape = Tape()
    tape.add(FIRST, page("a", "b", link="/two"))
    tape.add("GET /two", page(link="/three"))
    tape.add("GET /three", page("b", "c"))
    reading, recording = tape.read()
    assert ids(reading) == ["a", "b", "c"]
    assert not recording.gaps
    assert recording.coverage == tape.coverage


def test_of_a_list_that_was_begun_again_the_last_answers_count() -> None:
    tape = Tape()
    tape.add(FIRST, page("a", link="/two"))
    tape.add("GET /two", {"error": {"code": "expired"}}, Outcome.FAILED, "the page's token had expired (status 410)")
    tape.add(FIRST, page("a", "b", link="/other"))
    tape.add("GET /other", page("c"))
    assert ids(tape.read()[0]) == ["a", "b", "c"]


def test_a_gap_is_the_gap_that_it_was() -> None:
    tape = Tape()
    tape.add(FIRST, {"error": {"code": "Authorization_RequestDenied"}}, Outcome.DENIED, "permission was refused")
    reading, recording = tape.read()
    assert reading == Unknown("assignments", Outcome.DENIED, "permission was refused", "Application.Read.All")
    assert recording.gaps


@pytest.mark.parametrize("missing", ["the first page", "a later page", "its body"])
def test_what_is_not_recorded_is_unknown_and_told(missing: str) -> None:
    tape = Tape()
    if missing != "the first page":
        tape.add(FIRST, page("a", link="/two"))
    if missing == "its body":
        tape.add("GET /two", page("b"))
        del tape.bodies[str(tape.coverage[-1].sha256)]
    reading, recording = tape.read()
    assert isinstance(reading, Unknown)
    assert reading.outcome is Outcome.NOT_ASKED
    assert recording.gaps
    assert recording.coverage[-1].outcome is Outcome.NOT_ASKED
    assert len(recording.coverage) == len(tape.coverage) + 1


def test_pages_in_a_circle_end_as_they_did() -> None:
    tape = Tape()
    tape.add(FIRST, page("a", link="/two"))
    tape.add("GET /two", page("b", link="/two"))
    reading, _ = tape.read()
    assert isinstance(reading, Unknown)
    assert reading.outcome is Outcome.INVALID


def test_a_deleted_object_is_a_fact_and_another_404_is_not() -> None:
    ask = reads.user(ID)
    gone, lost = Tape(), Tape()
    error = {"error": {"code": "Request_ResourceNotFound", "message": "x"}}
    gone.add(f"GET {ask.url}", error, Outcome.NOT_FOUND, "the directory has no such object", "users")
    lost.add(f"GET {ask.url}", {"error": {"code": "Other"}}, Outcome.NOT_FOUND, "not found (status 404)", "users")
    assert gone.read(ask)[0] == Known(None)
    assert isinstance(lost.read(ask)[0], Unknown)


def test_an_answer_that_no_longer_decodes_is_unknown() -> None:
    tape = Tape()
    tape.add(FIRST, {"value": "no list"})
    reading, _ = tape.read()
    assert isinstance(reading, Unknown)
    assert reading.outcome is Outcome.INVALID


def test_a_reason_that_the_recording_has_is_not_told_twice() -> None:
    tape = Tape()
    tape.coverage.append(CoverageEntry("applicationOwners", "", Outcome.NOT_ASKED, "why", None, None, None))
    recording = Recording(GRAPH, tape.coverage, tape.bodies.get)
    recording.not_asked("applicationOwners", "why")
    assert recording.coverage == tape.coverage
    recording.not_asked("applicationOwners", "another")
    assert len(recording.coverage) == 2
