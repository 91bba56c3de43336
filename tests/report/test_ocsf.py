"""ocsf.jsonl: each line a valid OCSF Compliance Finding; unknown is status 0 and never a pass."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import jsonschema_rs
import msgspec
import ocsf_json_schema
import pytest

from auditor.model.finding import Finding, Status
from auditor.model.lifecycle import Lifecycle
from auditor.model.result import ScanResult
from auditor.report import render
from auditor.report.machine import READING
from auditor.report.ocsf import VERSION
from tests.report import samples
from tests.report.hostile import EVERY

COMPLIANCE = {Status.PASS: 1, Status.FAIL: 3, Status.UNKNOWN: 0, Status.NOT_APPLICABLE: 99}


def events(result: ScanResult) -> list[dict[str, Any]]:
    lines = render(result, ["ocsf"], now=samples.NOW)["ocsf.jsonl"].decode("utf-8")
    assert lines.endswith("\n")
    return [json.loads(line) for line in lines.splitlines()]


@pytest.fixture(scope="module")
def ocsf() -> Any:
    return ocsf_json_schema.get_ocsf_schema(VERSION)


@pytest.fixture(scope="module")
def validator(ocsf: Any) -> Any:
    schema = ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf).get_class_schema("compliance_finding", profiles=["cloud"])
    return jsonschema_rs.validator_for(schema)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_each_line_is_valid(name: str, validator: Any) -> None:
    found = events(EVERY[name]())
    assert found
    for event in found:
        assert [error.message for error in validator.iter_errors(event)] == []
    assert not validator.is_valid({**found[0], "class_uid": 2004})
    assert not validator.is_valid({**found[0], "tenant": "x"})


def test_the_version_is_the_newest_of_the_package() -> None:
    versions = [version for version in ocsf_json_schema.get_packaged_versions() if "-" not in version]
    assert max(versions, key=lambda version: tuple(map(int, version.split(".")))) == VERSION


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_each_finding_is_an_event_with_its_status(name: str) -> None:
    result = EVERY[name]()
    expected = Counter((t.tenant.id, f.rule, COMPLIANCE[f.status]) for t in result.tenants for f in t.findings)
    found = Counter(
        (event["metadata"]["tenant_uid"], event["compliance"]["control"], event["compliance"]["status_id"])
        for event in events(result)
        if event["metadata"]["event_code"] != READING
    )
    assert found == expected


def test_names_are_the_schemas_for_their_numbers(ocsf: Any) -> None:
    own = ocsf["classes"]["compliance_finding"]["attributes"]
    compliance = ocsf["objects"]["compliance"]["attributes"]
    for event in [*events(samples.few()), *events(samples.failed())]:
        for number, name in (("activity_id", "activity_name"), ("severity_id", "severity"), ("status_id", "status")):
            if event[number] != 99:
                assert own[number]["enum"][str(event[number])]["caption"] == event[name]
        judged = event["compliance"]
        if judged["status_id"] != 99:
            assert compliance["status_id"]["enum"][str(judged["status_id"])]["caption"] == judged["status"]
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


def told(result: ScanResult, finding: Finding) -> dict[str, Any]:
    (event,) = [one for one in events(result) if one["finding_info"]["uid"] == finding.fingerprint]
    return event


def test_what_is_left_to_do_is_told_apart() -> None:
    result = samples.drifted()
    tenant = result.tenants[0]
    assert tenant.history is not None
    waived = next(one for one in tenant.findings if one.waiver)
    assert (told(result, waived)["status"], told(result, waived)["compliance"]["status"]) == ("Suppressed", "Fail")
    assert told(result, waived)["unmapped"]["waiver"]["ticket"] == "CHG-1042"
    seen = set()
    for finding in tenant.findings:
        standing = tenant.history.standings.get(finding.fingerprint)
        if standing is None or finding.waiver:
            continue
        event = told(result, finding)
        seen.add(standing.lifecycle)
        assert (event["activity_name"], event["status"]) == {
            Lifecycle.NEW: ("Create", "New"),
            Lifecycle.RECURRING: ("Create", "New"),
            Lifecycle.CONTINUING: ("Update", "In Progress"),
            Lifecycle.UNSETTLED: ("Update", "In Progress"),
            Lifecycle.RESOLVED: ("Close", "Resolved"),
        }[standing.lifecycle]
    assert seen >= {Lifecycle.NEW, Lifecycle.RECURRING, Lifecycle.CONTINUING, Lifecycle.RESOLVED}


def test_severity_is_the_rules_for_problems_and_informational_for_the_rest() -> None:
    for event in events(samples.few()):
        if event["metadata"]["event_code"] == READING:
            continue
        if event["compliance"]["status_id"] in (0, 3):
            expected = {"info": "Informational"}.get(s := event["unmapped"]["rule_severity"], s.capitalize())
            assert event["severity"] == expected
        else:
            assert event["severity_id"] == 1


@pytest.mark.parametrize("name", ["partial", "failed", "none"])
def test_what_was_not_read_has_a_line_of_its_own(name: str) -> None:
    result = EVERY[name]()
    tenants = tuple(msgspec.structs.replace(tenant, findings=()) for tenant in result.tenants)
    (event,) = events(msgspec.structs.replace(result, tenants=tenants))
    assert event["metadata"]["event_code"] == READING
    assert event["compliance"]["status_id"] == 0
    assert event["severity_id"] >= 4
    assert event["status"] == "New"


def test_times_are_milliseconds_and_ids_are_stable() -> None:
    first, again = events(samples.few()), events(samples.few())
    assert first == again
    assert {event["time"] for event in first} == {1795348800000}
    uids = [event["metadata"]["uid"] for event in first]
    assert len(set(uids)) == len(uids)
    other = msgspec.structs.replace(samples.few(), id="another")
    assert not set(uids) & {event["metadata"]["uid"] for event in events(other)}
    assert [event["finding_info"]["uid"] for event in events(other)] == [e["finding_info"]["uid"] for e in first]
