"""What a report says it speaks of: nothing is claimed to have been read, asked or held that was not."""

from __future__ import annotations

import msgspec

from auditor.model.result import Permissions, ScanResult
from auditor.report.scope_view import period, scope_facts
from tests.report import samples


def facts(result: ScanResult) -> dict[str, str]:
    return dict(scope_facts(result))


def test_the_period_begins_with_the_scan_before() -> None:
    assert period(samples.healthy()) == "2026-11-21 12:00 UTC to 2026-11-22 12:00 UTC"
    assert period(samples.partial()) == "2026-11-22 12:00 UTC; there is no earlier scan to compare with"


def test_what_was_not_answered_is_not_counted_as_read() -> None:
    assert facts(samples.partial())["What was read"] == (
        "7 of 8 requests to Microsoft Graph v1.0, for 8 kinds of evidence in 1 tenant, were answered in full."
    )
    assert facts(samples.failed())["What was read"] == "Nothing: no request was answered, or even sent."


def test_permissions_are_those_of_the_token() -> None:
    assert "Policy.Read.All" not in facts(samples.partial())["With which permissions"]
    assert facts(samples.failed())["With which permissions"].startswith("Not known")
    assert facts(samples.few())["With which permissions"].startswith("They differ by tenant")
    tenant = msgspec.structs.replace(
        samples.healthy().tenants[0], permissions=Permissions(held=(), needed=samples.NEEDED, delegated=True)
    )
    told = facts(samples.scan(tenant))["With which permissions"]
    assert told == "Delegated permissions of the access token: none."


def test_skipped_rules_are_named() -> None:
    result = samples.healthy()
    assert facts(result)["Out of scope"] == "No rule of these packs."
    packs = (msgspec.structs.replace(result.packs[0], skipped=("GTM-SES-001",)),)
    assert facts(msgspec.structs.replace(result, packs=packs))["Out of scope"] == "GTM-SES-001, by the configuration."
    assert facts(result)["By which versions"] == "auditor 0.1.0 and rule pack gotomeeting 1.0.0."


def test_warnings_of_the_scan_and_of_many_tenants_are_told() -> None:
    assert "Warnings" not in facts(samples.healthy())
    said = "The access token can write (Group.Create); reading needs none of these."
    few = samples.few()
    writing = [msgspec.structs.replace(tenant, warnings=(said,)) for tenant in few.tenants[:2]]
    result = msgspec.structs.replace(
        few, tenants=(*writing, *few.tenants[2:]), warnings=("A notification could not be delivered.",)
    )
    assert facts(result)["Warnings"] == f"A notification could not be delivered. In 2 tenants: {said}"


def test_without_tenants_nothing_is_claimed() -> None:
    assert scope_facts(samples.scan()) == ()
