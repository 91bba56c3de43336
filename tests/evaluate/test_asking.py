"""Forms of asking that no shipped rule uses, and what a finding carries of its rule."""

from typing import Any

import msgspec
import pytest

from auditor.evaluate import Evaluator, evaluate, unassessed
from auditor.evaluate.certainty import acceptance_is_certain, refusal_is_certain
from auditor.evaluate.wording import NOT_READ
from auditor.model.evidence import Outcome, Unknown
from auditor.model.finding import Finding, Status, Subject, fingerprint
from auditor.model.rule import Waiver
from tests.evaluate.test_evaluator import assessed, changed
from tests.rules.examples import Example, base, now_of, pack, patched, snapshot_of, tenant_of

INSTANCE = "aaaaaaaa-0000-4000-8000-000000000001"
ACS = "https://authentication.logmeininc.com/saml/acs"
ELSEWHERE = "https://elsewhere.example/acs"
TWO_URLS = Example(why="", set={"instances.goto.application.web.redirectUris": [ACS, ELSEWHERE]})


def asked(rule: str, tenant: dict[str, Any] | None = None, **changes: Any) -> list[Finding]:
    """The findings of one rule, asked in another form."""
    tenant = tenant if tenant is not None else base()
    return [one for one in assessed(tenant, Evaluator([changed(rule, **changes)])).findings if one.rule == rule]


def test_a_query_for_many_is_judged_as_one_list() -> None:
    form: dict[str, Any] = {
        "select": "$.urls.replyUrls[*]",
        "observe": None,
        "says": {},
        "expected": "one",
        "requires": ("urls.replyUrls",),
    }
    (one,) = asked("GTM-SAML-002", expect={"maxItems": 1}, **form)
    assert (one.status, one.observed, one.reason) == (Status.PASS, ACS, "It is as expected.")
    (two,) = asked("GTM-SAML-002", patched(TWO_URLS), expect={"maxItems": 1}, **form)
    assert (two.status, two.observed) == (Status.FAIL, f"{ACS}\n{ELSEWHERE}")
    assert two.reason.startswith("It is not as expected.")


def test_each_text_is_a_finding_by_its_own_key() -> None:
    form: dict[str, Any] = {
        "select": "$.urls.replyUrls[*]",
        "requires": ("urls.replyUrls",),
        "each": True,
        "observe": None,
        "says": {},
    }
    right, wrong = asked("GTM-SAML-002", patched(TWO_URLS), expect={"const": ACS}, **form)
    assert [(one.status, one.observed) for one in (right, wrong)] == [(Status.PASS, ACS), (Status.FAIL, ELSEWHERE)]
    tenant = tenant_of(base()).id
    assert right.fingerprint == fingerprint(tenant, "GTM-SAML-002", INSTANCE, ACS)
    assert wrong.fingerprint == fingerprint(tenant, "GTM-SAML-002", INSTANCE, ELSEWHERE)


def test_each_structure_without_an_id_goes_by_its_text() -> None:
    form: dict[str, Any] = {
        "select": "$.urls.unsafe[*]",
        "requires": ("urls.unsafe",),
        "each": True,
        "observe": None,
        "says": {},
    }
    unsafe = patched(Example(why="", set={"instances.goto.application.web.redirectUris": ["http://x.example/a"]}))
    (one,) = asked("SAML-URL-001", unsafe, expect={"not": {}}, **form)
    key = "http://x.example/a (not https)"
    assert one.fingerprint == fingerprint(tenant_of(base()).id, "SAML-URL-001", INSTANCE, key)


def test_of_a_list_that_may_lack_members_each_is_judged_and_the_rest_is_unknown() -> None:
    """Two assigned: one is gone, of the other it could not be read."""
    tenant = patched(
        Example(
            why="",
            set={"principals.dddddddd-0000-4000-8000-000000000001": {"kind": "user", "exists": False}},
            unknown=["principals.eeeeeeee-0000-4000-8000-000000000001"],
        )
    )
    form: dict[str, Any] = {"select": "$.assignments.departed[*]", "each": True, "observe": None, "says": {}}
    found = asked("SAML-ACC-003", tenant, expect={"not": {}}, **form)
    assert [one.status for one in found] == [Status.FAIL, Status.UNKNOWN]
    assert [cause.cause for cause in found[1].causes] == ["permission was refused"]
    assert found[1].fingerprint == fingerprint(tenant_of(base()).id, "SAML-ACC-003", INSTANCE)
    assert found[1].observed == NOT_READ


def test_nothing_at_the_place_asked_is_unknown_and_says_so() -> None:
    (found,) = asked("SAML-CERT-002", select="$.certificates.active.nothing", expect={"exclusiveMinimum": 1})
    (cause,) = found.causes
    assert (cause.source, cause.outcome) == ("evidence", Outcome.INVALID)
    assert cause.cause == "there is nothing at $.certificates.active.nothing"


def test_what_is_to_be_shown_and_is_not_there_was_not_read() -> None:
    (found,) = asked("GTM-SSO-001", observe="$.certificates.active.nothing")
    assert (found.status, found.observed) == (Status.PASS, NOT_READ)


def test_a_rule_without_words_of_its_own_has_the_usual_ones() -> None:
    off = {"type": "object", "properties": {"servicePrincipal": {"properties": {"accountEnabled": {"const": False}}}}}
    (found,) = asked("SAML-ACC-001", when={**off, "required": ["servicePrincipal"]}, says={})
    assert (found.status, found.reason) == (Status.NOT_APPLICABLE, "The rule does not apply here.")
    (found,) = asked("SAML-ACC-001", says={})
    assert (found.status, found.reason) == (Status.PASS, "It is as expected.")


