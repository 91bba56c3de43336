"""Logs: one line a record, as JSON or for a person, with ids, and without secrets."""

import io
import json
import logging
from typing import Any

import pytest

from auditor import logs

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiJ4IiwiYXBwaWQiOiJ5In0.c2lnbmF0dXJl"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"

log = logging.getLogger("auditor.test")


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_as_json() -> None:
    stream = io.StringIO()
    with logs.written(stream, form="json", level="debug"):
        scan, tenant = logs.scan_id.set("s-1"), logs.tenant_id.set("t-1")
        log.info("a %s", "message", extra={"status": 200, "path": "/x", "parts": ["a", 1, None], "other": object})
        logs.scan_id.reset(scan)
        logs.tenant_id.reset(tenant)
        log.debug("bare")
    first, second = lines(stream)
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info",
        "logger": "auditor.test",
        "message": "a message",
        "scan": "s-1",
        "tenant": "t-1",
        "status": 200,
        "path": "/x",
        "parts": ["a", 1, None],
        "other": "<class 'object'>",
    }
    assert second.keys() == {"time", "level", "logger", "message"}


def test_a_record_for_a_person_is_one_line_whatever_it_holds() -> None:
    stream = io.StringIO()
    with logs.written(stream):
        log.warning("first\nsecond\x1b[31m", extra={"name_": "a\u202eb"})
    assert stream.getvalue() == "auditor: warning: first\\u000asecond\\u001b[31m name_=a\\u202eb\n"


def test_a_traceback_is_within_the_line() -> None:
    stream = io.StringIO()
    with logs.written(stream, form="json"):
        try:
            raise ValueError("cause")
        except ValueError:
            log.exception("it broke")
    (line,) = lines(stream)
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("ValueError: cause")


@pytest.mark.parametrize(("level", "told"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)])
def test_levels_are_for_our_own_lines(level: str, told: int) -> None:
    stream = io.StringIO()
    with logs.written(stream, level=level):
        log.debug("a")
        log.info("b")
        log.warning("c")
    assert len(stream.getvalue().splitlines()) == told


@pytest.mark.parametrize(
    "name", ["azure.identity", "azure.core.pipeline.policies.http_logging_policy", "msal", "httpx"]
)
def test_libraries_are_tame_at_every_level(name: str) -> None:
    """At debug msal and azure-core log headers and bodies: never, whoever asks."""
    stream = io.StringIO()
    with logs.written(stream, level="debug"):
        logging.getLogger(name).info("Authorization: canary")
        logging.getLogger(name).debug("body: canary")
        logging.getLogger(name).error("told")
        logging.getLogger("apprise").critical("canary")
    assert stream.getvalue() == "auditor: error: told\n"


def test_afterwards_all_is_as_it_was() -> None:
    before = logging.getLogger("auditor").level, list(logging.getLogger().handlers)
    with logs.written(io.StringIO(), form="json", level="debug"):
        assert logs.lines_are_json()
    assert (logging.getLogger("auditor").level, list(logging.getLogger().handlers)) == before
    assert not logs.lines_are_json()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"token {JWT} end", "token [token] end"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [token]"),
        (f"key {KEY}end", "key [key]\nend"),
        (f"key {KEY!r} end", "key '[key]\\n' end"),
        ("cut off -----BEGIN RSA PRIVATE KEY-----\nMIIE", "cut off [key]"),
        ("client_secret=abc123&grant_type=x", "client_secret=[secret]&grant_type=x"),
        ('{"access_token": "abc123", "n": 1}', '{"access_token": "[secret]", "n": 1}'),
        ("GET /x?code=abc&state=1", "GET /x?code=[secret]&state=1"),
        ("postgresql+psycopg://auditor:pa55@db/x", "postgresql+psycopg://auditor:[secret]@db/x"),
        ("status 403, code: Authorization_RequestDenied", "status 403, code: Authorization_RequestDenied"),
        ("https://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com/v1.0/users"),
        ("GTM-SAML-001 passwordCredentials", "GTM-SAML-001 passwordCredentials"),
    ],
)
def test_what_has_the_shape_of_a_secret(text: str, left: str) -> None:
    assert logs.Redactor()(text) == left


@pytest.mark.parametrize("secret", ["plain-value", "with\nnewline", 'with"quote', "wïth back\\slash", " padded "])
def test_a_protected_value_is_gone_in_every_form(secret: str) -> None:
    redactor = logs.Redactor()
    redactor.protect([secret])
    for text in (secret, repr(secret), json.dumps(secret), f"x{secret}y"):
        assert secret.strip() not in redactor(text)
        assert "[secret]" in redactor(text)


def test_a_short_value_takes_no_words_with_it() -> None:
    redactor = logs.Redactor()
    redactor.protect(["a", ""])
    assert redactor("a word") == "a word"
