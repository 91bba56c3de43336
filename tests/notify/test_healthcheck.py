"""Signs of life on loopback."""

import socket

import pytest

from auditor.notify import ping
from auditor.notify.healthcheck import Sign
from tests.notify.conftest import Webhook


def test_each_sign_has_its_address(webhook: Webhook) -> None:
    assert [ping(f"{webhook.url}?x=1", sign) for sign in Sign] == [None, None, None]
    assert webhook.paths == [f"/canary-path-token{rest}?x=1" for rest in ("/start", "", "/fail")]


def test_a_refusal_tells_the_status_and_not_the_address(webhook: Webhook) -> None:
    webhook.status = 404
    assert ping(webhook.url, Sign.START) == "it answered with status 404"


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        cause = ping(f"http://127.0.0.1:{taken.getsockname()[1]}/canary", Sign.SUCCESS)
    assert cause == "no answer (ConnectionRefusedError)"


def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        cause = ping(f"http://127.0.0.1:{silent.getsockname()[1]}/canary", Sign.SUCCESS, timeout_s=0.1)
    assert cause == "no answer (TimeoutError)"


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://hc.example/canary", "ftp://127.0.0.1/", "", "http://[canary"]
)
def test_only_https_or_loopback(address: str) -> None:
    assert ping(address, Sign.START) == "the address is no https address"
