"""Sign-in over TLS: azure-identity's own credentials, and what Entra answers to what is wrong."""

import json
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from auditor.emulator import Emulator, parse_tenants
from auditor.emulator.tokens import decode

SCOPE = "https://graph.microsoft.com/.default"
TENANT = "11111111-1111-4111-8111-111111111111"
CLIENT = "11111111-aaaa-4aaa-8aaa-111111111111"


def certificate(folder: Path, name: str, days: int = 30) -> Path:
    """A self-signed certificate and its key in one PEM file; beside it ``NAME.public.pem`` without the key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=60)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.public.pem").write_bytes(public)
    (folder / f"{name}.pem").write_bytes(private + public)
    return folder / f"{name}.pem"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signin")


@pytest.fixture(scope="module")
def emulator(folder: Path) -> Iterator[Emulator]:
    certificate(folder, "registered")
    certificate(folder, "expired", days=-1)
    certificate(folder, "stranger")
    text = f"""
name: contoso
id: {TENANT}
domain: contoso.example
clients:
  - name: auditor
    client_id: {CLIENT}
    secret: emulator-only-secret
    certificates: [registered.public.pem, expired.public.pem]
    federated: [{{issuer: "https://issuer.contoso.example", subject: "job:nightly"}}]
    managed_identity: true
    roles: [Organization.Read.All]
  - name: expired
    client_id: 11111111-eeee-4eee-8eee-111111111111
    secret: emulator-only-old
    secret_expires: 2020-01-01T00:00:00Z
