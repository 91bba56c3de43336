"""Serving: the seam for middleware, latency, throttling, the log file, starting and stopping."""

import gc
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.emulator import Answer, Emulator, EmulatorError, Handler, Request, load_samples
from auditor.emulator.errors import GraphError
from auditor.emulator.throttle import Throttle, cost_of
from tests.emulator.conftest import NOW, Caller, error_of


def test_middleware_stands_before_every_request_and_every_part() -> None:
    seen: list[tuple[str, str, str | None]] = []

    async def busy(request: Request, handler: Handler) -> Answer:
        seen.append((request.service, request.path, request.part))
        if request.path.endswith("/organization"):
            return Answer(503, b"later", {"Retry-After": "1"})
        return await handler(request)

    with Emulator(load_samples("contoso"), now=lambda: NOW) as emulator, Caller(emulator, "contoso") as caller:
        emulator.middleware = busy
        assert (caller("/organization").status_code, caller("/users").status_code) == (503, 200)
        parts = [{"id": "7", "method": "GET", "url": "/organization"}]
        answer = caller.http.post("/$batch", json={"requests": parts}).json()["responses"]
        assert [(one["status"], one["headers"]["Retry-After"]) for one in answer] == [(503, "1")]
        assert ("graph", "/v1.0/organization", "7") in seen
        emulator.middleware = None
        assert caller("/organization").status_code == 200


def test_middleware_can_break_off_an_answer() -> None:
    async def truncated(request: Request, handler: Handler) -> Answer:
        async def write(send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
            await send({"type": "http.response.body", "body": b'{"value": [', "more_body": True})

        return Answer(200, writer=write)

    with Emulator(load_samples("contoso"), now=lambda: NOW) as emulator, Caller(emulator, "contoso") as caller:
        emulator.middleware = truncated
        with pytest.raises(httpx.RemoteProtocolError):
            caller("/organization")


def test_latency_is_added_once_to_each_request() -> None:
    with Emulator(load_samples("contoso"), latency_ms=80) as emulator, Caller(emulator, "contoso") as caller:
        caller("/organization")
        started = time.perf_counter()
        caller("/organization")
        alone = time.perf_counter() - started
        parts = [{"id": str(number), "method": "GET", "url": "/organization"} for number in range(20)]
        started = time.perf_counter()
        caller.http.post("/$batch", json={"requests": parts})
        batched = time.perf_counter() - started
    assert alone >= 0.08
    assert 0.08 <= batched < 20 * 0.08


def test_costs_of_requests() -> None:
    assert cost_of("applications", "") == 2
    assert cost_of("applications", "$select=id") == 1
    assert cost_of("applications", "$select=id&$expand=owners") == 2
    assert cost_of("transitiveMembers", "%24top=10") == 4
    assert cost_of("organization", "$select=id&$top=1") == 1


def test_a_bucket_empties_and_fills_again() -> None:
    clock = [0.0]
    throttle = Throttle(lambda: clock[0])
    for _ in range(1750):
        throttle.spend("t", "c", 10, "applications", "")
    with pytest.raises(GraphError) as refused:
        throttle.spend("t", "c", 10, "applications", "")
    assert (refused.value.status, refused.value.code, refused.value.headers) == (
        429,
        "TooManyRequests",
        {"Retry-After": "1"},
    )
    throttle.spend("t", "another client", 10, "applications", "")
    throttle.spend("another tenant", "c", 10, "applications", "")
    clock[0] += 1
    throttle.spend("t", "c", 10, "applications", "")


def test_conditional_access_is_shared_by_all_clients_and_names_no_time() -> None:
    throttle = Throttle(lambda: 0.0)
    throttle.spend("t", "a", 10, "conditionalAccess", "")
    with pytest.raises(GraphError) as refused:
        throttle.spend("t", "b", 10, "conditionalAccess", "")
    assert refused.value.headers == {}


def test_throttling_over_http() -> None:
    with (
        Emulator(load_samples("contoso"), throttle=True, now=lambda: NOW) as emulator,
        Caller(emulator, "contoso") as caller,
    ):
        answers = [caller("/auditLogs/directoryAudits") for _ in range(6)]
        assert [one.status_code for one in answers] == [200] * 5 + [429]
        assert error_of(answers[-1])[1] == "TooManyRequests"
        assert int(answers[-1].headers["retry-after"]) >= 1
        parts = [{"id": str(n), "method": "GET", "url": "/identity/conditionalAccess/policies"} for n in range(2)]
        found = caller.http.post("/$batch", json={"requests": parts}).json()["responses"]
        assert sorted(one["status"] for one in found) == [200, 429]


def test_the_log_in_memory_and_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    with (
        Emulator(load_samples("contoso"), log_file=file, now=lambda: NOW) as emulator,
        Caller(emulator, "contoso") as caller,
    ):
        caller("/users?$top=1")
        httpx.get(f"{emulator.graph_url}/v1.0/users")
        first, second = emulator.log
    assert (first.method, first.path, first.status) == ("GET", "/v1.0/users?$top=1", 200)
    assert first.host == emulator.graph_url.removeprefix("http://")
    assert (second.status, second.tenant) == (401, None)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["path"] for line in lines] == ["/v1.0/users?$top=1", "/v1.0/users"]
    assert lines[0]["tenant"] == "11111111-1111-4111-8111-111111111111"
    assert "Bearer" not in file.read_text()


