"""Canaries in every place where a secret may stand: none comes out anywhere, at debug level and in tracebacks too."""

import io
import json
import logging
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor import logs
from auditor.cli.exits import report_bug
from auditor.emulator import Emulator
from auditor.emulator.wire import Answer, Request
from auditor.store import open_store
from tests.cli.conftest import Run, run
from tests.graph.signing_in import CLIENT, PASSWORD, SECRET, TENANTS, Files, certificate_files, emulator_of
from tests.notify.conftest import Webhook, webhook

__all__ = ["run", "webhook"]

pytestmark = pytest.mark.fault(18)

FORMATS = "json,html,csv,xlsx,sarif,junit,ocsf,oscal,evidence,remediation"
"""All but the PDFs, whose text is the HTML's: every raw body and header that was kept is among them."""
CREDENTIALS = {
    "contoso": '{ kind = "client-secret", env = "CANARY_SECRET" }',
    "fabrikam": '{ kind = "certificate", path = "locked.p12", password_env = "CANARY_PASSWORD" }',
    "northwind": '{ kind = "workload-identity", token_file = "federated" }',
    "adatum": '{ kind = "access-token", env = "CANARY_TOKEN" }',
}


class Lab:
    """A configuration with a secret of each kind, and every secret that passed by while it ran."""

    def __init__(self, folder: Path, emulator: Emulator, files: Files, hook: Webhook) -> None:
        self.config = folder / "auditor.toml"
        self.out = folder / "out"
        self.emulator = emulator
        federated, given = emulator.workload_token("northwind"), emulator.token("adatum")
        (folder / "federated").write_text(federated, "ascii")
        (folder / "locked.p12").write_bytes(files.encrypted_p12.read_bytes())
        self.environ = {
            "CANARY_SECRET": SECRET,
            "CANARY_PASSWORD": PASSWORD,
            "CANARY_TOKEN": given,
            "CANARY_CHANNEL": hook.apprise,
            "CANARY_PING": hook.url,
        }
        self.secrets = {SECRET, PASSWORD, given, federated, "canary-password", "canary-path-token", *files.keys}
        lines = [
            "[clouds.lab]",
            f'graph = "{emulator.graph_url}"',
            f'authority = "{emulator.authority_url}"',
            f'ca_file = "{emulator.ca_file}"',
            '[[notify]]\nurl_env = "CANARY_CHANNEL"',
            '[healthcheck]\nurl_env = "CANARY_PING"',
            '[metrics]\ntextfile = "out/auditor.prom"',
        ]
        for name, credential in CREDENTIALS.items():
            lines += [f'[[tenants]]\nname = "{name}"\nid = "{TENANTS[name]}"\ncloud = "lab"']
            lines += [f'client_id = "{CLIENT}"\ncredential = {credential}']
        self.config.write_text("\n".join(lines), "utf-8")

    async def watch(self, request: Request, onward: Any) -> Answer:
        """The middleware: every token that sign-in gives out, and every assertion that it is given, is a secret."""
        answer: Answer = await onward(request)
        if request.service == "signin":
            given = re.findall(rb'"access_token": ?"([^"]+)"', answer.body)
            taken = re.findall(rb"client_assertion=([^&]+)", request.body)
            self.secrets |= {one.decode() for one in (*given, *taken)}
        return answer

    def found_in(self, text: str) -> list[str]:
        """The secrets that ``text`` holds, as they are or as JSON or ``repr`` would write them, or their signatures."""
        forms = {one: (one, json.dumps(one)[1:-1], repr(one)[1:-1], one.rpartition(".")[2]) for one in self.secrets}
        return [one[:12] for one, written in forms.items() if any(form in text for form in written if len(form) > 8)]


