"""results.sarif: valid SARIF 2.1.0 in the form that code scanning takes; problems only, and every one of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from auditor.model.finding import Finding, Status
from auditor.model.result import ScanResult
from auditor.report import render
from auditor.report.machine import READING
from tests.report import samples
from tests.report.hostile import EVERY, Builder

SCHEMA = Path(__file__).parents[2].parent / "shared" / "data" / "schemas" / "sarif-schema-2.1.0.json"


def run_of(result: ScanResult) -> dict[str, Any]:
    document = json.loads(render(result, ["sarif"], now=samples.NOW)["results.sarif"])
    assert len(document["runs"]) == 1, "GitHub takes one run of a tool and category"
    run: dict[str, Any] = document["runs"][0]
    return run


def findings(result: ScanResult, *statuses: Status) -> list[Finding]:
    return [finding for tenant in result.tenants for finding in tenant.findings if finding.status in statuses]


@pytest.fixture(scope="module")
def validator() -> Any:
    if not SCHEMA.is_file():
        pytest.skip("the published schema (../shared/data/schemas) is not here")
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted(EVERY))
def test_it_is_valid(name: str, validator: Any) -> None:
    document = json.loads(render(EVERY[name](), ["sarif"], now=samples.NOW)["results.sarif"])
    assert [error.message for error in validator.iter_errors(document)] == []
    document["runs"][0]["results"].append({"kind": "passed"})
    assert not validator.is_valid(document)


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_what_fails_is_fail_and_what_is_not_known_is_open_and_nothing_else_is_there(name: str) -> None:
    result = EVERY[name]()
    told = run_of(result)["results"]
    failing, unknown = findings(result, Status.FAIL), findings(result, Status.UNKNOWN)
    expected = Counter(("fail", one.rule, one.fingerprint) for one in failing)
    expected += Counter(("open", one.rule, one.fingerprint) for one in unknown)
    found = Counter(
        (one["kind"], one["ruleId"], one["partialFingerprints"]["auditorFinding/v1"])
        for one in told
        if one["ruleId"] != READING
    )
    assert found == expected
    for one in told:
        assert (one["level"] == "none") == (one["kind"] == "open"), "the standard's 3.27.10"


def test_passes_are_counted_though_they_are_no_results() -> None:
    result = samples.few()
    for told, tenant in zip(
        run_of(result)["properties"]["tenants"], sorted(result.tenants, key=lambda t: t.tenant.name), strict=True
    ):
        statuses = Counter(finding.status for finding in tenant.findings)
        assert told["id"] == tenant.tenant.id
        assert (told["pass"], told["unknown"]) == (statuses[Status.PASS], statuses[Status.UNKNOWN])
        assert told["fail"] + told["waived"] == statuses[Status.FAIL]
        assert told["not_applicable"] == statuses[Status.NOT_APPLICABLE]


@pytest.mark.parametrize(("name", "count"), [("partial", 1), ("failed", 1), ("none", 1), ("healthy", 0)])
def test_what_was_not_read_is_a_result_and_the_run_did_not_succeed(name: str, count: int) -> None:
    result = EVERY[name]()
    bare = msgspec.structs.replace(
        result, tenants=tuple(msgspec.structs.replace(tenant, findings=()) for tenant in result.tenants)
    )
    for given in (result, bare):
        run = run_of(given)
        missing = [one for one in run["results"] if one["ruleId"] == READING]
        assert len(missing) == count
        assert run["invocations"][0]["executionSuccessful"] is (count == 0)
        assert len(run["invocations"][0].get("toolExecutionNotifications", [])) >= count


def test_a_waiver_is_a_suppression_with_owner_ticket_and_end() -> None:
    (waived,) = [one for one in run_of(samples.drifted())["results"] if "suppressions" in one]
    assert waived["ruleId"] == "SAML-ACC-004"
    assert waived["kind"] == "fail"
    (suppression,) = waived["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert all(part in suppression["justification"] for part in ("Nestor Wilke", "CHG-1042", "2026-12-31"))


def test_github_finds_what_it_asks_for() -> None:
    run = run_of(samples.few())
    rules = run["tool"]["driver"]["rules"]
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        (location,) = one["locations"]
        physical = location["physicalLocation"]
        assert re.fullmatch(r"tenants(/[A-Za-z0-9_%-]+){3}", physical["artifactLocation"]["uri"])
        assert physical["region"]["startLine"] == 1
        assert one["partialFingerprints"]["primaryLocationLineHash"].endswith(":1")
    assert len({one["guid"] for one in run["results"]}) == len(run["results"])
    assert len(rules) == len({rule["id"] for rule in rules}) == 35
    scores = {rule["properties"]["severity"]: rule["properties"].get("security-severity") for rule in rules[:-1]}
    assert scores == {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0", "info": None}
    for rule in rules[:-1]:
        assert rule["helpUri"].startswith("https://learn.microsoft.com/")
        assert rule["help"]["text"]
        assert "security" in rule["properties"]["tags"]
        assert len(rule["properties"]["tags"]) <= 20
    assert re.fullmatch(r"auditor/[A-Za-z0-9%_-]+", run["automationDetails"]["id"]), "a category and a run"


def test_no_message_has_a_placeholder_or_a_link_of_a_tenant() -> None:
    result = Builder("[click](javascript:alert(1)) {0} ](../../x)").build(ScanResult)
    run = run_of(result)
    assert run["results"]
    for one in run["results"]:
        text = one["message"]["text"]
        assert "](" not in text
        assert not re.search(r"(?<!\{)\{\d+\}", text)
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"tenants(/[A-Za-z0-9_%-]+){3}", uri)
    for rule in run["tool"]["driver"]["rules"]:
        assert not re.search(r"(?<!\\)\]\(", rule["help"].get("markdown", ""))
        assert "helpUri" not in rule or rule["helpUri"].startswith("https://")
