"""junit.xml: a suite for each tenant, a test case for each finding, for CI servers (Jenkins, GitLab, Azure DevOps).

What a finding becomes: fail a ``failure``; unknown an ``error``, because a test that could not run has not passed and
must not be passed over; waived ``skipped`` with who accepted it, why and until when; not applicable ``skipped``; pass
nothing. Each suite begins with a case on whether the tenant was read in full, so that a tenant is seen to be missing
even where it has no finding. Severities ride along as ``type``; a server that should let ``info`` through must filter
by it. Schema: JUnit as the Jenkins xunit plug-in publishes it (junit-10.xsd).
"""

from xml.etree import ElementTree as ET

from auditor.model.drift import Change
from auditor.model.finding import Finding, Status
from auditor.model.result import ScanResult, TenantResult
from auditor.report.drift_view import value_text, who
from auditor.report.finding_view import citation_view, subject_words
from auditor.report.machine import READING, READING_TITLE, shortfall, shortfalls, tally, utc
from auditor.report.order import findings_in_order, tenants_in_order
from auditor.report.text import visible


def render_junit(result: ScanResult) -> bytes:
    """The scan as JUnit XML in UTF-8."""
    tenants = tenants_in_order(result.tenants)
    suites = [_suite(result, tenant) for tenant in tenants] or [_nothing(result)]
    root = _element("testsuites", name=f"{result.tool_name} {result.id}")
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.extend(suites)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _element(tag: str, text: str = "", **attributes: str) -> ET.Element:
    """An element whose texts are visible: XML 1.0 has no place for most control characters, escaped or not."""
    element = ET.Element(tag, {name: visible(value) for name, value in attributes.items()})
    if text:
        element.text = visible(text)
    return element


def _suite(result: ScanResult, tenant: TenantResult) -> ET.Element:
    missing = shortfall(tenant, result)
    cases = [_reading(tenant.tenant.name, missing.text if missing else None)]
    cases += [_case(tenant, finding) for finding in findings_in_order(tenant.findings)]
    counts = tally(tenant)
    suite = _element(
        "testsuite",
        name=tenant.tenant.name,
        tests=str(len(cases)),
        failures=str(counts.failed),
        errors=str(counts.unknown + (missing is not None)),
        skipped=str(counts.waived + counts.not_applicable),
        timestamp=utc(tenant.finished_at or result.finished_at).removesuffix("Z"),
        id=tenant.tenant.id,
    )
    suite.append(
        _properties(
            scan=result.id,
            tenant=tenant.tenant.id,
            cloud=tenant.tenant.cloud,
            status=tenant.status.value,
            verdict=tenant.verdict.value,
            snapshot_sha256=tenant.snapshot_sha256 or "",
        )
    )
    suite.extend(cases)
    if tenant.drift and tenant.drift.changes:
        suite.append(_element("system-out", "\n".join(_change(change) for change in tenant.drift.changes)))
    warnings = (*tenant.warnings, *(notice.message for notice in tenant.notices))
    if warnings:
        suite.append(_element("system-err", "\n".join(warnings)))
    return suite


def _nothing(result: ScanResult) -> ET.Element:
    """A scan of no tenants is no green build."""
    suite = _element(
        "testsuite", name="no tenant", tests="1", failures="0", errors="1", skipped="0",
        timestamp=utc(result.finished_at).removesuffix("Z"),
    )  # fmt: skip
    suite.append(_reading("no tenant", shortfalls(result)[0].text))
    return suite


def _reading(name: str, missing: str | None) -> ET.Element:
    case = _element("testcase", classname=name, name=f"{READING} {READING_TITLE}")
    if missing is not None:
        case.append(_element("error", missing, type="not-read", message=missing))
    return case


def _properties(**values: str) -> ET.Element:
    properties = _element("properties")
    for name, value in values.items():
        properties.append(_element("property", name=name, value=value))
    return properties


def _case(tenant: TenantResult, finding: Finding) -> ET.Element:
    """The name is the same from scan to scan: servers follow a case by class and name."""
    case = _element(
        "testcase",
        classname=f"{tenant.tenant.name}.{finding.group}",
        name=f"{finding.rule} {finding.title} [{finding.fingerprint[:8]}]",
    )
    waiver = finding.waiver
    if finding.status is Status.FAIL and waiver is None:
        case.append(_element("failure", _details(finding), type=finding.severity.value, message=finding.reason))
    elif finding.status is Status.FAIL and waiver is not None:
        words = f"Waived by {waiver.owner} until {waiver.expires} ({waiver.ticket}): {waiver.reason}"
        case.append(_element("skipped", _details(finding), type="waived", message=words))
    elif finding.status is Status.UNKNOWN:
        case.append(
            _element("error", _details(finding), type=f"unknown-{finding.severity.value}", message=finding.reason)
        )
    elif finding.status is Status.NOT_APPLICABLE:
        case.append(_element("skipped", type="not-applicable", message=f"Not applicable: {finding.reason}"))
    return case


def _details(finding: Finding) -> str:
    return "\n".join(
        (
            f"Where: {subject_words(finding.subject)}",
            f"Expected: {finding.expected}",
            f"Observed: {finding.observed}",
            f"Why it matters: {finding.risk}",
            f"What to do: {finding.guidance}",
            f"Source: {citation_view(finding.citation).text}",
            f"Severity: {finding.severity.value}. Fingerprint: {finding.fingerprint}.",
        )
    )


def _change(change: Change) -> str:
    values = f"{value_text(change.before)} -> {value_text(change.after)}"
    return f"{change.effect.value}: {change.path} {change.kind.value}: {values}. {who(change)}"
