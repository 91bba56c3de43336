"""The evaluator's contract: every rule for every tenant, subjects, fingerprints, documents, speed of the plain path."""

from datetime import UTC, datetime
from typing import Any

import jsonpath_rfc9535
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate import Evaluator, evaluate, unassessed
from auditor.evaluate.certainty import acceptance_is_certain, refusal_is_certain
from auditor.evaluate.document import instance_evidence
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.selectors import Selector
from auditor.evaluate.wording import Template, as_text, in_sentence
from auditor.model.document import PATHS, related
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.finding import Assessment, Status, Verdict, fingerprint
from auditor.model.rule import Pack, Rule
from tests.rules.examples import Example, base, evaluator, now_of, pack, patched, snapshot_of, tenant_of

CAUSE = Unknown("servicePrincipals", Outcome.DENIED, "sign-in failed", "Application.Read.All")


def assessed(tenant: dict[str, Any], using: Evaluator | None = None) -> Assessment:
    return (using or evaluator()).assess(snapshot_of(tenant), tenant=tenant_of(tenant), now=now_of(tenant))


def changed(rule: str, **changes: Any) -> Pack:
    rules = tuple(msgspec.structs.replace(each, **changes) if each.id == rule else each for each in pack().rules)
    return msgspec.structs.replace(pack(), rules=rules)


def statuses(assessment: Assessment, rule: str) -> list[Status]:
    return [finding.status for finding in assessment.findings if finding.rule == rule]


RULES = [rule.id for rule in pack().rules]
TWICE = Example(why="", copy={"instances.second": "instances.goto"}, set={"instances.second.id": "b" * 8})


def test_every_rule_is_listed_in_the_packs_order() -> None:
    assert [finding.rule for finding in assessed(base()).findings] == RULES


def test_an_absent_app_fails_one_rule_and_leaves_the_rest() -> None:
    assessment = assessed(patched(Example(why="", set={"instances": {}})))
    assert [finding.rule for finding in assessment.findings] == RULES
    assert statuses(assessment, "GTM-APP-001") == [Status.FAIL]
    rest = {finding.status for finding in assessment.findings if finding.rule != "GTM-APP-001"}
    assert rest == {Status.NOT_APPLICABLE}
    assert assessment.verdict is Verdict.NON_COMPLIANT
    assert [finding.fingerprint for finding in assessment.findings] == [
        fingerprint(tenant_of(base()).id, rule, pack().id) for rule in RULES
    ]


def test_nothing_discovered_because_nothing_was_read_is_unknown() -> None:
    tenant = patched(Example(why="", set={"instances": {}, "discovery": {"unknown": msgspec.to_builtins(CAUSE)}}))
    assessment = assessed(tenant)
    assert [finding.rule for finding in assessment.findings] == RULES
    assert {finding.status for finding in assessment.findings} == {Status.UNKNOWN}
    assert {finding.subject.type for finding in assessment.findings} == {"tenant"}


def test_instances_seen_are_judged_although_there_may_be_more() -> None:
    tenant = patched(Example(why="", set={"discovery": {"unknown": msgspec.to_builtins(CAUSE)}}))
    assessment = assessed(tenant)
    assert statuses(assessment, "GTM-APP-001") == [Status.PASS]
    assert statuses(assessment, "GTM-APP-003") == [Status.UNKNOWN]
    assert statuses(assessment, "GTM-SAML-001") == [Status.PASS]


def test_a_snapshot_without_the_pack_is_unknown() -> None:
    snapshot = msgspec.structs.replace(snapshot_of(base()), apps=())
    assessment = evaluator().assess(snapshot, tenant=tenant_of(base()), now=now_of(base()))
    assert {finding.status for finding in assessment.findings} == {Status.UNKNOWN}


def test_a_tenant_of_which_nothing_was_read() -> None:
    assessment = unassessed([pack()], tenant_of(base()), CAUSE)
    assert [finding.rule for finding in assessment.findings] == RULES
    assert {finding.status for finding in assessment.findings} == {Status.UNKNOWN}
    assert {finding.causes for finding in assessment.findings} == {(CAUSE,)}
    assert assessment.verdict is Verdict.UNKNOWN
    assert assessment.findings[0].reason == (
        "This could not be assessed: servicePrincipals: sign-in failed. It needs the permission Application.Read.All."
    )


