"""The client on the wire: pages, batches, faults, and the coverage that each leaves."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from auditor.graph.asks import Ask, Collected
from auditor.graph.wire import Found, UserAnswer
from auditor.model.canonical import sha256_hex
from auditor.model.evidence import Known, Outcome, Unknown
from tests.graph.conftest import Bench

USERS: Ask[Found] = Ask("users", "/users", Found, many=True)
GROUPS: Ask[Found] = Ask("groups", "/groups", Found, many=True)


def page(*ids: str, link: str | None = None) -> dict[str, Any]:
    return {"value": [{"id": number} for number in ids], **({"@odata.nextLink": link} if link else {})}


def ids(reading: Known[Collected[Found]] | Unknown) -> list[str]:
    assert isinstance(reading, Known)
    return [member.id for member in reading.value.members]


def later(bench: Bench, path: str, *answers: Any) -> Any:
    """Pages whose links need the server's address, which is known only once it runs."""

    def asks(url: str) -> list[Ask[Found]]:
        bench.server.on(path, *[_with_address(answer, url) for answer in answers])
        return [USERS]

    return asks


def _with_address(answer: Any, url: str) -> Any:
    if isinstance(answer, dict) and "@odata.nextLink" in answer:
        return {**answer, "@odata.nextLink": url + answer["@odata.nextLink"]}
    return answer


def test_all_pages_are_read_an_empty_one_among_them_and_no_member_twice(bench: Bench) -> None:
    bench.server.on("/v1.0/users?p=3", page("c", "b"))

    def asks(url: str) -> list[Ask[Found]]:
        bench.server.on("/v1.0/users", page("a", "b", link=f"{url}/v1.0/users?p=2"))
        bench.server.on("/v1.0/users?p=2", page(link=f"{url}/v1.0/users?p=3"))
        return [USERS]

    (reading,) = bench.read(asks)
    assert ids(reading) == ["a", "b", "c"]
    assert bench.client is not None
    assert [entry.outcome for entry in bench.client.coverage] == [Outcome.OK] * 3


def test_an_expired_skip_token_begins_again_and_loses_nothing(bench: Bench) -> None:
    expired: Any = (400, {}, {"error": {"code": "Directory_ExpiredPageToken", "message": "expired"}})
    bench.server.on("/v1.0/users?p=2", expired, page("b"))
    (reading,) = bench.read(later(bench, "/v1.0/users", page("a", link="/v1.0/users?p=2")))
    assert ids(reading) == ["a", "b"]


def test_a_skip_token_that_always_expires_ends_as_unknown(bench: Bench) -> None:
    bench.server.on("/v1.0/users?p=2", (400, {}, {"error": {"code": "Directory_ExpiredPageToken"}}))
    (reading,) = bench.read(later(bench, "/v1.0/users", page("a", link="/v1.0/users?p=2")))
    assert isinstance(reading, Unknown)
    assert len(bench.server.log) == 6


def test_a_refusal_that_came_cut_short_is_asked_again(bench: Bench) -> None:
    bench.server.on("/v1.0/users?p=2", (400, {}, b'{"error": {"code": "Direct'), page("b"))
    (reading,) = bench.read(later(bench, "/v1.0/users", page("a", link="/v1.0/users?p=2")))
    assert ids(reading) == ["a", "b"]
    assert bench.client is not None
    assert [entry.outcome for entry in bench.client.coverage] == [Outcome.OK] * 2


def test_a_refusal_that_always_comes_cut_short_keeps_its_outcome(bench: Bench) -> None:
    bench.server.on("/v1.0/users?p=2", (403, {}, b'{"error": {"code": "Auth'))
    (reading,) = bench.read(later(bench, "/v1.0/users", page("a", link="/v1.0/users?p=2")))
    assert isinstance(reading, Unknown)
    assert reading.outcome is Outcome.DENIED


def test_a_proxy_page_that_refuses_is_believed(bench: Bench) -> None:
    bench.server.on("/v1.0/users?p=2", (403, {}, b"<html>no"))
    (reading,) = bench.read(later(bench, "/v1.0/users", page("a", link="/v1.0/users?p=2")))
    assert isinstance(reading, Unknown)
    assert len(bench.server.log) == 2


def test_a_circle_of_pages_ends_as_unknown(bench: Bench) -> None:
    (reading,) = bench.read(later(bench, "/v1.0/users", page("a", link="/v1.0/users")))
    assert isinstance(reading, Unknown)
    assert reading.outcome is Outcome.INVALID


def test_a_next_link_goes_out_byte_for_byte(bench: Bench) -> None:
    link = "/v1.0/users?$skiptoken=a%2Fb%3D+c%27(x)"
    bench.server.on(link, page("b"))
    (reading,) = bench.read(later(bench, "/v1.0/users", page("a", link=link)))
    assert ids(reading) == ["a", "b"]