@pytest.fixture
def lab(tmp_path: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    folder = tmp_path / "keys"
    folder.mkdir()
    files = certificate_files(folder)
    with emulator_of(folder) as emulator:
        made = Lab(tmp_path, emulator, files, webhook)
        for name, value in made.environ.items():
            monkeypatch.setenv(name, value)
        emulator.middleware = made.watch
        yield made


def written(folder: Path) -> Iterable[tuple[str, str]]:
    """Name and text of every file below ``folder``; of archives, of what they hold."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        yield path.name, content.decode("utf-8", "replace")
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name).decode("utf-8", "replace")


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_scan_at_debug_level(run: Run, lab: Lab, webhook: Webhook, form: str) -> None:
    ran = run(
        *("scan", "--config", lab.config, "--out", lab.out, "--format", FORMATS),
        *("--log-format", form, "--log-level", "debug"),
    )
    assert ran.code == 1
    tenants = json.loads((lab.out / "results.json").read_text("utf-8"))["tenants"]
    statuses = {one["tenant"]["name"]: one["status"] for one in tenants}
    assert set(statuses) == set(CREDENTIALS)
    assert "failed" not in statuses.values(), ran.err
    assert len(lab.secrets) >= 12  # each tenant's own token, and the assertions, were seen to pass
    assert "request" in ran.err
    for what, text in (("standard output", ran.out), ("standard error", ran.err), *written(lab.out)):
        assert lab.found_in(text) == [], what
    with open_store(f"sqlite:///{lab.config.parent / 'auditor.db'}", create=False) as store:
        assert lab.found_in(b"\n".join(store.export()).decode()) == []
    assert lab.found_in(json.dumps(webhook.messages())) == []
    if form == "json":
        lines = [json.loads(line) for line in ran.err.splitlines()]
        requests = [line for line in lines if line["message"] == "request"]
        assert {line["tenant"] for line in requests} == {TENANTS[name] for name in CREDENTIALS}
        assert all(line["status"] and line["duration_ms"] > 0 and line["scan"] for line in requests)


def test_a_sign_in_that_is_refused(run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What azure-identity and Entra say of a wrong secret is told by its number alone."""
    wrong = {"CANARY_SECRET": "canary-wrong-secret", "CANARY_PASSWORD": "canary-wrong-password"}
    lab.secrets |= set(wrong.values())
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    ran = run("scan", "--config", lab.config, "--out", lab.out, "--format", "json,html", "--log-level", "debug")
    assert "AADSTS7000215" in (lab.out / "results.json").read_text("utf-8")
    for what, text in (("standard output", ran.out), ("standard error", ran.err), *written(lab.out)):
        assert lab.found_in(text) == [], what


def test_doctor(run: Run, lab: Lab) -> None:
    for form in ("text", "json"):
        ran = run("doctor", "--config", lab.config, "--log-level", "debug", "--log-format", form)
        assert ran.code != 4
        assert lab.found_in(ran.out + ran.err) == []


def test_a_traceback_that_holds_a_secret(run: Run, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error whose message quotes what it was given: the file and the log keep the error, without the secret."""
    run("doctor", "--config", lab.config)  # from then on the process knows what to keep back
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tracebacks"))
    (tmp_path / "tracebacks").mkdir()
    stream = io.StringIO()
    key = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(one for one in lab.secrets if len(one) == 64)
    with logs.written(stream, form="json", level="debug"):
        for secret in (*sorted(lab.secrets - {line for line in lab.secrets if len(line) == 64}), key):
            try:
                raise RuntimeError(f"could not use {secret!r} of {{'client_secret': {secret!r}}}")
            except RuntimeError as error:
                report_bug(error)
                logging.getLogger("auditor.graph").exception("it broke with %s", secret, extra={"given": secret})
    kept = list(written(tmp_path / "tracebacks"))
    assert len(kept) == len(stream.getvalue().splitlines()) / 2
    for what, text in (("log", stream.getvalue()), *kept):
        assert "RuntimeError: could not use" in text, what
        assert lab.found_in(text) == [], what