def test_two_instances_get_a_finding_each() -> None:
    assessment = assessed(patched(TWICE))
    for rule in pack().rules:
        expected = 1 if rule.scope == "tenant" else 2
        assert len(statuses(assessment, rule.id)) == expected
    assert len({finding.fingerprint for finding in assessment.findings}) == len(assessment.findings)


def test_fingerprints_are_of_rule_and_instance_alone() -> None:
    healthy = {finding.rule: finding.fingerprint for finding in assessed(base()).findings}
    drifted = patched(Example(why="", set={"instances.goto.application.identifierUris": ["urn:x"]}))
    assert {finding.rule: finding.fingerprint for finding in assessed(drifted).findings} == healthy
    tenant = tenant_of(base())
    instance = "aaaaaaaa-0000-4000-8000-000000000001"
    assert healthy["GTM-SAML-001"] == fingerprint(tenant.id, "GTM-SAML-001", instance)
    assert healthy["GTM-PROV-001"] == fingerprint(tenant.id, "GTM-PROV-001", instance, "job-1")


def test_two_packs_in_one_instance_do_not_share_fingerprints() -> None:
    other = msgspec.structs.replace(pack(), id="other")
    snapshot = snapshot_of(base())
    apps = (*snapshot.apps, msgspec.structs.replace(snapshot.apps[0], pack="other"))
    findings = (
        Evaluator([pack(), other])
        .assess(msgspec.structs.replace(snapshot, apps=apps), tenant=tenant_of(base()), now=now_of(base()))
        .findings
    )
    assert len({finding.fingerprint for finding in findings}) == len(findings) == 2 * len(RULES)


def test_a_third_pack_shares_no_fingerprints_with_the_first() -> None:
    second = msgspec.structs.replace(pack(), id="second", rules=pack().rules[:1])
    third = msgspec.structs.replace(pack(), id="third")
    snapshot = snapshot_of(base())
    apps = tuple(msgspec.structs.replace(snapshot.apps[0], pack=each.id) for each in (pack(), second, third))
    findings = (
        Evaluator([pack(), second, third])
        .assess(msgspec.structs.replace(snapshot, apps=apps), tenant=tenant_of(base()), now=now_of(base()))
        .findings
    )
    assert len({finding.fingerprint for finding in findings}) == len(findings) == 2 * len(RULES) + 1


def test_a_reply_url_by_default_that_was_not_read_is_unknown_with_its_cause() -> None:
    tenant = base()
    snapshot = snapshot_of(tenant)
    (found,) = snapshot.apps
    instance = msgspec.structs.replace(found.present[0], default_reply_url=CAUSE)
    evidence = instance_evidence(tenant_of(tenant), pack().app, snapshot, found, instance, {}, now_of(tenant))
    assert evidence.unknown["application.defaultReplyUrl"] == (CAUSE,)


def test_skipped_and_disabled_rules_are_not_asked() -> None:
    skipping = msgspec.structs.replace(changed("GTM-SAML-001", enabled=False), skipped=("GTM-SES-001",))
    asked = {finding.rule for finding in assessed(base(), Evaluator([skipping])).findings}
    assert set(RULES) - asked == {"GTM-SAML-001", "GTM-SES-001"}


def test_no_packs_give_no_pass() -> None:
    assert assessed(base(), Evaluator([])).verdict is Verdict.UNKNOWN


def test_evaluate_is_the_evaluator() -> None:
    tenant = tenant_of(base())
    assert evaluate(snapshot_of(base()), [pack()], tenant=tenant, now=now_of(base())) == assessed(base())


def test_a_query_that_selects_nothing_is_unknown_and_no_pass() -> None:
    changes: dict[str, Any] = {"select": "$.certificates.active.nothing", "expect": {"exclusiveMinimum": 1}}
    assessment = assessed(base(), Evaluator([changed("SAML-CERT-002", **changes)]))
    assert statuses(assessment, "SAML-CERT-002") == [Status.UNKNOWN]