def test_a_port_that_is_taken() -> None:
    with Emulator(load_samples("contoso")) as emulator:
        port = int(emulator.graph_url.rpartition(":")[2])
        with pytest.raises(EmulatorError, match=f"port {port} cannot be used"):
            Emulator(load_samples("contoso"), port=port)


def test_nothing_is_left_running() -> None:
    before = threading.active_count()
    emulator = Emulator(load_samples("contoso")).start()
    emulator.stop()
    emulator.stop()
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{emulator.graph_url}/v1.0/users")


def test_it_starts_within_a_second() -> None:
    started = time.perf_counter()
    with Emulator(load_samples("contoso", "fabrikam")):
        assert time.perf_counter() - started < 5  # one second on an idle machine


def test_names_that_are_not_there() -> None:
    with Emulator(load_samples("contoso")) as emulator:
        with pytest.raises(EmulatorError, match="no tenant 'nobody'; there are: contoso"):
            emulator.token("nobody")
        with pytest.raises(EmulatorError, match="has no client nobody"):
            emulator.token("contoso", client="nobody")
        with pytest.raises(EmulatorError, match="no federated credential"):
            emulator.workload_token("contoso", "Deployment pipeline")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log.jsonl"
    code = (
        "import sys; from pathlib import Path; from auditor.emulator.serve import serve; "
        f"sys.exit(serve(log_file=Path({str(log)!r})))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stderr is not None
        said = ""
        while "Serving until" not in said:
            line = process.stderr.readline()
            assert line, f"it ended early: {said}"
            said += line
        found = re.search(r"^Graph +(http://127\.0\.0\.1:\d+)/v1\.0$", said, re.MULTILINE)
        assert found is not None
        assert httpx.get(f"{found[1]}/v1.0/users").status_code == 401
        lines = said.split("A configuration that scans these tenants:")[1].split("Secrets that it asks for:")[0]
        configuration = tomllib.loads(lines)
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr.read() == "Stopped.\n"
    assert configuration["clouds"]["emulator"]["graph"] == found[1]
    assert [one["name"] for one in configuration["tenants"]] == [
        "adatum",
        "contoso",
        "fabrikam",
        "northwind",
        "tailspin",
    ]
    assert configuration["tenants"][1]["product"] == "GoToMeeting"
    assert "product" not in configuration["tenants"][0]
    assert json.loads(log.read_text())["status"] == 401


def test_in_the_foreground_with_tenants_that_are_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from auditor.emulator.serve import serve

    (tmp_path / "bad.yaml").write_text("name: x")
    assert serve(tenants=tmp_path / "bad.yaml") == 2
    assert capsys.readouterr().err == "auditor emulate: bad.yaml: id: this key is required\n"
    assert serve(tenants=tmp_path / "none.yaml") == 2
    assert "none.yaml: cannot be read" in capsys.readouterr().err


def test_a_tls_caller_that_stays_does_not_hold_it_up(recwarn: pytest.WarningsRecorder) -> None:
    emulator = Emulator(load_samples("contoso"), tls=True).start()
    context = ssl.create_default_context(cafile=str(emulator.ca_file))
    port = int(emulator.graph_url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as caller,
    ):
        caller.sendall(b"GET /v1.0/users HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert caller.recv(12) == b"HTTP/1.1 401"
        started = time.perf_counter()
        emulator.stop()
        assert time.perf_counter() - started < 1, "it waited for a caller that is idle"
    gc.collect()
    assert [str(one.message) for one in recwarn if one.category is ResourceWarning] == []
