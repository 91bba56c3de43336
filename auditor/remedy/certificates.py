"""Remedies for SAML signing certificates: rotation in three stages, the preferred thumbprint, removal of expired ones.

A rotation needs the vendor's side too, so it is never one script: the first creates and exports, the second activates
once a person has uploaded the new certificate, the third removes what has expired. Source: Microsoft Graph,
servicePrincipal: addTokenSigningCertificate; "Configure SAML-based single sign-on".
"""

from collections.abc import Sequence
from datetime import datetime

from auditor.model.canonical import canonical_hash
from auditor.model.certificates import CertificateGroup, active_certificate, group_credentials
from auditor.model.finding import Finding
from auditor.model.graph_objects import ServicePrincipal
from auditor.model.plan import (
    AnswerKind,
    CredentialLook,
    Guard,
    PropertyLook,
    Question,
    Request,
    Risk,
    RiskLevel,
    State,
    Undo,
    WithoutCredentials,
    canonical_state,
)
from auditor.model.times import format_time, parse_time
from auditor.remedy.drafts import (
    ANSWER,
    EMPTY,
    PRESENT,
    Case,
    Draft,
    around,
    ask_property,
    by_hand,
    is_id,
    json_text,
    low,
    manual,
    nested,
    object_path,
    patch,
    seen,
    set_property,
    step,
)

CREATE, ACTIVATE, REMOVE = 1, 2, 3
"""Stages of a rotation."""
LISTS = ("keyCredentials", "passwordCredentials")
PREFERRED = "preferredTokenSigningKeyThumbprint"
_YEARS = 3
_LOST = (
    "A removed signing certificate cannot be put back: its private key never leaves Microsoft Entra ID. Create a new "
    "one instead."
)


def rotate(case: Case, findings: Sequence[Finding], merged: Sequence[Finding] = ()) -> list[Draft]:
    """Create and export, activate after the upload, remove what has expired.

    ``merged`` are findings of other certificate remedies of the instance, which the rotation settles with its own.
    """
    service_principal = case.service_principal
    end = _years_later(case.at)
    if service_principal is None or end is None:
        return [by_hand(case, findings, "Rotate the signing certificate")]
    path = object_path(case.subject)
    marker = _marker(case)
    look = CredentialLook(path, "displayName", (marker,))
    preferred = PropertyLook(path, PREFERRED)
    was = seen(service_principal.preferred_token_signing_key_thumbprint)
    created = f"{case.instance.id} {CREATE} {marker}"
    create = step(
        case,
        findings,
        remedy="rotate-certificate",
        title="Create the next signing certificate and export it",
        target=case.subject,
        look=look,
        before=EMPTY,
        after=PRESENT,
        change=Request(
            "POST",
            (f"{path}/addTokenSigningCertificate",),
            (json_text({"displayName": marker, "endDateTime": end}),),
        ),
        undo=Undo(
            WithoutCredentials(path, LISTS, "displayName", (marker,)),
            EMPTY,
            "Removes the certificate that the step made. It must not be the active one.",
            Guard(
                preferred,
                (was,),
                True,
                "The active certificate is not the one that the scan saw: take the activation back first.",
            ),
        ),
        risk=low("The new certificate signs nothing until it is activated."),
        leaves="certificate",
    )
    activate = step(
        case,
        [*findings, *(one for one in merged if one.remedy == "set-preferred-certificate")],
        remedy="rotate-certificate",
        stage=ACTIVATE,
        title="Activate the new signing certificate",
        target=case.subject,
        look=preferred,
        before=State((was,)),
        after=State(('["', ANSWER, '"]')),
        change=Request("PATCH", (path,), around(PREFERRED, ANSWER)),
        undo=Undo(
            patch(path, nested(PREFERRED, service_principal.preferred_token_signing_key_thumbprint or None)),
            State((was,)),
            "Makes the former certificate active again.",
        ),
        risk=Risk(
            RiskLevel.HIGH,
            True,
            "Everybody's sign-in fails from this moment if the vendor does not have the new certificate.",
        ),
        question=Question(AnswerKind.THUMBPRINT, "The thumbprint of the certificate that the first script made."),
        confirm="The new certificate was uploaded at the vendor, and the vendor accepts it.",
    )
    upload = manual(
        case,
        case.subject,
        findings,
        "Upload the new certificate at the vendor",
        "Give the exported certificate to whoever administers the vendor's side of single sign-on, and have it "
        "uploaded there. Agree on a time: the second script makes it the one that signs.",
        slot="upload",
    )
    drafts = [
        Draft(created, create),
        upload,
        Draft(f"{case.instance.id} {PREFERRED}", activate, needs=created),
    ]
    expired = _removable(_expired(case, service_principal, with_active=True))
    if expired:
        guard = Guard(
            preferred, (was,), False, "The certificate that the scan saw is still the active one: activate first."
        )
        left_behind = [one for one in merged if one.remedy == "remove-expired-certificate"]
        drafts.append(_removal(case, [*findings, *left_behind], expired, guard, stage=REMOVE))
    return drafts


