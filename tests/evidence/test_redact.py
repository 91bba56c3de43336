"""Secrets that a service should never send are not kept; certificates are public, and stay."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from auditor.evidence.redact import REMOVED, redacted
from auditor.graph.x509 import read_certificate

pytestmark = pytest.mark.fault(18)

KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "contoso")])
CERTIFICATE = (
    x509.CertificateBuilder()
    .subject_name(NAME)
    .issuer_name(NAME)
    .public_key(KEY.public_key())
    .serial_number(1)
    .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    .sign(KEY, hashes.SHA256())
)
DER = base64.b64encode(CERTIFICATE.public_bytes(serialization.Encoding.DER)).decode()
PFX = base64.b64encode(
    pkcs12.serialize_key_and_certificates(b"x", KEY, CERTIFICATE, None, serialization.NoEncryption())
).decode()
PKCS8 = KEY.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def keys(key: str | None, usage: str = "Sign") -> bytes:
    return json.dumps({"id": "1", "keyCredentials": [{"keyId": "k", "usage": usage, "key": key}]}).encode()


@pytest.mark.parametrize("usage", ["Sign", "Verify"])
@pytest.mark.parametrize("key", [None, "", DER])
def test_certificates_and_withheld_keys_stay_as_received(usage: str, key: str | None) -> None:
    body = keys(key, usage)
    assert redacted(body) == (body, ())


@pytest.mark.parametrize("usage", ["Sign", "Verify", "Encrypt"])
@pytest.mark.parametrize("key", [PFX, base64.b64encode(PKCS8).decode(), "c2VjcmV0LXN5bW1ldHJpYw==", DER + PFX])
def test_any_other_key_material_is_taken_out(usage: str, key: str) -> None:
    kept, removed = redacted(keys(key, usage))
    assert removed == ("key",)
    assert key.encode() not in kept
    assert json.loads(kept)["keyCredentials"][0] == {"keyId": "k", "usage": usage, "key": REMOVED}
    assert read_certificate(REMOVED) == read_certificate(key), "what is left decodes to the same evidence"


@pytest.mark.parametrize("depth", [0, 3])
def test_secret_text_is_taken_out_wherever_it_stands(depth: int) -> None:
    value: object = {"passwordCredentials": [{"keyId": "k", "hint": "abc", "secretText": "canary-8f1"}]}
    for _ in range(depth):
        value = {"value": [value]}
    kept, removed = redacted(json.dumps(value).encode())
    assert removed == ("secretText",)
    assert b"canary" not in kept
    assert b'"hint":"abc"' in kept


def test_a_name_written_with_escapes_is_the_same_name() -> None:
    kept, removed = redacted(rb'{"secret\u0054ext": "canary-8f1"}')
    assert removed == ("secretText",)
    assert b"canary" not in kept


@pytest.mark.parametrize("around", ["{}", "<html>{}</html>"])
def test_private_keys_and_tokens_are_taken_out_of_any_answer(around: str) -> None:
    token = "eyJhbGciOiJub25lIn0.eyJ0aWQiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
    kept, removed = redacted(around.format(f"{PEM} and Authorization: Bearer {token}").encode())
    assert removed == ("private key", "token")
    assert b"PRIVATE KEY" not in kept
    assert b"c2lnbmF0dXJl" not in kept


def test_other_answers_stay_byte_for_byte() -> None:
    for body in (b'{ "value" : [ ] , "n": 1.50 }', b"<html>busy</html>", b"\xff\xfe", b""):
        assert redacted(body) == (body, ())


@pytest.mark.parametrize(
    "body",
    [
        b'{"passwordCredentials": [{"secretText": "canary-secret", "n": 1e999}]}',
        b'{"passwordCredentials": [{"secretText" : "canary-secret',
        b'\xff{"secretText":"canary-secret \\" canary-secret"}',
        b'{"keyCredentials":[{"keyId":"k","key":"canary-secret"}]',
        b'{"name":"\\ud800","secretText":"canary-secret"}',
    ],
)
def test_secrets_are_taken_out_of_what_is_no_json(body: bytes) -> None:
    kept, removed = redacted(body)
    assert b"canary" not in kept
    assert removed in (("secretText",), ("key",))
    assert redacted(kept)[0] == kept


def test_a_secret_whose_name_stands_twice_is_taken_out() -> None:
    """Of two members of one name a decoder keeps the last; the bytes keep both."""
    kept, removed = redacted(b'{"secretText": "canary-secret", "secretText": null}')
    assert b"canary" not in kept
    assert removed == ("secretText",)


def test_certificates_stay_in_what_is_no_json() -> None:
    body = keys(DER)[:-1]
    assert redacted(body) == (body, ())
