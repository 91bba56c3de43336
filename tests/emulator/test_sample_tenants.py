"""The sample tenants: complete expectations, and the facts that the expectations rest on."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.emulator import load_samples, sample_names
from auditor.emulator.phases import apply_phase
from tests.emulator.conftest import sample

RULES = Path(__file__).parents[2].parent / "shared" / "design" / "rules.md"
STATUSES = {"pass", "fail", "unknown", "not_applicable"}


def blocks() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (tenant.name, key, tenant.notes[key])
        for tenant in load_samples()
        for key in ("expect", "expect_after")
        if tenant.notes[key]
    ]


def test_there_are_the_samples() -> None:
    assert sample_names() == ["adatum", "contoso", "fabrikam", "northwind", "tailspin"]
    assert len({tenant.id for tenant in load_samples()}) == 5


@pytest.mark.skipif(not RULES.is_file(), reason="the list of rules is not beside the repository")
def test_every_rule_is_expected_once_for_each_subject_and_fails_somewhere() -> None:
    rules = set(re.findall(r"^\| ((?:GTM|SAML)-[A-Z]+-\d+) \|", RULES.read_text("utf-8"), re.MULTILINE))
    assert len(rules) == 34
    failing: set[str] = set()
    for name, key, expect in blocks():
        parts = list(expect["instances"].values()) or [{}]
        for instance in parts:
            assert set(instance) | set(expect["tenant"]) == rules, (name, key)
            assert not set(instance) & set(expect["tenant"])
            statuses = {**instance, **expect["tenant"]}
            assert set(statuses.values()) <= STATUSES
            failing |= {rule for rule, status in statuses.items() if status == "fail"}
    assert rules - failing == {"SAML-CLM-001"}, "which passes or is unknown, and never fails"


def test_expected_instances_are_there_and_have_phases() -> None:
    for tenant in load_samples():
        for instance in tenant.notes["expect"]["instances"]:
            assert tenant.service_principals.get(instance) is not None
        assert bool(tenant.notes["expect_after"]) == ("after" in tenant.phases)
        assert tenant.notes["expect"]["now"] == "2026-11-22T12:00:00Z"


def test_contoso_passes_everything_and_then_drifts() -> None:
    notes = sample("contoso").notes
    (before,), (later,) = (notes[key]["instances"].values() for key in ("expect", "expect_after"))
    assert set(before.values()) == {"pass"}
    assert {rule for rule, status in later.items() if status == "fail"} == {
        "GTM-SAML-002", "GTM-SAML-005", "SAML-ACC-005", "SAML-OWN-001",
    }  # fmt: skip


def test_changes_of_a_phase_lie_between_the_two_clocks() -> None:
    for tenant in load_samples():
        if "after" not in tenant.phases:
            continue
        first, last = (datetime.fromisoformat(tenant.notes[key]["now"]) for key in ("expect", "expect_after"))
        known = len(tenant.audits)
        apply_phase(tenant, "after")
        made = tenant.audits.all()[known:]
        assert len(made) >= len(tenant.phases["after"].operations)
        for entry in made:
            assert first < datetime.fromisoformat(entry["activityDateTime"]) < last


def days_left(credential: dict[str, Any]) -> float:
    end = datetime.fromisoformat(credential["endDateTime"])
    return (end - datetime(2026, 11, 22, 12, tzinfo=UTC)).total_seconds() / 86400


def test_certificates_are_where_the_expectations_say() -> None:
    fabrikam = sample("fabrikam").service_principals
    first = fabrikam.get("fa000000-0000-4000-8000-000000000001") or {}
    assert [round(days_left(key)) for key in first["keyCredentials"]] == [18, 18, -1661, -1661]
    third = fabrikam.get("fa000000-0000-4000-8000-000000000003") or {}
    assert third["preferredTokenSigningKeyThumbprint"] == "0123456789ABCDEF0123456789ABCDEF01234567"
    tailspin = sample("tailspin").service_principals.get("7a000000-0000-4000-8000-000000000001") or {}
    assert all(key["key"] is None for key in tailspin["keyCredentials"])
    assert min(days_left(key) for key in tailspin["keyCredentials"]) < 0


def test_northwind_lacks_what_it_lacks() -> None:
    (client,) = sample("northwind").clients.values()
    assert not {"Policy.Read.All", "Synchronization.Read.All"} & set(client.roles)
    assert sample("northwind").unlicensed == {"audit", "conditionalAccess"}
    assert {"Policy.Read.All", "Synchronization.Read.All"} <= set(next(iter(sample("contoso").clients.values())).roles)


def test_secrets_say_that_they_are_none() -> None:
    for tenant in load_samples():
        for client in tenant.clients.values():
            assert client.secret is None or client.secret.startswith("emulator-only-")