def test_a_job_in_doubt_is_unknown_beside_a_healthy_one() -> None:
    second = {"id": "job-2", "status": {"code": "Resting"}}
    assessment = assessed(patched(Example(why="", set={"instances.goto.synchronizationJobs.1": second})))
    assert statuses(assessment, "GTM-PROV-001") == [Status.PASS, Status.UNKNOWN]
    instance = "aaaaaaaa-0000-4000-8000-000000000001"
    assert [finding.fingerprint for finding in assessment.findings if finding.rule == "GTM-PROV-001"] == [
        fingerprint(tenant_of(base()).id, "GTM-PROV-001", instance, job) for job in ("job-1", "job-2")
    ]


def test_severity_of_info_does_not_count_for_the_verdict() -> None:
    tenant = patched(Example(why="", set={"conditionalAccessPolicies": [], "claimsMappingPolicies": []}))
    assert assessed(tenant).verdict is Verdict.COMPLIANT


@pytest.mark.parametrize("withheld", [False, True])
def test_documents_hold_the_tables_paths_and_no_others(withheld: bool) -> None:
    tenant = base()
    if withheld:
        tenant = patched(Example(why="", unknown=["instances.goto.servicePrincipal", "instances.goto.application"]))
    evidence = _evidence(tenant)
    for path in PATHS:
        holder, _, name = path.rpartition(".")
        held = evidence.value(holder)
        known = isinstance(held, dict) and name in held
        assert known != bool(related(path) & evidence.unknown.keys()), path
    for path in _leaves(evidence.document):
        assert any(path == known or path.startswith(f"{known}.") for known in PATHS) or path == "signingKey.label", path


def _evidence(tenant: dict[str, Any]) -> Evidence:
    snapshot = snapshot_of(tenant)
    principals = {record.id: record for record in snapshot.principals}
    found = snapshot.apps[0]
    assert isinstance(found.instances, Known)
    instance = found.instances.value[0]
    return instance_evidence(tenant_of(tenant), pack().app, snapshot, found, instance, principals, now_of(tenant))


def _leaves(value: dict[str, Any], path: str = "") -> list[str]:
    found: list[str] = []
    for name, member in value.items():
        here = f"{path}.{name}" if path else name
        found += _leaves(member, here) if isinstance(member, dict) and here not in PATHS else [here]
    return found


@pytest.mark.parametrize("rule", pack().rules, ids=lambda rule: rule.id)
def test_plain_selectors_select_what_the_standard_selects(rule: Rule) -> None:
    document = _evidence(base()).document
    for query in filter(None, (rule.select, rule.observe)):
        assert Selector(query).nodes(document) == jsonpath_rfc9535.find(query, document).values()
        assert Selector(query).singular == jsonpath_rfc9535.compile(query).singular_query()


