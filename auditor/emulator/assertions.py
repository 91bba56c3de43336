"""Client assertions: a JWT in place of a secret, signed by a client's certificate or by a workload's identity provider.

Source: Microsoft identity platform, "Certificate credentials" and "Workload identity federation"; RFC 7523.
"""

import time
from hashlib import sha1, sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

from auditor.emulator.directory import Client, FederatedCredential
from auditor.emulator.errors import SignInError
from auditor.emulator.tokens import Signer, decode, signature_holds, split

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SKEW_S = 300


def check_assertion(assertion: str, client: Client, audiences: set[str], workload: Signer) -> None:
    """Accept a client assertion or raise the ``SignInError`` that Entra answers.

    ``audiences`` are the addresses that a certificate's assertion may be meant for; ``workload`` signs the tokens of
    federated credentials that name no key of their own.
    """
    try:
        header, claims, signed, signature = split(assertion)
    except ValueError as error:
        raise _refused(50027, f"JWT token is invalid or malformed: {error}") from error
    now = time.time()
    if (
        not isinstance(claims.get("exp"), int | float)
        or claims["exp"] + _SKEW_S < now
        or claims.get("nbf", 0) - _SKEW_S > now
    ):
        raise _refused(700024, "Client assertion is not within its valid time range.")
    if claims.get("iss") == client.client_id:
        _check_certificate(header, claims, signed, signature, client, audiences)
    else:
        _check_federated(header, claims, signed, signature, client, workload)


def _check_certificate(
    header: dict[str, Any],
    claims: dict[str, Any],
    signed: bytes,
    signature: bytes,
    client: Client,
    audiences: set[str],
) -> None:
    if claims.get("sub") != client.client_id:
        raise _refused(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
    if str(claims.get("aud", "")).rstrip("/").lower() not in audiences:
        raise _refused(
            700023, f"Client assertion audience claim does not match Realm issuer. Audience: '{claims.get('aud')}'."
        )
    certificate = _registered(header, client)
    if certificate is None or not signature_holds(certificate.public_key(), header.get("alg"), signed, signature):
        raise _refused(
            700027,
            "The certificate with identifier used to sign the client assertion is not registered on application.",
        )
    if not certificate.not_valid_before_utc.timestamp() <= time.time() <= certificate.not_valid_after_utc.timestamp():
        raise _refused(700024, "The key used to sign the client assertion is expired.")


def _registered(header: dict[str, Any], client: Client) -> x509.Certificate | None:
    """The client's certificate that the header names by ``x5t`` or ``x5t#S256``."""
    for pem in client.certificates:
        for certificate in x509.load_pem_x509_certificates(pem.encode()):
            der = certificate.public_bytes(Encoding.DER)
            for name, digest in (("x5t#S256", sha256(der)), ("x5t", sha1(der))):  # noqa: S324 - x5t is SHA-1
                given = header.get(name)
                if isinstance(given, str):
                    try:
                        if decode(given) == digest.digest():
                            return certificate
                    except ValueError:
                        continue
    return None


def _check_federated(
    header: dict[str, Any], claims: dict[str, Any], signed: bytes, signature: bytes, client: Client, workload: Signer
) -> None:
    if not client.federated:
        raise _refused(70021, "No matching federated identity record found for presented assertion.")
    of_issuer = [one for one in client.federated if one.issuer == claims.get("iss")]
    if not of_issuer:
        raise _refused(
            700211, f"No matching federated identity record found for presented assertion issuer '{claims.get('iss')}'."
        )
    of_subject = [one for one in of_issuer if one.subject == claims.get("sub")]
    if not of_subject:
        raise _refused(
            700213,
            f"No matching federated identity record found for presented assertion subject '{claims.get('sub')}'.",
        )
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    matching = [one for one in of_subject if one.audience in listed]
    if not matching:
        raise _refused(
            700212, f"No matching federated identity record found for presented assertion audience '{audience}'."
        )
    if not any(signature_holds(_key(one, workload), header.get("alg"), signed, signature) for one in matching):
        raise _refused(5000224, "The signature of the presented assertion could not be verified.")


def _key(credential: FederatedCredential, workload: Signer) -> object:
    return load_pem_public_key(credential.public_key.encode()) if credential.public_key else workload.public_key


def _refused(number: int, message: str) -> SignInError:
    return SignInError(401, "invalid_client", number, message)