@pytest.mark.parametrize("link", ["http://localhost:1/v1.0/users", "https://evil.example/v1.0/users", "ftp://x/y"])
def test_a_next_link_to_another_host_is_refused_and_the_list_unknown(bench: Bench, link: str) -> None:
    bench.server.on("/v1.0/users", page("a", link=link))
    (reading,) = bench.read([USERS])
    assert isinstance(reading, Unknown)
    assert reading.outcome is Outcome.FAILED
    assert len(bench.server.log) == 1


@pytest.mark.parametrize(
    "link",
    ["https://[::1/v1.0/x", "https://localhost:abc/v1.0/x", "https://xn--/v1.0/x", "http://a/\x00", "http://a\u2100"],
)
def test_a_next_link_that_is_no_address_costs_its_own_list_alone(bench: Bench, link: str) -> None:
    bench.server.on("/v1.0/users", page("a", link=link))
    bench.server.on("/v1.0/groups", page("g"))
    users, groups = bench.read([USERS, GROUPS])
    assert isinstance(users, Unknown)
    assert users.outcome is Outcome.FAILED
    assert ids(groups) == ["g"]


def test_a_next_link_longer_than_any_address_costs_its_own_list_alone(bench: Bench) -> None:
    bench.server.on("/v1.0/users", page("a", link=f"http://localhost/v1.0/users?{'x' * 70_000}"))
    (users,) = bench.read([USERS])
    assert isinstance(users, Unknown)
    assert users.outcome is Outcome.FAILED


def test_a_redirect_is_not_followed(bench: Bench) -> None:
    bench.server.on("/v1.0/users", (302, {"Location": "/v1.0/groups"}, b""))
    bench.server.on("/v1.0/groups", page("a"))
    (reading,) = bench.read([USERS])
    assert isinstance(reading, Unknown)
    assert bench.server.log == [("GET", "/v1.0/users")]


@pytest.mark.parametrize(
    "fault",
    [
        (429, {"Retry-After": "0.05"}, {}),
        (429, {}, {}),
        500,
        502,
        (503, {"Retry-After": "0"}, b""),
        504,
        b'{"value": [{"id": "a"',
        b"<html>busy</html>",
        {},
    ],
)
def test_a_passing_fault_is_tried_again(bench: Bench, fault: Any) -> None:
    bench.server.on("/v1.0/users", fault, page("a"))
    (reading,) = bench.read([USERS])
    assert ids(reading) == ["a"]
    assert bench.client is not None
    assert [(entry.outcome, entry.attempts) for entry in bench.client.coverage] == [(Outcome.OK, 2)]


async def reset_in_mid_body(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"value": [')
    assert request.transport is not None
    request.transport.abort()
    return response


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


def test_a_reset_in_mid_body_is_tried_again(bench: Bench) -> None:
    bench.server.on("/v1.0/users", reset_in_mid_body, page("a"))
    (reading,) = bench.read([USERS])
    assert ids(reading) == ["a"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ((429, {}, {}), Outcome.THROTTLED),
        ((429, {"Retry-After": "315"}, {}), Outcome.THROTTLED),
        (500, Outcome.FAILED),
        (b"<html>", Outcome.INVALID),
        (hang, Outcome.TIMEOUT),
        (reset_in_mid_body, Outcome.FAILED),
    ],
)
def test_a_fault_that_stays_ends_as_unknown_with_its_cause(bench: Bench, fault: Any, outcome: Outcome) -> None:
    bench.server.on("/v1.0/users", fault)
    (reading,) = bench.read([USERS], budget_s=0.6)
    assert isinstance(reading, Unknown)
    assert reading.outcome is outcome
    assert reading.permission == "User.Read.All"
    assert bench.client is not None
    assert [(entry.outcome, entry.cause) for entry in bench.client.coverage] == [(outcome, reading.cause)]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((403, {}, {"error": {"code": "Authorization_RequestDenied"}}), Outcome.DENIED),
        (
            (403, {}, {"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant"}}),
            Outcome.NOT_LICENSED,
        ),
        ((401, {}, {"error": {"code": "InvalidAuthenticationToken"}}), Outcome.DENIED),
        ((404, {}, {"error": {"code": "Request_ResourceNotFound"}}), Outcome.NOT_FOUND),
        ((400, {}, {"error": {"code": "Request_BadRequest"}}), Outcome.FAILED),
    ],
)
def test_a_refusal_is_final(bench: Bench, answer: Any, outcome: Outcome) -> None:
    bench.server.on("/v1.0/users", answer)
    (reading,) = bench.read([USERS])
    assert isinstance(reading, Unknown)
    assert reading.outcome is outcome
    assert len(bench.server.log) == 1


