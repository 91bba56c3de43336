"""From a tenant's result to the things that somebody may want to hear of. Pure.

A thing that is neither seen nor seen to be gone (its evidence was not read) is neither told nor taken for resolved:
silence is never compliance here either.
"""

from auditor.model.canonical import canonical_hash
from auditor.model.drift import Change, Effect
from auditor.model.evidence import Outcome
from auditor.model.finding import Finding, Status, TenantStatus
from auditor.model.notice import Notice, NoticeKind
from auditor.model.result import TenantResult
from auditor.model.rule import Severity

_CERTIFICATE_GROUP = "certificate"
_SEVERITY_OF_STATUS = {TenantStatus.FAILED: Severity.HIGH, TenantStatus.PARTIAL: Severity.MEDIUM}
_CAUSE_LENGTH = 200


def notices_of(tenant: TenantResult) -> tuple[Notice, ...]:
    """Everything that holds of the tenant now, told before or not; in the order of the findings."""
    found = [_failing(tenant, finding) for finding in tenant.findings if finding.is_open]
    if tenant.drift is not None:
        worse = [change for change in tenant.drift.changes if change.effect is Effect.REGRESSION]
        severities = {finding.rule: finding.severity for finding in tenant.findings}
        found += [_regression(tenant, change, tenant.drift.after_scan, severities) for change in worse]
    if tenant.status is not TenantStatus.COMPLETE:
        found.append(_unreadable(tenant))
    return tuple(found)


def is_over(notice: Notice, tenant: TenantResult) -> bool:
    """Whether a notice that no longer holds is known to be over, by what this scan read of its tenant."""
    match notice.kind:
        case NoticeKind.REGRESSION:
            return True  # an event: it was told of, and does not last
        case NoticeKind.UNREADABLE:
            return True  # another status than the one told is known for certain
        case _:
            same = [finding for finding in tenant.findings if finding.fingerprint == notice.key]
            if same:
                return all(finding.status is not Status.UNKNOWN for finding in same)
            return tenant.status is TenantStatus.COMPLETE


def _failing(tenant: TenantResult, finding: Finding) -> Notice:
    return Notice(
        kind=NoticeKind.CERTIFICATE if finding.group == _CERTIFICATE_GROUP else NoticeKind.FAILURE,
        tenant_id=tenant.tenant.id,
        tenant=tenant.tenant.name,
        key=finding.fingerprint,
        severity=finding.severity,
        rule=finding.rule,
        told=finding.title,
        subject=(finding.subject.name or finding.subject.id) if finding.subject.type != "tenant" else "",
    )


def _regression(tenant: TenantResult, change: Change, scan: str | None, severities: dict[str, Severity]) -> Notice:
    """A change's path is told without its keys, which are values of the tenant's (a reply URL, a thumbprint)."""
    path = "".join(part.partition("]")[2] if number else part for number, part in enumerate(change.path.split("[")))
    ranked = [severities[rule] for rule in change.rules if rule in severities]
    return Notice(
        kind=NoticeKind.REGRESSION,
        tenant_id=tenant.tenant.id,
        tenant=tenant.tenant.name,
        key=canonical_hash([scan, change.subject.id, change.path, change.kind.value])[:32],
        severity=max(ranked, key=lambda severity: severity.rank, default=Severity.MEDIUM),
        rule=", ".join(change.rules),
        told=f"{path} {change.kind.value}",
        subject=change.subject.name or change.subject.id,
    )


def _unreadable(tenant: TenantResult) -> Notice:
    failed = tenant.status is TenantStatus.FAILED
    sources = sorted({entry.source for entry in tenant.coverage if _is_gap(entry.outcome)})
    cause = (tenant.cause or "nothing was read")[:_CAUSE_LENGTH] if failed else "not everything could be read"
    return Notice(
        kind=NoticeKind.UNREADABLE,
        tenant_id=tenant.tenant.id,
        tenant=tenant.tenant.name,
        key=tenant.status.value,
        severity=_SEVERITY_OF_STATUS[tenant.status],
        rule="" if failed else ", ".join(sources),
        told=cause,
        subject="",
    )


def _is_gap(outcome: Outcome) -> bool:
    return outcome not in (Outcome.OK, Outcome.NOT_FOUND)
