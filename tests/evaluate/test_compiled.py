"""Compiled rules: what a condition looks at, and what a verdict on incomplete lists is worth, whatever a pack asks."""

from typing import Any

import jsonschema_rs
import msgspec
import pytest

from auditor.evaluate import Evaluator
from auditor.evaluate.compiled import CompiledRule, Condition
from auditor.evaluate.evidence import Evidence, distinct
from auditor.model.evidence import Outcome, Unknown
from auditor.model.finding import Finding, Status
from tests.rules.examples import Example, assess, pack, patched

CAUSE = Unknown("users", Outcome.DENIED, "permission was refused", "User.Read.All")
OTHER = Unknown("groups", Outcome.DENIED, "permission was refused", "GroupMember.Read.All")
GUESTS, GROUPS = "assignments.guests", "assignments.groups"
RULE = msgspec.structs.replace(
    next(rule for rule in pack().rules if rule.id == "SAML-ACC-004"),
    requires=(GUESTS,), select=f"$.{GUESTS}", expect={"maxItems": 0}, when=None, observe=None,
)  # fmt: skip
ONE = [{"id": "a"}]


def compiled(**changes: Any) -> CompiledRule:
    return CompiledRule(msgspec.structs.replace(RULE, **changes))


def evidence(**lists: tuple[list[Any], list[Unknown]]) -> Evidence:
    found = Evidence()
    for name, (members, gaps) in lists.items():
        found.put_list(f"assignments.{name}", members, gaps)
    return found


@pytest.mark.parametrize(
    ("changes", "lists", "accepted", "certain"),
    [
        ({}, {"guests": (ONE, [CAUSE])}, False, True),
        ({"expect": {"minItems": 1}}, {"guests": (ONE, [CAUSE])}, True, True),
        ({"expect": {"minItems": 2}}, {"guests": (ONE, [CAUSE])}, False, False),
        ({"expect": {"maxItems": 2}}, {"guests": (ONE, [CAUSE])}, True, False),
        # The list that was selected is whole, and another that the rule needs is not; or both are not.
        ({"requires": (GUESTS, GROUPS)}, {"guests": (ONE, []), "groups": (ONE, [OTHER])}, False, False),
        ({"requires": (GUESTS, GROUPS)}, {"guests": (ONE, [CAUSE]), "groups": (ONE, [OTHER])}, False, False),
        # Of the members alone nothing follows for the list.
        ({"select": f"$.{GUESTS}[*]"}, {"guests": (ONE, [CAUSE])}, False, False),
        ({"select": f"$.{GUESTS}[?@.id]"}, {"guests": (ONE, [CAUSE])}, False, False),
    ],
)
def test_what_a_verdict_on_incomplete_lists_is_worth(
    changes: dict[str, Any], lists: dict[str, Any], accepted: bool, certain: bool
) -> None:
    assert compiled(**changes).certain(accepted, evidence(**lists)) is certain


def test_causes_come_once_each_in_a_fixed_order() -> None:
    of_both = [Unknown("users", Outcome.DENIED, "refused", permission) for permission in ("B", "A", None, "A")]
    assert [cause.permission for cause in distinct(of_both)] == [None, "A", "B"]
    assert distinct(reversed(of_both)) == distinct(of_both)


def test_gaps_and_causes_are_those_of_what_the_rule_needs() -> None:
    rule = compiled(requires=(GUESTS,))
    assert rule.gaps(evidence(guests=(ONE, [OTHER, CAUSE, OTHER]), groups=(ONE, [OTHER]))) == (OTHER, CAUSE)
    assert rule.gaps(evidence(guests=(ONE, []), groups=(ONE, [OTHER]))) == ()
    assert rule.causes(evidence(guests=([], [CAUSE, OTHER]), groups=([], [OTHER]))) == (OTHER, CAUSE)
    assert rule.causes(evidence(guests=([], []), groups=([], [OTHER]))) == ()
    assert rule.causes_of_node(evidence(guests=(ONE, []), groups=([], [OTHER])), "a") == ()
    doubtful = evidence(guests=(ONE, []))
    doubtful.miss(f"{GUESTS}[a]", CAUSE)
    assert rule.causes_of_node(doubtful, "a") == (CAUSE,)
    assert rule.causes_of_node(doubtful, "b") == ()


SCHEMA = {
    "properties": {
        "signingKey": {"properties": {"bits": {"minimum": 2048}}},
        "certificates": {"properties": {"active": {"properties": {"state": {"const": "valid"}}}}},
        "tenant": {"properties": {"name": {"const": "contoso"}}},
    }
}
REQUIRED = {"required": ["signingKey"], **SCHEMA}


@pytest.mark.parametrize("schema", [SCHEMA, REQUIRED, {"not": SCHEMA}])
@pytest.mark.parametrize(
    "document",
    [
        {},
        {"tenant": {"name": "contoso"}},
        {"tenant": {"name": "fabrikam"}},
        {"tenant": "contoso"},
        {"signingKey": None},
        {"signingKey": None, "tenant": {"name": "fabrikam"}},
        {"signingKey": {"bits": 1024}},
        {"signingKey": {"bits": 4096}, "tenant": {"name": "contoso"}},
        {"certificates": {"active": None}, "tenant": {"name": "fabrikam"}, "signingKey": {"bits": 2048}},
        {"certificates": {"active": {"state": "expired"}}, "tenant": {"name": "contoso"}},
        {"certificates": {"active": {"state": "valid"}, "count": 1}, "application": {"id": "a"}},
    ],
    ids=str,
)
def test_a_condition_holds_where_its_schema_holds_of_the_whole_document(
    schema: dict[str, Any], document: dict[str, Any]
) -> None:
    assert Condition(schema).holds(document) is jsonschema_rs.is_valid(schema, document)


def asked(example: Example, **changes: Any) -> list[Finding]:
    rules = tuple(
        msgspec.structs.replace(rule, **changes) if rule.id == "SAML-ACC-004" else rule for rule in pack().rules
    )
    return assess(patched(example), "SAML-ACC-004", Evaluator([msgspec.structs.replace(pack(), rules=rules)]))


HEALTHY = Example(why="")
GUEST = Example(why="", set={"principals.dddddddd-0000-4000-8000-000000000001.userType": "Guest"})


def test_expected_words_may_tell_what_is_observed() -> None:
    (finding,) = asked(GUEST, expected="other than {observed}, in {tenant.name}", says={})
    assert finding.status is Status.FAIL
    assert finding.expected == "other than Adele Vance (user, dddddddd-0000-4000-8000-000000000001), in contoso"
    assert finding.reason == "It is not as expected."


def test_words_of_each_member_may_name_it() -> None:
    (finding,) = asked(
        GUEST, select=f"$.{GUESTS}[*]", each=True, when=None, expect={"const": 1},
        expected="{node.displayName} is no guest", says={"fail": "{node} is a guest."},
    )  # fmt: skip
    assert finding.expected == "Adele Vance is no guest"
    assert finding.reason == "Adele Vance (user, dddddddd-0000-4000-8000-000000000001) is a guest."


def test_rules_without_words_of_their_own() -> None:
    (finding,) = asked(HEALTHY, says={})
    assert (finding.status, finding.reason) == (Status.PASS, "It is as expected.")
    (finding,) = asked(HEALTHY, says={}, when={"properties": {"app": {"properties": {"identifier": {"const": 1}}}}})
    assert (finding.status, finding.reason) == (Status.NOT_APPLICABLE, "The rule does not apply here.")