NAMES = st.sampled_from(["a", "b", "c"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(
    document=st.dictionaries(NAMES, DOCUMENTS, max_size=3),
    names=st.lists(NAMES, min_size=1, max_size=4),
    each=st.booleans(),
)
def test_plain_selectors_on_any_document(document: dict[str, Any], names: list[str], each: bool) -> None:
    query = "$." + ".".join(names) + ("[*]" if each else "")
    assert Selector(query).path
    assert Selector(query).nodes(document) == jsonpath_rfc9535.find(query, document).values()


MEMBERS = st.fixed_dictionaries({}, optional={"a": st.booleans(), "b": st.integers(0, 9)})
SCHEMAS = st.sampled_from(
    [
        {"maxItems": 0},
        {"maxItems": 2},
        {"minItems": 1},
        {"minItems": 2},
        {"const": []},
        {"minItems": 1, "maxItems": 2},
        {"type": "array", "items": {"properties": {"a": {"const": False}, "b": {"maximum": 5}}}},
        {"items": {"required": ["a"]}},
        {"contains": {"properties": {"a": {"const": True}}}},
        {"not": {"minItems": 2}},
        {"uniqueItems": True},
    ]
)


@given(schema=SCHEMAS, certain=st.lists(MEMBERS, max_size=3), more=st.lists(MEMBERS, max_size=3), data=st.data())
def test_what_is_called_certain_stays_so(
    schema: dict[str, Any], certain: list[dict[str, Any]], more: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Whatever was not read turns up: further members, and missing properties of those that are there."""
    import jsonschema_rs

    whole = [{**data.draw(MEMBERS), **member} for member in certain] + more
    before, after = jsonschema_rs.is_valid(schema, certain), jsonschema_rs.is_valid(schema, whole)
    if not before and refusal_is_certain(schema):
        assert not after
    if before and acceptance_is_certain(schema):
        assert after


@pytest.mark.parametrize(
    ("value", "text", "sentence"),
    [
        (None, "(blank)", "blank"),
        ("", "(blank)", "blank"),
        (" ", " ", " "),
        (True, "true", "true"),
        (0, "0", "0"),
        ([], "none", "none"),
        (["a", "b"], "a\nb", "a, b"),
        ([{"label": "A", "sentence": "A now"}], "A", "A now"),
        ({"x": 1}, '{"x": 1}', '{"x": 1}'),
        ({"b": "\u00e9", "a": 2}, '{"a": 2, "b": "\u00e9"}', '{"a": 2, "b": "\u00e9"}'),
        (
            [str(number) for number in range(11)],
            "\n".join(map(str, range(11))),
            "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1 more",
        ),
        ([str(number) for number in range(10)], "\n".join("0123456789"), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        (
            [str(number) for number in range(12)],
            "\n".join(map(str, range(12))),
            "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more",
        ),
    ],
)
def test_values_as_text(value: Any, text: str, sentence: str) -> None:
    assert as_text(value) == text
    assert in_sentence(value) == sentence


def test_templates_fill_in_what_is_known() -> None:
    evidence = Evidence()
    evidence.put("tenant.name", "{tenant.id}")
    evidence.miss("application", CAUSE)
    template = Template("{tenant.name}: {application.id}, {parameters.days} {observed}")
    filled = template.fill(evidence, {"parameters": {"days": 30}, "observed": ["a"]})
    assert filled == "{tenant.id}: not known, 30 a"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("{node}", "Adele (user)"),
        ("{node.kind}", "user"),
        ("{node.id}", "blank"),
        ("{observed.id}", "a, b"),
        ("{tenant.name.first}", "blank"),
        ("{tenant}", "Contoso"),
    ],
)
def test_placeholders_of_what_stands_in_no_document(text: str, filled: str) -> None:
    evidence = Evidence()
    evidence.put("tenant.name", "Contoso")
    own = {"node": {"sentence": "Adele (user)", "kind": "user"}, "observed": ["a", "b"], "tenant": "Contoso"}
    assert Template(text).fill(evidence, own if text != "{tenant.name.first}" else {}) == filled


def test_hostile_text_passes_through_unharmed() -> None:
    hostile = "<img onerror=alert(1)>\u202e{tenant.id} $() `x` %s"
    tenant = patched(Example(why="", set={"instances.goto.servicePrincipal.loginUrl": hostile}))
    finding = next(each for each in assessed(tenant).findings if each.rule == "GTM-SAML-003")
    assert finding.observed == hostile
    assert hostile in finding.reason


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_clock_is_survived(now: datetime) -> None:
    tenant = base()
    findings = evaluator().assess(snapshot_of(tenant), tenant=tenant_of(tenant), now=now).findings
    assert len(findings) == len(RULES)


def test_one_hundred_thousand_assignments_take_seconds_and_name_ten() -> None:
    role = "18d14569-c3bd-439b-9a66-3a2aee01d14f"
    tenant = base() | {"principals": {}}
    goto = tenant["instances"]["goto"]
    many = [{"principalId": f"p-{number}", "principalType": "User", "appRoleId": role} for number in range(100_000)]
    tenant = tenant | {"instances": {"goto": goto | {"assignments": many}}}
    tenant["principals"] = {
        f"p-{number}": {
            "kind": "user",
            "displayName": f"U{number}",
            "userPrincipalName": f"u{number}@contoso.com",
            "userType": "Guest",
            "accountEnabled": True,
        }
        for number in range(100_000)
    }
    tenant["instances"]["goto"]["notificationUsers"] = {"it-alerts@contoso.com": []}
    finding = next(each for each in assessed(tenant).findings if each.rule == "SAML-ACC-004")
    assert finding.observed.count("\n") == 99_999
    assert finding.reason.endswith("and 99,990 more.")
    assert len(finding.reason) < 1_000
