"""What each permission is worth: rule by rule, as the rules' own evidence says."""

from datetime import UTC, datetime

from auditor.evaluate.costs import rules_by_permission
from tests.rules.examples import pack

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BY_SOURCE = {
    "users": ("GTM-ASG-002", "SAML-ACC-003", "SAML-ACC-004", "SAML-OWN-001"),
    "groups": ("SAML-ACC-003", "SAML-ACC-005"),
    "principals": ("SAML-ACC-003",),
    "groupMembers": ("SAML-ACC-005",),
    "notificationUsers": ("SAML-CERT-005",),
    "synchronizationJobs": ("GTM-PROV-001",),
    "conditionalAccessPolicies": ("GTM-SES-001",),
    "tokenIssuancePolicies": ("SAML-SIG-001",),
    "claimsMappingPolicies": ("SAML-CLM-001",),
    "appRoleAssignments": ("SAML-PERM-001",),
    "oauth2PermissionGrants": ("SAML-PERM-001",),
}


def test_a_permission_for_each_source_costs_the_rules_that_rest_on_it_and_no_other() -> None:
    costs = rules_by_permission([pack()], lambda source: source, NOW)
    without_the_app = costs.pop("servicePrincipals")
    assert costs == BY_SOURCE
    assert without_the_app == tuple(rule.id for rule in pack().rules)


def test_sources_of_one_permission_are_told_together_once_in_the_packs_order() -> None:
    directory = {"users": "D", "groups": "D", "principals": "D", "notificationUsers": "D"}
    costs = rules_by_permission([pack()], directory.get, NOW)
    assert costs.keys() == {"D"}
    assert set(costs["D"]) == {
        "GTM-ASG-002",
        "SAML-CERT-005",
        "SAML-ACC-003",
        "SAML-ACC-004",
        "SAML-ACC-005",
        "SAML-OWN-001",
    }
    order = [rule.id for rule in pack().rules]
    assert list(costs["D"]) == sorted(costs["D"], key=order.index)


def test_several_packs_are_asked_each() -> None:
    costs = rules_by_permission([pack(), pack("figma")], lambda source: source, NOW)
    assert {*costs["servicePrincipals"]} == {rule.id for each in (pack(), pack("figma")) for rule in each.rules}
    assert "FIGMA-ASG-002" in costs["users"]
    assert "GTM-ASG-002" in costs["users"]
