"""findings.csv: every finding of every tenant, one a row, for people who sort and filter.

The columns are stable: new ones are added at the end. UTF-8 with a byte order mark, which is how Excel knows
the encoding (in Python: ``utf-8-sig``); CRLF between rows and every cell quoted, as RFC 4180 allows. Cells are
safe to open in a spreadsheet (:func:`auditor.report.text.csv_cell`).
"""

import csv
import io

from auditor.model.finding import Finding
from auditor.model.result import ScanResult, TenantResult
from auditor.report.order import findings_in_order, tenants_in_order
from auditor.report.text import csv_cell

COLUMNS = (
    "scan",
    "finished_at",
    "tenant_id",
    "tenant",
    "tenant_status",
    "rule",
    "title",
    "severity",
    "status",
    "waived",
    "subject_type",
    "subject_id",
    "subject",
    "expected",
    "observed",
    "reason",
    "citation_document",
    "citation_section",
    "citation_step",
    "citation_url",
    "controls",
    "remedy",
    "waiver_owner",
    "waiver_reason",
    "waiver_ticket",
    "waiver_expires",
    "unknown_sources",
    "unknown_permissions",
    "group",
    "pack",
    "fingerprint",
)


def render_findings_csv(result: ScanResult) -> bytes:
    """The findings as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for tenant in tenants_in_order(result.tenants):
        for finding in findings_in_order(tenant.findings):
            cells = _cells(result, tenant, finding)
            writer.writerow([csv_cell(cells[column]) for column in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def _cells(result: ScanResult, tenant: TenantResult, finding: Finding) -> dict[str, str]:
    waiver, citation = finding.waiver, finding.citation
    return {
        "scan": result.id,
        "finished_at": result.finished_at,
        "tenant_id": tenant.tenant.id,
        "tenant": tenant.tenant.name,
        "tenant_status": tenant.status.value,
        "rule": finding.rule,
        "title": finding.title,
        "severity": finding.severity.value,
        "status": finding.status.value,
        "waived": "yes" if waiver else "no",
        "subject_type": finding.subject.type,
        "subject_id": finding.subject.id,
        "subject": finding.subject.name or "",
        "expected": finding.expected,
        "observed": finding.observed,
        "reason": finding.reason,
        "citation_document": citation.document,
        "citation_section": citation.section,
        "citation_step": citation.step or "",
        "citation_url": citation.url or "",
        "controls": "; ".join(f"{name}: {', '.join(ids)}" for name, ids in finding.controls.items()),
        "remedy": finding.remedy or "",
        "waiver_owner": waiver.owner if waiver else "",
        "waiver_reason": waiver.reason if waiver else "",
        "waiver_ticket": waiver.ticket if waiver else "",
        "waiver_expires": waiver.expires if waiver else "",
        "unknown_sources": ", ".join(dict.fromkeys(cause.source for cause in finding.causes)),
        "unknown_permissions": ", ".join(dict.fromkeys(c.permission for c in finding.causes if c.permission)),
        "group": finding.group,
        "pack": finding.pack,
        "fingerprint": finding.fingerprint,
    }
