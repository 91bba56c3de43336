"""Every kind of credential, by azure-identity itself, against the emulator's sign-in over TLS."""

import asyncio
import base64
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from auditor.emulator import Emulator
from auditor.emulator.wire import Answer, Request
from auditor.graph.credentials import KINDS, CredentialSpec
from auditor.graph.errors import ForeignToken, MissingSecret, SetupError, SignInRefused
from auditor.graph.probe import Probed, probe
from tests.graph.signing_in import (
    HELD,
    PASSWORD,
    SECRET,
    TENANTS,
    Files,
    certificate_files,
    emulator_of,
    stub,
    target,
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificate_files(tmp_path_factory.mktemp("credentials"))


@pytest.fixture(scope="module")
def emulator(files: Files) -> Iterator[Emulator]:
    with emulator_of(files.public.parent) as running:
        yield running


def reach(
    emulator: Emulator, credential: CredentialSpec, environ: dict[str, str] | None = None, tenant: str = "contoso"
) -> Probed:
    """Sign in, and ask Graph the one question that needs no permission."""
    return asyncio.run(probe(target(emulator, credential, tenant), "GoToMeeting", environ or {}, 20))


def is_in(probed: Probed, tenant: str = "contoso") -> bool:
    """Whether the token is the tenant's own, tells its permissions, and Graph took it."""
    claims = probed.claims
    return (
        probed.signed_in
        and claims is not None
        and (claims.tid, claims.permissions) == (TENANTS[tenant], HELD)
        and probed.graph_cause is None
    )


def test_client_secret(emulator: Emulator) -> None:
    spec = CredentialSpec(kind="client-secret", env="SECRET")
    assert is_in(reach(emulator, spec, {"SECRET": SECRET}))
    assert is_in(reach(emulator, spec, {"SECRET": f"{SECRET}\n"}))


@pytest.mark.parametrize(
    ("form", "locked"), [("pem", False), ("encrypted_pem", True), ("p12", False), ("encrypted_p12", True)]
)
def test_certificate(emulator: Emulator, files: Files, form: str, locked: bool) -> None:
    path = str(getattr(files, form))
    spec = CredentialSpec(kind="certificate", path=path, password_env="PASSWORD" if locked else None)
    assert is_in(reach(emulator, spec, {"PASSWORD": PASSWORD}))


def test_workload_identity_with_a_token_file_that_the_platform_renews(emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "token"
    spec = CredentialSpec(kind="workload-identity", token_file=str(file))
    file.write_text(emulator.workload_token("contoso", lifetime_s=-4000), "ascii")
    error = reach(emulator, spec).error
    assert isinstance(error, SignInRefused)
    assert "AADSTS700024" in error.message
    file.write_text(emulator.workload_token("contoso"), "ascii")
    assert is_in(reach(emulator, spec))


def test_managed_identity_by_its_local_endpoint(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", emulator.identity_endpoint("contoso"))
    monkeypatch.setenv("IDENTITY_HEADER", emulator.identity_header)
    assert is_in(reach(emulator, CredentialSpec(kind="managed-identity")))
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    assert isinstance(reach(emulator, CredentialSpec(kind="managed-identity")).error, SignInRefused)


def test_access_token(emulator: Emulator) -> None:
    spec = CredentialSpec(kind="access-token", env="TOKEN")
    assert is_in(reach(emulator, spec, {"TOKEN": emulator.token("contoso")}))
    assert isinstance(reach(emulator, spec, {"TOKEN": emulator.token("fabrikam")}).error, ForeignToken)
    expired = reach(emulator, spec, {"TOKEN": emulator.token("contoso", lifetime_s=-60)})
    assert "the access token was not accepted (status 401" in (expired.graph_cause or "")


def test_azure_cli(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Azure CLI is asked for this tenant's token of Graph, in the words that its own manual gives."""
    answer = {"accessToken": emulator.token("contoso"), "expires_on": int(time.time()) + 3600, "tokenType": "Bearer"}
    (tmp_path / "answer").write_text(json.dumps(answer), "ascii")
    stub(tmp_path / "az", f'#!/bin/sh\necho "$@" >"{tmp_path}/asked"\ncat "{tmp_path}/answer"\n')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert is_in(reach(emulator, CredentialSpec(kind="azure-cli")))
    asked = (tmp_path / "asked").read_text("ascii").split()
    assert asked[:2] == ["account", "get-access-token"]
    assert asked[asked.index("--tenant") + 1] == TENANTS["contoso"]
    assert asked[asked.index("--resource") + 1] == "https://graph.microsoft.com"


def test_azure_cli_that_is_not_there_or_not_signed_in(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    absent = reach(emulator, CredentialSpec(kind="azure-cli")).error
    assert type(absent) is SetupError
    assert "not available here" in absent.message
    stub(tmp_path / "az", "#!/bin/sh\necho \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n")
    signed_out = reach(emulator, CredentialSpec(kind="azure-cli")).error
    assert type(signed_out) is SetupError
    assert "az login" in signed_out.hint


class Person:
    """A person who signs in: answers of the sign-in service that the emulator does not give, around those it does."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.asked: list[dict[str, str]] = []

    def _token(self, nonce: str) -> dict[str, object]:
        token = self._emulator.token("contoso", scopes=HELD)
        claims = {"aud": "x", "iss": "x", "exp": int(time.time()) + 3600, "iat": int(time.time()), "sub": "s"}
        claims |= {"tid": TENANTS["contoso"], "oid": "o", "preferred_username": "adele.vance@contoso.example"}
        return {
            "token_type": "Bearer",
            "scope": " ".join(HELD),
            "expires_in": 3599,
            "access_token": token,
            "id_token": f"{_part({'alg': 'none'})}.{_part(claims | {'nonce': nonce})}.",
            "client_info": _part({"uid": "o", "utid": TENANTS["contoso"]}),
        }

    async def answer(self, request: Request, onward: object) -> Answer:
        """The middleware."""
        headers = {"Content-Type": "application/json"}
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.service == "signin" and request.path.endswith("/devicecode"):
            flow = {"user_code": "ABC123", "device_code": "canary-device-code", "expires_in": 60, "interval": 0}
            told = {"verification_uri": "https://microsoft.com/devicelogin", "message": "Not what is told."}
            return Answer(200, json.dumps(flow | told).encode(), headers)
        if request.service == "signin" and form.get("grant_type", "client_credentials") != "client_credentials":
            self.asked.append(form)
            return Answer(200, json.dumps(self._token(form.get("code", ""))).encode(), headers)
        answer: Answer = await onward(request)  # type: ignore[operator]  # the service's own handler
        return answer


def _part(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def person(emulator: Emulator) -> Iterator[Person]:
    known = Person(emulator)
    emulator.middleware = known.answer
    yield known
    emulator.middleware = None


def test_device_code(
    emulator: Emulator, person: Person, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The code to enter is told where messages go, never on standard output, which holds data."""
    probed = reach(emulator, CredentialSpec(kind="device-code"))
    assert probed.error is None
    assert is_in(probed)
    assert probed.claims is not None
    assert probed.claims.delegated
    assert person.asked[0]["device_code"] == "canary-device-code"
    assert "open https://microsoft.com/devicelogin and enter the code ABC123 before 2" in caplog.text
    assert capfd.readouterr().out == ""


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # webbrowser leaves it alone
def test_interactive(emulator: Emulator, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that agrees at once: it is sent to the sign-in page, and comes back with a code (here, the nonce)."""
    browser = stub(
        tmp_path / "browser",
        f"""#!{sys.executable}
import sys, urllib.parse, urllib.request
asked = urllib.parse.parse_qs(urllib.parse.urlsplit(sys.argv[1]).query)
open({str(tmp_path / "asked")!r}, "w").write(sys.argv[1])
back = urllib.parse.urlencode({{"code": asked["nonce"][0], "state": asked["state"][0]}})
urllib.request.urlopen(asked["redirect_uri"][0] + "?" + back, timeout=5)
""",
    )
    monkeypatch.setenv("BROWSER", f"{browser} %s &")
    monkeypatch.setattr("webbrowser._tryorder", None)
    probed = reach(emulator, CredentialSpec(kind="interactive"))
    assert probed.error is None
    assert is_in(probed)
    page = urlsplit((tmp_path / "asked").read_text("ascii"))
    assert f"{page.scheme}://{page.netloc}" == emulator.authority_url
    assert page.path.startswith(f"/{TENANTS['contoso']}/")
    assert person.asked[0]["code"] == parse_qs(page.query)["nonce"][0]
    assert "code_verifier" in person.asked[0]


@pytest.mark.parametrize("kind", ["client-secret", "certificate", "workload-identity"])
def test_one_multi_tenant_application_signs_in_to_each_tenant_as_itself(
    emulator: Emulator, files: Files, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "token").write_text(emulator.workload_token("contoso"), "ascii")
    spec = {
        "client-secret": CredentialSpec(kind=kind, env="SECRET"),
        "certificate": CredentialSpec(kind=kind, path=str(files.pem)),
        "workload-identity": CredentialSpec(kind=kind, token_file=str(tmp_path / "token")),
    }[kind]
    for tenant in TENANTS:
        assert is_in(reach(emulator, spec, {"SECRET": SECRET}, tenant), tenant)


def test_what_is_wrong_is_told_without_the_secret(emulator: Emulator, files: Files) -> None:
    wrong = {"SECRET": "canary-wrong-secret", "PASSWORD": "canary-wrong-password"}
    secret = reach(emulator, CredentialSpec(kind="client-secret", env="SECRET"), wrong)
    assert isinstance(secret.error, SignInRefused)
    assert "AADSTS7000215" in secret.error.message
    locked = [
        reach(emulator, CredentialSpec(kind="certificate", path=str(path), password_env="PASSWORD"), wrong)
        for path in (files.encrypted_pem, files.encrypted_p12)
    ]
    lacking = reach(emulator, CredentialSpec(kind="certificate", path=str(files.public)), wrong)
    for probed in (*locked, lacking):
        assert not probed.credential_ready
        assert isinstance(probed.error, SetupError)
    for probed in (secret, *locked, lacking):
        assert "canary" not in str(probed.error)


@pytest.mark.parametrize(
    "spec",
    [
        CredentialSpec(kind="client-secret", env="SECRET"),
        CredentialSpec(kind="access-token", env="TOKEN"),
        CredentialSpec(kind="certificate", path="/nowhere/auditor.pem"),
        CredentialSpec(kind="workload-identity", token_file="/nowhere/token"),
        CredentialSpec(kind="certificate", path="/dev/null", password_env="PASSWORD"),
    ],
    ids=lambda spec: spec.kind,
)
def test_what_is_missing_is_told_before_the_network_is_asked(emulator: Emulator, spec: CredentialSpec) -> None:
    emulator.clear_log()
    probed = reach(emulator, spec)
    assert isinstance(probed.error, MissingSecret)
    assert probed.error.hint
    assert emulator.log == []


def test_every_kind_is_tried_here() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [kind for kind in KINDS if f'kind="{kind}"' not in text] == []
