"""Remedy for secrets and keys that belong to no signing certificate.

A secret is removed by its id. A key is removed by sending the list without it, because Graph's removeKey asks for a
proof that only the key's holder can give. Source: Microsoft Graph, removePassword, removeKey.
"""

from collections.abc import Sequence

from msgspec import UNSET

from auditor.model.certificates import group_credentials
from auditor.model.finding import Finding, Subject
from auditor.model.graph_objects import Application, KeyCredential, PasswordCredential, ServicePrincipal
from auditor.model.plan import (
    Change,
    CredentialLook,
    Request,
    RestoreKeys,
    Risk,
    RiskLevel,
    State,
    Undo,
    WithoutCredentials,
    canonical_state,
)
from auditor.remedy.drafts import (
    EMPTY,
    Case,
    Draft,
    application_subject,
    is_id,
    json_text,
    manual,
    object_path,
    step,
)

_Credential = KeyCredential | PasswordCredential
_RISK = Risk(
    RiskLevel.HIGH, False, "Whatever signs in with it as the application stops working. Find out first what does."
)
_SECRET_LOST = "A removed secret cannot be put back: nobody but its holder knows it. Make a new one if it is missed."  # noqa: S105 - words, no secret


def remove_credential(case: Case, findings: Sequence[Finding]) -> list[Draft]:
    """A step for each stray secret and key that the findings name."""
    named = "\n".join(finding.observed for finding in findings)
    encryption = {
        holder.token_encryption_key_id for holder in (case.service_principal, case.application) if holder is not None
    }
    drafts: list[Draft] = []
    for target, credential in _strays(case):
        key_id = credential.key_id
        if not isinstance(key_id, str) or not is_id(key_id) or f"({key_id})" not in named:
            continue
        if key_id in encryption:
            words = (
                f"The key {key_id} encrypts the assertions. Agree with the vendor on sign-in without it, clear the "
                "token encryption certificate in the admin center, and scan again."
            )
            drafts.append(manual(case, target, findings, "Retire the token encryption key", words, slot=key_id))
        else:
            drafts.append(_removal(case, findings, target, credential, key_id))
    if not drafts:
        words = findings[0].guidance
        drafts.append(manual(case, case.subject, findings, "Remove stray credentials", words, slot="credentials"))
    return drafts


def _strays(case: Case) -> list[tuple[Subject, _Credential]]:
    """Credentials in no certificate's group for certain, each with the object that holds it."""
    holders: list[tuple[Subject, ServicePrincipal | Application]] = []
    if case.service_principal is not None:
        holders.append((case.subject, case.service_principal))
    if case.application is not None:
        holders.append((application_subject(case.application), case.application))
    held: list[tuple[Subject, _Credential]] = []
    for target, holder in holders:
        for credentials in (holder.key_credentials, holder.password_credentials):
            if isinstance(credentials, tuple):
                held += [(target, credential) for credential in credentials]
    groups = group_credentials(
        [credential for _, credential in held if isinstance(credential, KeyCredential)],
        [credential for _, credential in held if isinstance(credential, PasswordCredential)],
    )
    stray = {id(credential) for credential in (*groups.stray_keys, *groups.stray_passwords)}
    return [
        (target, credential)
        for target, credential in held
        if id(credential) in stray
        and credential.custom_key_identifier is not UNSET
        and not (isinstance(credential, KeyCredential) and credential.usage in (UNSET, "Sign"))
    ]


def _removal(case: Case, findings: Sequence[Finding], target: Subject, credential: _Credential, key_id: str) -> Draft:
    path = object_path(target)
    where = "application" if target.type == "application" else "service principal"
    change: Change
    if isinstance(credential, PasswordCredential):
        title = f"Remove a client secret of the {where}"
        change = Request("POST", (f"{path}/removePassword",), (json_text({"keyId": key_id}),))
        undo = Undo(None, None, _SECRET_LOST)
    else:
        title = f"Remove a key of the {where}"
        change = WithoutCredentials(path, ("keyCredentials",), "keyId", (key_id,))
        undo = Undo(
            RestoreKeys(path, (key_id,)),
            State((canonical_state([key_id]),)),
            "Puts the public key back that the step kept before it removed it.",
        )
    return Draft(
        slot=f"{target.id} credential {key_id}",
        step=step(
            case,
            findings,
            title=title,
            target=target,
            look=CredentialLook(path, "keyId", (key_id,)),
            before=State((canonical_state([key_id]),)),
            after=EMPTY,
            change=change,
            undo=undo,
            risk=_RISK,
        ),
    )