def test_a_batch_asks_its_failed_parts_again_and_no_other(bench: Bench) -> None:
    bench.server.on("/v1.0/users", (429, {"Retry-After": "0"}, {}), page("u"))
    bench.server.on("/v1.0/groups", page("g"), (500, {}, {}))
    users, groups = bench.read([USERS, GROUPS])
    assert (ids(users), ids(groups)) == (["u"], ["g"])
    batches = [
        body for (method, _), body in zip(bench.server.log, bench.server.bodies, strict=True) if method == "POST"
    ]
    assert [body.count(b'"method"') for body in batches] == [2, 1]
    assert b"/users" in batches[1]


def test_a_batch_part_that_stays_throttled_costs_only_itself(bench: Bench) -> None:
    bench.server.on("/v1.0/users", (429, {}, {}))
    bench.server.on("/v1.0/groups", page("g"))
    users, groups = bench.read([USERS, GROUPS], budget_s=0.5)
    assert isinstance(users, Unknown)
    assert users.outcome is Outcome.THROTTLED
    assert ids(groups) == ["g"]


def test_a_batch_part_that_asks_for_too_long_a_wait_costs_the_others_nothing(bench: Bench) -> None:
    bench.server.on("/v1.0/users", (429, {"Retry-After": "315"}, {}))
    bench.server.on("/v1.0/groups", (503, {}, {}), page("g"))
    users, groups = bench.read([USERS, GROUPS])
    assert isinstance(users, Unknown)
    assert users.outcome is Outcome.THROTTLED
    assert ids(groups) == ["g"]
    assert bench.client is not None
    assert {entry.source: entry.attempts for entry in bench.client.coverage} == {"users": 1, "groups": 2}


def test_a_batch_of_more_than_twenty_is_split(bench: Bench) -> None:
    for number in range(45):
        bench.server.on(f"/v1.0/users/{number}", {"id": str(number)})
    readings = bench.read([Ask("users", f"/users/{number}", UserAnswer) for number in range(45)])
    assert [reading.value.id for reading in readings] == [str(number) for number in range(45)]
    assert len(bench.server.log) == 3


def test_a_service_without_batches_is_asked_one_by_one(bench: Bench) -> None:
    bench.server.on("/v1.0/$batch", 404)
    bench.server.on("/v1.0/users", page("u"))
    bench.server.on("/v1.0/groups", page("g"))
    users, groups = bench.read([USERS, GROUPS])
    assert (ids(users), ids(groups)) == (["u"], ["g"])


def test_a_service_that_stops_taking_batches_is_not_asked_again_what_it_answered(bench: Bench) -> None:
    half = [{"id": "0", "status": 200, "body": page("u")}, {"id": "1", "status": 503}]
    bench.server.on("/v1.0/$batch", {"responses": half}, 404)
    bench.server.on("/v1.0/users", page("other"))
    bench.server.on("/v1.0/groups", page("g"))
    users, groups = bench.read([USERS, GROUPS])
    assert (ids(users), ids(groups)) == (["u"], ["g"])
    assert bench.client is not None
    assert len(bench.client.coverage) == 2


def test_a_batch_answer_that_leaves_a_part_out_is_no_answer_for_it(bench: Bench) -> None:
    bench.server.on("/v1.0/$batch", {"responses": [{"id": "0", "status": 200, "body": page("u")}]})
    users, groups = bench.read([USERS, GROUPS], budget_s=0.3)
    assert ids(users) == ["u"]
    assert isinstance(groups, Unknown)


def test_a_deleted_object_is_a_fact_and_no_gap(bench: Bench) -> None:
    (reading,) = bench.read([Ask("users", "/users/1", UserAnswer, may_be_deleted=True)])
    assert reading == Known(None)
    assert bench.client is not None
    assert not bench.client.gaps
    assert bench.client.coverage[0].outcome is Outcome.NOT_FOUND


def test_another_404_is_no_deletion(bench: Bench) -> None:
    bench.server.on("/v1.0/users/1", (404, {}, b"<html>no such route</html>"))
    (reading,) = bench.read([Ask("users", "/users/1", UserAnswer, may_be_deleted=True)])
    assert isinstance(reading, Unknown)


def test_bodies_are_hashed_as_received_and_kept_on_request(bench: Bench) -> None:
    raw = b'{ "value" : [ { "id" : "a" } ] }'
    bench.server.on("/v1.0/users", (200, {}, raw))
    bench.read([USERS], keep_bodies=True)
    assert bench.client is not None
    (entry,) = bench.client.coverage
    assert entry.sha256 == sha256_hex(raw)
    assert bench.client.bodies == {entry.sha256: raw}
    assert entry.request_id == "r-1"


def test_consistency_level_is_sent_on_every_page(bench: Bench) -> None:
    bench.server.on("/v1.0/users?p=2", page("b"))

    def asks(url: str) -> list[Ask[Found]]:
        bench.server.on("/v1.0/users", page("a", link=f"{url}/v1.0/users?p=2"))
        return [Ask("users", "/users", Found, many=True, advanced=True)]

    bench.read(asks)
    assert [headers.get("consistencylevel") for headers in bench.server.headers] == ["eventual", "eventual"]
