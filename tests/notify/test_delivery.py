"""Messages over HTTP, by Apprise itself, to a webhook on loopback."""

import builtins
from typing import Any

import pytest

from auditor.notify import Message, deliver
from auditor.notify.message import inert
from tests.notify.conftest import Webhook

HOSTILE = "\u202e@everyone https://evil.example <img src=x onerror=a> <!channel> **bold** [x](y)"


def test_a_message_arrives_as_text(webhook: Webhook) -> None:
    assert deliver(webhook.apprise, Message("a title", "line one\n- line two")) is None
    (sent,) = webhook.messages()
    assert (sent["title"], sent["message"]) == ("a title", "line one\n- line two")
    assert webhook.paths == ["/canary-path-token"]


def test_several_addresses_each_get_it(webhook: Webhook) -> None:
    assert deliver(f"{webhook.apprise} {webhook.apprise}2", Message("t", "b")) is None
    assert webhook.paths == ["/canary-path-token", "/canary-path-token2"]


@pytest.mark.parametrize("form", ["text", "html", "markdown"])
def test_a_tenant_s_text_is_inert_in_every_format(webhook: Webhook, form: str) -> None:
    assert deliver(f"{webhook.apprise}?format={form}", Message("t", f"- FAIL: title ({inert(HOSTILE)})")) is None
    (sent,) = webhook.messages()
    text = sent["message"]
    for live in ("<img", "<!channel", "@everyone", "https://evil", "\u202e"):
        assert live not in text
    if form == "markdown":
        assert "[x](y)" not in text
        assert "**bold" not in text


def test_a_refusal_is_told_without_the_address(webhook: Webhook) -> None:
    webhook.status = 500
    cause = deliver(webhook.apprise, Message("t", "b"))
    assert cause is not None
    assert "did not take it" in cause
    assert "canary" not in cause


@pytest.mark.parametrize("address", ["canary://nothing", "canary", "json://"])
def test_an_address_that_is_none(address: str) -> None:
    cause = deliver(address, Message("t", "b"))
    assert cause == "the address is none that Apprise understands"


def test_without_apprise_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def lacking(name: str, *rest: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "apprise":
            raise ModuleNotFoundError(name)
        return known(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", lacking)
    cause = deliver("json://127.0.0.1", Message("t", "b"))
    assert cause is not None
    assert "entra-saml-auditor[notify]" in cause


def test_a_long_name_is_cut() -> None:
    assert len(inert("x" * 300_000)) == 80
