"""Fault scripts: each action seen on the wire, whose turn it is, and mistakes told with their place."""

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.emulator import Emulator, EmulatorError, FaultFileError, load_faults, load_samples, parse_faults
from auditor.emulator.faults.script import ACTIONS, read_faults
from auditor.emulator.serve import serve
from tests.emulator.conftest import NOW, Caller

Lab = Callable[..., Caller]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(load_samples("contoso", "fabrikam"), now=lambda: NOW) as running:
        yield running


@pytest.fixture
def lab(emulator: Emulator) -> Iterator[Lab]:
    """A caller of contoso (or another tenant) while these rules hold."""
    callers: list[Caller] = []

    def follow(*rules: dict[str, Any], tenant: str = "contoso") -> Caller:
        emulator.clear_log()
        emulator.set_faults(read_faults({"faults": list(rules)}) if rules else None)
        callers.append(Caller(emulator, tenant))
        return callers[-1]

    yield follow
    emulator.set_faults(None)
    for caller in callers:
        caller.http.close()


def rule(action: str, path: str = "/v1.0/users", **more: Any) -> dict[str, Any]:
    return {"path": path, "action": action, **more}


def ids(body: Any) -> list[str]:
    return [one["id"] for one in body["value"]]


def _read(http: httpx.Client, address: str, seen: list[int]) -> None:
    with http.stream("GET", address) as answer:
        seen.append(answer.status_code)
        answer.read()


def batch(caller: Caller, *urls: str) -> dict[str, Any]:
    parts = [{"id": url, "method": "GET", "url": url} for url in urls]
    return {one["id"]: one for one in caller.http.post("/$batch", json={"requests": parts}).json()["responses"]}


@pytest.mark.parametrize(
    ("wish", "header"), [({}, None), ({"retry_after": 315}, "315"), ({"retry_after": 0.5}, "0.5"),
                         ({"retry_after": "soon"}, "soon")],
)  # fmt: skip
def test_a_status_with_graph_s_error_and_a_retry_after(lab: Lab, wish: dict[str, Any], header: str | None) -> None:
    answer = lab(rule("status", status=429, **wish))("/users")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert answer.json()["error"]["code"] == "TooManyRequests"


def test_a_retry_after_that_is_a_date(lab: Lab) -> None:
    answer = lab(rule("status", status=503, retry_after_date_s=120))("/users")
    ahead = parsedate_to_datetime(answer.headers["Retry-After"]) - datetime.now(UTC)
    assert timedelta(seconds=110) < ahead <= timedelta(seconds=121)


def test_a_status_with_headers_and_a_body_of_one_s_own(lab: Lab) -> None:
    answer = lab(rule("status", status=403, body="no", headers={"X-Lab": "1"}))("/users")
    assert (answer.status_code, answer.text, answer.headers["X-Lab"]) == (403, "no", "1")


def test_turns_are_counted_among_what_fits(lab: Lab) -> None:
    caller = lab(rule("status", status=500, nth=2, times=2))
    caller("/groups")
    assert [caller("/users").status_code for _ in range(5)] == [200, 500, 500, 200, 200]


def test_a_query_is_matched_as_it_reads(lab: Lab) -> None:
    caller = lab({"query": "*$filter=displayName eq 'x'*", "action": "status", "status": 500})
    assert caller("/users?$filter=displayName%20eq%20'x'").status_code == 500
    assert caller("/users?$filter=displayName%20eq%20'y'").status_code == 200


def test_one_tenant_s_faults_are_no_other_s(emulator: Emulator, lab: Lab) -> None:
    faulty = lab(rule("status", status=500, tenant="contoso"))
    with Caller(emulator, "fabrikam") as other:
        assert (faulty("/users").status_code, other("/users").status_code) == (500, 200)


def test_each_tenant_has_its_own_count_on_request(emulator: Emulator, lab: Lab) -> None:
    caller = lab(rule("status", status=500, nth=2, per_tenant=True))
    with Caller(emulator, "fabrikam") as other:
        assert [one("/users").status_code for one in (caller, other, caller, other)] == [200, 200, 500, 500]


def test_a_share_is_the_same_in_every_run_of_a_seed(lab: Lab) -> None:
    def run(seed: int) -> list[int]:
        caller = lab(rule("status", status=500, share=0.5, seed=seed))
        return [caller("/users").status_code for _ in range(20)]

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert 3 < first.count(500) < 17


def test_a_part_of_a_batch_fails_alone_or_only_outside_of_one(lab: Lab) -> None:
    caller = lab(rule("status", status=429, part=True))
    assert caller("/users").status_code == 200
    parts = batch(caller, "/users", "/groups")
    assert (parts["/users"]["status"], parts["/groups"]["status"]) == (429, 200)
    caller = lab(rule("status", status=429, part=False))
    assert batch(caller, "/users")["/users"]["status"] == 200
    assert caller("/users").status_code == 429


