"""Remedies about people: who is assigned, who owns, who is told of expiry."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import UNSET

from auditor.model.evidence import Known
from auditor.model.finding import Finding
from auditor.model.graph_objects import AppRoleAssignment
from auditor.model.plan import (
    AnswerKind,
    MemberLook,
    Question,
    Request,
    Risk,
    RiskLevel,
    State,
    Undo,
    canonical_state,
)
from auditor.model.snapshot import Principal, Snapshot
from auditor.remedy.drafts import (
    ANSWER,
    ASSIGNMENT_WRITE,
    EMPTY,
    GRAPH,
    PRESENT,
    Case,
    Draft,
    ask_property,
    by_hand,
    is_id,
    json_text,
    low,
    manual,
    object_path,
    step,
)

NOTIFIED = "notificationEmailAddresses"
_WORDS = {"user": "user", "group": "group", "serviceprincipal": "service principal"}
_GONE = "The principal is no longer in the directory, so that it cannot be assigned again."


def set_notification_addresses(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """Who is told of expiry: only a person can say."""
    service_principal = case.service_principal
    title = "Set who is told of the certificate's expiry"
    if service_principal is None:
        return [by_hand(case, findings, title)]
    was = service_principal.notification_email_addresses
    question = Question(
        AnswerKind.ADDRESSES, "Mail addresses, separated by commas: a shared mailbox or a distribution list."
    )
    return [
        ask_property(
            case,
            findings,
            title=title,
            name=NOTIFIED,
            was=list(was) if isinstance(was, tuple) else [],
            question=question,
            risk=low("The addresses get mail about the certificate, and nothing else."),
            many=True,
        )
    ]


def add_owner(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """An owner of the enterprise application: only a person can say who."""
    if case.service_principal is None:
        return [by_hand(case, findings, "Add an owner")]
    path = object_path(case.subject)
    return [
        Draft(
            slot=f"{case.instance.id} owner",
            step=step(
                case,
                findings,
                title="Add an owner",
                target=case.subject,
                look=MemberLook(f"{path}/owners", (("id", (ANSWER,)),)),
                before=EMPTY,
                after=State(('["', ANSWER, '"]')),
                change=Request(
                    "POST",
                    (f"{path}/owners/$ref",),
                    ('{"@odata.id":"', GRAPH, "/v1.0/directoryObjects/", ANSWER, '"}'),
                ),
                undo=Undo(Request("DELETE", (f"{path}/owners/", ANSWER, "/$ref")), EMPTY, "Takes the ownership back."),
                risk=Risk(
                    RiskLevel.MEDIUM,
                    False,
                    "An owner can change the application's settings and add credentials: choose who answers for it.",
                ),
                question=Question(
                    AnswerKind.OBJECT_ID, "The object id of the user, or service principal, that is to own it."
                ),
            ),
        )
    ]


def remove_assignment(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """A step for each assignment of the principals that the findings name."""
    title = "Remove an assignment"
    assignments = case.instance.assignments
    if not isinstance(assignments, Known) or case.service_principal is None:
        return [by_hand(case, findings, title)]
    principals = known_principals(case.snapshot)
    by_principal: dict[str, list[Finding]] = {}
    drafts: list[Draft] = []
    for finding in findings:
        named = named_principals(finding.observed, assignments.value, principals)
        if named is None:
            drafts.append(by_hand(case, [finding], title, slot=finding.fingerprint))
            continue
        for principal_id in named:
            by_principal.setdefault(principal_id, []).append(finding)
    named_assignments = [one for one in assignments.value if str(one.principal_id) in by_principal]
    for assignment in sorted(named_assignments, key=lambda one: (str(one.principal_id), str(one.app_role_id))):
        principal_id = str(assignment.principal_id)
        drafts.append(_removal(case, by_principal[principal_id], assignment, principals.get(principal_id)))
    return drafts


def leaving(case: Case, findings: Sequence[Finding]) -> frozenset[str]:
    """The assigned principals whose assignments these findings have removed."""
    assignments = case.instance.assignments
    if not isinstance(assignments, Known):
        return frozenset()
    principals = known_principals(case.snapshot)
    named = (named_principals(finding.observed, assignments.value, principals) for finding in findings)
    return frozenset(principal_id for found in named for principal_id in found or ())


def known_principals(snapshot: Snapshot) -> dict[str, Principal]:
    """The principals that were read, by id."""
    return {record.id: record.evidence.value for record in snapshot.principals if isinstance(record.evidence, Known)}


def named_principals(
    observed: str, assignments: Sequence[AppRoleAssignment], principals: Mapping[str, Principal]
) -> tuple[str, ...] | None:
    """The ids of the assigned principals that an observed value lists; None where it is not exactly such a list.

    Names are the tenant's own text and may imitate another's line: the whole value must come out of the snapshot
    again, letter by letter, or nothing is taken from it.
    """
    found: list[str] = []
    place = 0
    by_id = {
        assignment.principal_id: assignment
        for assignment in reversed(assignments)
        if isinstance(assignment.principal_id, str)
    }
    for principal_id in sorted(by_id):
        for label in _labels(by_id[principal_id], principals.get(principal_id)):
            end = place + len(label)
            if observed.startswith(label, place) and observed[end : end + 1] in ("", "\n"):
                found.append(principal_id)
                place = end + 1
                break
    return tuple(found) if found and place == len(observed) + 1 else None


def _labels(assignment: AppRoleAssignment, principal: Principal | None) -> Iterator[str]:
    """How a finding may name an assigned principal, given what the snapshot says of it."""
    name = assignment.principal_display_name
    if not isinstance(name, str):
        name = principal.display_name if principal is not None else None
    shown = name if isinstance(name, str) and name else "no name"
    kind = _kind(assignment, principal)
    if principal is not None and not principal.exists:
        yield f"{shown} ({kind}, deleted, {assignment.principal_id})"
    elif principal is not None and principal.account_enabled is False:
        yield f"{shown} ({kind}, disabled, {assignment.principal_id})"
    yield f"{shown} ({kind}, {assignment.principal_id})"


def _kind(assignment: AppRoleAssignment, principal: Principal | None) -> str:
    given = assignment.principal_type
    if isinstance(given, str) and given:
        return _WORDS.get(given.lower(), given)
    kind = principal.kind if principal is not None else "unknown"
    return _WORDS.get(kind.lower(), kind)


def _removal(
    case: Case, findings: Sequence[Finding], assignment: AppRoleAssignment, principal: Principal | None
) -> Draft:
    ids = (assignment.id, assignment.principal_id, assignment.app_role_id)
    assignment_id, principal_id, role_id = ids
    title = "Remove an assignment"
    if not (is_id(assignment_id) and is_id(principal_id) and is_id(role_id)) or UNSET in ids:
        return manual(
            case, case.subject, findings, title, findings[0].guidance, slot=f"assignment {principal_id} {role_id}"
        )
    path = object_path(case.subject)
    gone = principal is not None and not principal.exists
    again = Request(
        "POST",
        (f"{path}/appRoleAssignedTo",),
        (json_text({"principalId": principal_id, "resourceId": case.instance.id, "appRoleId": role_id}),),
    )
    kind = _kind(assignment, principal)
    return Draft(
        slot=f"{case.instance.id} assignment {principal_id} {role_id}",
        step=step(
            case,
            findings,
            title=f"Remove the assignment of a {kind}",
            target=case.subject,
            look=MemberLook(
                f"{path}/appRoleAssignedTo", (("principalId", (str(principal_id),)), ("appRoleId", (str(role_id),)))
            ),
            before=State((canonical_state([assignment_id]),)),
            after=EMPTY,
            change=Request("DELETE", (f"{path}/appRoleAssignedTo/{assignment_id}",)),
            undo=Undo(None, None, _GONE)
            if gone
            else Undo(again, PRESENT, "Assigns the principal again; the assignment gets a new id."),
            permission=ASSIGNMENT_WRITE,
            risk=Risk(
                RiskLevel.LOW if gone else RiskLevel.MEDIUM,
                not gone,
                "The principal is deleted; nobody loses access."
                if gone
                else "The principal can no longer sign in, unless an assigned group lets it.",
            ),
            notes=(f"Principal {principal_id}, app role {role_id}.",),
        ),
    )
