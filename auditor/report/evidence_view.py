"""What was asked and with which permissions: the part of the report that shows what everything else rests on."""

from auditor.model.evidence import Outcome
from auditor.model.result import CoverageEntry, Permissions, TenantResult
from auditor.report.order import MOST_ROWS
from auditor.report.read_rows import CoverageRow, CoverageView, ManifestRow, PermissionRow, PermissionsView
from auditor.report.words import OUTCOMES, Mark, count, listed, time_words


def coverage_view(tenant: TenantResult) -> CoverageView:
    """Every request, those that were not answered first, then in the order in which they were made."""
    entries = sorted(tenant.coverage, key=lambda entry: entry.outcome is Outcome.OK)
    if not entries:
        return CoverageView((), "No request was answered, or even sent, for this tenant.")
    read = sum(entry.outcome is Outcome.OK for entry in entries)
    note = f"{read:,} of {count(len(entries), 'request')} {'was' if read == 1 else 'were'} answered in full."
    if len(entries) > MOST_ROWS:
        note += f" The first {MOST_ROWS:,} are listed; results.json has them all."
    return CoverageView(
        rows=tuple(_row(entry) for entry in entries[:MOST_ROWS]),
        note=note,
        manifest=_manifest(tenant),
        answered=f"{read:,} of {len(entries):,}",
    )


def _manifest(tenant: TenantResult) -> tuple[ManifestRow, ...]:
    """The snapshot, then the answers in the order in which they came; at most a thousand."""
    rows = [ManifestRow("snapshot", "canonical JSON", tenant.snapshot_sha256)] if tenant.snapshot_sha256 else []
    rows += [
        ManifestRow(entry.source, entry.request_id or "no request id", entry.sha256)
        for entry in tenant.coverage
        if entry.sha256
    ]
    return tuple(rows[:MOST_ROWS])


def _row(entry: CoverageEntry) -> CoverageRow:
    return CoverageRow(
        source=entry.source,
        request=entry.request,
        outcome=OUTCOMES[entry.outcome],
        mark=Mark.PASS if entry.outcome is Outcome.OK else Mark.UNKNOWN,
        cause=entry.cause or "",
        permission=entry.permission or "none needed",
        at=time_words(entry.at),
        request_id=entry.request_id or "",
        sha256=entry.sha256 or "",
        attempts=entry.attempts,
    )


def permissions_view(permissions: Permissions | None) -> PermissionsView:
    """Permissions held against those needed; one that can write is a warning."""
    if permissions is None:
        return PermissionsView(
            (), "What the access token may do is not known: there was none, or it was not read.", None
        )
    if permissions.held is None:
        rows = tuple(
            PermissionRow(name, "needed; held or not is not known", Mark.UNKNOWN) for name in permissions.needed
        )
        return PermissionsView(rows, "The access token does not say what it may do.", None)
    rows = tuple(
        PermissionRow(name, "held", Mark.PASS)
        if name in permissions.held
        else PermissionRow(name, "missing", Mark.UNKNOWN)
        for name in permissions.needed
    )
    rows += tuple(
        PermissionRow(name, "held, can write; reading needs none of it", Mark.FAIL)
        if name in permissions.write
        else PermissionRow(name, "held, not needed", Mark.NOT_APPLICABLE)
        for name in permissions.held
        if name not in permissions.needed
    )
    kind = "delegated" if permissions.delegated else "application"
    held = sum(name in permissions.held for name in permissions.needed)
    note = (
        f"{held} of {len(permissions.needed)} needed {kind} permissions are in the access token. "
        "A directory role can give more than the token shows."
    )
    warning = (
        f"The token can write: {listed(permissions.write)}. Take these away; the scan only reads."
        if permissions.write
        else None
    )
    return PermissionsView(rows, note, warning)
