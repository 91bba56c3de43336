"""The parts of an OSCAL result: observations, risks, findings, components; and the forms of text that it asks for."""

import re
from collections.abc import Sequence
from typing import Any

from auditor.model.drift import Change
from auditor.model.finding import Finding, Status, Subject
from auditor.model.result import ScanResult, TenantResult
from auditor.report.drift_view import value_text, who
from auditor.report.finding_view import citation_view, framework_title
from auditor.report.machine import (
    READING,
    READING_HELP,
    READING_TITLE,
    Shortfall,
    stable_uuid,
    standing_of,
    utc,
    without_empty,
)
from auditor.report.oscal_controls import Objective, token
from auditor.report.text import markdown, visible, web_link
from auditor.report.words import Mark, mark_of

NAMESPACE = "urn:entra-saml-auditor:oscal"
"""The ``ns`` of our own properties, and the naming system of our facets."""

_RISK_STATUS = {Mark.FAIL: "open", Mark.WAIVED: "deviation-approved", Mark.UNKNOWN: "investigating"}
_SPACE = re.compile(r"\s+")


def text(value: str) -> str:
    """OSCAL's ``string``: one line with no white space at either end, and not empty."""
    return _SPACE.sub(" ", visible(value)).strip() or "-"


def line(value: str) -> str:
    """OSCAL's ``markup-line``."""
    return markdown(value) or "-"


def paragraph(value: str) -> str:
    """OSCAL's ``markup-multiline``, of one paragraph."""
    return markdown(value) or "-"


def props(**values: str) -> list[dict[str, str]]:
    """Properties in our namespace, of the values that there are; underscores in names become hyphens."""
    return [
        {"name": token(name.replace("_", "-")), "ns": NAMESPACE, "value": text(value)}
        for name, value in values.items()
        if value.strip()
    ]


