"""Findings: what a rule found out about a subject, with the evidence that it rests on."""

from enum import StrEnum

from msgspec import Struct

from auditor.model.canonical import canonical_hash
from auditor.model.evidence import Unknown
from auditor.model.rule import Citation, Severity, Waiver


class Status(StrEnum):
    """What became of a rule; the values are those of results.json."""

    PASS = "pass"  # noqa: S105 - a status, no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Verdict(StrEnum):
    """What all findings of a tenant, or of a scan, come to."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "non_compliant"
    UNKNOWN = "unknown"


class TenantStatus(StrEnum):
    """How far a tenant was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"


class Subject(Struct, frozen=True):
    """What a finding or a change is about."""

    type: str
    """``tenant``, ``application``, ``servicePrincipal``."""
    id: str
    name: str | None


class Finding(Struct, frozen=True):
    """One rule's outcome for one subject. ``causes`` is not empty exactly where the status is unknown."""

    rule: str
    title: str
    severity: Severity
    status: Status
    subject: Subject
    expected: str
    observed: str
    reason: str
    citation: Citation
    controls: dict[str, tuple[str, ...]]
    remedy: str | None
    fingerprint: str
    pack: str
    group: str
    risk: str
    guidance: str
    causes: tuple[Unknown, ...] = ()
    waiver: Waiver | None = None

    @property
    def is_open(self) -> bool:
        """True for a failure that nobody waived."""
        return self.status is Status.FAIL and self.waiver is None


class WaiverNotice(Struct, frozen=True):
    """Something to know about a waiver: unused, lapsed, reopened, lapsing soon, too far ahead."""

    kind: str
    """``unused``, ``lapsed``, ``reopened``, ``lapsing``, ``too_long``."""
    waiver: Waiver
    message: str


class Assessment(Struct, frozen=True):
    """What the rules say of one tenant's snapshot."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    notices: tuple[WaiverNotice, ...] = ()


def fingerprint(tenant_id: str, rule: str, instance: str, key: str = "") -> str:
    """Identity of a finding over time: 32 hexadecimal digits from tenant, rule, instance and the node's key.

    Neither the observed value nor the wording takes part, so a finding keeps its identity while it stays a finding.
    """
    return canonical_hash([tenant_id, rule, instance, key])[:32]


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """The verdict of a tenant: ``info`` findings never count; no finding at all is unknown, never compliant."""
    counted = [finding for finding in findings if finding.severity is not Severity.INFO]
    if any(finding.is_open for finding in counted):
        return Verdict.NON_COMPLIANT
    if not counted or any(finding.status is Status.UNKNOWN for finding in counted):
        return Verdict.UNKNOWN
    return Verdict.COMPLIANT
