"""Signatures: made with the given key alone, checked for real, and told apart when anything was changed."""

from __future__ import annotations

import io
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pypdf import PdfReader

from auditor.cli import main
from auditor.evidence import Bundle
from auditor.report import render
from auditor.signing import SignAs, Signer, SigningError, check_detached
from tests.evidence.conftest import Made, emulator, made, packs
from tests.evidence.making import changed
from tests.report import samples

__all__ = ["emulator", "made", "packs"]  # fixtures

PASSWORD = "not-a-secret-of-anybody"


class Keys(NamedTuple):
    """One key in every form."""

    p12: Path
    key: Path
    certificate: Path


def new_keys(folder: Path, name: str) -> Keys:
    """A self-signed certificate for ``name`` with its key, protected by PASSWORD."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    keys = Keys(folder / f"{name}.p12", folder / f"{name}.key", folder / f"{name}.pem")
    keys.p12.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, locked))
    keys.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    keys.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return keys


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return new_keys(tmp_path_factory.mktemp("keys"), "contoso-audit")


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return new_keys(tmp_path_factory.mktemp("keys"), "stranger")


@pytest.fixture(scope="module")
def signer(keys: Keys) -> Signer:
    return Signer(SignAs(p12=keys.p12, password_env="PW"), {"PW": PASSWORD})


def test_a_detached_signature_holds_for_its_bytes_alone(signer: Signer, keys: Keys, strangers: Keys) -> None:
    signature = signer.sign_detached(b"manifest")
    found = check_detached(b"manifest", signature)
    assert found is not None
    assert "contoso-audit" in found.subject
    assert found.expected is None
    assert check_detached(b"manifesT", signature) is None
    assert check_detached(b"manifest", b"\x30\x03junk") is None
    broken = bytearray(signature)
    broken[-1] ^= 1
    assert check_detached(b"manifest", bytes(broken)) is None
    named = check_detached(b"manifest", signature, keys.certificate)
    assert named is not None
    assert named.expected is True
    other = check_detached(b"manifest", signature, strangers.certificate)
    assert other is not None
    assert other.expected is False


def test_openssl_agrees(signer: Signer, keys: Keys, tmp_path: Path) -> None:
    """The form is standard: what README.txt of a bundle tells works."""
    (tmp_path / "manifest.p7s").write_bytes(signer.sign_detached(b"manifest\n"))
    content = tmp_path / "manifest.json"
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(tmp_path / "manifest.p7s")]
    command += ["-content", str(content), "-CAfile", str(keys.certificate), "-purpose", "any", "-out", "/dev/null"]
    content.write_bytes(b"manifest\n")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    content.write_bytes(b"manifest")
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_key_and_certificate_in_two_files_do_as_well(keys: Keys) -> None:
    two = Signer(SignAs(key=keys.key, certificate=keys.certificate, password_env="PW"), {"PW": PASSWORD})
    assert check_detached(b"x", two.sign_detached(b"x")) is not None


@pytest.mark.parametrize(
    ("given", "environ", "told"),
    [
        (lambda keys: SignAs(p12=keys.p12, password_env="PW"), {}, "variable PW"),
        (lambda keys: SignAs(p12=keys.p12, password_env="PW"), {"PW": "wrong-canary"}, "cannot be used to sign"),
        (lambda keys: SignAs(p12=keys.key), {}, "cannot be used to sign"),
        (lambda keys: SignAs(p12=Path("/nonexistent.p12")), {}, "cannot be used to sign"),
        (lambda keys: SignAs(key=keys.key), {}, "both --sign-key and --sign-cert"),
        (lambda keys: SignAs(p12=keys.p12, key=keys.key, certificate=keys.certificate), {}, "either --sign-p12"),
        (lambda keys: SignAs(password_env="PW"), {"PW": PASSWORD}, "either --sign-p12"),
    ],
)
def test_what_cannot_sign_is_told_without_the_password(
    given: Any, environ: dict[str, str], told: str, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SigningError, match=told) as caught:
        Signer(given(keys), environ)
    for password in (PASSWORD, "wrong-canary"):
        assert password not in str(caught.value) + caplog.text


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, keys: Keys) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for work in (lambda: Signer(SignAs(p12=keys.p12), {}), lambda: check_detached(b"x", b"y")):
        with pytest.raises(SigningError, match=r"entra-saml-auditor\[sign\]"):
            work()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_signed_pdf_is_the_same_pages_with_a_signature_over_all_of_it(signer: Signer, tmp_path: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature

    plain = render(samples.ALL["none"](), ["pdf"], now=samples.NOW)["report.pdf"]
    data = signer.sign_pdf(plain)
    assert data.startswith(plain)
    assert len(PdfReader(io.BytesIO(data)).pages) == len(PdfReader(io.BytesIO(plain)).pages)
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    assert str(signature.sig_object["/SubFilter"]) == "/ETSI.CAdES.detached"
    status = validate_pdf_signature(signature, skip_diff=True)
    assert (status.intact, status.valid) == (True, True)
    path = tmp_path / "signed.pdf"
    path.write_bytes(data)
    done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    changed_page = bytearray(data)
    changed_page[len(plain) // 2] ^= 1
    (signature,) = PdfFileReader(io.BytesIO(bytes(changed_page)), strict=False).embedded_signatures
    assert not validate_pdf_signature(signature, skip_diff=True).intact


def test_verify_tells_who_signed(
    signer: Signer,
    made: Made,
    keys: Keys,
    strangers: Keys,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(made.read.bundle(tmp_path, sign=signer.sign_detached))
    with Bundle(path) as bundle:
        assert bundle.signature is not None
    assert main(["verify", str(path)]) == 0
    assert "Signed by Common Name: contoso-audit" in capsys.readouterr().out
    assert main(["verify", str(path), "--signer", str(keys.certificate)]) == 0
    assert "as --signer asks" in capsys.readouterr().out
    assert main(["verify", str(path), "--signer", str(strangers.certificate)]) == 1
    assert "not by --signer" in capsys.readouterr().out
    assert main(["verify", str(made.path), "--signer", str(keys.certificate)]) == 1
    assert "the bundle is not signed" in capsys.readouterr().out
    assert main(["verify", str(path), "--signer", str(keys.p12)]) == 2

    def rewrite(files: dict[str, bytes]) -> None:
        files["README.txt"] = b"other"

    path.write_bytes(changed(path.read_bytes(), rewrite, forged=True))
    assert main(["verify", str(path)]) == 1
    assert "manifest.p7s: is no good signature over manifest.json" in capsys.readouterr().out