def set_preferred(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """The preferred thumbprint names a certificate that is valid: the only one, or the one that a person chooses."""
    service_principal = case.service_principal
    title = "Name the active signing certificate"
    if service_principal is None:
        return [by_hand(case, findings, title)]
    thumbprints = sorted(
        group.thumbprint for group in _groups(service_principal) if group.thumbprint and _is_valid(group, case.at)
    )
    if not thumbprints:
        return [by_hand(case, findings, title)]
    risk = Risk(
        RiskLevel.HIGH,
        True,
        "Everybody's sign-in fails if the vendor has another certificate. Compare thumbprints first.",
    )
    was = service_principal.preferred_token_signing_key_thumbprint
    if len(thumbprints) == 1:
        return [
            set_property(
                case,
                findings,
                title=title,
                target=case.subject,
                name=PREFERRED,
                was=was,
                becomes=thumbprints[0],
                risk=risk,
            )
        ]
    question = Question(
        AnswerKind.THUMBPRINT, "The thumbprint of the certificate that the vendor has.", tuple(thumbprints)
    )
    return [ask_property(case, findings, title=title, name=PREFERRED, was=was, question=question, risk=risk)]


def remove_expired(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """Expired certificates other than the active one go."""
    service_principal = case.service_principal
    title = "Remove expired signing certificates"
    expired = _expired(case, service_principal, with_active=False) if service_principal is not None else ()
    if service_principal is None or not _removable(expired):
        return [by_hand(case, findings, title)]
    path = object_path(case.subject)
    guard = Guard(
        PropertyLook(path, PREFERRED),
        tuple(canonical_state([group.thumbprint]) for group in expired if group.thumbprint),
        False,
        "An expired certificate has become the active one.",
    )
    return [_removal(case, findings, _removable(expired), guard)]


def _removal(
    case: Case, findings: Sequence[Finding], groups: Sequence[CertificateGroup], guard: Guard, stage: int = CREATE
) -> Draft:
    path = object_path(case.subject)
    ids = sorted(str(key_id) for group in groups for key_id in _key_ids(group))
    distinct = tuple(sorted(set(ids)))
    return Draft(
        slot=f"{case.instance.id} expired {stage}",
        step=step(
            case,
            findings,
            remedy="remove-expired-certificate",
            stage=stage,
            title="Remove expired signing certificates",
            target=case.subject,
            look=CredentialLook(path, "keyId", distinct),
            before=State((canonical_state(ids),)),
            after=EMPTY,
            change=WithoutCredentials(path, LISTS, "keyId", distinct),
            undo=Undo(None, None, _LOST),
            guard=guard,
            risk=Risk(
                RiskLevel.MEDIUM, False, "It cannot be undone. An expired certificate signs nothing that is of use."
            ),
            notes=tuple(f"Certificate {group.identity}, expired {group.not_after}." for group in groups),
        ),
    )


def _groups(service_principal: ServicePrincipal) -> tuple[CertificateGroup, ...]:
    keys, passwords = service_principal.key_credentials, service_principal.password_credentials
    preferred = service_principal.preferred_token_signing_key_thumbprint
    return group_credentials(
        keys if isinstance(keys, tuple) else (),
        passwords if isinstance(passwords, tuple) else (),
        preferred if isinstance(preferred, str) else None,
    ).certificates


def _expired(case: Case, service_principal: ServicePrincipal, *, with_active: bool) -> tuple[CertificateGroup, ...]:
    """Certificates whose validity had ended when the scan saw them."""
    groups = _groups(service_principal)
    preferred = service_principal.preferred_token_signing_key_thumbprint
    active = active_certificate(groups, preferred if isinstance(preferred, str) else None)
    now = _moment(case.at)
    return tuple(
        group
        for group in groups
        if (with_active or group is not active)
        and now is not None
        and (end := _moment(group.not_after)) is not None
        and end <= now
    )


def _removable(groups: Sequence[CertificateGroup]) -> tuple[CertificateGroup, ...]:
    """Those whose every part has an id to remove it by."""
    return tuple(group for group in groups if all(is_id(key_id) for key_id in _key_ids(group)))


def _key_ids(group: CertificateGroup) -> list[object]:
    return [*(key.key_id for key in group.keys), *(password.key_id for password in group.passwords)]


def _is_valid(group: CertificateGroup, at: str) -> bool:
    now, start, end = _moment(at), _moment(group.not_before), _moment(group.not_after)
    return now is not None and start is not None and end is not None and start <= now < end


def _moment(text: str | None) -> datetime | None:
    try:
        return parse_time(text) if text is not None else None
    except ValueError:
        return None


def _years_later(at: str) -> str | None:
    """Three calendar years after the scan: no longer than the rules allow, however late the script runs."""
    moment = _moment(at)
    if moment is None:
        return None
    try:
        return format_time(moment.replace(year=moment.year + _YEARS))
    except ValueError:  # 29 February
        return format_time(moment.replace(year=moment.year + _YEARS, day=28))


def _marker(case: Case) -> str:
    """The new certificate's subject: a script knows by it what it made before, and makes nothing twice."""
    mark = canonical_hash(["rotate-certificate", case.snapshot.tenant_id, case.instance.id, case.at])[:8]
    return f"CN=Microsoft Azure Federated SSO Certificate {mark}"
