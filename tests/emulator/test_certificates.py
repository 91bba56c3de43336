"""The SAML certificates of emulated tenants: real, with the right dates, and the same every time."""

import base64
import hashlib
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from auditor.emulator.certificates import ALGORITHMS, Spec, credentials, issue

DATES = ("2024-02-29T12:00:00Z", "2027-02-28T23:59:59Z")
KEY_IDS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_algorithms(algorithm: str) -> None:
    found = x509.load_der_x509_certificate(issue("seed", "CN=x", *DATES, algorithm, "sha256").der)
    key = found.public_key()
    if algorithm.startswith("rsa"):
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size == int(algorithm[3:])
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == {"p256": "secp256r1", "p384": "secp384r1", "p521": "secp521r1"}.get(
            algorithm, algorithm
        )
    found.verify_directly_issued_by(found)
    assert found.not_valid_before_utc.isoformat() == "2024-02-29T12:00:00+00:00"
    assert found.not_valid_after_utc.isoformat() == "2027-02-28T23:59:59+00:00"


def test_sha1_signatures_hold() -> None:
    found = x509.load_der_x509_certificate(issue("seed", "CN=x", *DATES, "rsa1024", "sha1").der)
    key, algorithm = found.public_key(), found.signature_hash_algorithm
    assert isinstance(key, rsa.RSAPublicKey)
    assert algorithm is not None
    assert algorithm.name == "sha1"
    digest = key.recover_data_from_signature(found.signature, padding.PKCS1v15(), algorithm)
    assert digest == hashlib.sha1(found.tbs_certificate_bytes).digest()  # noqa: S324 - a weak one is the point


def test_the_same_specification_gives_the_same_bytes_in_another_process() -> None:
    here = [issue("seed", "CN=x", *DATES, algorithm, "sha256").thumbprint for algorithm in ("rsa2048", "p256")]
    code = (
        "from auditor.emulator.certificates import issue;"
        f"print([issue('seed', 'CN=x', *{DATES}, a, 'sha256').thumbprint for a in ('rsa2048', 'p256')])"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert there.strip() == str(here)


def test_another_seed_gives_another_certificate() -> None:
    assert len({issue(seed, "CN=x", *DATES, "rsa2048", "sha256").thumbprint for seed in "abc"}) == 3


@pytest.mark.parametrize(("form", "length"), [("sha1", 20), ("sha256-hex", 32)])
def test_three_objects_share_one_identifier(form: str, length: int) -> None:
    made = credentials(Spec("current", *DATES, custom_key_identifier=form), "seed", KEY_IDS)
    assert [(key["usage"], key["type"]) for key in made.keys] == [
        ("Sign", "X509CertAndPassword"),
        ("Verify", "AsymmetricX509Cert"),
    ]
    (identifier,) = {one["customKeyIdentifier"] for one in [*made.keys, *made.passwords]}
    raw = base64.b64decode(identifier)
    assert len(raw) == length
    digest = hashlib.sha1(base64.b64decode(made.keys[1]["key"])).hexdigest().upper()  # noqa: S324 - a thumbprint
    assert digest == made.thumbprint
    assert raw == (bytes.fromhex(digest) if form == "sha1" else hashlib.sha256(digest.encode()).digest())
    assert made.keys[0]["keyId"] == made.passwords[0]["keyId"] != made.keys[1]["keyId"]
    assert {one["endDateTime"] for one in [*made.keys, *made.passwords]} == {DATES[1]}


def test_parts_and_keys_can_be_left_out() -> None:
    made = credentials(Spec("current", *DATES, withhold_key=True, parts=("verify",)), "seed", KEY_IDS)
    assert [(key["usage"], key["key"]) for key in made.keys] == [("Verify", None)]
    assert made.passwords == []
    assert (
        credentials(Spec("x", *DATES, custom_key_identifier="none"), "s", KEY_IDS).keys[0]["customKeyIdentifier"]
        is None
    )


def test_year_9999() -> None:
    found = x509.load_der_x509_certificate(
        issue("s", "CN=x", DATES[0], "9999-12-31T23:59:59Z", "rsa2048", "sha256").der
    )
    assert found.not_valid_after_utc.year == 9999
