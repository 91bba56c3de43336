"""Who is assigned to an instance, and to which role: direct principals, with the members of groups counted."""

from collections.abc import Iterable

from auditor.model.evidence import Known, Unknown
from auditor.model.graph_objects import AppRole, AppRoleAssignment, DirectoryObject
from auditor.model.snapshot import Instance, Principal, PrincipalRecord, Snapshot
from auditor.report.order import MOST_ROWS
from auditor.report.read_rows import AssignmentRow, AssignmentsView
from auditor.report.sentences import unread
from auditor.report.words import Mark, count, date_words, listed, moment

_DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
_KINDS = {"user": "user", "group": "group", "serviceprincipal": "service principal"}


def assignments_view(instance: Instance, snapshot: Snapshot) -> AssignmentsView:
    """The assignments, groups first, then by name; at most a thousand rows with the number of all."""
    evidence = instance.assignments
    if isinstance(evidence, Unknown):
        return AssignmentsView((), f"The assignments are not known. {unread(evidence)}")
    assignments = evidence.value
    if not assignments:
        return AssignmentsView((), "Nobody is assigned.")
    roles = _role_names(instance)
    records = {record.id: record for record in snapshot.principals}
    ordered = sorted(assignments, key=_order)
    rows = tuple(_row(given, roles, records.get(_text(given.principal_id))) for given in ordered[:MOST_ROWS])
    note = f"{_totals(assignments)} Members of groups are counted, not judged."
    if len(assignments) > MOST_ROWS:
        note += f" The first {MOST_ROWS:,} of {len(assignments):,} are listed; the evidence has them all."
    return AssignmentsView(rows, note)


def owners_note(instance: Instance) -> str:
    """Who owns the application and the service principal, in one sentence."""
    names: dict[str, str] = {}
    unknown: list[str] = []
    for what, owners in (
        ("application", instance.application_owners),
        ("service principal", instance.service_principal_owners),
    ):
        if isinstance(owners, Unknown):
            unknown.append(f"the owners of the {what} are not known ({owners.cause.rstrip('.')})")
        else:
            names.update({owner.id: _owner(owner) for owner in owners.value})
    told = (
        [f"Owned by {listed(sorted(names.values()))}" if names else "No owner is named"] if names or not unknown else []
    )
    sentence = "; ".join([*told, *unknown])
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _owner(owner: DirectoryObject) -> str:
    return _text(owner.user_principal_name) or _text(owner.display_name) or owner.id


def _totals(assignments: Iterable[AppRoleAssignment]) -> str:
    kinds = [_kind(given) for given in assignments]
    parts = [count(kinds.count(kind), kind) for kind in dict.fromkeys(sorted(kinds))]
    return f"{count(len(kinds), 'assignment').capitalize()}: {listed(parts)}."


def _order(given: AppRoleAssignment) -> tuple[int, str, str, str]:
    kind = _kind(given)
    return (
        0 if kind == "group" else 1,
        _text(given.principal_display_name).casefold(),
        _text(given.principal_id),
        _text(given.id),
    )


def _row(given: AppRoleAssignment, roles: dict[str, str], record: PrincipalRecord | None) -> AssignmentRow:
    principal = record.evidence.value if record is not None and isinstance(record.evidence, Known) else None
    mark, state = _state(record, principal)
    since = moment(_text(given.created_date_time))
    role = _text(given.app_role_id)
    return AssignmentRow(
        name=(_text(principal.display_name) if principal else "") or _text(given.principal_display_name) or "(no name)",
        account=(_text(principal.user_principal_name) if principal else "") or _text(given.principal_id),
        kind=_kind(given),
        role="Default Access" if role == _DEFAULT_ACCESS else roles.get(role, f"not defined: {role or 'none'}"),
        since=date_words(since) if since else "not known",
        state=state,
        mark=mark,
    )


def _state(record: PrincipalRecord | None, principal: Principal | None) -> tuple[Mark, str]:
    if record is None or principal is None:
        return Mark.UNKNOWN, "not read"
    if not principal.exists:
        return Mark.FAIL, "deleted"
    if principal.account_enabled is False:
        return Mark.FAIL, "disabled"
    if principal.kind == "group":
        members = record.member_count
        if isinstance(members, Known):
            return Mark.PASS, count(members.value, "member")
        return Mark.UNKNOWN, "members not counted"
    if not isinstance(principal.account_enabled, bool):
        return Mark.UNKNOWN, "enabled or not is not known"
    return Mark.PASS, "enabled guest" if principal.user_type == "Guest" else "enabled"


def _kind(given: AppRoleAssignment) -> str:
    kind = _text(given.principal_type)
    return _KINDS.get(kind.casefold(), kind or "principal")


def _role_names(instance: Instance) -> dict[str, str]:
    if isinstance(instance.service_principal, Unknown):
        return {}
    roles = instance.service_principal.value.app_roles
    known: tuple[AppRole, ...] = roles if isinstance(roles, tuple) else ()
    return {_text(role.id): _text(role.display_name) or _text(role.value) or _text(role.id) for role in known}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
