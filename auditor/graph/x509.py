"""From the DER in a key credential to what the certificate says. Source: RFC 5280."""

import base64
import binascii
import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from msgspec import UNSET, UnsetType

from auditor.model.graph_objects import X509
from auditor.model.times import format_time


def read_certificate(key: str | None) -> X509 | UnsetType | None:
    """What the base64 DER in ``key`` says; None where the service withheld it, UNSET where it is no certificate.

    Graph's ``key`` is base64 of the DER; a PEM body pasted by a person arrives the same way.
    """
    if not key:
        return None
    try:
        der = base64.b64decode(key, validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecation notices on odd serial numbers are no matter of ours
            certificate = x509.load_der_x509_certificate(der)
        return _describe(certificate)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return UNSET


def _describe(certificate: x509.Certificate) -> X509:
    bits: int | None = None
    curve: str | None = None
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        algorithm, bits = "RSA", public.key_size
    elif isinstance(public, ec.EllipticCurvePublicKey):
        algorithm, bits, curve = "EC", public.key_size, public.curve.name
    else:
        algorithm = type(public).__name__.removesuffix("PublicKey").removeprefix("_")
    digest = certificate.signature_hash_algorithm
    return X509(
        thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303 - Entra's thumbprint is SHA-1
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        subject=certificate.subject.rfc4514_string(),
        not_before=format_time(certificate.not_valid_before_utc),
        not_after=format_time(certificate.not_valid_after_utc),
        key_algorithm=algorithm,
        key_bits=bits,
        curve=curve,
        signature_hash=digest.name if digest is not None else None,
    )