"""
    with Emulator(parse_tenants(text, folder=folder), tls=True) as running:
        yield running


@pytest.fixture(scope="module")
def trusted(emulator: Emulator) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(emulator.ca_file))


def private(emulator: Emulator) -> dict[str, Any]:
    """How azure-identity is told of a private authority."""
    return {
        "authority": emulator.authority_url,
        "disable_instance_discovery": True,
        "connection_verify": str(emulator.ca_file),
    }


def works(emulator: Emulator, trusted: ssl.SSLContext, token: str) -> bool:
    answer = httpx.get(
        f"{emulator.graph_url}/v1.0/organization", headers={"Authorization": f"Bearer {token}"}, verify=trusted
    )
    return answer.status_code == 200


def test_client_secret(emulator: Emulator, trusted: ssl.SSLContext) -> None:
    with ClientSecretCredential(TENANT, CLIENT, "emulator-only-secret", **private(emulator)) as credential:
        token = credential.get_token(SCOPE)
    assert works(emulator, trusted, token.token)
    assert 3000 < token.expires_on - time.time() <= 3600
    claims = json.loads(decode(token.token.split(".")[1]))
    assert claims["aud"] == "https://graph.microsoft.com"
    assert claims["iss"] == f"https://sts.windows.net/{TENANT}/"
    assert (claims["tid"], claims["appid"], claims["roles"]) == (TENANT, CLIENT, ["Organization.Read.All"])


def test_a_tenant_by_its_domain(emulator: Emulator, trusted: ssl.SSLContext) -> None:
    with ClientSecretCredential("contoso.example", CLIENT, "emulator-only-secret", **private(emulator)) as credential:
        assert works(emulator, trusted, credential.get_token(SCOPE).token)


def test_certificate(emulator: Emulator, trusted: ssl.SSLContext, folder: Path) -> None:
    path = str(folder / "registered.pem")
    with CertificateCredential(TENANT, CLIENT, path, **private(emulator)) as credential:
        assert works(emulator, trusted, credential.get_token(SCOPE).token)


@pytest.mark.parametrize(("name", "number"), [("stranger", "AADSTS700027"), ("expired", "AADSTS700024")])
def test_a_certificate_that_will_not_do(emulator: Emulator, folder: Path, name: str, number: str) -> None:
    path = str(folder / f"{name}.pem")
    with (
        CertificateCredential(TENANT, CLIENT, path, **private(emulator)) as credential,
        pytest.raises(ClientAuthenticationError, match=number),
    ):
        credential.get_token(SCOPE)


def test_workload_identity(emulator: Emulator, trusted: ssl.SSLContext, folder: Path) -> None:
    file = folder / "token"
    file.write_text(emulator.workload_token("contoso", "auditor"), "ascii")
    with WorkloadIdentityCredential(
        tenant_id=TENANT, client_id=CLIENT, token_file_path=str(file), **private(emulator)
    ) as credential:
        assert works(emulator, trusted, credential.get_token(SCOPE).token)


def test_managed_identity(emulator: Emulator, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", emulator.identity_endpoint("contoso"))
    monkeypatch.setenv("IDENTITY_HEADER", emulator.identity_header)
    with ManagedIdentityCredential(connection_verify=str(emulator.ca_file)) as credential:
        assert works(emulator, trusted, credential.get_token(SCOPE).token)
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    with (
        ManagedIdentityCredential(connection_verify=str(emulator.ca_file)) as credential,
        pytest.raises(ClientAuthenticationError),
    ):
        credential.get_token(SCOPE)


def post(emulator: Emulator, trusted: ssl.SSLContext, tenant: str = TENANT, **form: str) -> httpx.Response:
    given = {"grant_type": "client_credentials", "client_id": CLIENT, "scope": SCOPE} | form
    data = {name: value for name, value in given.items() if value}
    return httpx.post(f"{emulator.authority_url}/{tenant}/oauth2/v2.0/token", data=data, verify=trusted)


@pytest.mark.parametrize(
    ("form", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({}, 401, "invalid_client", 7000218),
        ({"tenant": "22222222-0000-4000-8000-000000000000"}, 400, "invalid_request", 90002),
        ({"client_id": "22222222-0000-4000-8000-000000000000"}, 400, "unauthorized_client", 700016),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": ""}, 400, "invalid_request", 900144),
        ({"client_secret": "emulator-only-secret", "scope": ""}, 400, "invalid_request", 90014),
        ({"client_secret": "emulator-only-secret", "scope": "User.Read"}, 400, "invalid_scope", 1002012),
        ({"client_secret": "emulator-only-secret", "scope": "api://x/.default"}, 400, "invalid_resource", 500011),
        ({"client_assertion": "x"}, 400, "invalid_request", 900144),
        (
            {"client_id": "11111111-eeee-4eee-8eee-111111111111", "client_secret": "emulator-only-old"},
            401,
            "invalid_client",
            7000222,
        ),
    ],
)  # fmt: skip
def test_refusals(
    emulator: Emulator, trusted: ssl.SSLContext, form: dict[str, str], status: int, error: str, number: int
) -> None:
    answer = post(emulator, trusted, **form)
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert {"trace_id", "correlation_id", "timestamp", "error_uri"} <= body.keys()


def assertion(emulator: Emulator, **changes: Any) -> str:
    """A workload's token with some claims changed, signed by the emulator's own issuer."""
    token = emulator.workload_token("contoso", "auditor")
    claims = json.loads(decode(token.split(".")[1])) | changes
    return emulator._workload.sign(claims)


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"iss": "https://other.example"}, 700211),
        ({"sub": "job:other"}, 700213),
        ({"aud": "other"}, 700212),
        ({"exp": 1}, 700024),
        ({"nbf": 1 << 40}, 700024),
        ({"exp": "soon"}, 700024),
    ],
)
def test_federated_assertions_that_will_not_do(
    emulator: Emulator, trusted: ssl.SSLContext, changes: dict[str, Any], number: int
) -> None:
    form = {
        "client_assertion": assertion(emulator, **changes),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    assert post(emulator, trusted, **form).json()["error_codes"] == [number]


@pytest.mark.parametrize("broken", ["x", "a.b.c", "e30.e30.", "e30.W10.x"])
def test_an_assertion_that_is_no_token(emulator: Emulator, trusted: ssl.SSLContext, broken: str) -> None:
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    answer = post(emulator, trusted, client_assertion=broken, client_assertion_type=kind)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_a_workloads_token_with_another_signature(emulator: Emulator, trusted: ssl.SSLContext) -> None:
    good = emulator.workload_token("contoso", "auditor")
    head, body, signature = good.split(".")
    flipped = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    answer = post(emulator, trusted, client_assertion=f"{head}.{body}.{flipped}", client_assertion_type=kind)
    assert answer.json()["error_codes"] == [5000224]


def test_metadata(emulator: Emulator, trusted: ssl.SSLContext) -> None:
    base = emulator.authority_url

    def get(path: str) -> Any:
        return httpx.get(f"{base}{path}", verify=trusted).json()

    found = get(f"/{TENANT}/v2.0/.well-known/openid-configuration")
    assert found["token_endpoint"] == f"{base}/{TENANT}/oauth2/v2.0/token"
    assert found["issuer"] == f"{base}/{TENANT}/v2.0"
    token = emulator.token("contoso")
    assert json.loads(decode(token.split(".")[0]))["kid"] in [
        one["kid"] for one in get(f"/{TENANT}/discovery/v2.0/keys")["keys"]
    ]
    asked = f"/common/discovery/instance?api-version=1.1&authorization_endpoint={base}/{TENANT}/oauth2/v2.0/authorize"
    assert get(asked)["tenant_discovery_endpoint"] == f"{base}/{TENANT}/v2.0/.well-known/openid-configuration"
    assert get("/22222222-0000-4000-8000-000000000000/v2.0/.well-known/openid-configuration")["error_codes"] == [90002]


def test_who_does_not_trust_the_authority_does_not_get_in(emulator: Emulator) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{emulator.authority_url}/common/discovery/keys")


def test_the_log_holds_no_secret(emulator: Emulator, trusted: ssl.SSLContext) -> None:
    emulator.clear_log()
    token = post(emulator, trusted, client_secret="emulator-only-secret").json()["access_token"]
    assert [(entry.service, entry.status) for entry in emulator.log] == [("signin", 200)]
    assert "emulator-only-secret" not in repr(emulator.log)
    assert token not in repr(emulator.log)


def test_private_files_are_private_and_go_away(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    with Emulator(ca_file=ca_file) as emulator:
        private_folder = emulator._material.key.parent
        assert emulator.ca_file == ca_file
        assert private_folder.stat().st_mode & 0o077 == 0
        assert emulator._material.key.stat().st_mode & 0o077 == 0
    assert not private_folder.exists()
    assert b"PRIVATE" not in ca_file.read_bytes()
