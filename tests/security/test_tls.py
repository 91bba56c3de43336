"""Certificates are verified, for Graph and for sign-in alike, and nothing in the environment switches that off.

Nor does a server that is who it says lead secret or token elsewhere.
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from auditor.emulator import Emulator
from tests.cli.conftest import Run, run
from tests.scan.conftest import NOW

__all__ = ["run"]

SECRET = "canary-3d0b7f8a-never-sent"
SWITCHES = {
    "PYTHONHTTPSVERIFY": "0",
    "CURL_CA_BUNDLE": "",
    "REQUESTS_CA_BUNDLE": "",
    "SSL_VERIFY": "0",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": "1",
}
"""Variables that switch verification off elsewhere."""


class Authority(NamedTuple):
    """A private authority of the tests."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def issue(self, folder: Path, name: str, *, host: str = "localhost", days: int = 30) -> Path:
        """A server's certificate with its key, in one PEM file; negative ``days``: expired so many days ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        end = now + timedelta(days=days)
        certificate = (
            _builder(name, self.certificate.subject, key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .not_valid_before(min(now, end) - timedelta(days=1))
            .not_valid_after(end)
            .sign(self.key, hashes.SHA256())
        )
        path = folder / f"{name}.pem"
        path.write_bytes(_pem(certificate) + _pem_key(key))
        return path


def _builder(name: str, issuer: x509.Name | None, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture(scope="module")
def authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder("Authority of the tests", None, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


class Impostor(ThreadingTCPServer):
    """A TLS server that keeps whatever a client sends to it once the handshake is done."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, certificate: Path) -> None:
        self.received: list[bytes] = []
        self.handshakes = 0
        self.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server_address[1]}"

    def receive(self, connection: object) -> None:
        self.handshakes += 1
        try:
            with self._context.wrap_socket(connection, server_side=True) as stream:  # type: ignore[arg-type]  # a socket
                stream.settimeout(5)
                self.received.append(stream.recv(65536))
                stream.sendall(self.answer)
        except OSError:
            return


class _Handler(BaseRequestHandler):
    server: Impostor

    def handle(self) -> None:
        self.server.receive(self.request)


@contextmanager
def serving(certificate: Path) -> Iterator[Impostor]:
    with Impostor(certificate) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def impostor(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> Iterator[Impostor]:
    """A server whose certificate is wrong in the way that the parameter says, or right."""
    stranger = ec.generate_private_key(ec.SECP256R1())
    other = Authority(stranger, authority.certificate)  # signs with another key than the authority's
    certificate = {
        "right": lambda: authority.issue(tmp_path, "right"),
        "of another host": lambda: authority.issue(tmp_path, "host", host="graph.contoso.example"),
        "expired": lambda: authority.issue(tmp_path, "expired", days=-2),
        "of another authority": lambda: other.issue(tmp_path, "stranger"),
    }[request.param]()
    with serving(certificate) as server:
        yield server


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """Sign-in that works, for a scan whose Graph is an impostor."""
    with Emulator(now=lambda: NOW) as running:
        yield running


def _configuration(folder: Path, authority: Authority, emulator: Emulator, graph: str, sign_in: str) -> Path:
    trusted = folder / "trusted.pem"
    trusted.write_bytes(_pem(authority.certificate) + Path(emulator.ca_file).read_bytes())
    tenant, client = emulator.tenants[0], emulator.client(emulator.tenants[0].name)
    config = folder / "auditor.toml"
    config.write_text(
        f"""
[defaults]
budget_s = 5
[clouds.lab]
graph = "{graph}"
authority = "{sign_in}"
ca_file = "{trusted}"
[[tenants]]
name = "contoso"
id = "{tenant.id}"
cloud = "lab"
client_id = "{client.client_id}"
credential = {{ kind = "client-secret", env = "CANARY" }}
""",
        encoding="utf-8",
    )
    return config


def _secret(place: str, emulator: Emulator) -> str:
    """What sign-in takes where Graph is the impostor; where sign-in is, a canary that nobody may see."""
    return str(emulator.client(emulator.tenants[0].name).secret) if place == "graph" else SECRET


def _places(place: str, impostor: Impostor, emulator: Emulator) -> dict[str, str]:
    """The addresses of Graph and of sign-in, the impostor's in ``place``."""
    theirs = {"graph": emulator.graph_url, "sign_in": emulator.authority_url}
    return theirs | {place.replace("-", "_"): impostor.url}


WRONG = ["of another host", "expired", "of another authority"]


@pytest.mark.parametrize("impostor", WRONG, indirect=True)
@pytest.mark.parametrize("place", ["graph", "sign-in"])
def test_a_server_that_cannot_prove_itself_gets_nothing(
    place: str,
    impostor: Impostor,
    authority: Authority,
    emulator: Emulator,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in SWITCHES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CANARY", _secret(place, emulator))
    config = _configuration(tmp_path, authority, emulator, **_places(place, impostor, emulator))
    ran = run("scan", "--config", config, "--no-history", "--format", "json", "--out", tmp_path / "reports")
    assert ran.code not in (0, 1)
    assert "certificate" in (ran.out + ran.err).casefold()
    assert impostor.handshakes > 0, "the server was asked"
    assert impostor.received == [], "nothing was sent to it"


@pytest.mark.parametrize("impostor", ["right"], indirect=True)
def test_a_server_of_the_private_authority_is_talked_to(
    impostor: Impostor,
    authority: Authority,
    emulator: Emulator,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that the tests above refuse for the certificate, and for nothing else."""
    monkeypatch.setenv("CANARY", SECRET)
    config = _configuration(tmp_path, authority, emulator, emulator.graph_url, impostor.url)
    run("scan", "--config", config, "--no-history", "--format", "json", "--out", tmp_path / "reports")
    assert any(message.startswith((b"GET ", b"POST ")) for message in impostor.received)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["graph", "sign-in"])
@pytest.mark.parametrize("impostor", ["right"], indirect=True)
def test_a_redirect_takes_neither_secret_nor_token_elsewhere(
    place: str,
    status: int,
    impostor: Impostor,
    authority: Authority,
    emulator: Emulator,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CANARY", _secret(place, emulator))
    config = _configuration(tmp_path, authority, emulator, **_places(place, impostor, emulator))
    with serving(authority.issue(tmp_path, "elsewhere")) as elsewhere:
        impostor.answer = (
            f"HTTP/1.1 {status} Elsewhere\r\nlocation: {elsewhere.url}/token\r\ncontent-length: 0\r\n"
            "connection: close\r\n\r\n"
        ).encode()
        ran = run("scan", "--config", config, "--no-history", "--format", "json", "--out", tmp_path / "reports")
        assert ran.code not in (0, 1)
        assert impostor.received, "the server was asked"
        assert elsewhere.handshakes == 0
