"""Each sample tenant shows exactly the findings that its file was written to show, before and after its drift."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auditor.emulator import Emulator, sample_names
from auditor.model.finding import Status
from auditor.model.result import TenantResult
from auditor.model.rule import Pack
from tests.scan.conftest import NOW, run, scan_of, token_tenant

LATER = NOW + timedelta(days=1)


def shown(result: TenantResult) -> dict[tuple[str, str], set[str]]:
    """(subject id or "tenant", rule) → statuses."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for finding in result.findings:
        subject = "tenant" if finding.subject.id == result.tenant.id else finding.subject.id
        found[subject, finding.rule].add(finding.status.value)
    return dict(found)


def written(notes: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    """The same from a tenant's file; a rule asked of several jobs may have several statuses."""
    told: dict[tuple[str, str], set[str]] = {}
    for subject, rules in {"tenant": notes["tenant"], **notes["instances"]}.items():
        for rule, status in rules.items():
            told[subject, rule] = {status} if isinstance(status, str) else set(status)
    return told


def scanned(emulator: Emulator, packs: tuple[Pack, ...], name: str, now: datetime) -> TenantResult:
    scan = scan_of(packs, [token_tenant(emulator, name)], {"TOKEN": emulator.token(name)}, now=now)
    (result,) = run(scan)
    return result


@pytest.fixture(scope="module")
def drifted() -> Iterator[Emulator]:
    """The sample tenants after a day and their changes."""
    with Emulator(now=lambda: LATER) as emulator:
        emulator.advance("after")
        yield emulator


@pytest.mark.parametrize("name", sample_names())
def test_a_sample_tenant_shows_what_it_was_written_to_show(
    emulator: Emulator, packs: tuple[Pack, ...], name: str
) -> None:
    notes = emulator.tenant(name).notes["expect"]
    assert datetime.fromisoformat(str(notes["now"]).replace("Z", "+00:00")).astimezone(UTC) == NOW
    assert shown(scanned(emulator, packs, name, NOW)) == written(notes)


@pytest.mark.parametrize("name", ["contoso", "fabrikam"])
def test_a_sample_tenant_shows_its_drift(drifted: Emulator, packs: tuple[Pack, ...], name: str) -> None:
    notes = drifted.tenant(name).notes["expect_after"]
    assert shown(scanned(drifted, packs, name, LATER)) == written(notes)


def test_between_them_the_samples_fail_every_rule_that_can(emulator: Emulator, packs: tuple[Pack, ...]) -> None:
    failing = {
        finding.rule
        for tenant in emulator.tenants
        for finding in scanned(emulator, packs, tenant.name, NOW).findings
        if finding.status is Status.FAIL
    }
    every = {rule.id for pack in packs for rule in pack.rules}
    assert every - failing == {"SAML-CLM-001"}, "claims made in the portal are not in v1.0: that rule never fails"


def test_one_is_healthy_one_drifted_and_one_not_read_in_full(emulator: Emulator, packs: tuple[Pack, ...]) -> None:
    verdicts = {
        tenant.name: (found.status.value, found.verdict.value)
        for tenant in emulator.tenants
        for found in [scanned(emulator, packs, tenant.name, NOW)]
    }
    assert verdicts["contoso"] == ("complete", "compliant")
    assert verdicts["fabrikam"] == ("complete", "non_compliant")
    assert verdicts["northwind"] == ("partial", "unknown")