def test_words_may_name_parameters_where_the_rule_does_not_apply() -> None:
    off = {"properties": {"servicePrincipal": {"properties": {"accountEnabled": {"const": False}}}}}
    words = {"not_applicable": "Asked from {parameters.days} days on."}
    (found,) = asked("SAML-ACC-001", when=off, says=words, parameters={"days": 30}, expected="within {parameters.days}")
    assert found.reason == "Asked from 30 days on."
    assert found.expected == "within 30"


def test_a_finding_carries_its_rule() -> None:
    rules = {rule.id: rule for rule in pack().rules}
    for found in assessed(base()).findings:
        rule = rules[found.rule]
        carried = (found.title, found.severity, found.citation, found.remedy, found.group, found.risk, found.guidance)
        assert carried == (rule.title, rule.severity, rule.citation, rule.remedy, rule.group, rule.risk, rule.guidance)
        assert found.pack == pack().id
        assert list(found.controls.items()) == sorted(rule.controls.items())


def test_the_subject_is_the_instance_and_else_the_tenant() -> None:
    tenant = tenant_of(base())
    rules = {rule.id: rule for rule in pack().rules}
    for found in assessed(base()).findings:
        rule = rules[found.rule]
        of_tenant = Subject("tenant", tenant.id, tenant.name)
        assert found.subject == (
            of_tenant if rule.scope == "tenant" else Subject(rule.subject, INSTANCE, "GoToMeeting")
        )
    cause = Unknown("servicePrincipals", Outcome.FAILED, "no sign-in")
    assert {found.subject for found in unassessed([pack()], tenant, cause).findings} == {
        Subject("tenant", tenant.id, tenant.name)
    }


def test_a_pack_that_the_snapshot_knows_nothing_of_leaves_the_others_alone() -> None:
    other = msgspec.structs.replace(pack(), id="other")
    tenant = tenant_of(base())
    found = Evaluator([pack(), other]).assess(snapshot_of(base()), tenant=tenant, now=now_of(base())).findings
    rules = [rule.id for rule in pack().rules]
    assert [(one.pack, one.rule) for one in found] == [(name, rule) for name in (pack().id, "other") for rule in rules]
    assert {one.causes for one in found if one.pack == "other"} == {
        (Unknown("servicePrincipals", Outcome.NOT_ASKED, "the snapshot holds nothing of the pack other"),)
    }
    assert {one.status for one in found if one.pack != "other"} <= {Status.PASS, Status.NOT_APPLICABLE}


def test_a_rule_of_three_packs_has_three_fingerprints() -> None:
    packs = [pack(), *(msgspec.structs.replace(pack(), id=name) for name in ("second", "third"))]
    snapshot = snapshot_of(base())
    apps = [msgspec.structs.replace(snapshot.apps[0], pack=each.id) for each in packs]
    found = evaluate(
        msgspec.structs.replace(snapshot, apps=tuple(apps)), packs, tenant=tenant_of(base()), now=now_of(base())
    ).findings
    of_one = {one.pack: one.fingerprint for one in found if one.rule == "GTM-SAML-001"}
    tenant = tenant_of(base()).id
    assert of_one == {
        pack().id: fingerprint(tenant, "GTM-SAML-001", INSTANCE),
        "second": fingerprint(tenant, "GTM-SAML-001", INSTANCE, "second:"),
        "third": fingerprint(tenant, "GTM-SAML-001", INSTANCE, "third:"),
    }


def test_one_snapshot_is_judged_with_its_waivers() -> None:
    tenant = patched(Example(why="", set={"instances.goto.servicePrincipal.accountEnabled": False}))
    waiver = Waiver("SAML-ACC-001", "*", "*", "adele.vance@contoso.com", "retired", "CHG-1", "2027-06-30", "false")
    found = evaluate(snapshot_of(tenant), [pack()], tenant=tenant_of(tenant), waivers=[waiver], now=now_of(tenant))
    assert [one.rule for one in found.findings if one.waiver == waiver] == ["SAML-ACC-001"]


@pytest.mark.parametrize(
    ("schema", "refusal", "acceptance"),
    [
        ({"maxItems": 1}, True, False),
        ({"type": "array", "maxItems": 1, "items": {"properties": {}}}, True, False),
        # Two members may differ in what of them was not read.
        ({"uniqueItems": True}, False, False),
        (
            {"items": {"type": "object", "title": "t", "description": "d", "$comment": "c", "properties": {}}},
            True,
            False,
        ),
        ({"type": "array", "title": "t", "description": "d", "$comment": "c"}, True, True),
        ({"minItems": 1}, False, True),
        ({"minItems": 1, "type": "array"}, False, True),
        ({"minItems": 1, "maxItems": 2}, False, False),
        ({"items": {"required": ["a"]}}, False, False),
        ({"items": True}, False, False),
        ({"contains": {}}, False, False),
        ({"const": []}, False, False),
        ({}, True, True),
    ],
)
def test_what_an_incomplete_list_can_decide(schema: dict[str, Any], refusal: bool, acceptance: bool) -> None:
    assert refusal_is_certain(schema) is refusal
    assert acceptance_is_certain(schema) is acceptance
