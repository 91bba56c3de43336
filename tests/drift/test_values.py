"""Values and paths by themselves: what is equal, how a member is patched, and where a path's key ends."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from auditor.drift.parts import split_path
from auditor.drift.touch import touches
from auditor.drift.values import patched, same
from auditor.model.drift import Change, ChangeKind
from auditor.model.finding import Subject
from tests.drift import sample as s
from tests.rules.examples import pack

ADDED, REMOVED, CHANGED = ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("x", None, None),
        ("tags", ["b", "a"], ["a", "b", "a"]),
        ("definition", ['{"a": 1, "b": 2}'], ['{"b":2,"a":1}']),
        ("endDateTime", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.0000000Z"),
        ("endDateTime", "2027-01-01T01:00:00+01:00", "2027-01-01T00:00:00Z"),
        ("endDateTime", "soon", "soon"),
    ],
)
def test_what_is_the_same(name: str, one: Any, other: Any) -> None:
    assert same(name, one, other)
    assert same(name, other, one)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("x", None, ""),
        ("x", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.0Z"),
        ("tags", ['{"a": 1}'], ['{"a":1}']),
        ("tags", ["a"], []),
        ("tags", [], None),
        ("definition", ['{"a": 1}'], ['{"a": 2}']),
        ("definition", ["{"], ["{ "]),
        ("endDateTime", "soon", "later"),
        ("endDateTime", "2027-01-01T00:00:00Z", "soon"),
        ("endDateTime", "2027-01-01T00:00:00Z", None),
    ],
)
def test_what_is_not(name: str, one: Any, other: Any) -> None:
    assert not same(name, one, other)
    assert not same(name, other, one)


@pytest.mark.parametrize(
    ("member", "below", "kind", "after", "made"),
    [
        ({"a": 1}, "a", CHANGED, 2, {"a": 2}),
        ({"a": {"b": 1, "c": 2}}, "a.b", CHANGED, None, {"a": {"b": None, "c": 2}}),
        ({"a": None}, "a.b", CHANGED, 1, {"a": {"b": 1}}),
        ({}, "a.b", CHANGED, 1, {"a": {"b": 1}}),
        ({"a": ["y"]}, "a[x]", ADDED, "x", {"a": ["x", "y"]}),
        ({"a": ["x"]}, "a[x]", ADDED, "x", {"a": ["x"]}),
        ({"a": None}, "a[x]", ADDED, "x", {"a": ["x"]}),
        ({"a": ["x", "y"]}, "a[x]", REMOVED, None, {"a": ["y"]}),
        ({"a": ["p[q]"]}, "a[p[q]]", REMOVED, None, {"a": []}),
        ({"a": {"b": []}}, "a.b[p[q]", ADDED, "p[q", {"a": {"b": ["p[q"]}}),
        ({"a": {"b": []}}, "a.b[p.q[r]", ADDED, "p.q[r", {"a": {"b": ["p.q[r"]}}),
    ],
)
def test_a_member_after_a_change(
    member: dict[str, Any], below: str, kind: ChangeKind, after: Any, made: dict[str, Any]
) -> None:
    assert patched(member, below, kind, after) == made


@pytest.mark.parametrize(
    ("full", "existing", "key", "rest"),
    [
        ("p[a]", "a", "a", ""),
        ("p[a].b", "a", "a", "b"),
        ("p[a].b.c[d]", "a", "a", "b.c[d]"),
        ("p[x].y].b", "x].y", "x].y", "b"),
        ("p[x].y].z].b", "x].y].z", "x].y].z", "b"),
        ("p[].b", "", "", "b"),
        ("p[].].b", "].", "].", "b"),
        ("p[x].].b", "x].", "x].", "b"),
        ("p[new].b]", "a", "new].b", ""),
        ("p[new]", "a", "new", ""),
        ("p[a].t[x].y]", "a", "a", "t[x].y]"),
        ("p[x].y].t[x].y]", "x].y", "x].y", "t[x].y]"),
    ],
)
def test_where_a_key_ends(full: str, existing: str, key: str, rest: str) -> None:
    assert split_path("p", full, {existing: None}) == (key, rest)


ENABLED = {"properties": {"servicePrincipal": {"properties": {"accountEnabled": {"const": True}}}}}


def changed(path: str, *, mirrored: bool = False) -> Change:
    return Change(Subject("application", s.SP, None), path, CHANGED, 1, 2, mirrored=mirrored)


@pytest.mark.parametrize(
    ("requires", "when", "change", "touched"),
    [
        (["application.identifierUris"], None, changed("application.identifierUris[urn:x]"), True),
        (["application.identifierUris"], None, changed("application.web.redirectUris[urn:x]"), False),
        (["application"], None, changed("application.web.redirectUris[urn:x]"), True),
        (["certificates.active.state"], None, changed(f"certificates[{s.THUMB}]"), True),
        (["servicePrincipal.loginUrl"], None, changed("servicePrincipal.loginUrls"), False),
        (["application.web.redirectUris"], None, changed("servicePrincipal.replyUrls[x]"), False),
        (["servicePrincipal.replyUrls"], None, changed("application.web.redirectUris[x]"), False),
        (["servicePrincipal.replyUrls"], None, changed("application.web.redirectUris[x]", mirrored=True), True),
        (["application.web.redirectUris"], None, changed("application.web.redirectUris[x]", mirrored=True), True),
        (["servicePrincipal.loginUrl"], None, changed("application.web.redirectUris[x]", mirrored=True), False),
        (["gallery"], None, changed("applicationTemplates[t]"), True),
        (["certificates"], ENABLED, changed("principals[x]"), False),
        (
            ["certificates"],
            ENABLED,
            changed("servicePrincipal.accountEnabled"),
            True,
        ),
    ],
)
def test_which_evidence_a_change_touches(
    requires: list[str], when: dict[str, Any] | None, change: Change, touched: bool
) -> None:
    rule = msgspec.structs.replace(pack().rules[0], requires=tuple(requires), when=when)
    assert touches(change, rule) is touched
