"""Every rule's examples, which become tests by being there, and the proof that each of them can fail."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from auditor.evaluate import Evaluator
from auditor.model.finding import Finding, Status
from auditor.model.rule import Rule
from tests.rules.examples import (
    HERE,
    STATUSES,
    Example,
    asked_of,
    assess,
    base,
    example_files,
    pack,
    packs,
    patched,
    read_example,
    snapshot_of,
    status_of,
)

FILES = example_files()
RULES = {rule.id: rule for found in packs().values() for rule in found.rules}


def _tenant(path: Path) -> dict[str, Any]:
    """The tenant of an example: its patch over what is healthy by the rule's pack."""
    return patched(read_example(path), base(asked_of()[path.parent.name]))


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _expected_status(finding: Finding, example: Example, usual: Status) -> Status:
    for part, status in example.statuses.items():
        if part in finding.reason or part in finding.subject.id:
            return STATUSES[status]
    return usual


def _differences(example: Example, usual: Status, findings: list[Finding]) -> list[str]:
    """What of the findings is not as the example says."""
    told: list[str] = []
    if len(findings) != (example.count or 1):
        told.append(f"{len(findings)} findings")
    for finding in findings:
        if finding.status is not _expected_status(finding, example, usual):
            told.append(f"{finding.status}: {finding.reason}")
        if example.reason is not None and example.reason not in finding.reason:
            told.append(f"reason: {finding.reason}")
        if example.observed is not None and example.observed != finding.observed:
            told.append(f"observed: {finding.observed}")
        if example.expected is not None and example.expected != finding.expected:
            told.append(f"expected: {finding.expected}")
        if example.permission is not None and example.permission not in {cause.permission for cause in finding.causes}:
            told.append(f"causes: {finding.causes}")
    return told


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_example(path: Path) -> None:
    example = read_example(path)
    findings = assess(_tenant(path), path.parent.name)
    assert _differences(example, status_of(path), findings) == []


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_example_findings_are_whole(path: Path) -> None:
    for finding in assess(_tenant(path), path.parent.name):
        assert bool(finding.causes) is (finding.status is Status.UNKNOWN)
        assert finding.expected
        assert finding.observed
        assert finding.reason[0].isupper() or finding.reason[0] in "“0123456789"
        assert finding.reason.endswith(".")
        assert "{" not in finding.reason + finding.expected
        assert "not known" not in finding.reason or finding.status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("rule", RULES)
def test_rule_has_passing_and_failing_examples(rule: str) -> None:
    statuses = {status_of(path) for path in (HERE / rule).glob("*.yaml")}
    assert {Status.PASS, Status.FAIL} <= statuses


def test_examples_belong_to_rules() -> None:
    assert {path.parent.name for path in FILES} == set(RULES)


def _flipped(rule: Rule, expect: dict[str, Any]) -> Evaluator:
    changed = msgspec.structs.replace(rule, expect=expect)
    asked = pack(asked_of()[rule.id])
    rules = tuple(changed if other.id == rule.id else other for other in asked.rules)
    return Evaluator([msgspec.structs.replace(asked, rules=rules)])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("flip", "statuses"),
    [
        (lambda expect: {"not": expect}, {Status.PASS, Status.FAIL}),
        (lambda expect: {"not": {}}, {Status.PASS}),
        (lambda expect: {}, {Status.FAIL}),
    ],
    ids=["negated", "impossible", "always-true"],
)
def test_flipped_expectation_is_seen(rule: str, flip: Any, statuses: set[Status]) -> None:
    flipped = _flipped(RULES[rule], flip(RULES[rule].expect))
    for path in (HERE / rule).glob("*.yaml"):
        usual = status_of(path)
        if usual in statuses:
            tenant = _tenant(path)
            before = [finding.status for finding in assess(tenant, rule)]
            assert [finding.status for finding in assess(tenant, rule, flipped)] != before, path


@pytest.mark.parametrize("asked", packs())
def test_healthy_tenant_is_compliant(asked: str) -> None:
    for rule in pack(asked).rules:
        assert {finding.status for finding in assess(base(asked), rule.id)} == {Status.PASS}, rule.id


def test_snapshot_of_base_survives_its_canonical_form() -> None:
    from auditor.model.canonical import canonical_json, from_canonical
    from auditor.model.snapshot import Snapshot

    snapshot = snapshot_of(base())
    assert from_canonical(canonical_json(snapshot), Snapshot) == snapshot
