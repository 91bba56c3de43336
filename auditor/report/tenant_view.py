"""One tenant's part of the report."""

from collections.abc import Sequence
from datetime import datetime

from auditor.model.finding import Finding
from auditor.model.plan import Remediation
from auditor.model.result import TenantResult
from auditor.model.snapshot import Instance, Snapshot
from auditor.report.assignments_view import assignments_view, owners_note
from auditor.report.certificates_view import certificates_view
from auditor.report.chart_view import Trend
from auditor.report.drift_view import drift_view
from auditor.report.evidence_view import coverage_view, permissions_view
from auditor.report.finding_view import finding_anchors, finding_view
from auditor.report.history_view import history_sentences, resolved_rows, standing_view
from auditor.report.order import MOST_ROWS, findings_in_order
from auditor.report.read_rows import InstanceView
from auditor.report.sentences import changed, first_actions, gaps, tenant_answer
from auditor.report.standing import by_rule, counts_of, open_severities, severity_first, worst
from auditor.report.text import anchor as anchor_of
from auditor.report.trend import draw_trend
from auditor.report.view import RuleGroup, RuleRow, TenantView
from auditor.report.words import TENANT_STATUSES, VERDICTS, Mark, count, group_title, mark_of

CARDS = frozenset({Mark.FAIL, Mark.UNKNOWN, Mark.WAIVED})
"""Findings that are told in full; what passes or does not apply has its row in the results table."""


def tenant_view(
    tenant: TenantResult,
    *,
    product: str,
    against: str,
    anchor: str,
    scan: str,
    now: datetime,
    detailed: bool,
    remediation: Remediation | None = None,
) -> TenantView:
    """The tenant, worded; ``scan`` is the scan's id. Without ``detailed`` the parts that are long are left empty."""
    findings = findings_in_order(tenant.findings)
    anchors = finding_anchors(tenant.tenant.id, findings)
    unread = tenant.snapshot is None
    told = sorted((finding for finding in findings if mark_of(finding) in CARDS and not unread), key=severity_first)
    shown = told[:MOST_ROWS] if detailed else []
    cards = tuple(
        finding_view(
            finding, name=anchors[finding.fingerprint], tenant=tenant, scan=scan, now=now, remediation=remediation
        )
        for finding in shown
    )
    linked = {finding.fingerprint: anchors[finding.fingerprint] for finding in shown}
    groups = _groups(tenant, findings, anchors, frozenset(linked), now) if detailed else ()
    rows = {row.rule: row.anchor for group in groups for row in group.rows}
    places = {finding.fingerprint: rows[finding.rule] for finding in findings if finding.rule in rows} | linked
    counts = counts_of(findings)
    mark, verdict = VERDICTS[tenant.verdict]
    instances, note = _instances(tenant.snapshot, now, anchor) if detailed else ((), None)
    return TenantView(
        anchor=anchor,
        name=tenant.tenant.name,
        id=tenant.tenant.id,
        cloud=tenant.tenant.cloud,
        product=tenant.tenant.product,
        mark=mark,
        verdict=verdict,
        status=TENANT_STATUSES[tenant.status],
        answer=tenant_answer(product, tenant, counts, against),
        counts=counts,
        severities=open_severities(findings),
        actions=first_actions(findings, linked, (tenant.permissions.held or ()) if tenant.permissions else ()),
        changed=changed(tenant.drift),
        since=history_sentences(tenant),
        trend=_trend(tenant, anchor) if detailed else None,
        resolved=resolved_rows(tenant, places, now) if detailed else (),
        gaps=gaps(findings),
        groups=groups,
        findings=cards,
        findings_note=_findings_note(tenant, len(told), len(shown)) if detailed else None,
        instances=instances,
        instances_note=note,
        drift=drift_view(tenant.drift, chart_id=anchor_of(anchor, "changes")),
        waivers=tuple(card.waiver for card in cards if card.waiver is not None),
        notices=tuple(notice.message for notice in tenant.notices),
        warnings=tenant.warnings,
        coverage=coverage_view(tenant),
        permissions=permissions_view(tenant.permissions),
        snapshot_sha256=tenant.snapshot_sha256,
        detailed=detailed,
    )


def _findings_note(tenant: TenantResult, found: int, shown: int) -> str | None:
    if tenant.snapshot is None:
        return "Nothing was read of this tenant, so every rule is unknown for the cause that the summary names."
    if not found:
        return "Nothing fails, nothing is unknown, nothing is waived."
    if shown < found:
        return f"The worst {shown:,} of {count(found, 'finding')} are told here; findings.csv has them all."
    return None


def _trend(tenant: TenantResult, anchor: str) -> Trend | None:
    points = tenant.history.trend if tenant.history is not None else ()
    return draw_trend(points, chart_id=f"{anchor}-trend", title=f"Open findings of {tenant.tenant.name} over time")


def _groups(
    tenant: TenantResult, findings: Sequence[Finding], anchors: dict[str, str], carded: frozenset[str], now: datetime
) -> tuple[RuleGroup, ...]:
    rows: dict[str, list[RuleRow]] = {}
    for found in by_rule(findings).values():
        rows.setdefault(found[0].group, []).append(_rule_row(tenant, found, anchors, carded, now))
    return tuple(RuleGroup(group_title(group), tuple(members)) for group, members in rows.items())


def _rule_row(
    tenant: TenantResult, found: Sequence[Finding], anchors: dict[str, str], carded: frozenset[str], now: datetime
) -> RuleRow:
    mark = worst(mark_of(finding) for finding in found)
    deciding = [finding for finding in found if mark_of(finding) is mark]
    first = deciding[0]
    note = first.reason
    if len(found) > 1:
        note = f"{len(deciding)} of {len(found)}: {note}"
    return RuleRow(
        rule=first.rule,
        title=first.title,
        severity=first.severity,
        mark=mark,
        note=note,
        standing=standing_view(tenant, first, now),
        anchor=anchors[first.fingerprint],
        carded=first.fingerprint in carded,
    )


def _instances(snapshot: Snapshot | None, now: datetime, anchor: str) -> tuple[tuple[InstanceView, ...], str | None]:
    if snapshot is None:
        return (), "Nothing was read of this tenant."
    present: dict[str, Instance] = {}
    for app in snapshot.apps:
        for instance in app.present:
            present.setdefault(instance.id, instance)
    if not present:
        return (), "No instance of the app was found."
    return tuple(_instance(given, snapshot, now, anchor) for given in present.values()), None


def _instance(instance: Instance, snapshot: Snapshot, now: datetime, anchor: str) -> InstanceView:
    rows, note, chart = certificates_view(instance, now, anchor_of(anchor, "certificates", instance.id))
    return InstanceView(
        id=instance.id,
        name=instance.display_name or "(no name)",
        certificates=rows,
        certificates_note=note,
        timeline=chart,
        assignments=assignments_view(instance, snapshot),
        owners=owners_note(instance),
    )
