"""Laws of the evaluation: lost evidence makes an outcome unknown and nothing else; order means nothing."""

import random
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.evaluate import Evaluator
from auditor.model.evidence import Known, Unknown
from auditor.model.finding import Finding, Status
from auditor.model.snapshot import Snapshot
from tests.evaluate.mutations import LOST, Site, shuffled, sites, without
from tests.rules.examples import base, evaluator, example_files, now_of, patched, read_example, snapshot_of, tenant_of

FILES = example_files()


@cache
def example(number: int) -> tuple[dict[str, Any], Snapshot, tuple[Site, ...]]:
    tenant = patched(read_example(FILES[number]))
    snapshot = snapshot_of(tenant)
    return tenant, snapshot, tuple(sites(snapshot))


def assessed(tenant: dict[str, Any], snapshot: Snapshot, using: Evaluator | None = None) -> dict[str, Finding]:
    assessment = (using or evaluator()).assess(snapshot, tenant=tenant_of(tenant), now=now_of(tenant))
    by_fingerprint = {finding.fingerprint: finding for finding in assessment.findings}
    assert len(by_fingerprint) == len(assessment.findings)
    return by_fingerprint


def check_only_knowledge_was_lost(before: dict[str, Finding], after: dict[str, Finding]) -> None:
    """Every finding is as it was, or unknown; a finding that was not there is unknown."""
    assert {finding.rule for finding in before.values()} == {finding.rule for finding in after.values()}
    for fingerprint, finding in after.items():
        known = before.get(fingerprint)
        if finding.status is not Status.UNKNOWN:
            assert known is not None, f"{finding.rule} {finding.status} came from nothing"
            assert finding.status is known.status, f"{finding.rule}: {known.status} became {finding.status}"


@settings(max_examples=400)
@given(data=st.data())
def test_several_losses_of_any_example(data: st.DataObject) -> None:
    tenant, snapshot, _ = example(data.draw(st.integers(0, len(FILES) - 1)))
    before = assessed(tenant, snapshot)
    for _ in range(data.draw(st.integers(1, 4))):
        places = list(sites(snapshot))
        if not places:
            break
        snapshot = without(snapshot, places[data.draw(st.integers(0, len(places) - 1))])
    check_only_knowledge_was_lost(before, assessed(tenant, snapshot))


@settings(max_examples=150)
@given(number=st.integers(0, len(FILES) - 1), seed=st.integers(0, 2**32))
def test_order_means_nothing(number: int, seed: int) -> None:
    tenant, snapshot, _ = example(number)
    other = shuffled(snapshot, random.Random(seed).shuffle)  # noqa: S311 - an order, no secret
    assert assessed(tenant, other) == assessed(tenant, snapshot)


@settings(max_examples=60)
@given(number=st.integers(0, len(FILES) - 1))
def test_the_same_snapshot_gives_the_same_findings(number: int) -> None:
    tenant, snapshot, _ = example(number)
    assert assessed(tenant, snapshot) == assessed(tenant, snapshot, Evaluator(evaluator().packs))


def test_everything_lost_is_unknown_or_absent() -> None:
    tenant = base()
    snapshot = snapshot_of(tenant)
    while places := [place for place in sites(snapshot) if _is_source(snapshot, place)]:
        snapshot = without(snapshot, max(places, key=len))
    findings = assessed(tenant, snapshot)
    assert {finding.status for finding in findings.values()} == {Status.UNKNOWN}
    assert all(finding.causes for finding in findings.values())


def _is_source(value: Any, place: Site) -> bool:
    for name in place:
        value = value[name] if isinstance(name, int) else getattr(value, name)
    return isinstance(value, Known)


def test_every_unknown_names_the_loss() -> None:
    tenant, snapshot = base(), snapshot_of(base())
    for place in sites(snapshot):
        if _is_source(snapshot, place):
            for finding in assessed(tenant, without(snapshot, place)).values():
                if finding.status is Status.UNKNOWN:
                    assert LOST in finding.causes
                    assert isinstance(finding.causes[0], Unknown)
                    assert "the answer was lost" in finding.reason
                    assert "Some.Read.All" in finding.reason
