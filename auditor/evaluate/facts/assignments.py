"""Who is assigned, and what of them a rule may object to.

Direct principals alone; members of groups are counted.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.facts.membership import takes_in_everybody
from auditor.evaluate.gaps import (
    APPLICATION_READ,
    USER_READ,
    given_as_null,
    not_asked,
    not_carried,
    not_shown,
    not_understood,
)
from auditor.model.evidence import Known, Unknown
from auditor.model.graph_objects import AppRole, AppRoleAssignment
from auditor.model.snapshot import Principal, PrincipalRecord

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
"""The role of an assignment that names none. Source: Microsoft Graph, appRoleAssignment.appRoleId."""

_KINDS = {"user": "user", "group": "group", "serviceprincipal": "servicePrincipal"}
_UNKNOWN = "unknown"
_GROUP_READ = "GroupMember.Read.All"
_LOOKED_UP = {
    "user": ("users", USER_READ),
    "group": ("groups", _GROUP_READ),
    "servicePrincipal": ("principals", APPLICATION_READ),
}
"""Kind → the source that tells of such principals, and the permission to read it."""


def put_assignments(evidence: Evidence, context: Context) -> None:
    """``assignments.*``."""
    known = context.instance.assignments
    if isinstance(known, Unknown):
        evidence.miss("assignments", known)
        return
    evidence.put("assignments.count", len(known.value))
    _put_somebody(evidence, known.value)
    _put_people(evidence, context, known.value)
    _put_roles(evidence, context, known.value)


def _kind(assignment: AppRoleAssignment) -> str | None:
    given = assignment.principal_type
    return _KINDS.get(given.lower(), given) if isinstance(given, str) else None


def _put_somebody(evidence: Evidence, assignments: tuple[AppRoleAssignment, ...]) -> None:
    kinds = {_kind(assignment) for assignment in assignments}
    gaps = [gap for assignment in assignments if (gap := _kind_gap(_kind(assignment))) is not None]
    if kinds & {"user", "group"} or not gaps:
        evidence.put("assignments.somebody", bool(kinds & {"user", "group"}))
    else:
        evidence.miss("assignments.somebody", *gaps)


def _kind_gap(kind: str | None) -> Unknown | None:
    """Why it cannot be told what is assigned; None for the kinds of v1.0."""
    if kind in (None, _UNKNOWN):
        return not_carried("assignments", "principalType", APPLICATION_READ)
    if kind in _LOOKED_UP:
        return None
    return not_understood("assignments", f"this version does not know the principal type {kind}", APPLICATION_READ)


class _Assigned:
    """One principal, however often it is assigned."""

    __slots__ = ("found", "kind", "member_count", "name", "object_id")

    def __init__(self, assignment: AppRoleAssignment, record: PrincipalRecord | None) -> None:
        self.object_id = str(assignment.principal_id)
        self.kind = _kind(assignment) or (record.kind if record else _UNKNOWN)
        self.member_count = record.member_count if record else None
        self.found: Principal | Unknown = _not_looked_up(self.kind)
        if record is not None:
            self.found = record.evidence if isinstance(record.evidence, Unknown) else record.evidence.value
        given = assignment.principal_display_name
        self.name = given if isinstance(given, str) else None
        if self.name is None and isinstance(self.found, Principal) and isinstance(self.found.display_name, str):
            self.name = self.found.display_name

    def told(self, words: str = "", passing: str = "", **more: Any) -> dict[str, Any]:
        """The principal with what is to be said of it.

        ``passing`` changes by itself, so that no label holds it.
        """
        kind = _WORDS.get(self.kind, self.kind)
        label = ", ".join(part for part in (kind, words, self.object_id) if part)
        sentence = ", ".join(part for part in (kind, words, passing, self.object_id) if part)
        named = self.name or "no name"
        return {
            "id": self.object_id,
            "kind": self.kind,
            "displayName": self.name,
            "label": f"{named} ({label})",
            "sentence": f"{named} ({sentence})",
            **more,
        }


_WORDS = {"servicePrincipal": "service principal"}


def _not_looked_up(kind: str) -> Unknown:
    source, permission = _LOOKED_UP.get(kind, _LOOKED_UP["user"])
    what = _WORDS.get(kind, kind) if kind in _LOOKED_UP else "principal"
    return not_asked(source, f"an assigned {what} was not looked up", permission)


def _put_people(evidence: Evidence, context: Context, assignments: tuple[AppRoleAssignment, ...]) -> None:
    people, unnamed = _people(assignments, context.principals)
    departed: list[dict[str, Any]] = []
    guests: list[dict[str, Any]] = []
    testers: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    gaps: dict[str, list[Unknown]] = {name: list(unnamed) for name in ("departed", "guests", "testers", "groups")}
    test_names = {name.casefold() for name in context.app.test_users}
    for assigned in people:
        problem = _departure(assigned)
        if isinstance(problem, Unknown):
            gaps["departed"].append(problem)
        elif problem:
            departed.append(assigned.told(problem, problem=problem))
        if assigned.kind == "group":
            group, gap = _group(assigned)
            groups.append(group)
            gaps["groups"] += gap
        elif assigned.kind == "user":
            for answer, found, name in (
                (_is_guest(assigned), guests, "guests"),
                (_is_test_user(assigned, test_names), testers, "testers"),
            ):
                if isinstance(answer, Unknown):
                    gaps[name].append(answer)
                elif answer:
                    found.append(assigned.told())
    evidence.put_list("assignments.principals", [assigned.told() for assigned in people], unnamed)
    evidence.put_list("assignments.departed", departed, gaps["departed"])
    evidence.put_list("assignments.guests", guests, gaps["guests"])
    evidence.put_list("assignments.testUsers", testers, gaps["testers"])
    evidence.put_list("assignments.groups", groups, gaps["groups"])


def _people(
    assignments: tuple[AppRoleAssignment, ...], records: Mapping[str, PrincipalRecord]
) -> tuple[list[_Assigned], list[Unknown]]:
    found: dict[str, _Assigned] = {}
    unnamed: list[Unknown] = []
    for assignment in assignments:
        if not isinstance(assignment.principal_id, str):
            unnamed.append(not_carried("assignments", "principalId", APPLICATION_READ))
        elif assignment.principal_id not in found:
            assigned = _Assigned(assignment, records.get(assignment.principal_id))
            found[assignment.principal_id] = assigned
            if (gap := _kind_gap(assigned.kind)) is not None:
                unnamed.append(gap)
    return sorted(found.values(), key=lambda assigned: assigned.object_id), unnamed


def _departure(assigned: _Assigned) -> str | Unknown:
    """``deleted`` or ``disabled``, empty for neither."""
    if isinstance(assigned.found, Unknown):
        return assigned.found
    if not assigned.found.exists:
        return "deleted"
    if assigned.kind == "group":
        return ""
    enabled = assigned.found.account_enabled
    if isinstance(enabled, bool):
        return "" if enabled else "disabled"
    if assigned.kind == "servicePrincipal":
        return not_carried("principals", "accountEnabled of an assigned service principal", APPLICATION_READ)
    return not_shown("users", "whether an assigned user is enabled", USER_READ)


def _is_guest(assigned: _Assigned) -> bool | Unknown:
    if isinstance(assigned.found, Unknown):
        return assigned.found
    if not assigned.found.exists:
        return False
    kind = assigned.found.user_type
    if isinstance(kind, str):
        return kind.casefold() == "guest"
    return not_shown("users", "whether an assigned user is a guest", USER_READ)


def _is_test_user(assigned: _Assigned, test_names: set[str]) -> bool | Unknown:
    """By display name, or by what stands before the @ of the user principal name."""
    if assigned.name is not None and assigned.name.strip().casefold() in test_names:
        return True
    principal = assigned.found
    if isinstance(principal, Unknown):
        return principal
    if not principal.exists:
        # Only the assignment still tells who it was.
        gap = not_carried("assignments", "principalDisplayName of a deleted user", APPLICATION_READ)
        return gap if assigned.name is None else False
    upn, name = principal.user_principal_name, principal.display_name
    names = [name, upn.partition("@")[0] if isinstance(upn, str) else upn]
    if any(isinstance(text, str) and text.strip().casefold() in test_names for text in names):
        return True
    for text, words in ((name, "display name"), (upn, "user principal name")):
        if not isinstance(text, str):
            return not_shown("users", f"the {words} of an assigned user", USER_READ)
    return False


def _group(assigned: _Assigned) -> tuple[dict[str, Any], list[Unknown]]:
    """A group as far as it is known: what is not is left out of it, and told as a gap."""
    principal, count = assigned.found, assigned.member_count
    if isinstance(principal, Principal) and not principal.exists:
        return assigned.told("deleted", everybody=False, members=0), []
    gaps: list[Unknown] = []
    facts: dict[str, Any] = {}
    if isinstance(principal, Unknown):
        gaps.append(principal)
    elif principal.membership_rule is UNSET:
        gaps.append(not_carried("groups", "membershipRule", _GROUP_READ))
    elif principal.group_types is UNSET:
        gaps.append(not_carried("groups", "groupTypes", _GROUP_READ))
    else:
        rule = principal.membership_rule
        dynamic = "DynamicMembership" in (principal.group_types or ())
        facts["everybody"] = dynamic and isinstance(rule, str) and takes_in_everybody(rule)
    if isinstance(count, Known):
        facts["members"] = count.value
    else:
        gaps.append(
            count or not_asked("groupMembers", "the members of an assigned group were not counted", _GROUP_READ)
        )
    words = "its rule takes in everybody" if facts.get("everybody") else ""
    members = f"{facts['members']:,} members" if "members" in facts else ""
    return assigned.told(words, members, **facts), gaps


def _put_roles(evidence: Evidence, context: Context, assignments: tuple[AppRoleAssignment, ...]) -> None:
    path = "assignments.undefinedRoles"
    known = context.instance.service_principal
    if isinstance(known, Unknown):
        evidence.miss(path, known)
        return
    roles = known.value.app_roles
    if not isinstance(roles, tuple):
        missing = not_carried if roles is UNSET else given_as_null
        evidence.miss(path, missing("servicePrincipal", "appRoles", APPLICATION_READ))
        return
    defined = {role.id.lower() for role in roles if isinstance(role.id, str)}
    for_users = [_is_for_users(role) for role in roles]
    wrong: list[dict[str, Any]] = []
    gaps: list[Unknown] = []
    all_named = all(isinstance(role.id, str) for role in roles)
    if not all_named:
        gaps.append(not_carried("servicePrincipal", "appRoles.id", APPLICATION_READ))
    for assignment in assignments:
        role_id = assignment.app_role_id
        if not isinstance(role_id, str):
            gaps.append(not_carried("assignments", "appRoleId", APPLICATION_READ))
        elif role_id.lower() == DEFAULT_ACCESS:
            if True in for_users:
                wrong.append(_with_role(context, assignment, "default access, though the app defines roles"))
            else:
                gaps += [answer for answer in for_users if isinstance(answer, Unknown)]
        elif role_id.lower() not in defined and all_named:
            wrong.append(_with_role(context, assignment, f"role {role_id}, which the app does not define"))
    wrong.sort(key=lambda member: (member["id"], member["appRoleId"]))
    evidence.put_list(path, wrong, gaps)


def _is_for_users(role: AppRole) -> bool | Unknown:
    """Whether a role is enabled and users can hold it."""
    if role.is_enabled is False:
        return False
    if isinstance(role.allowed_member_types, tuple) and "User" not in role.allowed_member_types:
        return False
    if role.is_enabled is True and isinstance(role.allowed_member_types, tuple):
        return True
    name = "isEnabled" if not isinstance(role.is_enabled, bool) else "allowedMemberTypes"
    return not_carried("servicePrincipal", f"appRoles.{name}", APPLICATION_READ)


def _with_role(context: Context, assignment: AppRoleAssignment, words: str) -> dict[str, Any]:
    record = context.principals.get(str(assignment.principal_id))
    return _Assigned(assignment, record).told(words, appRoleId=assignment.app_role_id)
