"""Tenants with one multi-tenant application in each, and every kind of credential that it may sign in with."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from auditor.emulator import Emulator, parse_tenants
from auditor.graph.clouds import Cloud
from auditor.graph.collect import Target
from auditor.graph.credentials import CredentialSpec

CLIENT = "22222222-aaaa-4aaa-8aaa-222222222222"
"""The application, the same in every tenant."""
TENANTS = {
    "contoso": "11111111-1111-4111-8111-111111111111",
    "fabrikam": "33333333-3333-4333-8333-333333333333",
    "northwind": "44444444-4444-4444-8444-444444444444",
    "adatum": "55555555-5555-4555-8555-555555555555",
}
SECRET = "canary~client-secret-8Q"
PASSWORD = 'canary p"ssword\\9'
HELD = ("Application.Read.All", "Organization.Read.All")


class Files(NamedTuple):
    """The certificate in every form in which it may be kept; ``keys`` are lines of its private key."""

    public: Path
    pem: Path
    encrypted_pem: Path
    p12: Path
    encrypted_p12: Path
    keys: tuple[str, ...]


def certificate_files(folder: Path) -> Files:
    """A self-signed certificate with its key, in five files of ``folder``."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "auditor")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    plain, locked = serialization.NoEncryption(), serialization.BestAvailableEncryption(PASSWORD.encode())

    def pem(lock: serialization.KeySerializationEncryption) -> bytes:
        return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)

    contents = {
        "public.pem": public,
        "auditor.pem": pem(plain) + public,
        "locked.pem": pem(locked) + public,
        "auditor.p12": pkcs12.serialize_key_and_certificates(b"auditor", key, made, None, plain),
        "locked.p12": pkcs12.serialize_key_and_certificates(b"auditor", key, made, None, locked),
    }
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    lines = pem(plain).decode().splitlines()[1:-1]
    public_pem, plain_pem, locked_pem, plain_p12, locked_p12 = (folder / file for file in contents)
    keys = tuple(line for line in lines if len(line) > 40)
    return Files(public_pem, plain_pem, locked_pem, plain_p12, locked_p12, keys)


def emulator_of(folder: Path) -> Emulator:
    """An emulator, Graph in TLS too, whose every tenant knows the application and the certificate in ``folder``."""
    tenants = [
        tenant
        for name, ident in TENANTS.items()
        for tenant in parse_tenants(
            f"""
name: {name}
id: {ident}
domain: {name}.example
clients:
  - name: auditor
    client_id: {CLIENT}
    secret: "{SECRET}"
    certificates: [public.pem]
    federated: [{{issuer: "https://issuer.contoso.example", subject: "job:nightly"}}]
    managed_identity: true
    roles: [{", ".join(HELD)}]
""",
            folder=folder,
        )
    ]
    return Emulator(tenants, tls=True)


def lab(emulator: Emulator) -> Cloud:
    """The emulator as a cloud of the configuration."""
    return Cloud(
        name="lab",
        graph=emulator.graph_url,
        authority=emulator.authority_url,
        audience="https://graph.microsoft.com",
        ca_file=str(emulator.ca_file),
        private=True,
    )


def target(emulator: Emulator, credential: CredentialSpec, tenant: str = "contoso") -> Target:
    """A tenant to sign in to."""
    return Target(tenant_id=TENANTS[tenant], name=tenant, cloud=lab(emulator), client_id=CLIENT, credential=credential)


def stub(path: Path, text: str) -> Path:
    """A program at ``path``."""
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
