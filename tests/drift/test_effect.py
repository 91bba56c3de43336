"""Effects: which change turned which rule, told alone, apart from its neighbours, and together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from auditor.drift import compare
from auditor.model.drift import Effect
from auditor.model.evidence import Known
from auditor.model.finding import Assessment, Finding, Status, Subject, fingerprint, verdict_of
from auditor.model.rule import Citation, Rule, Scope, Severity
from auditor.model.snapshot import Instance, Snapshot
from tests.drift import sample as s
from tests.drift.test_paths import both, credentials, members, sp, state, web

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


RULES: dict[str, tuple[str, Judged]] = {
    "R-URL": ("application.web.redirectUris", _only_reply_url),
    "R-SIGNON": ("servicePrincipal.loginUrl", _blank_sign_on),
    "R-CERT": ("certificates.count", _has_certificate),
    "R-DEPARTED": ("assignments.departed", _nobody_departed),
    "R-GROUPS": ("assignments.groups", _small_groups),
    "R-OPEN": ("servicePrincipal", _closed),
}


def rule(name: str) -> Rule:
    return Rule(
        id=name, title=name, severity=Severity.HIGH, scope=Scope.INSTANCE, subject="application", group="saml",
        requires=(RULES[name][0],), select="$", expect={}, each=False, when=None, observe=None, expected=None, says={},
        parameters={}, citation=Citation("d", "s"), risk="", guidance="", remedy=None, controls={},
    )  # fmt: skip


def assess(snapshot: Snapshot) -> Assessment:
    findings = tuple(
        Finding(
            rule=name, title=name, severity=Severity.HIGH, status=Status.PASS if judged(snapshot, one) else Status.FAIL,
            subject=Subject("application", one.id, None), expected="", observed="", reason="", citation=Citation("d",
            "s"), controls={}, remedy=None, fingerprint=fingerprint(snapshot.tenant_id, name, one.id), pack="p",
            group="saml", risk="", guidance="",
        )
        for one in snapshot.apps[0].present
        for name, (_, judged) in RULES.items()
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


def _without_certificates() -> dict[str, Any]:
    document = s.document()
    credentials()(document)
    return document
