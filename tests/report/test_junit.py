"""junit.xml: valid by the xunit plug-in's schema; unknown is an error and never a pass or a quiet skip."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from auditor.model.finding import Finding, Status, TenantStatus
from auditor.model.result import ScanResult
from auditor.report import render
from auditor.report.machine import READING
from tests.report import samples
from tests.report.hostile import EVERY, Builder

SCHEMA = Path(__file__).parents[2].parent / "shared" / "data" / "schemas" / "junit-10.xsd"


def parse(result: ScanResult) -> etree._Element:
    data = render(result, ["junit"], now=samples.NOW)["junit.xml"]
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    if not SCHEMA.is_file():
        pytest.skip("the published schema (../shared/data/schemas) is not here")
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


@pytest.mark.parametrize("name", sorted(EVERY))
def test_it_is_valid(name: str, schema: etree.XMLSchema) -> None:
    root = parse(EVERY[name]())
    assert schema.validate(root), schema.error_log
    etree.SubElement(root[0], "passed")
    assert not schema.validate(root)


def outcome(finding: Finding) -> str:
    """What a finding must read as; written here from the product's promise and not from the renderer."""
    if finding.status is Status.FAIL:
        return "skipped" if finding.waiver else "failure"
    return {Status.PASS: "pass", Status.UNKNOWN: "error", Status.NOT_APPLICABLE: "skipped"}[finding.status]


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_each_finding_is_a_case_with_its_outcome(name: str) -> None:
    result = EVERY[name]()
    expected = Counter((t.tenant.id, f.rule, outcome(f)) for t in result.tenants for f in t.findings)
    root = parse(result)
    found = Counter(
        (suite.get("id"), case.get("name", "").split()[0], case[0].tag if len(case) else "pass")
        for suite in root
        for case in suite.iter("testcase")
        if not case.get("name", "").startswith(READING)
    )
    assert found == expected


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_the_totals_are_those_of_the_cases(name: str) -> None:
    root = parse(EVERY[name]())
    total: Counter[str] = Counter()
    for suite in root:
        cases = list(suite.iter("testcase"))
        counted = {
            "tests": len(cases),
            "failures": sum(case.find("failure") is not None for case in cases),
            "errors": sum(case.find("error") is not None for case in cases),
            "skipped": sum(case.find("skipped") is not None for case in cases),
        }
        assert {key: int(suite.get(key, "-1")) for key in counted} == counted
        total.update(counted)
    assert {key: int(root.get(key, "-1")) for key in ("tests", "failures", "errors")} == {
        key: total[key] for key in ("tests", "failures", "errors")
    }


@pytest.mark.parametrize("status", [TenantStatus.PARTIAL, TenantStatus.FAILED])
def test_a_tenant_that_was_not_read_breaks_the_build_with_no_finding_at_all(status: TenantStatus) -> None:
    result = samples.failed()
    tenant = msgspec.structs.replace(result.tenants[0], status=status, findings=())
    root = parse(msgspec.structs.replace(result, tenants=(tenant,)))
    (case,) = root.iter("testcase")
    assert case[0].tag == "error"
    assert "AADSTS7000222" in case[0].get("message", "")
    assert root.get("errors") == "1"


def test_a_scan_of_nothing_breaks_the_build() -> None:
    root = parse(samples.scan())
    assert (root.get("tests"), root.get("errors")) == ("1", "1")


def test_a_waiver_is_skipped_with_its_reason_and_drift_is_told() -> None:
    (suite,) = parse(samples.drifted())
    (waived,) = [one for one in suite.iter("skipped") if one.get("type") == "waived"]
    assert all(part in waived.get("message", "") for part in ("Nestor Wilke", "2026-12-31", "CHG-1042", "trainers"))
    assert "regression: application.identifierUris[" in suite.findtext("system-out", "")


@pytest.mark.parametrize(
    "text", ["]]>", "\x00\x08\x0b\x1f", "\ufffe\uffff", "\ud800", "&amp;<x/>", "a\r\n\tb", "\u202e"]
)
def test_no_text_breaks_the_xml(text: str) -> None:
    root = parse(Builder(f"a{text}b").build(ScanResult))
    assert {element.tag for element in root.iter()} <= {
        "testsuites", "testsuite", "properties", "property", "testcase",
        "failure", "error", "skipped", "system-out", "system-err",
    }  # fmt: skip
    message = next(one.get("message") for one in root.iter("failure", "error", "skipped"))
    assert message is not None
    assert message.replace("\n", "").isprintable()
