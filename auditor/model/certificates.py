"""SAML signing certificates: from Graph's key and password credentials to one group for each certificate.

``addTokenSigningCertificate`` leaves three objects (a Sign key, a Verify key, a password credential) that share one
``customKeyIdentifier``. Judged one by one, the password credential of every healthy SAML app would look like a leaked
secret. Source: Microsoft Graph, "Configure SAML-based single sign-on" and servicePrincipal: addTokenSigningCertificate.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable

from msgspec import UNSET, Struct

from auditor.model.graph_objects import X509, KeyCredential, PasswordCredential


class CertificateGroup(Struct, frozen=True):
    """One SAML signing certificate: at least one Sign key, and whatever shares its identifier."""

    identity: str
    """The thumbprint where it is known, else the customKeyIdentifier in hexadecimal: the key in drift paths."""
    thumbprint: str | None
    """SHA-1, 40 upper-case hexadecimal digits; None where neither the key nor an identifier gives it."""
    keys: tuple[KeyCredential, ...]
    passwords: tuple[PasswordCredential, ...]

    @property
    def certificate(self) -> X509 | None:
        """The certificate itself, where any of the keys gave it."""
        return next(
            (key.certificate for key in self.keys if isinstance(key.certificate, X509)),
            None,
        )

    @property
    def not_before(self) -> str | None:
        """Start of validity as the Sign key says, else another key, else the certificate; RFC 3339."""
        for key in self._signing_first():
            if isinstance(key.start_date_time, str):
                return key.start_date_time
        return self.certificate.not_before if self.certificate else None

    @property
    def not_after(self) -> str | None:
        """End of validity as the Sign key says, else another key, else the certificate; RFC 3339."""
        for key in self._signing_first():
            if isinstance(key.end_date_time, str):
                return key.end_date_time
        return self.certificate.not_after if self.certificate else None

    def _signing_first(self) -> list[KeyCredential]:
        return sorted(self.keys, key=lambda key: key.usage != "Sign")


class CredentialGroups(Struct, frozen=True):
    """The outcome of grouping: certificates, and the keys and passwords that belong to none."""

    certificates: tuple[CertificateGroup, ...]
    stray_keys: tuple[KeyCredential, ...]
    stray_passwords: tuple[PasswordCredential, ...]


def identifier_bytes(custom_key_identifier: object) -> bytes | None:
    """The bytes of a base64 ``customKeyIdentifier``; None for null, a missing one, or text that is no base64."""
    if not isinstance(custom_key_identifier, str) or not custom_key_identifier:
        return None
    try:
        return base64.b64decode(custom_key_identifier, validate=True) or None
    except (binascii.Error, ValueError):
        return None


def hashed_thumbprint(thumbprint: str) -> bytes:
    """The 32-byte form of ``customKeyIdentifier``: SHA-256 over the upper-case hexadecimal thumbprint in ASCII."""
    return hashlib.sha256(thumbprint.upper().encode("ascii", "replace")).digest()


def group_credentials(
    keys: Iterable[KeyCredential],
    passwords: Iterable[PasswordCredential],
    preferred_thumbprint: str | None = None,
) -> CredentialGroups:
    """Group credentials by the certificate that they are parts of.

    ``preferred_thumbprint`` helps to recognise a 32-byte identifier whose key was withheld. Groups and their members
    come sorted by identity and key id, whatever the order given.
    """
    keys, passwords = tuple(keys), tuple(passwords)
    known = {key.certificate.thumbprint for key in keys if isinstance(key.certificate, X509)}
    if preferred_thumbprint:
        known.add(preferred_thumbprint.upper())
    credentials: list[KeyCredential | PasswordCredential] = [*keys, *passwords]
    for credential in credentials:
        raw = identifier_bytes(credential.custom_key_identifier)
        if raw is not None and len(raw) == 20:
            known.add(raw.hex().upper())
    by_hash = {hashed_thumbprint(thumbprint): thumbprint for thumbprint in known}
    by_keys = _told_by_keys(keys)

    def identity(
        credential: KeyCredential | PasswordCredential,
    ) -> tuple[str, str | None] | None:
        if isinstance(credential, KeyCredential) and isinstance(credential.certificate, X509):
            return credential.certificate.thumbprint, credential.certificate.thumbprint
        raw = identifier_bytes(credential.custom_key_identifier)
        if raw is None:
            return None
        thumbprint = by_keys.get(raw)
        if thumbprint is None and len(raw) == 20:
            thumbprint = raw.hex().upper()
        thumbprint = thumbprint or by_hash.get(raw)
        return (thumbprint, thumbprint) if thumbprint else (raw.hex().upper(), None)

    grouped_keys: dict[str, list[KeyCredential]] = {}
    grouped_passwords: dict[str, list[PasswordCredential]] = {}
    thumbprints: dict[str, str | None] = {}
    stray_keys: list[KeyCredential] = []
    stray_passwords: list[PasswordCredential] = []
    for key in keys:
        if (found := identity(key)) is None:
            stray_keys.append(key)
        else:
            grouped_keys.setdefault(found[0], []).append(key)
            thumbprints[found[0]] = found[1]
    for password in passwords:
        if (found := identity(password)) is None:
            stray_passwords.append(password)
        else:
            grouped_passwords.setdefault(found[0], []).append(password)
    groups: list[CertificateGroup] = []
    for name in sorted(grouped_keys.keys() | grouped_passwords.keys()):
        members = grouped_keys.get(name, [])
        secrets = grouped_passwords.get(name, [])
        if any(key.usage == "Sign" for key in members):
            groups.append(
                CertificateGroup(
                    identity=name,
                    thumbprint=thumbprints[name],
                    keys=tuple(sorted(members, key=_key_id)),
                    passwords=tuple(sorted(secrets, key=_key_id)),
                )
            )
        else:
            stray_keys.extend(members)
            stray_passwords.extend(secrets)
    return CredentialGroups(
        certificates=tuple(groups),
        stray_keys=tuple(sorted(stray_keys, key=_key_id)),
        stray_passwords=tuple(sorted(stray_passwords, key=_key_id)),
    )


def _told_by_keys(keys: tuple[KeyCredential, ...]) -> dict[bytes, str]:
    """Identifier of any form → thumbprint, where keys that give their certificate agree on it."""
    told: dict[bytes, set[str]] = {}
    for key in keys:
        raw = identifier_bytes(key.custom_key_identifier)
        if raw is not None and isinstance(key.certificate, X509):
            told.setdefault(raw, set()).add(key.certificate.thumbprint)
    return {raw: thumbprints.pop() for raw, thumbprints in told.items() if len(thumbprints) == 1}


def active_certificate(
    groups: tuple[CertificateGroup, ...], preferred_thumbprint: str | None
) -> CertificateGroup | None:
    """The certificate that signs: the one the preferred thumbprint names; with none set, the only one there is."""
    if not preferred_thumbprint:
        return groups[0] if len(groups) == 1 else None
    wanted = preferred_thumbprint.upper()
    return next((group for group in groups if group.thumbprint == wanted), None)


def _key_id(credential: KeyCredential | PasswordCredential) -> str:
    return credential.key_id if credential.key_id is not UNSET and credential.key_id is not None else ""
