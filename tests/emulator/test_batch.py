"""``$batch``: twenty parts, each judged by itself, answered in any order."""

import json
from typing import Any

import httpx
import pytest

from tests.emulator.conftest import GOTOMEETING, Call, Caller, error_of


def get(number: int, url: str, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "method": "GET", "url": url, **more}


def answers(caller: Caller, *parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = caller.http.post("/$batch", json={"requests": list(parts)})
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


def test_each_part_is_judged_by_itself(call: Call) -> None:
    found = answers(
        call(roles=["Application.Read.All"]),
        get(1, f"/servicePrincipals/{GOTOMEETING}?$select=id"),
        get(2, "/users"),
        get(3, "/servicePrincipals/00000000-0000-0000-0000-00000000dead"),
        get(4, "/nothing"),
        {"id": "5", "method": "PATCH", "url": f"/servicePrincipals/{GOTOMEETING}", "body": {"loginUrl": "x"}},
    )
    assert {number: one["status"] for number, one in found.items()} == {
        "1": 200,
        "2": 403,
        "3": 404,
        "4": 400,
        "5": 405,
    }
    assert found["1"]["body"]["id"] == GOTOMEETING
    assert found["2"]["body"]["error"]["code"] == "Authorization_RequestDenied"
    assert len({one["headers"]["request-id"] for one in found.values()}) == 5


def test_headers_are_a_parts_own(contoso: Caller) -> None:
    count = "/servicePrincipals/$count"
    found = answers(contoso, get(1, count), get(2, count, headers={"ConsistencyLevel": "eventual"}))
    assert (found["1"]["status"], found["2"]["status"], found["2"]["body"]) == (400, 200, "6")


def test_twenty_parts_and_not_one_more(contoso: Caller) -> None:
    parts = [get(number, f"/users?$top={number + 1}&$select=id") for number in range(21)]
    assert len(answers(contoso, *parts[:20])) == 20
    assert error_of(contoso.http.post("/$batch", json={"requests": parts}))[:2] == (400, "MaximumValueExceeded")


def test_answers_come_in_an_order_of_their_own_that_repeats(contoso: Caller) -> None:
    body = json.dumps({"requests": [get(number, "/organization?$select=id") for number in range(10)]})

    def order() -> list[str]:
        answer = contoso.http.post("/$batch", content=body, headers={"Content-Type": "application/json"})
        return [one["id"] for one in answer.json()["responses"]]

    assert order() == order()
    assert order() != [str(number) for number in range(10)]


def test_pages_within_a_batch_go_on_outside(contoso: Caller) -> None:
    link = answers(contoso, get(1, "/users?$top=6&$select=id"))["1"]["body"]["@odata.nextLink"]
    assert link.startswith(f"{contoso.emulator.graph_url}/v1.0/users?")
    assert len(contoso.value(link)) == 4


def test_a_part_that_depends_on_a_failed_one_fails(contoso: Caller) -> None:
    found = answers(
        contoso,
        get(1, "/nothing"),
        get(2, "/organization", dependsOn=["1"]),
        get(3, "/organization", dependsOn=["2"]),
        get(4, "/organization"),
    )
    assert {number: one["status"] for number, one in found.items()} == {"1": 400, "2": 424, "3": 424, "4": 200}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b'{"requests": []}',
        b'{"requests": {}}',
        b'{"requests": [1]}',
        b'{"requests": [{"id": "1", "method": "GET"}]}',
        b'{"requests": [{"id": "1", "method": "GET", "url": "/users"}, {"id": "1", "method": "GET", "url": "/users"}]}',
        b'{"requests": [{"id": "1", "method": "GET", "url": "https://elsewhere.example/v1.0/users"}]}',
        b'{"requests": [{"id": "1", "method": "GET", "url": "/users", "dependsOn": ["9"]}]}',
    ],
)
def test_a_batch_that_is_wrong_as_a_whole(contoso: Caller, body: bytes) -> None:
    assert error_of(contoso.http.post("/$batch", content=body))[:2] == (400, "BadRequest")


def test_no_batch_within_a_batch_and_no_get(contoso: Caller) -> None:
    inner = {"id": "1", "method": "POST", "url": "/$batch", "body": {"requests": [get(1, "/users")]}}
    assert answers(contoso, inner)["1"]["status"] == 400
    assert error_of(contoso("/$batch"))[0] == 405


def test_a_batch_needs_a_token(contoso: Caller) -> None:
    answer = httpx.post(f"{contoso.emulator.graph_url}/v1.0/$batch", json={"requests": [get(1, "/users")]})
    assert error_of(answer)[:2] == (401, "InvalidAuthenticationToken")


def test_the_log_tells_every_part(contoso: Caller) -> None:
    contoso.emulator.clear_log()
    answers(contoso, get(1, "/organization?$select=id"), get(2, "/nothing"))
    (entry,) = contoso.emulator.log
    assert (entry.method, entry.path, entry.status) == ("POST", "/v1.0/$batch", 200)
    assert entry.tenant == "11111111-1111-4111-8111-111111111111"
    assert [(part.id, part.method, part.url, part.status) for part in entry.parts] == [
        ("1", "GET", "/organization?$select=id", 200),
        ("2", "GET", "/nothing", 400),
    ]
