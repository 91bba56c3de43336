"""ocsf.jsonl: a Compliance Finding (OCSF 1.8.0, class 2003) a line, for SIEMs and security lakes.

Two fields tell how a finding stands, and neither ever makes a pass of what is not known:

- ``compliance.status_id``: what the rule says: 1 pass, 3 fail (waived or not), 0 unknown, 99 not applicable.
- ``status_id``: what is left to do: 1 new and 2 in progress for what fails or is not known, 3 suppressed for a waived
  failure, 4 resolved for a pass, 99 for what does not apply.

A tenant that was not read in full has a line of its own. What OCSF has no place for stands in ``unmapped``.
``metadata.uid`` names the event (the same scan gives the same one), ``finding_info.uid`` the finding over time.
"""

from typing import Any

from auditor.model.finding import Finding, Status, Subject, TenantStatus
from auditor.model.lifecycle import Lifecycle, Standing
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.model.rule import Severity
from auditor.report.finding_view import framework_title
from auditor.report.machine import (
    READING,
    READING_HELP,
    READING_TITLE,
    Shortfall,
    json_line,
    milliseconds,
    shortfalls,
    stable_uuid,
    standing_of,
    without_empty,
)
from auditor.report.order import findings_in_order, tenants_in_order
from auditor.report.text import web_link

VERSION = "1.8.0"
"""Of the OCSF schema."""
CLASS_UID = 2003

