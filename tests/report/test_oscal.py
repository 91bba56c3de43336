"""oscal.json: valid OSCAL assessment results; every reference leads somewhere; only passes satisfy a control."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from auditor.model.finding import Status
from auditor.model.result import ScanResult
from auditor.report import render
from auditor.report.finding_view import FRAMEWORKS
from auditor.report.machine import READING
from tests.report import samples
from tests.report.hostile import EVERY

SCHEMA = Path(__file__).parents[2].parent / "shared" / "data" / "schemas" / "oscal_assessment-results_schema.json"
SMALL = sorted(set(EVERY) - {"fleet"})


def document(result: ScanResult) -> dict[str, Any]:
    whole = json.loads(render(result, ["oscal"], now=samples.NOW)["oscal.json"])
    inner: dict[str, Any] = whole["assessment-results"]
    return inner


def walk(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every member with the key that it stands under."""
    yield key, value
    if isinstance(value, dict):
        for name, member in value.items():
            yield from walk(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from walk(member, key)


def prop(part: dict[str, Any], name: str) -> str | None:
    return next((one["value"] for one in part.get("props", []) if one["name"] == name), None)


@pytest.fixture(scope="module")
def validator() -> Any:
    """The schema as published: jsonschema-rs reads its patterns by Unicode category, which Python's ``re`` has not."""
    if not SCHEMA.is_file():
        pytest.skip("the published schema (../shared/data/schemas) is not here")
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted(EVERY))
def test_it_is_valid(name: str, validator: Any) -> None:
    whole = json.loads(render(EVERY[name](), ["oscal"], now=samples.NOW)["oscal.json"])
    assert [error.message[:300] for error in validator.iter_errors(whole)] == []


def test_the_schemas_patterns_are_in_force(validator: Any) -> None:
    whole = {"assessment-results": document(samples.drifted())}
    result = whole["assessment-results"]["results"][0]
    assert validator.is_valid(whole)
    for place, key, bad in (
        (result["findings"][0]["target"], "target-id", "9 lives"),
        (result["observations"][0]["props"][0], "value", " led by a space"),
        (result["observations"][0], "uuid", "no-uuid"),
        (result["findings"][0]["target"]["status"], "state", "unknown"),
        (result, "observations", []),
    ):
        kept, place[key] = place[key], bad
        assert not validator.is_valid(whole), key
        place[key] = kept


@pytest.mark.parametrize("name", SMALL)
def test_every_reference_leads_to_a_part_and_no_uuid_is_given_twice(name: str) -> None:
    whole = document(EVERY[name]())
    given = Counter(value for key, value in walk(whole) if key == "uuid")
    if not name.startswith("hostile"):  # whose fingerprints are all the same text
        assert [one for one, times in given.items() if times > 1] == []
    for key, value in walk(whole):
        if key in ("observation-uuid", "risk-uuid", "subject-uuid", "actor-uuid"):
            assert value in given, key
    assert whole["import-ap"]["href"].removeprefix("#") in given
    objectives = {
        part["id"]
        for one in whole.get("local-definitions", {}).get("objectives-and-methods", [])
        for part in one["parts"]
    }
    for result in whole["results"]:
        reviewed = {
            one["control-id"] for one in result["reviewed-controls"]["control-selections"][0]["include-controls"]
        }
        assert {one["target"]["target-id"] for one in result.get("findings", [])} <= objectives
        assert reviewed


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_each_finding_is_an_observation_and_each_problem_a_risk(name: str) -> None:
    result = EVERY[name]()
    risk = {Status.FAIL: "open", Status.UNKNOWN: "investigating"}
    for told, tenant in zip(
        document(result)["results"], sorted(result.tenants, key=lambda one: one.tenant.name), strict=False
    ):
        observed = Counter(
            (prop(one, "rule"), prop(one, "status")) for one in told["observations"] if prop(one, "rule")
        )
        observed = Counter({key: times for key, times in observed.items() if key[0] != READING})
        assert observed == Counter((one.rule, one.status.value) for one in tenant.findings)
        risks = Counter((prop(one, "rule"), one["status"]) for one in told.get("risks", []) if prop(one, "rule"))
        assert risks == Counter(
            (one.rule, "deviation-approved" if one.waiver else risk[one.status])
            for one in tenant.findings
            if one.status in risk
        )


@pytest.mark.parametrize("name", ["healthy", "drifted", "partial", "failed", "absent"])
def test_a_control_is_satisfied_where_every_rule_that_applies_passed_and_nowhere_else(name: str) -> None:
    result = EVERY[name]()
    (tenant,) = result.tenants
    whole = document(result)
    served: dict[str, set[str]] = {}
    keys = {title: key for key, title in FRAMEWORKS.items()}
    for one in whole["local-definitions"]["objectives-and-methods"]:
        (part,) = one["parts"]
        framework, control = prop(one, "framework"), prop(one, "control")
        assert framework is not None
        assert control is not None
        served[part["id"]] = {one.rule for one in tenant.findings if control in one.controls.get(keys[framework], ())}
    told = {one["target"]["target-id"]: one["target"]["status"] for one in whole["results"][0].get("findings", [])}
    for objective, rules in served.items():
        statuses = {(one.status, one.waiver is not None) for one in tenant.findings if one.rule in rules}
        statuses -= {(Status.NOT_APPLICABLE, False)}
        if not statuses:
            assert objective not in told
            continue
        assert (told[objective]["state"] == "satisfied") == (statuses == {(Status.PASS, False)}), objective
        assert (told[objective]["reason"] == "pass") == (told[objective]["state"] == "satisfied")
    states = {status["state"] for status in told.values()}
    assert states == {"healthy": {"satisfied"}, "failed": {"not-satisfied"}}.get(name, states)


@pytest.mark.parametrize("name", ["partial", "failed", "none"])
def test_what_was_not_read_is_an_observation_without_any_finding(name: str) -> None:
    result = EVERY[name]()
    tenants = tuple(msgspec.structs.replace(tenant, findings=()) for tenant in result.tenants)
    (told,) = document(msgspec.structs.replace(result, tenants=tenants))["results"]
    (observation,) = told["observations"]
    assert "findings" not in told
    assert ("No tenant" if name == "none" else "northwind" if name == "partial" else "adatum") in observation[
        "description"
    ]
    assert [one["status"] for one in told.get("risks", [])] == ([] if name == "none" else ["investigating"])


def test_drift_is_observed_with_who_did_it() -> None:
    (told,) = document(samples.drifted())["results"]
    changes = [one for one in told["observations"] if one["title"].startswith("Changed")]
    assert len(changes) == 4
    assert prop(changes[0], "effect") == "regression"
    assert "adele.vance@fabrikam.example" in changes[0]["description"]


def test_uuids_follow_from_the_scan() -> None:
    first, again = document(samples.few()), document(samples.few())
    assert first == again
    other = document(msgspec.structs.replace(samples.few(), id="another"))
    of = [{value for key, value in walk(one) if key == "uuid"} for one in (first, other)]
    assert not of[0] & of[1]


@pytest.mark.parametrize("name", ["hostile-read", "hostile-unread"])
def test_markup_of_a_tenant_is_text(name: str) -> None:
    whole = document(EVERY[name]())
    for key, value in walk(whole):
        if key in ("title", "description", "remarks", "statement", "prose") and isinstance(value, str):
            assert not set("<>") & set(value)
            assert not re.search(r"(?<!\\)[\[\]*_`{}]", value.replace("\\\\", "")), key
        if key == "href":
            assert value.startswith("#")
