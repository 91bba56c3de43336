"""results.sarif: what fails and what is not known, as SARIF 2.1.0, in the form that code scanning takes.

Two decisions for consumers:

- **Problems only.** GitHub's code scanning makes an alert of every result, those of ``kind`` ``pass`` too (reported to
  PSRule and to complyctl). So passes and rules that do not apply are counted for each tenant in the run's properties,
  and are no results. A failure is ``fail``; what could not be assessed is ``open`` with level ``none``, as the standard
  asks; a waived failure carries a suppression.
- **A physical location that is no file.** GitHub refuses a whole upload for one result without an artifact and a first
  line. The address names the object within the tenant (``tenants/ID/application/ID``), so that an alert keeps its
  place from scan to scan; the logical location says what it really is.

Source: OASIS SARIF 2.1.0 (errata 01); GitHub, "SARIF support for code scanning".
"""

from typing import Any
from urllib.parse import quote

from auditor.model.drift import Effect
from auditor.model.evidence import Outcome
from auditor.model.finding import Finding, Status, Subject, TenantStatus
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.model.rule import Severity
from auditor.report.finding_view import citation_view, framework_title, subject_words
from auditor.report.machine import (
    READING,
    READING_HELP,
    READING_TITLE,
    Shortfall,
    is_problem,
    json_file,
    shortfalls,
    stable_uuid,
    standing_of,
    tally,
    utc,
    without_empty,
)
from auditor.report.order import findings_in_order, tenants_in_order
from auditor.report.text import markdown, visible, web_link

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""Within the bands by which GitHub names a ``security-severity``; ``info`` has none."""
_MOST_TAGS = 20
"""Of a rule, at GitHub."""


def render_sarif(result: ScanResult) -> bytes:
    """The scan as one run of one SARIF log."""
    return json_file({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(result)]})


def _run(result: ScanResult) -> dict[str, Any]:
    rules = _rules(result)
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    results = []
    tenants = tenants_in_order(result.tenants)
    for tenant in tenants:
        results += [
            _result(result.id, tenant, finding, places)
            for finding in findings_in_order(tenant.findings)
            if is_problem(finding)
        ]
    missing = shortfalls(result)
    results += [_unread(result.id, one, places) for one in missing]
    return {
        "tool": {
            "driver": {
                "name": result.tool_name,
                "version": result.tool_version,
                "rules": rules,
                "properties": {"packs": [f"{pack.id} {pack.version} sha256:{pack.sha256}" for pack in result.packs]},
            }
        },
        "automationDetails": {
            "id": f"{_segment(result.tool_name)}/{_segment(result.id)}",
            "guid": stable_uuid("sarif", result.id),
        },
        "invocations": [
            without_empty(
                {
                    "executionSuccessful": not missing,
                    "startTimeUtc": utc(result.started_at),
                    "endTimeUtc": utc(result.finished_at),
                    "toolExecutionNotifications": _notifications(result, missing),
                }
            )
        ],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"verdict": result.verdict.value, "tenants": [_tenant(tenant) for tenant in tenants]},
    }


def _rules(result: ScanResult) -> list[dict[str, Any]]:
    """Every rule that was asked, passed or not, in the packs' order; and the entry for what was not read."""
    first: dict[str, Finding] = {}
    for tenant in tenants_in_order(result.tenants):
        for finding in findings_in_order(tenant.findings):
            first.setdefault(finding.rule, finding)
    reading = {
        "id": READING,
        "name": READING,
        "shortDescription": {"text": READING_TITLE},
        "fullDescription": {"text": READING_HELP},
        "help": {"text": READING_HELP},
        "defaultConfiguration": {"level": "error"},
        "properties": {"security-severity": "8.0", "precision": "very-high", "tags": ["security", "coverage"]},
    }
    return [*(_rule(finding) for finding in first.values() if finding.rule != READING), reading]


def _rule(finding: Finding) -> dict[str, Any]:
    citation = citation_view(finding.citation)
    controls = [f"{framework_title(name)}: {', '.join(ids)}" for name, ids in finding.controls.items()]
    told = (
        ("Why it matters", finding.risk),
        ("What to do", finding.guidance),
        ("Source", citation.text),
        ("Controls", "; ".join(controls)),
    )
    tags = [
        "security",
        finding.group,
        *(f"{name}/{control}" for name, ids in finding.controls.items() for control in ids),
    ]
    return without_empty(
        {
            "id": finding.rule,
            "name": finding.rule,
            "shortDescription": {"text": finding.title or finding.rule},
            "fullDescription": {"text": finding.risk or finding.title or finding.rule},
            "helpUri": web_link(finding.citation.url),
            "help": {
                "text": "\n".join(f"{title}: {text}" for title, text in told if text) or finding.rule,
                "markdown": "\n\n".join(f"**{title}:** {markdown(text)}" for title, text in told if text)
                or markdown(finding.rule),
            },
            "defaultConfiguration": {"level": _LEVELS[finding.severity]},
            "properties": without_empty(
                {
                    "security-severity": _SCORES.get(finding.severity),
                    "precision": "very-high",
                    "severity": finding.severity.value,
                    "tags": list(dict.fromkeys(visible(tag) for tag in tags if tag))[:_MOST_TAGS],
                }
            ),
        }
    )