_SEVERITIES = {
    Severity.CRITICAL: (5, "Critical"),
    Severity.HIGH: (4, "High"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.LOW: (2, "Low"),
    Severity.INFO: (1, "Informational"),
}
_COMPLIANCE = {
    Status.PASS: (1, "Pass"),
    Status.FAIL: (3, "Fail"),
    Status.UNKNOWN: (0, "Unknown"),
    Status.NOT_APPLICABLE: (99, "Not applicable"),
}
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
_NEW, _IN_PROGRESS, _SUPPRESSED, _RESOLVED = (1, "New"), (2, "In Progress"), (3, "Suppressed"), (4, "Resolved")
_OTHER = (99, "Not applicable")


def render_ocsf(result: ScanResult) -> bytes:
    """The scan as JSON lines in UTF-8."""
    lines = [json_line(_unread(result, one)) for one in shortfalls(result)]
    for tenant in tenants_in_order(result.tenants):
        lines += [json_line(_event(result, tenant, finding)) for finding in findings_in_order(tenant.findings)]
    return b"".join(lines)


def _envelope(
    result: ScanResult, tenant: TenantRef | None, *, uid: str, rule: str, at: str, activity: tuple[int, str]
) -> dict[str, Any]:
    """What every event of the class has."""
    number, name = activity
    return {
        "activity_id": number,
        "activity_name": name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS_UID,
        "class_name": "Compliance Finding",
        "type_uid": CLASS_UID * 100 + number,
        "type_name": f"Compliance Finding: {name}",
        "time": milliseconds(at),
        "cloud": without_empty(
            {
                "provider": "Microsoft Entra ID",
                "account": tenant and {"uid": tenant.id, "name": tenant.name, "type": "M365 Tenant", "type_id": 17},
            }
        ),
        "metadata": without_empty(
            {
                "version": VERSION,
                "profiles": ["cloud"],
                "uid": stable_uuid("ocsf", result.id, tenant.id if tenant else "", uid),
                "event_code": rule,
                "correlation_uid": result.id,
                "tenant_uid": tenant.id if tenant else None,
                "original_time": at,
                "product": without_empty(
                    {"name": result.tool_name, "vendor_name": result.tool_name, "version": result.tool_version}
                ),
            }
        ),
    }


def _event(result: ScanResult, tenant: TenantResult, finding: Finding) -> dict[str, Any]:
    standing = standing_of(tenant, finding)
    at = tenant.finished_at or result.finished_at
    severity = _severity(finding)
    status = _status(finding, standing)
    envelope = _envelope(
        result, tenant.tenant, uid=finding.fingerprint, rule=finding.rule, at=at, activity=_activity(finding, standing)
    )
    link = web_link(finding.citation.url)
    return envelope | {
        "severity_id": severity[0],
        "severity": severity[1],
        "status_id": status[0],
        "status": status[1],
        "status_detail": finding.reason,
        "message": f"{tenant.tenant.name}: {finding.title}: {finding.reason}",
        "finding_info": without_empty(
            {
                "uid": finding.fingerprint,
                "title": finding.title,
                "desc": finding.risk,
                "types": [finding.group] if finding.group else None,
                "analytic": {"type_id": 1, "type": "Rule", "uid": finding.rule, "name": finding.title},
                "created_time": milliseconds(standing.first_seen if standing else at),
                "first_seen_time": milliseconds(standing.first_seen) if standing else None,
                "last_seen_time": milliseconds(at),
                "src_url": link,
            }
        ),
        "compliance": _compliance(finding),
        "resources": _resources(tenant.tenant, finding.subject),
        "evidences": [{"data": {"expected": finding.expected, "observed": finding.observed}}],
        "remediation": without_empty(
            {"desc": finding.guidance or finding.title, "references": [link] if link else None}
        ),
        "unmapped": _unmapped(tenant, finding, standing),
    }


def _compliance(finding: Finding) -> dict[str, Any]:
    number, name = _COMPLIANCE[finding.status]
    standards = {framework_title(framework): ids for framework, ids in finding.controls.items()}
    return without_empty(
        {
            "control": finding.rule,
            "desc": finding.title,
            "category": finding.group,
            "status_id": number,
            "status": name,
            "status_code": finding.status.value,
            "status_details": [finding.reason] if finding.reason else None,
            "standards": list(standards),
            "requirements": [f"{title}: {control}" for title, ids in standards.items() for control in ids],
        }
    )


def _severity(finding: Finding) -> tuple[int, str]:
    """The rule's for what fails or is not known; informational for the rest, which is no problem of any severity."""
    open_question = finding.status in (Status.FAIL, Status.UNKNOWN)
    return _SEVERITIES[finding.severity if open_question else Severity.INFO]


def _status(finding: Finding, standing: Standing | None) -> tuple[int, str]:
    if finding.status is Status.NOT_APPLICABLE:
        return _OTHER
    if finding.status is Status.PASS:
        return _RESOLVED
    if finding.waiver is not None:
        return _SUPPRESSED
    seen = standing is not None and standing.lifecycle in (Lifecycle.CONTINUING, Lifecycle.UNSETTLED)
    return _IN_PROGRESS if seen else _NEW


def _activity(finding: Finding, standing: Standing | None) -> tuple[int, str]:
    if standing is None or standing.lifecycle in (Lifecycle.NEW, Lifecycle.RECURRING):
        return _CREATE
    return _CLOSE if standing.lifecycle is Lifecycle.RESOLVED and finding.status is not Status.UNKNOWN else _UPDATE


def _resources(tenant: TenantRef, subject: Subject) -> list[dict[str, Any]]:
    """What the finding is about first, then the tenant that it is in."""
    whole = {
        "uid": tenant.id,
        "name": tenant.name,
        "type": "Microsoft Entra tenant",
        "labels": [f"cloud:{tenant.cloud}"],
    }
    if subject.type == "tenant":
        return [whole]
    about = {"uid": subject.id, "name": subject.name, "type": subject.type, "namespace": tenant.id}
    return [without_empty(about), whole]


def _unmapped(tenant: TenantResult, finding: Finding, standing: Standing | None) -> dict[str, Any]:
    waiver = finding.waiver
    return without_empty(
        {
            "tenant_status": tenant.status.value,
            "tenant_verdict": tenant.verdict.value,
            "rule_severity": finding.severity.value,
            "pack": finding.pack,
            "remedy": finding.remedy,
            "citation": without_empty(
                {
                    "document": finding.citation.document,
                    "section": finding.citation.section,
                    "step": finding.citation.step,
                    "url": finding.citation.url,
                }
            ),
            "causes": [
                {"source": one.source, "outcome": one.outcome.value, "cause": one.cause, "permission": one.permission}
                for one in finding.causes
            ],
            "waiver": waiver
            and {"owner": waiver.owner, "reason": waiver.reason, "ticket": waiver.ticket, "expires": waiver.expires},
            "lifecycle": standing and {"state": standing.lifecycle.value, "failing_since": standing.failing_since},
            "snapshot_sha256": tenant.snapshot_sha256,
        }
    )


def _unread(result: ScanResult, one: Shortfall) -> dict[str, Any]:
    """The event for what was not read; a tenant that failed is critical to know of, one read in part is high."""
    severity = _SEVERITIES[Severity.CRITICAL if one.status is TenantStatus.FAILED else Severity.HIGH]
    envelope = _envelope(result, one.tenant, uid=one.fingerprint, rule=READING, at=one.at, activity=_CREATE)
    tenant = one.tenant
    return envelope | without_empty(
        {
            "severity_id": severity[0],
            "severity": severity[1],
            "status_id": _NEW[0],
            "status": _NEW[1],
            "status_detail": one.text,
            "message": one.text,
            "finding_info": {
                "uid": one.fingerprint,
                "title": READING_TITLE,
                "desc": READING_HELP,
                "types": ["coverage"],
                "analytic": {"type_id": 1, "type": "Rule", "uid": READING, "name": READING_TITLE},
                "last_seen_time": milliseconds(one.at),
            },
            "compliance": {
                "control": READING,
                "desc": READING_TITLE,
                "status_id": 0,
                "status": "Unknown",
                "status_code": one.status.value,
                "status_details": [one.text],
            },
            "resources": _resources(tenant, Subject("tenant", tenant.id, tenant.name)) if tenant else None,
            "remediation": {"desc": READING_HELP},
            "unmapped": {"tenant_status": one.status.value},
        }
    )
