"""The metrics, read back by prometheus_client's own parser."""

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from auditor.model.finding import Status, TenantStatus, Verdict
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.notify import exposition
from auditor.notify.metrics import Ran
from tests.store import sample

RAN = Ran(finished=1795348800.5, duration_s=12.25, exit_code=1)


def scan(*tenants: TenantResult) -> ScanResult:
    at = "2026-11-22T12:00:00Z"
    return ScanResult("s-1", at, at, "auditor", "0", sample.PACKS, Verdict.NON_COMPLIANT, tenants)


def samples(content: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(content.decode())
        for one in family.samples
    }


def of_tenant(name: str, number: int = 1, tenant: str = "", **more: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    labels = {"tenant_id": sample.tenant_id(number), "tenant": tenant or f"tenant {number}", **more}
    return name, tuple(sorted(labels.items()))


def test_a_scan_in_figures() -> None:
    whole = msgspec.structs.replace(sample.result(drift=sample.drift()), status=TenantStatus.COMPLETE)
    found = samples(exposition(scan(whole, sample.failed(2)), RAN))
    assert found["auditor_run_timestamp_seconds", ()] == RAN.finished
    assert found["auditor_run_duration_seconds", ()] == 12.25
    assert found["auditor_run_exit_code", ()] == 1
    assert found["auditor_tenants", (("status", "failed"), ("verdict", "unknown"))] == 1
    assert found["auditor_tenants", (("status", "complete"), ("verdict", "non_compliant"))] == 1
    assert found[of_tenant("auditor_tenant_complete")] == 1
    assert found[of_tenant("auditor_tenant_complete", 2)] == 0
    assert found[of_tenant("auditor_open_findings", severity="high")] == 1
    assert found[of_tenant("auditor_open_findings", severity="low")] == 0
    assert found[of_tenant("auditor_unknown_findings")] == 1
    assert found[of_tenant("auditor_regressions")] == 1
    ends = [name for name, _ in found if name == "auditor_certificate_not_after_timestamp_seconds"]
    assert len(ends) == 1


def test_a_tenant_that_could_not_be_read_has_no_count_of_findings_that_would_look_like_none() -> None:
    found = samples(exposition(scan(sample.failed(2)), RAN))
    assert not [labels for name, labels in found if name == "auditor_open_findings"]


def test_hostile_names_are_one_label() -> None:
    name = 'a"} 1\nauditor_run_exit_code 0\n\\ \u2028é'
    tenant = msgspec.structs.replace(
        sample.result(statuses=(Status.PASS,)), tenant=TenantRef(sample.tenant_id(1), name, "global")
    )
    found = samples(exposition(scan(tenant), RAN))
    assert found[of_tenant("auditor_tenant_complete", tenant=name)] == 0
    assert found["auditor_run_exit_code", ()] == 1


def test_a_run_without_a_result_leaves_the_run_s_own_figures() -> None:
    found = samples(exposition(None, Ran(1.0, 2.0, 2)))
    assert {name for name, _ in found} == {
        "auditor_run_timestamp_seconds",
        "auditor_run_duration_seconds",
        "auditor_run_exit_code",
    }
