"""Secrets and keys that belong to no signing certificate.

Each is a way in that single sign-on does not need.
"""

from typing import Any

from msgspec import UNSET

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import APPLICATION_READ, given_as_null, not_carried
from auditor.model.certificates import CredentialGroups, group_credentials, identifier_bytes
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.graph_objects import X509, Application, KeyCredential, PasswordCredential, ServicePrincipal

_Credential = KeyCredential | PasswordCredential
_WHERE = {"servicePrincipal": "service principal", "application": "application"}


def put_credentials(evidence: Evidence, context: Context) -> None:
    """``credentials.strays``.

    Of both objects, grouped together, because a group's parts may lie on either.
    """
    gaps: list[Unknown] = []
    keys: list[tuple[str, KeyCredential]] = []
    passwords: list[tuple[str, PasswordCredential]] = []
    encryption: set[object] = set()
    signing_keys_gap: Unknown | None = None
    instance = context.instance
    for source, known in (("servicePrincipal", instance.service_principal), ("application", instance.application)):
        if not isinstance(known, Known):
            gaps.append(known)
            if source == "servicePrincipal":
                signing_keys_gap = known
            continue
        holder: ServicePrincipal | Application = known.value
        encryption.add(holder.token_encryption_key_id)
        if isinstance(holder.key_credentials, tuple):
            keys += [(source, key) for key in holder.key_credentials]
        else:
            gaps.append(_missing(source, "keyCredentials", holder.key_credentials))
            if source == "servicePrincipal":
                signing_keys_gap = gaps[-1]
        if isinstance(holder.password_credentials, tuple):
            passwords += [(source, password) for password in holder.password_credentials]
        else:
            gaps.append(_missing(source, "passwordCredentials", holder.password_credentials))
    groups = group_credentials([key for _, key in keys], [password for _, password in passwords])
    stray = {id(credential) for credential in (*groups.stray_keys, *groups.stray_passwords)}
    doubt = signing_keys_gap or _unplaced(groups)
    strays: list[dict[str, Any]] = []
    everything: list[tuple[str, _Credential]] = [*keys, *passwords]
    for source, credential in everything:
        if id(credential) not in stray:
            continue
        if (gap := _own_doubt(source, credential)) is not None:
            gaps.append(gap)
        elif doubt is not None and _has_identity(credential):
            gaps.append(doubt)
        else:
            strays.append(_described(source, credential, encryption))
    evidence.put_list("credentials.strays", sorted(strays, key=lambda member: (member["object"], member["id"])), gaps)


def _missing(source: str, name: str, value: object) -> Unknown:
    missing = not_carried if value is UNSET else given_as_null
    return missing(source, name, APPLICATION_READ)


def _has_identity(credential: _Credential) -> bool:
    """True where it may belong to a certificate at all."""
    if isinstance(credential, KeyCredential) and isinstance(credential.certificate, X509):
        return True
    return identifier_bytes(credential.custom_key_identifier) is not None


def _own_doubt(source: str, credential: _Credential) -> Unknown | None:
    """What the answer did not carry of a credential in no group, so that it may belong to one."""
    if isinstance(credential, KeyCredential):
        if credential.usage is UNSET:
            return not_carried(source, "keyCredentials.usage", APPLICATION_READ)
        if credential.usage == "Sign":
            return not_carried(source, "the identity of a key that signs", APPLICATION_READ)
        if credential.custom_key_identifier is UNSET and not isinstance(credential.certificate, X509):
            return not_carried(source, "keyCredentials.customKeyIdentifier", APPLICATION_READ)
    elif credential.custom_key_identifier is UNSET:
        return not_carried(source, "passwordCredentials.customKeyIdentifier", APPLICATION_READ)
    return None


def _unplaced(groups: CredentialGroups) -> Unknown | None:
    """Why a credential with an identity may belong to a certificate that could not be made out.

    A key that perhaps signs is in no group, or a certificate's identifier does not give its thumbprint, by which
    another part of it may go.
    """
    for key in groups.stray_keys:
        if key.usage is UNSET or key.usage == "Sign":
            return _own_doubt("servicePrincipal", key)
    if any(group.thumbprint is None for group in groups.certificates):
        cause = "a certificate's key was withheld and its identifier gives no thumbprint"
        return Unknown("servicePrincipalKeys", Outcome.INVALID, cause, APPLICATION_READ)
    return None


def _described(source: str, credential: _Credential, encryption: set[object]) -> dict[str, Any]:
    key_id = credential.key_id if isinstance(credential.key_id, str) else "no id"
    name = credential.display_name if isinstance(credential.display_name, str) else None
    if isinstance(credential, PasswordCredential):
        kind, words = "secret", "client secret"
    else:
        kind, words = "key", f"key ({credential.usage if isinstance(credential.usage, str) else 'no usage'})"
        if key_id in encryption:
            words += ", the token encryption key,"
    named = f" “{name}”" if name else ""
    return {
        "id": key_id,
        "object": source,
        "type": kind,
        "displayName": name,
        "label": f"{words}{named} on the {_WHERE[source]} ({key_id})",
    }
