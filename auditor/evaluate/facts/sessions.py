"""Conditional Access policies that put a session control on the app.

Source: Microsoft Graph, conditionalAccessPolicy, conditionalAccessApplications,
conditionalAccessSessionControls.
"""

from typing import Any

from msgspec import UNSET

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import POLICY_READ, not_carried, not_understood
from auditor.model.evidence import Unknown
from auditor.model.graph_objects import ConditionalAccessPolicy

_SOURCE = "conditionalAccessPolicies"
_CONTROLS = {
    "application_enforced_restrictions": "app enforced restrictions",
    "cloud_app_security": "Conditional Access App Control",
    "persistent_browser": "persistent browser session",
    "secure_sign_in_session": "secure sign-in session",
    "sign_in_frequency": "sign-in frequency",
}


def put_session_policies(evidence: Evidence, context: Context) -> None:
    """``conditionalAccess.sessionPolicies``.

    One certain policy is enough, whatever is in doubt about another.
    """
    known = context.snapshot.conditional_access_policies
    if isinstance(known, Unknown):
        evidence.miss("conditionalAccess.sessionPolicies", known)
        return
    found: list[dict[str, Any]] = []
    gaps: list[Unknown] = []
    for policy in sorted(known.value, key=lambda policy: policy.id):
        covers = _covers(policy, context.instance.app_id)
        controls = _controls(policy)
        users = _users(policy)
        # One certain "no" settles it, whatever is in doubt beside it.
        if covers is False or controls == () or _is_off(policy) or users == "":
            continue
        doubt = next(
            (answer for answer in (_enabled(policy), covers, controls, users) if isinstance(answer, Unknown)), None
        )
        if doubt is not None:
            gaps.append(doubt)
        elif isinstance(controls, tuple):
            name = policy.display_name if isinstance(policy.display_name, str) else "no name"
            label = f"{name}: {', '.join(controls)}, {users}"
            found.append(
                {"id": policy.id, "displayName": name, "controls": list(controls), "users": users, "label": label}
            )
    evidence.put_list("conditionalAccess.sessionPolicies", found, gaps)


def _is_off(policy: ConditionalAccessPolicy) -> bool:
    return isinstance(policy.state, str) and policy.state != "enabled"


def _enabled(policy: ConditionalAccessPolicy) -> bool | Unknown:
    return policy.state == "enabled" or not_carried(_SOURCE, "state", POLICY_READ)


def _covers(policy: ConditionalAccessPolicy, app_id: str | None) -> bool | Unknown:
    """Whether the policy includes the app and does not exclude it."""
    conditions = policy.conditions
    applications = conditions.applications if conditions is not UNSET and conditions is not None else UNSET
    if applications is UNSET or applications is None:
        return not_carried(_SOURCE, "conditions.applications", POLICY_READ)
    if app_id is None:
        return not_carried("servicePrincipals", "appId", "Application.Read.All")
    included, excluded = _members(applications.include_applications), _members(applications.exclude_applications)
    if excluded is not None and app_id.lower() in excluded:
        return False
    if included is None or excluded is None:
        name = "includeApplications" if included is None else "excludeApplications"
        return not_carried(_SOURCE, f"conditions.applications.{name}", POLICY_READ)
    named = bool(included & {"all", app_id.lower()})
    condition = applications.application_filter
    if condition is UNSET:
        return not_carried(_SOURCE, "conditions.applications.applicationFilter", POLICY_READ)
    if condition is not None and not (named and condition.mode == "include"):
        return not_understood(_SOURCE, "a policy chooses apps by a filter on their attributes", POLICY_READ)
    return named


def _controls(policy: ConditionalAccessPolicy) -> tuple[str, ...] | Unknown:
    """The session controls in force; empty where there is none for certain."""
    controls = policy.session_controls
    if controls is UNSET:
        return not_carried(_SOURCE, "sessionControls", POLICY_READ)
    if controls is None:
        return ()
    found: list[str] = []
    doubt: Unknown | None = None
    for field, words in _CONTROLS.items():
        control = getattr(controls, field)
        if control is None or (control is not UNSET and control.is_enabled is False):
            continue
        if control is UNSET or control.is_enabled is UNSET:
            name = "sessionControls" if control is UNSET else "sessionControls.isEnabled"
            doubt = not_carried(_SOURCE, name, POLICY_READ)
        else:
            found.append(words)
    return tuple(found) if found or doubt is None else doubt


def _users(policy: ConditionalAccessPolicy) -> str | Unknown:
    """For whom the policy holds, in words, some users only being enough; empty where for nobody."""
    conditions = policy.conditions
    users = conditions.users if conditions is not UNSET and conditions is not None else None
    if users is None or users is UNSET or (included := _members(users.include_users)) is None:
        return not_carried(_SOURCE, "conditions.users.includeUsers", POLICY_READ)
    if "none" in included:
        return ""
    if "all" not in included:
        return "for some users only"
    exceptions = (users.exclude_users, users.exclude_groups, users.exclude_roles)
    return "for all users but those excluded" if any(_members(part) for part in exceptions) else "for all users"


def _members(texts: object) -> set[str] | None:
    return {str(text).lower() for text in texts} if isinstance(texts, tuple) else None
