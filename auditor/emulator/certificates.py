"""SAML signing certificates of the emulated tenants: real X.509, and the Graph objects that stand for one.

Deterministic: the same specification gives the same bytes. Nothing here is ever used to sign an assertion or to trust
anybody. Sources: RFC 5280; Microsoft Graph, servicePrincipal: addTokenSigningCertificate (three objects that share one
``customKeyIdentifier``).
"""

import base64
import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from auditor.emulator import certificate_keys

ALGORITHMS = (*(f"rsa{bits}" for bits in certificate_keys.rsa_sizes()), *certificate_keys.CURVES)
HASHES = ("sha256", "sha384", "sha512", "sha1")
IDENTIFIERS = ("sha1", "sha256-hex", "none")
PARTS = ("sign", "verify", "password")
SUBJECT = "CN=Microsoft Azure Federated SSO Certificate"

_SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b0500")
_SHA1_WITH_RSA = bytes.fromhex("06092a864886f70d0101050500")
_SHA1_DIGEST_INFO = bytes.fromhex("3021300906052b0e03021a05000414")


class Spec(NamedTuple):
    """What a tenant file says of one certificate; times are RFC 3339 in UTC."""

    name: str
    not_before: str
    not_after: str
    algorithm: str = "rsa2048"
    hash: str = "sha256"
    custom_key_identifier: str = "sha1"
    withhold_key: bool = False
    parts: tuple[str, ...] = PARTS
    subject: str = SUBJECT


class Issued(NamedTuple):
    """A certificate: DER, and the SHA-1 thumbprint in upper-case hexadecimal."""

    der: bytes
    thumbprint: str


class Credentials(NamedTuple):
    """The Graph objects of one certificate."""

    keys: list[dict[str, Any]]
    passwords: list[dict[str, Any]]
    thumbprint: str


@lru_cache(maxsize=4096)
def issue(seed: str, subject: str, not_before: str, not_after: str, algorithm: str, hash_name: str) -> Issued:
    """A self-signed certificate. ``seed`` sets the serial number alone."""
    name = x509.Name.from_rfc4514_string(subject)
    serial = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:15], "big") | 1
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(serial)
        .not_valid_before(_utc(not_before))
        .not_valid_after(_utc(not_after))
    )
    digest: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    if algorithm.startswith("rsa"):
        key = certificate_keys.rsa_key(int(algorithm[3:]))
        builder = builder.public_key(key.public_key())
        if hash_name == "sha1":
            der = _signed_with_sha1(builder, int(algorithm[3:]))
        else:
            der = builder.sign(key, digest[hash_name]).public_bytes(serialization.Encoding.DER)
    else:
        curve = certificate_keys.ec_key(algorithm)
        signed = builder.public_key(curve.public_key()).sign(curve, digest[hash_name], ecdsa_deterministic=True)
        der = signed.public_bytes(serialization.Encoding.DER)
    return Issued(der, hashlib.sha1(der).hexdigest().upper())  # noqa: S324 - thumbprints are SHA-1 by definition


def credentials(spec: Spec, seed: str, key_ids: tuple[str, str]) -> Credentials:
    """The Sign key, Verify key and password credential of a certificate, those that ``spec.parts`` names.

    ``key`` of the two keys holds the certificate in base64 as the store keeps it; reads decide whether to show it.
    """
    made = issue(f"{seed}/{spec.name}", spec.subject, spec.not_before, spec.not_after, spec.algorithm, spec.hash)
    identifier = {
        "sha1": base64.b64encode(bytes.fromhex(made.thumbprint)).decode(),
        "sha256-hex": base64.b64encode(hashlib.sha256(made.thumbprint.encode()).digest()).decode(),
        "none": None,
    }[spec.custom_key_identifier]
    common = {
        "customKeyIdentifier": identifier,
        "displayName": spec.subject,
        "endDateTime": spec.not_after,
        "startDateTime": spec.not_before,
    }
    key = None if spec.withhold_key else base64.b64encode(made.der).decode()
    signing, verifying = key_ids
    keys = []
    if "sign" in spec.parts:
        keys.append({**common, "key": key, "keyId": signing, "type": "X509CertAndPassword", "usage": "Sign"})
    if "verify" in spec.parts:
        keys.append({**common, "key": key, "keyId": verifying, "type": "AsymmetricX509Cert", "usage": "Verify"})
    passwords = []
    if "password" in spec.parts:
        passwords.append({**common, "hint": None, "keyId": signing, "secretText": None})
    return Credentials(keys, passwords, made.thumbprint)


def _signed_with_sha1(builder: x509.CertificateBuilder, bits: int) -> bytes:
    """A certificate with an RSA and SHA-1 signature, which the library itself no longer makes.

    Signs with SHA-256 first, puts the other algorithm's identifier (of equal length) in the two places where it
    stands, and signs the changed part by RFC 8017, 8.2.1.
    """
    key = certificate_keys.rsa_key(bits)
    signed = builder.sign(key, hashes.SHA256())
    to_sign = signed.tbs_certificate_bytes.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA, 1)
    info = _SHA1_DIGEST_INFO + hashlib.sha1(to_sign).digest()  # noqa: S324 - a weak certificate is the point
    length = bits // 8
    padded = b"\x00\x01" + b"\xff" * (length - len(info) - 3) + b"\x00" + info
    private = key.private_numbers()
    signature = pow(int.from_bytes(padded, "big"), private.d, private.public_numbers.n).to_bytes(length, "big")
    der = signed.public_bytes(serialization.Encoding.DER)
    return (
        der.replace(signed.tbs_certificate_bytes, to_sign, 1)
        .replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA, 1)
        .replace(signed.signature, signature, 1)
    )


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