def test_the_log_tells_which_fault_struck(emulator: Emulator, lab: Lab) -> None:
    caller = lab(rule("status", status=500, nth=2, name="second read"))
    caller("/users")
    batch(caller, "/users")
    caller("/groups")
    assert [entry.fault for entry in emulator.graph_log] == [None, None, None]
    assert [part.fault for entry in emulator.graph_log for part in entry.parts] == ["second read"]


def test_a_delay_comes_before_the_true_answer(lab: Lab) -> None:
    caller = lab({"path": "/v1.0/users", "delay_s": 0.2})
    started = time.perf_counter()
    assert caller("/users").status_code == 200
    assert time.perf_counter() - started >= 0.2


@pytest.mark.parametrize("when", ["before", "body"])
@pytest.mark.parametrize("tls", [False, True])
def test_a_connection_is_torn_down(when: str, tls: bool) -> None:
    with Emulator(load_samples("contoso"), tls=tls) as emulator:
        emulator.set_faults(read_faults({"faults": [rule("reset", when=when, times=1)]}))
        headers = {"Authorization": f"Bearer {emulator.token('contoso')}"}
        verify = ssl.create_default_context(cafile=str(emulator.ca_file))
        with httpx.Client(headers=headers, verify=verify, timeout=5) as http:
            seen: list[int] = []
            with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
                _read(http, f"{emulator.graph_url}/v1.0/users", seen)
            assert seen == ([200] if when == "body" else [])
            assert http.get(f"{emulator.graph_url}/v1.0/users").status_code == 200


def test_json_is_cut_short_within_a_right_length(lab: Lab) -> None:
    caller = lab(rule("truncate", keep=0.3))
    answer = caller("/users")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    part = batch(caller, "/users")["/users"]
    assert isinstance(part["body"], str)


def test_html_and_a_wrong_content_type(lab: Lab) -> None:
    page = lab(rule("html"))("/users")
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.text.startswith("<!DOCTYPE html>")
    mislabelled = lab(rule("content-type", type="text/plain"))("/users")
    assert mislabelled.headers["Content-Type"] == "text/plain"
    assert json.loads(mislabelled.text)["value"]


def test_an_empty_page_leads_to_the_true_one(lab: Lab) -> None:
    whole = lab()("/users").json()
    caller = lab(rule("empty-page", times=1))
    pages = list(caller.pages("/users"))
    assert [len(page["value"]) for page in pages] == [0, len(whole["value"])]
    assert ids(pages[1]) == ids(whole)


def test_a_page_is_repeated(lab: Lab) -> None:
    whole = [page for page in lab().pages("/users?$top=2")]  # noqa: C416 - a list of pages is what is compared
    caller = lab(rule("repeat-page", nth=2, times=1))
    repeated = list(caller.pages("/users?$top=2"))
    assert [ids(page) for page in repeated] == [ids(whole[0]), ids(whole[1]), *[ids(page) for page in whole[1:]]]


def test_a_skip_token_expires_on_the_page_that_is_named(lab: Lab) -> None:
    caller = lab({"query": "*skiptoken*", "nth": 2, "times": 1, "action": "expired-token"})
    first = caller("/users?$top=1").json()
    second = caller(first["@odata.nextLink"]).json()
    third = caller(second["@odata.nextLink"])
    assert (third.status_code, third.json()["error"]["code"]) == (400, "Directory_ExpiredPageToken")


def test_a_redirect_and_a_link_elsewhere(lab: Lab) -> None:
    answer = lab(rule("redirect", to="https://evil.example/v1.0/users"))("/users")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://evil.example/v1.0/users")
    body = lab(rule("next-link", to="https://evil.example/next"))("/users").json()
    assert body["@odata.nextLink"] == "https://evil.example/next"
    assert body["value"]


def test_properties_are_removed_set_to_null_and_set(lab: Lab) -> None:
    caller = lab(
        rule("edit", remove=["mail"], null=["userType"], set={"lab.new": 1, "accountEnabled": "maybe"}),
        {
            "path": "/v1.0/servicePrincipals",
            "action": "edit",
            "set": {"samlSingleSignOnSettings.relayState": 7, "keyCredentials.usage": "Alien", "@odata.count": 3},
        },
        rule("edit", "/v1.0/groups", remove=["value"]),
    )
    select = "$select=id,mail,userType,accountEnabled"
    for user in caller(f"/users?{select}").json()["value"]:
        assert "mail" not in user
        assert (user["userType"], user["accountEnabled"]) == (None, "maybe")
    body = caller("/servicePrincipals?$filter=displayName eq 'GoToMeeting'").json()
    (principal,) = body["value"]
    assert body["@odata.count"] == 3
    assert principal["samlSingleSignOnSettings"]["relayState"] == 7
    assert {key["usage"] for key in principal["keyCredentials"]} == {"Alien"}
    assert "value" not in caller("/groups").json()


