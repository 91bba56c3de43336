"""What the catalogue says each source needs, and what README says of it."""

import re
from pathlib import Path

import pytest

from auditor.graph.catalogue import CATALOGUE, needed_permissions, permission_of

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("source", ["tokenIssuancePolicyAppliesTo", "claimsMappingPolicyAppliesTo"])
def test_what_a_policy_applies_to_needs_two_permissions(source: str) -> None:
    assert permission_of(source) == "Application.Read.All and Policy.Read.All"


def test_a_source_that_needs_none_names_none() -> None:
    assert permission_of("applicationTemplates") is None


def test_two_permissions_of_one_source_are_two_that_a_scan_needs() -> None:
    assert all(re.fullmatch(r"[\w.]+", name) for name in needed_permissions())
    assert {name for source in CATALOGUE.values() for name in source.permissions} == set(needed_permissions())


def test_readme_tells_what_each_permission_serves() -> None:
    rows = dict(re.findall(r"^\| `([\w.]+\.All)` \| (.+) \|$", README.read_text("utf-8"), re.MULTILINE))
    assert set(rows) == set(needed_permissions())
    for source in CATALOGUE.values():
        for permission in source.permissions:
            assert source.purpose in rows[permission]
