"""A scan's outcome in a few lines for a terminal, and the exit code that it comes to."""

from collections import Counter

from auditor.cli.exits import Exit
from auditor.cli.progress import visible
from auditor.model.drift import Effect
from auditor.model.finding import Finding, Status, TenantStatus
from auditor.model.result import ScanResult, TenantResult
from auditor.model.rule import Severity

_WORDS = {"compliant": "compliant", "non_compliant": "NOT COMPLIANT", "unknown": "UNKNOWN"}


def summary_lines(result: ScanResult) -> list[str]:
    """One line for the scan, then each tenant with what fails and what could not be assessed."""
    lines = [f"Scan {result.id}: {_WORDS[result.verdict.value]}"]
    for tenant in result.tenants:
        counts = {status: sum(finding.status is status for finding in tenant.findings) for status in Status}
        lines.append("")
        lines.append(
            f"{visible(tenant.tenant.name)} ({tenant.status.value}): {_WORDS[tenant.verdict.value]}: "
            f"{counts[Status.PASS]} pass, {counts[Status.FAIL]} fail, {counts[Status.UNKNOWN]} unknown, "
            f"{counts[Status.NOT_APPLICABLE]} not applicable"
        )
        if tenant.cause:
            lines.append(f"  cause: {visible(tenant.cause)}")
        lines += _drift_lines(tenant)
        names = _names(tenant)
        lines += [_line(finding, names.get(finding.subject.id, "")) for finding in _told(tenant)]
        lines += [f"  warning: {visible(warning)}" for warning in tenant.warnings]
    return lines


def _drift_lines(tenant: TenantResult) -> list[str]:
    drift = tenant.drift
    if drift is None or not drift.changes:
        return []
    worse = sum(change.effect is Effect.REGRESSION for change in drift.changes)
    told = f"{len(drift.changes)} change{'' if len(drift.changes) == 1 else 's'} since {drift.before_at}"
    return [f"  drift: {told}, {worse} for the worse"]


def _told(tenant: TenantResult) -> list[Finding]:
    failing = [finding for finding in tenant.findings if finding.status is Status.FAIL]
    unread = [finding for finding in tenant.findings if finding.status is Status.UNKNOWN]
    if tenant.status is TenantStatus.FAILED:
        unread = []
    return sorted(failing, key=lambda finding: -finding.severity.rank) + unread


def _names(tenant: TenantResult) -> dict[str, str]:
    """What tells the instances of a tenant apart, by id; empty where there is one alone."""
    subjects = {one.subject.id: one.subject for one in tenant.findings if one.subject.type != "tenant"}
    if len(subjects) < 2:
        return {}
    called = Counter(subject.name for subject in subjects.values())
    return {
        key: subject.name if subject.name and called[subject.name] == 1 else f"{subject.name or 'no name'} ({key})"
        for key, subject in subjects.items()
    }


def _line(finding: Finding, instance: str) -> str:
    word = finding.status.value.upper() if finding.waiver is None else "WAIVED"
    of = f"[{visible(instance)}] " if instance else ""
    return f"  {word:<8}{finding.severity.value:<9}{finding.rule:<14}{of}{visible(finding.reason)}"


def exit_code(result: ScanResult, fail_on: str, *, fail_on_drift: bool = False) -> Exit:
    """The exit code of a scan: findings win over gaps, and nothing at all is never 0."""
    threshold = max(Severity(fail_on).rank, Severity.LOW.rank)
    if any(
        finding.is_open and finding.severity.rank >= threshold
        for tenant in result.tenants
        for finding in tenant.findings
    ):
        return Exit.FINDINGS
    if fail_on_drift and any(tenant.drift is not None and tenant.drift.changes for tenant in result.tenants):
        return Exit.FINDINGS
    if not result.tenants or any(_has_gap(tenant) for tenant in result.tenants):
        return Exit.NOT_ASSESSED
    if fail_on_drift and any(tenant.drift is not None and tenant.drift.not_comparable for tenant in result.tenants):
        return Exit.NOT_ASSESSED
    return Exit.OK


def _has_gap(tenant: TenantResult) -> bool:
    if tenant.status is not TenantStatus.COMPLETE or not tenant.findings:
        return True
    return any(
        finding.status is Status.UNKNOWN and finding.severity is not Severity.INFO for finding in tenant.findings
    )