class Maker:
    """Makes the parts of one tenant's result; every UUID follows from the scan, the tenant and the part's own id."""

    def __init__(self, result: ScanResult, tenant: TenantResult) -> None:
        self._result = result
        self._tenant = tenant
        self._at = utc(tenant.finished_at or result.finished_at)
        self.changes: tuple[Change, ...] = tenant.drift.changes if tenant.drift else ()

    def uuid(self, *parts: str) -> str:
        """The UUID of a part of this result."""
        return stable_uuid("oscal", self._result.id, self._tenant.tenant.id, *parts)

    # -- what the result speaks of ---------------------------------------------------------------------------------

    def components(self, findings: Sequence[Finding]) -> list[dict[str, Any]]:
        """The tool, the tenant, and every object that a finding or a change is about."""
        tenant = self._tenant.tenant
        named = [*(finding.subject for finding in findings), *(change.subject for change in self.changes)]
        subjects = {(one.type, one.id): one for one in named}
        subjects.setdefault(("tenant", tenant.id), Subject("tenant", tenant.id, tenant.name))
        tool = f"{self._result.tool_name} {self._result.tool_version}"
        return [
            _component(self.uuid("tool"), "software", tool, "The tool that collected and judged the evidence."),
            *(
                _component(
                    self._subject_uuid(subject),
                    "system" if subject.type == "tenant" else "service",
                    subject.name or subject.id,
                    f"{subject.type} {subject.id} in Microsoft Entra ID",
                    subject,
                )
                for subject in subjects.values()
            ),
        ]

    def _subject_uuid(self, subject: Subject) -> str:
        return self.uuid("subject", subject.type, subject.id)

    def _about(self, subject: Subject) -> list[dict[str, str]]:
        return [{"subject-uuid": self._subject_uuid(subject), "type": "component"}]

    def _origins(self) -> list[dict[str, Any]]:
        return [{"actors": [{"type": "tool", "actor-uuid": self.uuid("tool")}]}]

    # -- observations ----------------------------------------------------------------------------------------------

    def observation(self, finding: Finding) -> dict[str, Any]:
        """What one rule saw of one subject."""
        causes = "; ".join(f"{one.source}: {one.outcome.value}" for one in finding.causes)
        link = web_link(finding.citation.url)
        return without_empty(
            {
                "uuid": self.uuid("observation", finding.fingerprint),
                "title": line(f"{finding.rule} {finding.title}"),
                "description": paragraph(finding.reason or finding.title),
                "props": props(
                    rule=finding.rule,
                    status=finding.status.value,
                    severity=finding.severity.value,
                    expected=finding.expected,
                    observed=finding.observed,
                    fingerprint=finding.fingerprint,
                    citation=citation_view(finding.citation).text,
                    not_read=causes,
                    permissions=", ".join(dict.fromkeys(one.permission for one in finding.causes if one.permission)),
                ),
                "links": [{"href": link, "rel": "reference"}] if link else None,
                "methods": ["EXAMINE"],
                "types": ["control-objective"],
                "origins": self._origins(),
                "subjects": self._about(finding.subject),
                "collected": self._at,
            }
        )

    def change(self, change: Change, place: int) -> dict[str, Any]:
        """A difference from the scan before; ``place`` is its number among the tenant's."""
        return {
            "uuid": self.uuid("change", str(place), change.subject.id, change.path),
            "title": line(f"Changed since the scan before: {change.path}"),
            "description": paragraph(
                f"{change.path} {change.kind.value}: {value_text(change.before)} to {value_text(change.after)}. "
                f"{who(change)}"
            ),
            "props": props(
                path=change.path,
                kind=change.kind.value,
                effect=change.effect.value,
                attribution=change.attribution.value,
                audit_event=change.audit_event or "",
                rules=", ".join(change.rules),
            ),
            "methods": ["EXAMINE"],
            "types": ["discovery"],
            "origins": self._origins(),
            "subjects": self._about(change.subject),
            "collected": self._at,
        }

    def shortfall(self, one: Shortfall) -> dict[str, Any]:
        """That the tenant was not read in full."""
        tenant = self._tenant.tenant
        return {
            "uuid": self.uuid("observation", one.fingerprint),
            "title": line(f"{READING} {READING_TITLE}"),
            "description": paragraph(one.text),
            "props": props(rule=READING, status="unknown", tenant_status=one.status.value, fingerprint=one.fingerprint),
            "methods": ["EXAMINE"],
            "types": ["discovery"],
            "origins": self._origins(),
            "subjects": self._about(Subject("tenant", tenant.id, tenant.name)),
            "collected": utc(one.at),
        }

    # -- risks -----------------------------------------------------------------------------------------------------

    def risk(self, finding: Finding) -> dict[str, Any]:
        """What a failure or an open question may lead to, and what a person can do."""
        waiver, standing = finding.waiver, standing_of(self._tenant, finding)
        return {
            "uuid": self.uuid("risk", finding.fingerprint),
            "title": line(f"{finding.rule} {finding.title}"),
            "description": paragraph(finding.reason or finding.title),
            "statement": paragraph(finding.risk or finding.title),
            "props": props(
                rule=finding.rule,
                fingerprint=finding.fingerprint,
                remedy=finding.remedy or "",
                failing_since=standing.failing_since if standing else "",
                waiver_owner=waiver.owner if waiver else "",
                waiver_reason=waiver.reason if waiver else "",
                waiver_ticket=waiver.ticket if waiver else "",
                waiver_expires=waiver.expires if waiver else "",
            ),
            "status": _RISK_STATUS[mark_of(finding)],
            "origins": self._origins(),
            "characterizations": [self._severity(finding.severity.value)],
            "remediations": [
                {
                    "uuid": self.uuid("remediation", finding.fingerprint),
                    "lifecycle": "recommendation",
                    "title": line(finding.remedy or finding.title),
                    "description": paragraph(finding.guidance or finding.title),
                }
            ],
            "related-observations": [{"observation-uuid": self.uuid("observation", finding.fingerprint)}],
        }

    def unread_risk(self, one: Shortfall) -> dict[str, Any]:
        """What was not read may hide anything."""
        return {
            "uuid": self.uuid("risk", one.fingerprint),
            "title": line(f"{READING} {READING_TITLE}"),
            "description": paragraph(one.text),
            "statement": paragraph(READING_HELP),
            "status": "investigating",
            "origins": self._origins(),
            "related-observations": [{"observation-uuid": self.uuid("observation", one.fingerprint)}],
        }

    def _severity(self, value: str) -> dict[str, Any]:
        return {
            "origin": self._origins()[0],
            "facets": [{"name": "severity", "system": NAMESPACE, "value": value}],
        }

    # -- findings --------------------------------------------------------------------------------------------------

    def finding(self, objective: Objective, findings: Sequence[Finding]) -> dict[str, Any] | None:
        """How far one control is met, by the worst of its rules; None where none of them applies."""
        served = [one for one in findings if one.rule in objective.rules and one.status is not Status.NOT_APPLICABLE]
        if not served:
            return None
        marks = {mark_of(one) for one in served}
        reason = "fail" if Mark.FAIL in marks or Mark.WAIVED in marks else "other" if Mark.UNKNOWN in marks else "pass"
        state = "satisfied" if reason == "pass" else "not-satisfied"
        worst = [one for one in served if mark_of(one) is not Mark.PASS]
        told = ", ".join(dict.fromkeys(f"{one.rule} {mark_of(one).word.lower()}" for one in worst))
        return without_empty(
            {
                "uuid": self.uuid("finding", objective.framework, objective.control),
                "title": line(f"{framework_title(objective.framework)} {objective.control}: {state}"),
                "description": paragraph(told or f"All {len(served)} findings that bear on it pass."),
                "origins": self._origins(),
                "target": {
                    "type": "objective-id",
                    "target-id": objective.objective_id,
                    "status": without_empty(
                        {
                            "state": state,
                            "reason": reason,
                            "remarks": "Not assessed in full: what was not read is no ground to call it satisfied."
                            if reason == "other"
                            else None,
                        }
                    ),
                },
                "related-observations": [
                    {"observation-uuid": self.uuid("observation", one.fingerprint)} for one in served
                ],
                "related-risks": [{"risk-uuid": self.uuid("risk", one.fingerprint)} for one in worst],
            }
        )


def _component(uuid: str, kind: str, title: str, description: str, subject: Subject | None = None) -> dict[str, Any]:
    return without_empty(
        {
            "uuid": uuid,
            "type": kind,
            "title": line(title),
            "description": paragraph(description),
            "props": props(object_type=subject.type, object_id=subject.id) if subject else None,
            "status": {"state": "operational"},
        }
    )
