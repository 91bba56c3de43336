"""Remedies that set single properties: identifier, reply URLs, sign-on URL, RelayState, mode, access switches."""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from auditor.model.evidence import Known
from auditor.model.finding import Finding
from auditor.model.graph_objects import RedirectUriSettings, SamlSingleSignOnSettings, WebApplication
from auditor.model.plan import (
    AnswerKind,
    Question,
    Risk,
    RiskLevel,
    canonical_state,
)
from auditor.remedy.drafts import (
    Case,
    Draft,
    RefusedError,
    application_subject,
    ask_property,
    by_hand,
    low,
    manual,
    nested,
    set_property,
)

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]+", re.ASCII)
_HTTPS = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]+", re.ASCII)
_MODE = re.compile(r"[A-Za-z]{2,40}", re.ASCII)
RELAY_STATE = "samlSingleSignOnSettings.relayState"


def set_identifier(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """The application's identifiers become exactly those that the rule names."""
    wanted = _values(findings, _URI)
    application = case.application
    if wanted is None or application is None:
        return [by_hand(case, findings, "Set the identifier")]
    was = _texts(application.identifier_uris)
    return [
        set_property(
            case,
            findings,
            title="Set the identifier (entity ID)",
            target=application_subject(application),
            name="identifierUris",
            was=was,
            becomes=list(wanted),
            many=True,
            risk=Risk(
                RiskLevel.HIGH,
                True,
                "Assertions carry the new identifier at once. Whatever signs in by an identifier that is removed stops "
                "working.",
            ),
        )
    ]


def set_reply_urls(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """The application's reply URLs become exactly those that the rule names; the first of them is the default."""
    wanted = _values(findings, _HTTPS)
    application = case.application
    web = application.web if application is not None else None
    if wanted is None or application is None or not isinstance(web, WebApplication):
        return [by_hand(case, findings, "Set the reply URL")]
    was = _texts(web.redirect_uris)
    settings = web.redirect_uri_settings if isinstance(web.redirect_uri_settings, tuple) else ()
    body: dict[str, Any] = {"redirectUris": list(wanted)}
    undo_body: dict[str, Any] = {"redirectUris": was}
    if settings:
        indexes = [None] if len(wanted) == 1 else range(len(wanted))
        body["redirectUriSettings"] = [{"uri": uri, "index": index} for uri, index in zip(wanted, indexes, strict=True)]
        undo_body["redirectUriSettings"] = [_setting(setting) for setting in settings]
    return [
        set_property(
            case,
            findings,
            title="Set the reply URL (assertion consumer service)",
            target=application_subject(application),
            name="web.redirectUris",
            was=was,
            becomes=list(wanted),
            many=True,
            body={"web": body},
            undo_body={"web": undo_body},
            risk=Risk(
                RiskLevel.HIGH, True, "Assertions go to the new address at once, and to a removed one no longer."
            ),
            notes=(
                ("The order of the former reply URLs is not part of the snapshot; the backup file has it.",)
                if len(was) > 1 and not any(isinstance(setting.index, int) for setting in settings)
                else ()
            ),
        )
    ]


def clear_sign_on_url(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """The sign-on URL becomes null."""
    return _flagged(
        case,
        findings,
        "Clear the sign-on URL",
        "loginUrl",
        None,
        low("Tiles and links in My Apps start sign-on at the identity provider from then on."),
        also=(canonical_state([""]),),
    )


def set_sso_mode(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """The single sign-on mode becomes the one that the rule names."""
    wanted = _values(findings, _MODE)
    if wanted is None or len(wanted) != 1:
        return [by_hand(case, findings, "Set the single sign-on mode")]
    return _flagged(
        case,
        findings,
        f"Set the single sign-on mode to {wanted[0]}",
        "preferredSingleSignOnMode",
        wanted[0],
        Risk(
            RiskLevel.HIGH, True, "Whoever signs in by the present mode can do so no longer, until the new one works."
        ),
    )


def require_assignment(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """Only the assigned sign in. By hand where nobody is known to be assigned: it would lock everybody out."""
    assignments = case.instance.assignments
    title = "Require assignment"
    if not isinstance(assignments, Known):
        words = (
            "Who is assigned could not be read. See that the right groups are assigned, then set Assignment required."
        )
        return [manual(case, case.subject, findings, title, words, slot="appRoleAssignmentRequired")]
    kinds = {
        str(assignment.principal_type).lower()
        for assignment in assignments.value
        if assignment.principal_id not in case.leaving
    }
    if not kinds & {"user", "group"}:
        words = (
            "Nobody is assigned, or stays so, and this would lock everybody out. Assign the groups that are to have "
            "access and scan again: the next plan has this as a step."
        )
        return [manual(case, case.subject, findings, title, words, slot="appRoleAssignmentRequired")]
    return _flagged(
        case,
        findings,
        title,
        "appRoleAssignmentRequired",
        True,
        Risk(RiskLevel.HIGH, True, "Whoever is neither assigned nor in an assigned group can sign in no longer."),
    )


def enable_service_principal(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """Sign-in is possible again."""
    return _flagged(
        case,
        findings,
        "Enable the enterprise application for sign-in",
        "accountEnabled",
        True,
        Risk(
            RiskLevel.MEDIUM,
            False,
            "Everybody who may use the application can sign in again. See first that nobody disabled it on purpose.",
        ),
    )


def set_relay_state(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """RelayState becomes the one address that the rules name; where they leave a choice, a person makes it."""
    service_principal = case.service_principal
    title = "Set RelayState"
    if service_principal is None:
        return [by_hand(case, findings, title)]
    lists = [lines for finding in findings if (lines := _lines(finding, _HTTPS))]
    if not lists:
        return [by_hand(case, findings, title)]
    common = [url for url in lists[0] if all(url in others for others in lists[1:])]
    if not common:
        raise RefusedError("The rules name addresses that exclude one another.")
    settings = service_principal.saml_single_sign_on_settings
    given = isinstance(settings, SamlSingleSignOnSettings)
    was = settings.relay_state if isinstance(settings, SamlSingleSignOnSettings) else None
    undo_body = nested(RELAY_STATE, None if was is UNSET else was) if given else {"samlSingleSignOnSettings": None}
    risk = low("People land at the new address after sign-in.")
    if len(common) == 1:
        return [
            set_property(
                case,
                findings,
                title=title,
                target=case.subject,
                name=RELAY_STATE,
                was=was,
                becomes=common[0],
                undo_body=undo_body,
                risk=risk,
            )
        ]
    question = Question(
        AnswerKind.URL,
        "The address of the product that this tenant uses; the configuration declares none.",
        tuple(common),
    )
    return [
        ask_property(
            case,
            findings,
            title=title,
            name=RELAY_STATE,
            was=was,
            question=question,
            undo_body=undo_body,
            risk=risk,
        )
    ]


def _flagged(
    case: Case,
    findings: Sequence[Finding],
    title: str,
    name: str,
    becomes: Any,
    risk: Risk,
    also: tuple[str, ...] = (),
) -> list[Draft]:
    """A step that sets a scalar of the service principal."""
    if case.service_principal is None:
        return [by_hand(case, findings, title)]
    was = getattr(case.service_principal, _ATTRIBUTES[name])
    return [
        set_property(
            case, findings, title=title, target=case.subject, name=name, was=was, becomes=becomes, risk=risk, also=also
        )
    ]


_ATTRIBUTES = {
    "loginUrl": "login_url",
    "preferredSingleSignOnMode": "preferred_single_sign_on_mode",
    "appRoleAssignmentRequired": "app_role_assignment_required",
    "accountEnabled": "account_enabled",
}


def _lines(finding: Finding, form: re.Pattern[str]) -> tuple[str, ...]:
    """The values that a finding expects, one a line; none where any line is something else."""
    lines = tuple(finding.expected.split("\n"))
    return lines if all(form.fullmatch(line) for line in lines) else ()


def _values(findings: Sequence[Finding], form: re.Pattern[str]) -> tuple[str, ...] | None:
    """The values that the findings agree on; None where no finding names any. Refused where they disagree."""
    named = {lines for finding in findings if (lines := _lines(finding, form))}
    if len({frozenset(lines) for lines in named}) > 1:
        rules = ", ".join(sorted({finding.rule for finding in findings}))
        raise RefusedError(f"The rules {rules} ask for different values.")
    return min(named) if named else None


def _texts(texts: object) -> list[str]:
    return list(texts) if isinstance(texts, tuple) else []


def _setting(setting: RedirectUriSettings) -> dict[str, Any]:
    index = setting.index if isinstance(setting.index, int) else None
    return {"uri": setting.uri if isinstance(setting.uri, str) else None, "index": index}
