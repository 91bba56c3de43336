"""One finding as the reports tell it: criteria · condition · cause · effect · recommendation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from auditor.model.drift import Change, Drift
from auditor.model.finding import Finding, Status, Subject
from auditor.model.plan import Remediation
from auditor.model.result import TenantResult
from auditor.model.rule import Citation, Waiver
from auditor.report.difference import Segment, mark_differences, stacked
from auditor.report.drift_view import value_text, who
from auditor.report.history_view import standing_view
from auditor.report.remedy_view import remedy_view
from auditor.report.sentences import unread
from auditor.report.text import anchor, web_link
from auditor.report.view import CitationView, FindingView, UnreadView, WaiverView
from auditor.report.words import SUBJECT_TYPES, Mark, date_words, distance_words, mark_of, moment, time_words

T = TypeVar("T")

FRAMEWORKS = {
    "nist-800-53r5": "NIST SP 800-53 r5",
    "nist-800-53": "NIST SP 800-53",
    "iso-27001-2022": "ISO/IEC 27001:2022",
    "cis-v8": "CIS Controls v8",
    "soc2": "SOC 2 trust services criteria",
}


def finding_anchors(tenant_id: str, findings: Sequence[Finding]) -> dict[str, str]:
    """Fingerprint → id within the document, the same in every report: ``tenant-T-rule-R``, then ``…-2``, ``…-3``."""
    anchors: dict[str, str] = {}
    times: dict[str, int] = {}
    for finding in findings:
        name = anchor("tenant", tenant_id, "rule", finding.rule)
        times[name] = times.get(name, 0) + 1
        anchors[finding.fingerprint] = name if times[name] == 1 else f"{name}-{times[name]}"
    return anchors


def finding_view(
    finding: Finding,
    *,
    name: str,
    tenant: TenantResult,
    scan: str,
    now: datetime,
    remediation: Remediation | None = None,
) -> FindingView:
    """The finding, worded; ``name`` is its anchor, ``scan`` the id of the scan that found it."""
    mark = mark_of(finding)
    compared = mark in {Mark.FAIL, Mark.WAIVED}
    expected, observed = (
        mark_differences(finding.expected, finding.observed)
        if compared
        else ((Segment(finding.expected),), (Segment(finding.observed),))
    )
    return FindingView(
        anchor=name,
        rule=finding.rule,
        title=finding.title,
        severity=finding.severity,
        mark=mark,
        subject=subject_words(finding.subject),
        expected=expected,
        observed=observed,
        stacked=stacked(finding.expected, finding.observed),
        marked=any(segment.differs for segment in (*expected, *observed)),
        reason=finding.reason,
        citation=citation_view(finding.citation),
        cause=_cause(finding, tenant.drift),
        effect=finding.risk,
        recommendation=finding.guidance,
        remedy=remedy_view(finding, tenant, scan, remediation),
        standing=standing_view(tenant, finding, now),
        unread=tuple(UnreadView(unread(cause), cause.permission) for cause in finding.causes),
        waiver=waiver_view(finding.waiver, finding, name, now) if finding.waiver else None,
        controls=tuple(f"{framework_title(key)}: {', '.join(ids)}" for key, ids in by_framework(finding.controls)),
        fingerprint=finding.fingerprint,
        pack=finding.pack,
    )


def subject_words(subject: Subject) -> str:
    """``Contoso Meetings, application aaaaaaaa-…``: the name is the tenant's, the id is what counts."""
    kind = SUBJECT_TYPES.get(subject.type, subject.type)
    return f"{subject.name}, {kind} {subject.id}" if subject.name else f"{kind} {subject.id}"


def citation_view(citation: Citation) -> CitationView:
    """Document, section and step in one line; an address that may not be linked to stands there as text."""
    parts = [citation.document, citation.section]
    if citation.step:
        parts.append(f"step {citation.step}" if citation.step[:1].isdigit() else citation.step)
    return CitationView(" · ".join(parts) + _dated_and_unlinked(citation), web_link(citation.url))


def document_view(citation: Citation) -> CitationView:
    """The document alone, for a list of those that a report rests on."""
    return CitationView(citation.document + _dated_and_unlinked(citation), web_link(citation.url))


def _dated_and_unlinked(citation: Citation) -> str:
    dated = f" (page of {citation.date})" if citation.date else ""
    return f"{dated}: {citation.url}" if citation.url and web_link(citation.url) is None else dated


def by_framework(controls: Mapping[str, T]) -> list[tuple[str, T]]:
    """Frameworks in the order of :data:`FRAMEWORKS`, those that it does not know after them by name."""
    known = list(FRAMEWORKS)
    place = {key: known.index(key) if key in known else len(known) for key in controls}
    return sorted(controls.items(), key=lambda item: (place[item[0]], item[0]))


def framework_title(key: str) -> str:
    """The framework's own name, where the key is known."""
    return FRAMEWORKS.get(key, key)


def waiver_view(waiver: Waiver, finding: Finding, name: str, now: datetime) -> WaiverView:
    """A waiver in force, with the distance of its end."""
    end = moment(f"{waiver.expires}T00:00:00Z")
    return WaiverView(
        rule=finding.rule,
        subject=subject_words(finding.subject),
        owner=waiver.owner,
        reason=waiver.reason,
        ticket=waiver.ticket,
        expires=f"{date_words(end)}, {distance_words(end, now)}" if end else waiver.expires,
        observed=finding.observed,
        anchor=name,
    )


def _cause(finding: Finding, drift: Drift | None) -> str:
    """What brought the finding about, as far as drift and the audit log say it; never a guess."""
    if finding.status is not Status.FAIL:
        return ""
    if drift is None:
        return "Not determined: there is no earlier scan to compare with."
    turned = [change for change in drift.changes if finding.rule in change.rules and _same(change, finding)]
    if not turned:
        since = time_words(drift.before_at)
        return f"Not determined: no change that turned this rule was seen since {since or 'the scan before'}."
    return " ".join(_told(change) for change in turned)


def _same(change: Change, finding: Finding) -> bool:
    return change.subject.id == finding.subject.id or finding.subject.type == "tenant"


def _told(change: Change) -> str:
    if change.kind.value == "added":
        what = f"{change.path} was added."
    elif change.kind.value == "removed":
        what = f"{change.path} was removed."
    else:
        what = f"{change.path} changed from {value_text(change.before)} to {value_text(change.after)}."
    return f"{what} {who(change)}"
