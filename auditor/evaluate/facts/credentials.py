"""Secrets and keys that belong to no signing certificate.

Each is a way in that single sign-on does not need.
"""

from typing import Any

from msgspec import UNSET

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import APPLICATION_READ, given_as_null, not_carried
from auditor.model.certificates import group_credentials, identifier_bytes
from auditor.model.evidence import Known, Unknown
from auditor.model.graph_objects import Application, KeyCredential, PasswordCredential, ServicePrincipal

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
    signing_keys_read = False
    instance = context.instance
    for source, known in (("servicePrincipal", instance.service_principal), ("application", instance.application)):
        if not isinstance(known, Known):
            gaps.append(known)
            continue
        holder: ServicePrincipal | Application = known.value
        encryption.add(holder.token_encryption_key_id)
        for name, credentials in (
            ("keyCredentials", holder.key_credentials),
            ("passwordCredentials", holder.password_credentials),
        ):
            if credentials is UNSET:
                gaps.append(not_carried(source, name, APPLICATION_READ))
            elif credentials is None:
                gaps.append(given_as_null(source, name, APPLICATION_READ))
        if isinstance(holder.key_credentials, tuple):
            signing_keys_read |= source == "servicePrincipal"
            keys += [(source, key) for key in holder.key_credentials]
        if isinstance(holder.password_credentials, tuple):
            passwords += [(source, password) for password in holder.password_credentials]
    groups = group_credentials([key for _, key in keys], [password for _, password in passwords])
    stray = {id(credential) for credential in (*groups.stray_keys, *groups.stray_passwords)}
    strays: list[dict[str, Any]] = []
    everything: list[tuple[str, _Credential]] = [*keys, *passwords]
    for source, credential in everything:
        if id(credential) not in stray:
            continue
        if (gap := _doubt(source, credential, signing_keys_read, gaps)) is not None:
            gaps.append(gap)
        else:
            strays.append(_described(source, credential, encryption))
    evidence.put_list("credentials.strays", sorted(strays, key=lambda member: (member["object"], member["id"])), gaps)


def _doubt(source: str, credential: _Credential, signing_keys_read: bool, gaps: list[Unknown]) -> Unknown | None:
    """Why a credential in no group seen may still belong to one; None where it is a stray for certain."""
    name = "keyCredentials" if isinstance(credential, KeyCredential) else "passwordCredentials"
    if credential.custom_key_identifier is UNSET:
        return not_carried(source, f"{name}.customKeyIdentifier", APPLICATION_READ)
    if isinstance(credential, KeyCredential) and (credential.usage is UNSET or credential.usage == "Sign"):
        # It may be a certificate by itself, whose identity was not shown.
        return not_carried(source, f"{name} with an identity", APPLICATION_READ)
    if not signing_keys_read and identifier_bytes(credential.custom_key_identifier) is not None:
        return gaps[0]
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
