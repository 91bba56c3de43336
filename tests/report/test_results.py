"""results.json: valid by its published schema, in the documented order, complete, and the same every time."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

import auditor
from auditor.model.drift import Attribution
from auditor.report import render
from tests.report import samples
from tests.rules import examples

SCHEMA = Path(auditor.__file__).parent / "schemas" / "results.schema.json"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.Draft202012Validator(schema)


def results(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(samples.ALL[name](), ["json"], now=samples.NOW)["results.json"])
    return document


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_every_kind_of_result_is_valid(name: str, validator: Any) -> None:
    document = results(name)
    assert [error.message for error in validator.iter_errors(document)] == []
    assert len(document["tenants"]) == len(samples.ALL[name]().tenants)


@pytest.mark.parametrize("attribution", list(Attribution))
def test_every_attribution_is_valid(attribution: Attribution, validator: Any) -> None:
    result = samples.drifted()
    tenant = result.tenants[0]
    assert tenant.drift is not None
    actor = tenant.drift.changes[0].actor if attribution is Attribution.MATCHED else None
    changes = tuple(
        msgspec.structs.replace(change, attribution=attribution, actor=actor) for change in tenant.drift.changes
    )
    drift = msgspec.structs.replace(tenant.drift, changes=changes)
    one = msgspec.structs.replace(result, tenants=(msgspec.structs.replace(tenant, drift=drift),))
    document = json.loads(render(one, ["json"], now=samples.NOW)["results.json"])
    assert validator.is_valid(document)
    assert {change["attribution"] for change in document["tenants"][0]["drift"]} == {attribution.value}


def objects(value: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(value, dict):
        found.append(value)
        for member in value.values():
            found += objects(member)
    elif isinstance(value, list):
        for member in value:
            found += objects(member)
    return found


def test_the_schema_refuses_what_is_missing_misspelt_or_contradictory(validator: Any) -> None:
    good = results("drifted")
    assert validator.is_valid(good)
    tenant = good["tenants"][0]
    keys = [
        (key, part)
        for part in (good, good["scan"], tenant, tenant["findings"][0], tenant["coverage"][0])
        for key in part
    ]
    assert len(keys) > 40
    for key, part in keys:
        kept = part.pop(key)
        assert not validator.is_valid(good), f"without {key}"
        part[key] = kept
        part[f"{key}_"] = kept
        assert not validator.is_valid(good), f"with {key}_"
        del part[f"{key}_"]
    for place, value in (("status", "passed"), ("severity", "urgent"), ("fingerprint", "x"), ("title", None)):
        bad = copy.deepcopy(good)
        bad["tenants"][0]["findings"][0][place] = value
        assert not validator.is_valid(bad), place
    bad = copy.deepcopy(good)
    bad["tenants"][0]["findings"][0] |= {"status": "unknown", "causes": []}
    assert not validator.is_valid(bad)
    bad = copy.deepcopy(good)
    bad["tenants"][0]["drift_between"] = None
    assert not validator.is_valid(bad)


def test_keys_come_in_the_documented_order() -> None:
    document = results("drifted")
    assert list(document) == ["schema_version", "scan", "tenants"]
    assert list(document["scan"])[:6] == ["id", "started_at", "finished_at", "tool", "packs", "verdict"]
    tenant = document["tenants"][0]
    documented = ["tenant", "status", "verdict", "coverage", "findings", "drift", "snapshot_sha256"]
    assert [key for key in tenant if key in documented] == documented
    finding = "rule title severity status subject expected observed reason citation controls waiver remedy fingerprint"
    assert list(tenant["findings"][0])[:13] == finding.split()
    change = "subject path kind before after effect attribution actor at audit_event"
    assert list(tenant["drift"][0])[:10] == change.split()


def test_tenants_come_by_name_and_findings_in_the_order_of_rules() -> None:
    result = samples.fleet(20)
    shuffled = msgspec.structs.replace(result, tenants=tuple(reversed(result.tenants)))
    assert render(result, ["json"], now=samples.NOW) == render(shuffled, ["json"], now=samples.NOW)
    rules = [rule.id for rule in examples.pack().rules if rule.enabled]
    for tenant in results("few")["tenants"]:
        assert list(dict.fromkeys(finding["rule"] for finding in tenant["findings"])) == rules


def test_a_lone_surrogate_does_not_cost_the_report() -> None:
    result = samples.healthy()
    tenant = msgspec.structs.replace(result.tenants[0], warnings=("\ud800",))
    document = json.loads(
        render(msgspec.structs.replace(result, tenants=(tenant,)), ["json"], now=samples.NOW)["results.json"]
    )
    assert document["tenants"][0]["warnings"] == ["\ufffd"]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="docx"):
        render(samples.healthy(), ["json", "docx"], now=samples.NOW)
