"""The words of findings: what a rule without words of its own expects, and why something could not be assessed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from auditor.evaluate.wording import also_unread, expected_of, expected_texts, not_assessed
from auditor.model.evidence import Outcome, Unknown
from tests.rules.examples import pack

RULE = pack().rules[0]
GROUPS, USERS = "GroupMember.Read.All", "User.Read.All"


def unread(source: str, cause: str, permission: str | None = None, outcome: Outcome = Outcome.DENIED) -> Unknown:
    return Unknown(source, outcome, cause, permission)


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ({"const": "saml"}, "saml"),
        ({"const": None}, "(blank)"),
        ({"enum": ["a", "b"]}, "a\nb"),
        ({"maxItems": 0}, "none"),
        ({"maxItems": 0, "minItems": 0}, "none"),
        ({"minItems": 1}, "at least one"),
        ({"minItems": 2}, "at least 2"),
        ({"minItems": 1, "maxItems": 1}, "at least one"),
        ({"maxItems": 1}, RULE.title),
        ({}, RULE.title),
    ],
)
def test_what_a_schema_expects(expect: dict[str, Any], words: str) -> None:
    assert expected_of(msgspec.structs.replace(RULE, expect=expect)) == words


@pytest.mark.parametrize(
    ("expect", "texts"),
    [
        ({"const": "a"}, ("a",)),
        ({"enum": ["a", None, "b"]}, ("a", "b")),
        ({"items": {"enum": ["a"]}}, ("a",)),
        ({"anyOf": [{"const": "a"}, {"items": {"const": "b"}}, {"type": "null"}]}, ("a", "b")),
        ({"const": 3}, ()),
        ({}, ()),
    ],
)
def test_which_texts_a_schema_names(expect: dict[str, Any], texts: tuple[str, ...]) -> None:
    assert expected_texts(expect) == texts


@pytest.mark.parametrize(
    ("causes", "words"),
    [
        ([unread("users", "it was refused.")], "users: it was refused."),
        ([unread("users", "it is X.")], "users: it is X."),
        (
            [unread("users", "it was refused", USERS), unread("groups", "it was refused", GROUPS)],
            f"users: it was refused; groups: it was refused. It needs the permission {GROUPS} and {USERS}.",
        ),
        (
            [unread("users", "a"), unread("users", "a."), unread("users", "b", f"{USERS} and {GROUPS}")],
            f"users: a; users: b. It needs the permission {GROUPS} and {USERS}.",
        ),
        (
            [unread("users", "not carried", USERS, Outcome.INVALID)],
            f"users: not carried. Reading it takes the permission {USERS}.",
        ),
        (
            [unread("users", "a", USERS, Outcome.NOT_ASKED), unread("users", "b", USERS, Outcome.FAILED)],
            f"users: a; users: b. It needs the permission {USERS}.",
        ),
        (
            [unread("groups", "a", GROUPS), unread("users", "b", USERS, Outcome.THROTTLED)],
            f"groups: a; users: b. It needs the permission {GROUPS}. Reading it takes the permission {USERS}.",
        ),
    ],
)
def test_why_something_could_not_be_assessed(causes: list[Unknown], words: str) -> None:
    assert not_assessed(tuple(causes)) == f"This could not be assessed: {words}"


def test_what_goes_with_a_certain_outcome() -> None:
    causes = (unread("users", "a."), unread("groups", "a"), unread("groups", "b"), unread("groups", "not X."))
    assert also_unread(causes) == "Not everything could be read: a; b; not X."