def test_sign_in_can_fail_too(emulator: Emulator, lab: Lab) -> None:
    lab({"service": "signin", "tenant": "contoso", "action": "status", "status": 503})
    verify = ssl.create_default_context(cafile=str(emulator.ca_file))
    with httpx.Client(verify=verify) as http:
        for name, status in (("contoso", 503), ("fabrikam", 200)):
            address = f"{emulator.authority_url}/{emulator.tenant(name).id}/v2.0/.well-known/openid-configuration"
            assert http.get(address).status_code == status


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("faults:\n- {action: stats}", "faults[0].action: there is no action 'stats'; did you mean 'status'?"),
        ("faults:\n- {action: html, pth: /x}", "faults[0].pth: unknown key; did you mean 'path'?"),
        ("faults:\n- {action: status}", "faults[0].status: an HTTP status from 200 to 599 was expected, not None"),
        ("faults:\n- {action: html, nth: 0}", "faults[0].nth: a whole number from 1 on"),
        ("faults:\n- {action: html, servce: graph}", "did you mean 'service'?"),
        ("faults:\n- {action: html, service: grap}", "faults[0].service: expected one of graph, signin, identity"),
        ("faults:\n- {action: reset, part: true}", "faults[0].part: a part of a batch has no connection"),
        ("faults:\n- {action: html, prt: true}", "did you mean 'part'?"),
        ("faults:\n- {path: /x}", "faults[0].action: this key is required, or delay_s"),
        ("faults:\n- {action: edit}", "faults[0]: one of remove, null, set is required"),
        ("faults:\n- {action: html, share: 2}", "faults[0].share: a number from 0 to 1 was expected, not 2"),
        ("faults:\n- {action: status, status: 429, headers: {\"A b\": x}}", "faults[0].headers.A b: this is no header"),
        ("faults:\n- {action: status, status: 429, retry_after: 1, retry_after_date_s: 1}", "give one of them"),
        ("faults:\n- {action: html, action: html}", "line 2: the key 'action' is given twice"),
        ("fault: []", "fault: unknown key; did you mean 'faults'?"),
        ("faults: []", "faults: there is no fault"),
        ("faults:\n- 3", "faults[0]: a mapping was expected, not a number"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_the_nearest_key(text: str, told: str) -> None:
    with pytest.raises(FaultFileError) as caught:
        parse_faults(text)
    assert told in str(caught.value)
    assert str(caught.value).startswith("faults.yaml: ")


def test_toml_says_the_same_as_yaml(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text('[[faults]]\npath = "/v1.0/users"\naction = "html"\nnth = 3\n', encoding="utf-8")
    (tmp_path / "f.yaml").write_text("faults:\n- {path: /v1.0/users, action: html, nth: 3}\n", encoding="utf-8")
    toml, yaml = load_faults(tmp_path / "f.toml"), load_faults(tmp_path / "f.yaml")
    assert toml.rules == yaml.rules
    with pytest.raises(FaultFileError, match=r"f\.toml: not TOML: "):
        parse_faults("faults = [", source="f.toml")
    with pytest.raises(FaultFileError, match=r"none\.yaml: cannot be read"):
        load_faults(tmp_path / "none.yaml")


def test_a_tenant_that_is_not_served_is_told(emulator: Emulator) -> None:
    script = parse_faults("faults:\n- {tenant: contosso, action: html}")
    with pytest.raises(EmulatorError, match=r"faults\[0\]\.tenant: no tenant is called 'contosso' here; .*'contoso'"):
        emulator.set_faults(script)


@pytest.mark.parametrize("text", ["faults:\n- {action: htm}", "faults:\n- {tenant: contosso, action: html}"])
def test_a_wrong_script_stops_the_command_before_it_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text, encoding="utf-8")
    assert serve(faults=file) == 2
    assert capsys.readouterr().err.startswith("auditor emulate: faults.yaml: faults[0].")


def test_the_command_takes_a_script(tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("faults:\n- {path: /v1.0/users, action: status, status: 503}\n", encoding="utf-8")
    command = [sys.executable, "-m", "auditor", "emulate", "--faults", str(file)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, "")
            told = []
            for line in lines:
                told.append(line)
                if line.startswith("Serving"):
                    break
            assert "Faults   1 from faults.yaml\n" in told
        finally:
            process.terminate()
        assert process.wait(20) == 0


def test_the_reference_tells_of_every_action() -> None:
    text = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
    assert [word for word in ACTIONS if f"| `{word}` |" not in text] == []
