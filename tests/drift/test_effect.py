"""Effects: which change turned which rule, told alone, apart from its neighbours, and together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from auditor.drift import compare
from auditor.drift.effect import outcomes
from auditor.model.drift import ChangeKind, Effect
from auditor.model.evidence import Known
from auditor.model.finding import Assessment, Finding, Status, Subject, fingerprint, verdict_of
from auditor.model.rule import Citation, Rule, Scope, Severity
from auditor.model.snapshot import Instance, Snapshot
from tests.drift import sample as s
from tests.drift.test_paths import both, credentials, members, second, sp, state, web

Judged = Callable[[Snapshot, Instance], bool]


def _only_reply_url(_: Snapshot, instance: Instance) -> bool:
    application = instance.application
    assert isinstance(application, Known)
    return bool(application.value.web.redirect_uris == (s.ACS,))  # type: ignore[union-attr] # the sample has one


def _blank_sign_on(_: Snapshot, instance: Instance) -> bool:
    assert isinstance(instance.service_principal, Known)
    return not instance.service_principal.value.login_url


def _has_certificate(_: Snapshot, instance: Instance) -> bool:
    assert isinstance(instance.service_principal, Known)
    return bool(instance.service_principal.value.key_credentials)


def _nobody_departed(snapshot: Snapshot, instance: Instance) -> bool:
    assert isinstance(instance.assignments, Known)
    for one in instance.assignments.value:
        record = snapshot.principal(str(one.principal_id))
        assert record is not None
        assert isinstance(record.evidence, Known)
        if record.kind == "user" and record.evidence.value.account_enabled is not True:
            return False
    return True


def _small_groups(snapshot: Snapshot, _: Instance) -> bool:
    counts = [record.member_count for record in snapshot.principals if record.member_count is not None]
    return all(isinstance(count, Known) and count.value <= 5000 for count in counts)


def _closed(_: Snapshot, instance: Instance) -> bool:
    """Fails only where the app is both open to all and enabled: two changes together."""
    assert isinstance(instance.service_principal, Known)
    own = instance.service_principal.value
    return not (own.account_enabled and own.app_role_assignment_required is False)


def _named(_: Snapshot, instance: Instance) -> bool:
    assert isinstance(instance.service_principal, Known)
    return instance.service_principal.value.display_name == "GoToMeeting"


def _named_and_blank(snapshot: Snapshot, instance: Instance) -> bool:
    return _named(snapshot, instance) and _blank_sign_on(snapshot, instance)


def _not_both_ends(_: Snapshot, instance: Instance) -> bool:
    """Fails only where the first and the last of many are assigned."""
    assert isinstance(instance.assignments, Known)
    return not {"many-000", "many-last"} <= {one.principal_id for one in instance.assignments.value}


RULES: dict[str, tuple[str, Judged]] = {
    "R-URL": ("application.web.redirectUris", _only_reply_url),
    "R-SIGNON": ("servicePrincipal.loginUrl", _blank_sign_on),
    "R-CERT": ("certificates.count", _has_certificate),
    "R-DEPARTED": ("assignments.departed", _nobody_departed),
    "R-GROUPS": ("assignments.groups", _small_groups),
    "R-OPEN": ("servicePrincipal", _closed),
    "R-ENDS": ("assignments", _not_both_ends),
}
FAR: dict[str, tuple[str, Judged]] = {"R-FAR": ("servicePrincipal.loginUrl", _named)}
"""Turned by something else than what it says that it needs."""
NEAR: dict[str, tuple[str, Judged]] = {"R-NEAR": ("servicePrincipal.loginUrl", _named_and_blank)}
"""Turned by what it needs, and by something else too."""


def rule(name: str, rules: dict[str, tuple[str, Judged]] = RULES) -> Rule:
    return Rule(
        id=name, title=name, severity=Severity.HIGH, scope=Scope.INSTANCE, subject="application", group="saml",
        requires=(rules[name][0],), select="$", expect={}, each=False, when=None, observe=None, expected=None, says={},
        parameters={}, citation=Citation("d", "s"), risk="", guidance="", remedy=None, controls={},
    )  # fmt: skip


def assess(snapshot: Snapshot, rules: dict[str, tuple[str, Judged]] = RULES) -> Assessment:
    findings = tuple(
        Finding(
            rule=name, title=name, severity=Severity.HIGH, status=Status.PASS if judged(snapshot, one) else Status.FAIL,
            subject=Subject("application", one.id, None), expected="", observed="", reason="", citation=Citation("d",
            "s"), controls={}, remedy=None, fingerprint=fingerprint(snapshot.tenant_id, name, one.id), pack="p",
            group="saml", risk="", guidance="",
        )
        for one in snapshot.apps[0].present
        for name, (_, judged) in rules.items()
    )  # fmt: skip
    return Assessment(verdict_of(findings), findings)


def effects(alter: Callable[[dict[str, Any]], None], *, back: bool = False, pair: bool = False) -> dict[str, str]:
    document = s.document()
    alter(document)
    before, after = s.snapshot(), s.snapshot(document)
    if back:
        before, after = after, before
    rules = [rule(name) for name in RULES]
    changes, _ = compare(before, after, assess=(assess(before), assess(after)) if pair else assess, rules=rules)
    return {change.path: f"{change.effect} {' '.join(change.rules)}".strip() for change in changes}


OTHER = "https://elsewhere.example/acs"
TWO = both(sp(loginUrl="https://x", displayName="Y"), web(redirectUris=[s.ACS, OTHER]))


@pytest.mark.parametrize("pair", [False, True])
def test_each_change_gets_its_own_rule(pair: bool) -> None:
    url = f"application.web.redirectUris[{OTHER}]"
    expected = {url: "regression R-URL", "servicePrincipal.displayName": "neutral"}
    assert effects(TWO, pair=pair) == {**expected, "servicePrincipal.loginUrl": "regression R-SIGNON"}
    back = effects(TWO, pair=pair, back=True)
    assert back[url] == "improvement R-URL"
    assert back["servicePrincipal.displayName"] == "neutral"


def test_two_that_each_turn_a_rule_both_regress() -> None:
    told = effects(web(redirectUris=[s.ACS, OTHER, f"{OTHER}/2"]))
    assert set(told.values()) == {"regression R-URL"}
    assert len(told) == 2


def test_a_replaced_certificate_turns_nothing() -> None:
    assert set(effects(credentials(s.SPARE)).values()) == {"neutral"}


def test_a_removed_certificate_regresses() -> None:
    assert effects(credentials()) == {f"certificates[{s.THUMB}]": "regression R-CERT"}


def test_what_it_takes_two_for_is_laid_to_both() -> None:
    document = s.document()
    s.service_principal(document)["accountEnabled"] = False
    before = s.snapshot(document)
    s.service_principal(document).update(accountEnabled=True, appRoleAssignmentRequired=False, displayName="Y")
    changes, _ = compare(before, s.snapshot(document), assess=assess)
    assert {change.path: change.effect for change in changes} == {
        "servicePrincipal.displayName": Effect.NEUTRAL,
        "servicePrincipal.accountEnabled": Effect.REGRESSION,
        "servicePrincipal.appRoleAssignmentRequired": Effect.REGRESSION,
    }


def test_one_of_many_assignments_is_found() -> None:
    def alter(document: dict[str, Any]) -> None:
        for number in range(200):
            ident = f"ffffffff-0000-0000-0000-{number:012}"
            members("assignments", s.assignment(ident))(document)
            person = s.user(ident, "P", accountEnabled=number != 137)
            document["principals"].append(
                {"id": ident, "kind": "user", "evidence": s.known(person), "memberCount": None}
            )

    told = effects(alter)
    assert len(told) == 200
    assert [path for path, effect in told.items() if effect != "neutral"] == [
        f"assignments[ffffffff-0000-0000-0000-000000000137/{s.ROLE}]"
    ]


def test_a_disabled_person_regresses() -> None:
    path = f"principals[{s.ALICE}].accountEnabled"
    assert effects(state(s.ALICE, accountEnabled=False)) == {path: "regression R-DEPARTED"}


@pytest.mark.parametrize("pair", [False, True])
def test_a_groups_size_shows_only_where_it_turns_a_rule(pair: bool) -> None:
    def grown(size: int) -> Callable[[dict[str, Any]], None]:
        return lambda document: s.principal(document, s.TEAM).update(memberCount=s.known(size))

    assert effects(grown(4999), pair=pair) == {}
    assert effects(grown(5001), pair=pair) == {f"principals[{s.TEAM}].memberCount": "regression R-GROUPS"}
    document = s.document()
    grown(5001)(document)
    (change,), _ = compare(s.snapshot(), s.snapshot(document), assess=assess)
    assert (change.kind, change.before, change.after) == (ChangeKind.CHANGED, 12, 5001)


def test_without_rules_every_effect_is_neutral() -> None:
    document = s.document()
    TWO(document)
    changes, _ = compare(s.snapshot(), s.snapshot(document))
    assert {change.effect for change in changes} == {Effect.NEUTRAL}


def test_what_turned_by_time_alone_is_laid_to_nobody() -> None:
    """A pair of assessments at two clocks: the rule turned, and the only change touches other evidence."""
    document = s.document()
    s.service_principal(document)["tags"].append("HideApp")
    before, after = s.snapshot(), s.snapshot(document)
    later = assess(s.snapshot(_without_certificates()))
    changes, _ = compare(before, after, assess=(assess(before), later), rules=[rule(name) for name in RULES])
    assert [change.effect for change in changes] == [Effect.NEUTRAL]


def told(before: Snapshot, after: Snapshot, rules: dict[str, tuple[str, Judged]], *, pair: bool) -> dict[str, str]:
    """Path, with the subject where there are several → effect."""
    asked = (assess(before, rules), assess(after, rules)) if pair else partial(assess, rules=rules)
    changes, _ = compare(before, after, assess=asked, rules=[rule(name, rules) for name in rules])
    return {f"{change.subject.id[-4:]} {change.path}": change.effect.value for change in changes}


def test_a_rule_that_something_else_turned_is_laid_to_that() -> None:
    document = s.document()
    sp(loginUrl="https://x", displayName="Y")(document)
    assert told(s.snapshot(), s.snapshot(document), FAR, pair=False) == {
        "0001 servicePrincipal.displayName": "regression",
        "0001 servicePrincipal.loginUrl": "neutral",
    }


def test_of_two_that_turn_a_rule_it_is_laid_to_what_it_needs() -> None:
    document = s.document()
    sp(loginUrl="https://x", displayName="Y")(document)
    assert told(s.snapshot(), s.snapshot(document), NEAR, pair=False) == {
        "0001 servicePrincipal.displayName": "neutral",
        "0001 servicePrincipal.loginUrl": "regression",
    }


@pytest.mark.parametrize("pair", [False, True])
def test_each_instance_answers_for_itself(pair: bool) -> None:
    """The first gets a sign-on URL; the second had one already and gets another: no rule turns there."""
    before, after = s.document(), s.document()
    for document, first, second_url in ((before, None, "https://x"), (after, "https://x", "https://y")):
        second(document, "sp-2")
        mine, other = document["apps"][0]["instances"]["value"]
        mine["servicePrincipal"]["value"]["loginUrl"] = first
        other["servicePrincipal"]["value"]["loginUrl"] = second_url
    assert told(s.snapshot(before), s.snapshot(after), RULES, pair=pair) == {
        "0001 servicePrincipal.loginUrl": "regression",
        "sp-2 servicePrincipal.loginUrl": "neutral",
    }


@pytest.mark.parametrize("pair", [False, True])
def test_an_instance_that_came_turned_no_rule(pair: bool) -> None:
    document = s.document()
    second(document, "sp-2")
    document["apps"][0]["instances"]["value"][1]["servicePrincipal"]["value"]["loginUrl"] = "https://x"
    there, back = (s.snapshot(), s.snapshot(document)), (s.snapshot(document), s.snapshot())
    for sides in (there, back):
        assert told(*sides, RULES, pair=pair) == {"sp-2 instances[sp-2]": "neutral"}


@pytest.mark.parametrize(("many", "culprits"), [(64, 2), (65, 65)])
def test_past_so_many_that_turn_a_rule_together_none_is_tried_alone(many: int, culprits: int) -> None:
    document = s.document()
    names = [f"many-{number:03}" for number in range(many - 1)] + ["many-last"]
    for name in names:
        members("assignments", s.assignment(name))(document)
        person = s.user(name, "P")
        document["principals"].append({"id": name, "kind": "user", "evidence": s.known(person), "memberCount": None})
    changes, _ = compare(s.snapshot(), s.snapshot(document), assess=assess, rules=[rule("R-ENDS")])
    assert len(changes) == many
    laid = [change.path for change in changes if change.rules == ("R-ENDS",)]
    assert len(laid) == culprits
    assert {f"assignments[many-000/{s.ROLE}]", f"assignments[many-last/{s.ROLE}]"} <= set(laid)


def test_without_trials_a_change_comes_before_what_shows_only_by_its_effect() -> None:
    """A group grew, and another was assigned: both touch what the rule needs, and only one is a change of its own."""
    document = s.document()
    s.principal(document, s.TEAM)["memberCount"] = s.known(5001)
    members("assignments", s.assignment("group-2", kind="Group", name="Second"))(document)
    record: dict[str, Any] = {
        "id": "group-2",
        "kind": "group",
        "displayName": "Second",
        "groupTypes": [],
        "membershipRule": None,
    }
    document["principals"].append(
        {"id": "group-2", "kind": "group", "evidence": s.known(record), "memberCount": s.known(3)}
    )
    assert told(s.snapshot(), s.snapshot(document), RULES, pair=True) == {
        f"0001 assignments[group-2/{s.ROLE}]": "regression"
    }


@pytest.mark.parametrize(("more", "effect"), [({}, "regression"), ({"displayName": "Y"}, "neutral")])
def test_a_rule_that_is_not_known_is_laid_to_the_only_change_or_to_none(more: dict[str, Any], effect: str) -> None:
    document = s.document()
    sp(loginUrl="https://x", **more)(document)
    before, after = s.snapshot(), s.snapshot(document)
    changes, _ = compare(before, after, assess=(assess(before), assess(after)))
    assert {change.effect.value for change in changes} == {effect}


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        ((Status.PASS, Status.FAIL), Status.FAIL),
        ((Status.FAIL, Status.PASS), Status.FAIL),
        ((Status.PASS, Status.UNKNOWN, Status.PASS), Status.UNKNOWN),
        ((Status.UNKNOWN, Status.FAIL), Status.FAIL),
        ((Status.NOT_APPLICABLE, Status.PASS), Status.PASS),
    ],
)
def test_of_several_findings_of_a_rule_the_worst_counts(statuses: tuple[Status, ...], worst: Status) -> None:
    one = assess(s.snapshot()).findings[0]
    other = msgspec.structs.replace(one, rule="R-OTHER", status=Status.PASS)
    findings = (*(msgspec.structs.replace(one, status=status) for status in statuses), other)
    assert outcomes(Assessment(verdict_of(findings), findings)) == {
        (one.rule, s.SP): worst,
        ("R-OTHER", s.SP): Status.PASS,
    }


def _without_certificates() -> dict[str, Any]:
    document = s.document()
    credentials()(document)
    return document
