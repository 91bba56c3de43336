"""results.json: everything that a scan found, in the shape that others rely on (``schemas/results.schema.json``).

Names are an interface: fields are added, never renamed. Keys come in the documented order, tenants by name,
findings in the packs' order of rules and then by subject. The values are the scan's own, not the view's words.
"""

from typing import Any

import msgspec

from auditor.model.drift import Change, Drift
from auditor.model.evidence import Unknown
from auditor.model.finding import Finding, Subject, WaiverNotice
from auditor.model.lifecycle import Standing, TenantHistory, TrendPoint
from auditor.model.result import CoverageEntry, PackRef, Permissions, ScanResult, TenantResult
from auditor.model.rule import Citation, Waiver
from auditor.report.order import findings_in_order, tenants_in_order
from auditor.report.text import encodable

SCHEMA_VERSION = "1"
_FIGURES = TrendPoint.__struct_fields__[2:]


def render_results(result: ScanResult) -> bytes:
    """The scan as JSON in UTF-8, indented by two spaces, with a newline at the end."""
    document = results_document(result)
    try:
        encoded = msgspec.json.encode(document)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(encodable(document))
    return msgspec.json.format(encoded, indent=2) + b"\n"


def results_document(result: ScanResult) -> dict[str, Any]:
    """The scan in JSON's types."""
    return {
        "schema_version": SCHEMA_VERSION,
        "scan": {
            "id": result.id,
            "started_at": result.started_at,
            "finished_at": result.finished_at,
            "tool": {"name": result.tool_name, "version": result.tool_version},
            "packs": [_pack(pack) for pack in result.packs],
            "verdict": result.verdict.value,
            "trend": None if result.trend is None else [_point(point) for point in result.trend],
            "warnings": list(result.warnings),
        },
        "tenants": [_tenant(tenant) for tenant in tenants_in_order(result.tenants)],
    }


def _pack(pack: PackRef) -> dict[str, Any]:
    return {
        "id": pack.id,
        "version": pack.version,
        "sha256": pack.sha256,
        "title": pack.title,
        "skipped": list(pack.skipped),
    }


def _tenant(tenant: TenantResult) -> dict[str, Any]:
    return {
        "tenant": {
            "id": tenant.tenant.id,
            "name": tenant.tenant.name,
            "cloud": tenant.tenant.cloud,
            "product": tenant.tenant.product,
        },
        "status": tenant.status.value,
        "verdict": tenant.verdict.value,
        "cause": tenant.cause,
        "started_at": tenant.started_at,
        "finished_at": tenant.finished_at,
        "coverage": [_coverage(entry) for entry in tenant.coverage],
        "findings": [
            _finding(finding, tenant.history.standings.get(finding.fingerprint) if tenant.history else None)
            for finding in findings_in_order(tenant.findings)
        ],
        "history": _history(tenant.history),
        "drift": [_change(change) for change in tenant.drift.changes] if tenant.drift else [],
        "drift_between": _between(tenant.drift),
        "not_comparable": (
            [
                {"path": part.path, "source": part.source, "cause": part.cause, "when": part.when}
                for part in tenant.drift.not_comparable
            ]
            if tenant.drift
            else []
        ),
        "permissions": _permissions(tenant.permissions),
        "waiver_notices": [_notice(notice) for notice in tenant.notices],
        "warnings": list(tenant.warnings),
        "snapshot_sha256": tenant.snapshot_sha256,
    }


def _coverage(entry: CoverageEntry) -> dict[str, Any]:
    return {
        "source": entry.source,
        "request": entry.request,
        "outcome": entry.outcome.value,
        "cause": entry.cause,
        "permission": entry.permission,
        "request_id": entry.request_id,
        "sha256": entry.sha256,
        "at": entry.at,
        "attempts": entry.attempts,
    }


def _finding(finding: Finding, standing: Standing | None) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "title": finding.title,
        "severity": finding.severity.value,
        "status": finding.status.value,
        "subject": _subject(finding.subject),
        "expected": finding.expected,
        "observed": finding.observed,
        "reason": finding.reason,
        "citation": _citation(finding.citation),
        "controls": {name: list(ids) for name, ids in finding.controls.items()},
        "waiver": _waiver(finding.waiver) if finding.waiver else None,
        "remedy": finding.remedy,
        "fingerprint": finding.fingerprint,
        "pack": finding.pack,
        "group": finding.group,
        "risk": finding.risk,
        "guidance": finding.guidance,
        "causes": [_cause(cause) for cause in finding.causes],
        "history": None if standing is None else _standing(standing),
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "lifecycle": standing.lifecycle.value,
        "first_seen": standing.first_seen,
        "failing_since": standing.failing_since,
        "scans": standing.scans,
    }


def _history(history: TenantHistory | None) -> dict[str, Any] | None:
    if history is None:
        return None
    return {
        "earlier_scans": history.earlier_scans,
        "gone": [{"fingerprint": one.fingerprint, "rule": one.rule, **_standing(one.standing)} for one in history.gone],
        "trend": [_point(point) for point in history.trend],
    }


def _point(point: TrendPoint) -> dict[str, Any]:
    return {"scan": point.scan, "at": point.at, **{name: getattr(point, name) for name in _FIGURES}}


def _subject(subject: Subject) -> dict[str, Any]:
    return {"type": subject.type, "id": subject.id, "name": subject.name}


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "document": citation.document,
        "section": citation.section,
        "step": citation.step,
        "url": citation.url,
        "date": citation.date,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "rule": waiver.rule,
        "tenant": waiver.tenant,
        "subject": waiver.subject,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "expires": waiver.expires,
        "observed": waiver.observed,
    }


def _cause(cause: Unknown) -> dict[str, Any]:
    return {
        "source": cause.source,
        "outcome": cause.outcome.value,
        "cause": cause.cause,
        "permission": cause.permission,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "subject": _subject(change.subject),
        "path": change.path,
        "kind": change.kind.value,
        "before": msgspec.to_builtins(change.before),
        "after": msgspec.to_builtins(change.after),
        "effect": change.effect.value,
        "attribution": change.attribution.value,
        "actor": msgspec.to_builtins(change.actor),
        "at": change.at,
        "audit_event": change.audit_event,
        "rules": list(change.rules),
        "mirrored": change.mirrored,
        "candidates": msgspec.to_builtins(change.candidates),
    }


def _between(drift: Drift | None) -> dict[str, Any] | None:
    if drift is None:
        return None
    return {
        "before_scan": drift.before_scan,
        "before_at": drift.before_at,
        "after_scan": drift.after_scan,
        "after_at": drift.after_at,
    }


def _permissions(permissions: Permissions | None) -> dict[str, Any] | None:
    if permissions is None:
        return None
    return {
        "held": None if permissions.held is None else list(permissions.held),
        "needed": list(permissions.needed),
        "missing": list(permissions.missing),
        "write": list(permissions.write),
        "delegated": permissions.delegated,
    }


def _notice(notice: WaiverNotice) -> dict[str, Any]:
    return {"kind": notice.kind, "waiver": _waiver(notice.waiver), "message": notice.message}