def _result(scan: str, tenant: TenantResult, finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    fails = finding.status is Status.FAIL
    standing = standing_of(tenant, finding)
    text = "\n".join(
        (
            f"{tenant.tenant.name}: {finding.reason or finding.title}",
            f"Expected: {finding.expected}",
            f"Observed: {finding.observed}",
            f"Where: {subject_words(finding.subject)}",
        )
    )
    return without_empty(
        {
            "ruleId": finding.rule,
            "ruleIndex": places[finding.rule],
            "kind": "fail" if fails else "open",
            "level": _LEVELS[finding.severity] if fails else "none",
            "message": {"text": _message(text)},
            "locations": [_location(tenant.tenant, finding.subject)],
            "guid": stable_uuid("sarif", scan, tenant.tenant.id, finding.fingerprint),
            "correlationGuid": stable_uuid("sarif", finding.fingerprint),
            "partialFingerprints": _fingerprints(finding.fingerprint),
            "suppressions": _suppressions(finding),
            "properties": without_empty(
                {
                    "tenant": tenant.tenant.id,
                    "severity": finding.severity.value,
                    "status": finding.status.value,
                    "expected": finding.expected,
                    "observed": finding.observed,
                    "remedy": finding.remedy,
                    "permissions": list(dict.fromkeys(one.permission for one in finding.causes if one.permission)),
                    "lifecycle": standing.lifecycle.value if standing else None,
                    "failing_since": standing.failing_since if standing else None,
                }
            ),
        }
    )


def _unread(scan: str, one: Shortfall, places: dict[str, int]) -> dict[str, Any]:
    tenant = one.tenant or TenantRef(id="none", name="no tenant", cloud="")
    return {
        "ruleId": READING,
        "ruleIndex": places[READING],
        "kind": "open",
        "level": "none",
        "message": {"text": _message(one.text)},
        "locations": [_location(tenant, Subject("tenant", tenant.id, tenant.name))],
        "guid": stable_uuid("sarif", scan, tenant.id, one.fingerprint),
        "correlationGuid": stable_uuid("sarif", one.fingerprint),
        "partialFingerprints": _fingerprints(one.fingerprint),
        "properties": {"tenant": tenant.id, "status": one.status.value},
    }


def _fingerprints(fingerprint: str) -> dict[str, str]:
    """The second is the only one that GitHub compares; it wants a line's number behind a colon."""
    return {"auditorFinding/v1": fingerprint, "primaryLocationLineHash": f"{fingerprint}:1"}


def _suppressions(finding: Finding) -> list[dict[str, Any]]:
    waiver = finding.waiver
    if waiver is None:
        return []
    return [
        {
            "kind": "external",
            "status": "accepted",
            "justification": f"{waiver.reason} ({waiver.ticket}; accepted by {waiver.owner} until {waiver.expires})",
            "properties": {"owner": waiver.owner, "ticket": waiver.ticket, "expires": waiver.expires},
        }
    ]


def _location(tenant: TenantRef, subject: Subject) -> dict[str, Any]:
    path = "/".join(_segment(part) for part in ("tenants", tenant.id, subject.type, subject.id))
    return {
        "physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": 1}},
        "logicalLocations": [
            {
                "name": subject.name or subject.id,
                "fullyQualifiedName": f"{tenant.name}/{subject.type}/{subject.id}",
                "kind": "resource",
            }
        ],
    }


def _segment(text: str) -> str:
    """One segment of a relative reference: nothing in it can lead out, or to a scheme."""
    return quote(visible(text).encode("utf-8", "replace"), safe="-_").replace("~", "%7E").replace(".", "%2E") or "-"


def _message(text: str) -> str:
    """A plain text message with no placeholder and no embedded link in it (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    return visible(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _notifications(result: ScanResult, missing: list[Shortfall]) -> list[dict[str, Any]]:
    told = [{"level": "error", "message": {"text": _message(one.text)}, "timeUtc": utc(one.at)} for one in missing]
    for tenant in tenants_in_order(result.tenants):
        for entry in tenant.coverage:
            if entry.outcome is not Outcome.OK:
                text = (
                    f"{tenant.tenant.name}: {entry.request}: {entry.outcome.value}: {entry.cause or 'no cause given'}"
                )
                told.append({"level": "error", "message": {"text": _message(text)}, "timeUtc": utc(entry.at)})
        told += [
            {"level": "warning", "message": {"text": _message(f"{tenant.tenant.name}: {warning}")}}
            for warning in (*tenant.warnings, *(notice.message for notice in tenant.notices))
        ]
    return told + [{"level": "warning", "message": {"text": _message(warning)}} for warning in result.warnings]


def _tenant(tenant: TenantResult) -> dict[str, Any]:
    counts = tally(tenant)
    changes = tenant.drift.changes if tenant.drift else ()
    return {
        "id": tenant.tenant.id,
        "name": tenant.tenant.name,
        "status": tenant.status.value,
        "verdict": tenant.verdict.value,
        "assessed": tenant.status is not TenantStatus.FAILED,
        "pass": counts.passed,
        "fail": counts.failed,
        "unknown": counts.unknown,
        "waived": counts.waived,
        "not_applicable": counts.not_applicable,
        "changes": len(changes),
        "regressions": sum(change.effect is Effect.REGRESSION for change in changes),
        "snapshot_sha256": tenant.snapshot_sha256,
    }
