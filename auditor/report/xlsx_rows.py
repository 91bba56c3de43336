"""The rows of report.xlsx: for each sheet its columns, and a generator of as many typed values in every output's order.

What is not known is a row that says so, never an absent one.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time

from auditor.model.evidence import Unknown
from auditor.model.finding import Finding
from auditor.model.result import TenantResult
from auditor.model.rule import Waiver
from auditor.model.snapshot import Instance
from auditor.report.assignments_view import assignments_view
from auditor.report.certificates_view import certificates_view
from auditor.report.drift_view import value_text, who
from auditor.report.finding_view import framework_title
from auditor.report.machine import standing_of
from auditor.report.order import findings_in_order
from auditor.report.sentences import unread
from auditor.report.sheet import Column, Value
from auditor.report.words import OUTCOMES, capital, group_title, mark_of, moment

Row = list[Value]

_TENANT = (Column("Tenant", 20), Column("Tenant ID", 38))

FINDINGS = (
    Column("Tenant", 20),
    Column("Status", 14),
    Column("Severity", 10),
    Column("Rule", 15),
    Column("Title", 44, wrap=True),
    Column("Reason", 70, wrap=True),
    Column("Expected", 44, wrap=True),
    Column("Observed", 44, wrap=True),
    Column("What to do", 60, wrap=True),
    Column("Subject", 24),
    Column("Subject type", 16),
    Column("Subject ID", 38),
    Column("Group", 14),
    Column("Failing since (UTC)", 17),
    Column("History", 12),
    Column("Waived by", 24),
    Column("Waived until", 13),
    Column("Evidence that is missing", 30, wrap=True),
    Column("Permission that is missing", 26, wrap=True),
    Column("Remedy", 24),
    Column("Document", 44, wrap=True),
    Column("Section and step", 34, wrap=True),
    Column("Address", 40),
    Column("Controls", 50, wrap=True),
    Column("Pack", 16),
    Column("Tenant ID", 38),
    Column("Fingerprint", 34),
)

DRIFT = (
    *_TENANT,
    Column("Effect", 14),
    Column("Kind", 16),
    Column("Path", 50, wrap=True),
    Column("Before", 44, wrap=True),
    Column("After", 44, wrap=True),
    Column("Rules", 24, wrap=True),
    Column("When (UTC)", 17),
    Column("Who", 50, wrap=True),
    Column("Attribution", 20),
    Column("Actor", 34),
    Column("Actor ID", 38),
    Column("IP address", 18),
    Column("Audit event", 36),
    Column("Subject", 24),
    Column("Subject ID", 38),
)

COVERAGE = (
    *_TENANT,
    Column("Source", 28),
    Column("Outcome", 14),
    Column("Cause", 60, wrap=True),
    Column("Permission", 26),
    Column("Request", 80),
    Column("Attempts", 10),
    Column("Answered (UTC)", 17),
    Column("Request ID", 38),
    Column("SHA-256", 66),
)

CERTIFICATES = (
    *_TENANT,
    Column("Application", 24),
    Column("Role", 12),
    Column("State", 34),
    Column("Begins", 12),
    Column("Ends", 12),
    Column("Days left", 10),
    Column("Thumbprint", 44),
    Column("Key", 20),
    Column("Instance ID", 38),
    Column("Note", 60, wrap=True),
)

ASSIGNMENTS = (
    *_TENANT,
    Column("Application", 24),
    Column("Name", 30),
    Column("Account", 40),
    Column("Kind", 18),
    Column("Role", 24),
    Column("Since", 12),
    Column("State", 20),
    Column("Instance ID", 38),
    Column("Note", 60, wrap=True),
)

WAIVERS = (
    *_TENANT,
    Column("State", 14),
    Column("Rule", 15),
    Column("Subject ID", 38),
    Column("Owner", 28),
    Column("Reason", 60, wrap=True),
    Column("Ticket", 16),
    Column("Expires", 12),
    Column("Days left", 10),
    Column("Accepted value", 50, wrap=True),
    Column("Note", 60, wrap=True),
)


def findings(tenants: Sequence[TenantResult]) -> Iterator[Row]:
    """Every finding."""
    for tenant in tenants:
        for finding in findings_in_order(tenant.findings):
            yield _finding(tenant, finding)


def _finding(tenant: TenantResult, finding: Finding) -> Row:
    citation, waiver, standing = finding.citation, finding.waiver, standing_of(tenant, finding)
    return [
        tenant.tenant.name,
        mark_of(finding).word,
        capital(finding.severity.value),
        finding.rule,
        finding.title,
        finding.reason,
        finding.expected,
        finding.observed,
        finding.guidance,
        finding.subject.name,
        finding.subject.type,
        finding.subject.id,
        group_title(finding.group),
        moment(standing.failing_since) if standing else None,
        standing.lifecycle.value if standing else None,
        waiver.owner if waiver else None,
        _day(waiver.expires) if waiver else None,
        ", ".join(dict.fromkeys(one.source for one in finding.causes)),
        ", ".join(dict.fromkeys(one.permission for one in finding.causes if one.permission)),
        finding.remedy,
        citation.document,
        f"{citation.section} · {citation.step}" if citation.step else citation.section,
        citation.url,
        "; ".join(f"{framework_title(name)}: {', '.join(ids)}" for name, ids in finding.controls.items()),
        finding.pack,
        tenant.tenant.id,
        finding.fingerprint,
    ]


def drift(tenants: Sequence[TenantResult]) -> Iterator[Row]:
    """Every change, then what could not be compared."""
    for tenant in tenants:
        if tenant.drift is None:
            continue
        for change in tenant.drift.changes:
            actor = change.actor
            yield [
                tenant.tenant.name,
                tenant.tenant.id,
                capital(change.effect.value),
                change.kind.value,
                change.path,
                value_text(change.before),
                value_text(change.after),
                ", ".join(change.rules),
                moment(change.at),
                who(change),
                change.attribution.value,
                actor.name if actor else None,
                actor.id if actor else None,
                actor.ip_address if actor else None,
                change.audit_event,
                change.subject.name,
                change.subject.id,
            ]
        for part in tenant.drift.not_comparable:
            words = f"{part.source} was not read {part.when}: {part.cause}"
            row: Row = [
                tenant.tenant.name,
                tenant.tenant.id,
                "Unknown",
                "not comparable",
                part.path,
                *[None] * 4,
                words,
            ]
            yield [*row, *[None] * (len(DRIFT) - len(row))]


def coverage(tenants: Sequence[TenantResult]) -> Iterator[Row]:
    """Every request; for a tenant that was refused before the first one, why."""
    for tenant in tenants:
        if tenant.cause:
            row: Row = [tenant.tenant.name, tenant.tenant.id, "the tenant", "Failed", tenant.cause]
            yield [*row, *[None] * (len(COVERAGE) - len(row))]
        for entry in tenant.coverage:
            yield [
                tenant.tenant.name,
                tenant.tenant.id,
                entry.source,
                capital(OUTCOMES[entry.outcome]),
                entry.cause,
                entry.permission,
                entry.request,
                entry.attempts,
                moment(entry.at),
                entry.request_id,
                entry.sha256,
            ]


def certificates(tenants: Sequence[TenantResult], now: datetime) -> Iterator[Row]:
    """Every signing certificate of every instance; a note where there is none, or it is not known."""
    yield from _not_read(tenants, len(CERTIFICATES))
    for tenant, instance in _instances(tenants):
        found, note, _ = certificates_view(instance, now, "certificates")
        about: Row = [tenant.tenant.name, tenant.tenant.id, instance.display_name]
        for one in found:
            begins, ends = _day(one.begins), _day(one.ends)
            left = (ends - now.date()).days if isinstance(ends, date) else None
            yield [*about, one.role, one.state, begins, ends, left, one.thumbprint, one.key, instance.id, None]
        if note:
            yield [*about, *[None] * 7, instance.id, note]


def assignments(tenants: Sequence[TenantResult]) -> Iterator[Row]:
    """At most a thousand assignments of every instance, with a note on how many there are."""
    yield from _not_read(tenants, len(ASSIGNMENTS))
    for tenant, instance in _instances(tenants):
        assert tenant.snapshot is not None  # noqa: S101 - instances come from snapshots
        view = assignments_view(instance, tenant.snapshot)
        about: Row = [tenant.tenant.name, tenant.tenant.id, instance.display_name]
        yield [*about, *[None] * 6, instance.id, view.note]
        for one in view.rows:
            yield [*about, one.name, one.account, one.kind, one.role, _day(one.since), one.state, instance.id, None]


def waivers(tenants: Sequence[TenantResult], now: datetime) -> Iterator[Row]:
    """Waivers in force, by finding; then what is to be known of the others."""
    for tenant in tenants:
        for finding in findings_in_order(tenant.findings):
            if finding.waiver is not None:
                yield _waiver(tenant, finding.waiver, finding.subject.id, "in force", now, finding.title)
        for notice in tenant.notices:
            state = notice.kind.replace("_", " ")
            yield _waiver(tenant, notice.waiver, notice.waiver.subject, state, now, notice.message)


def _waiver(tenant: TenantResult, waiver: Waiver, subject: str, state: str, now: datetime, note: str) -> Row:
    expires = _day(waiver.expires)
    return [
        tenant.tenant.name,
        tenant.tenant.id,
        capital(state),
        waiver.rule,
        subject,
        waiver.owner,
        waiver.reason,
        waiver.ticket,
        expires,
        (expires - now.date()).days if isinstance(expires, date) else None,
        waiver.observed,
        note,
    ]


def _not_read(tenants: Sequence[TenantResult], columns: int) -> Iterator[Row]:
    """A note, in the last column, for each tenant of which no snapshot, or not every instance, is known."""
    for tenant in tenants:
        notes = [
            f"The instances of the application are not known, or not all. {unread(app.instances)}"
            for app in (tenant.snapshot.apps if tenant.snapshot else ())
            if isinstance(app.instances, Unknown)
        ]
        if tenant.snapshot is None:
            notes = [f"Nothing of the tenant was read. {tenant.cause or ''}".strip()]
        for note in notes:
            yield [tenant.tenant.name, tenant.tenant.id, *[None] * (columns - 3), note]


def _instances(tenants: Sequence[TenantResult]) -> Iterator[tuple[TenantResult, Instance]]:
    """Every instance of the app that was read, once each."""
    for tenant in tenants:
        met: set[str] = set()
        for app in tenant.snapshot.apps if tenant.snapshot else ():
            for instance in app.present:
                if instance.id not in met:
                    met.add(instance.id)
                    yield tenant, instance


def _day(text: str) -> date | str:
    """A date of the model or of the view as a date; what is none stays text."""
    at = moment(f"{text}T00:00:00Z")
    return datetime.combine(at, time(), UTC).date() if at else text
