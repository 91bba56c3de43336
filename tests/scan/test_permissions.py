"""Taking away a permission costs exactly the rules that need it, which name it, and no other."""

import pytest

from auditor.graph.catalogue import needed_permissions
from auditor.model.finding import Status, TenantStatus
from auditor.model.result import TenantResult
from tests.scan.conftest import ScanTenant

TENANT = "contoso"
COSTS: dict[str, set[str]] = {
    "AuditLog.Read.All": set(),
    "Directory.Read.All": {"SAML-PERM-001"},
    "GroupMember.Read.All": {"SAML-ACC-003", "SAML-ACC-005"},
    "Organization.Read.All": set(),
    "Policy.Read.All": {"GTM-SES-001", "SAML-SIG-001", "SAML-CLM-001"},
    "Synchronization.Read.All": {"GTM-PROV-001"},
    "User.Read.All": {"GTM-ASG-002", "SAML-ACC-003", "SAML-ACC-004", "SAML-CERT-005", "SAML-OWN-001"},
}
# Directory.Read.All is the least permission for delegated grants, and gives much of what the others give besides; a
# token that shows what each of those others is needed for holds this one in its place.
NARROW = [name.replace("Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All") for name in needed_permissions()]


def statuses(result: TenantResult) -> dict[str, set[Status]]:
    """Rule → the statuses of its findings."""
    return {rule: {found.status for found in result.findings if found.rule == rule} for rule in rules(result)}


def rules(result: TenantResult) -> set[str]:
    return {finding.rule for finding in result.findings}


def test_the_table_is_whole() -> None:
    assert {*COSTS, "Application.Read.All"} == set(needed_permissions())


@pytest.mark.parametrize("permission", sorted(COSTS))
def test_one_permission_less(scan_tenant: ScanTenant, permission: str) -> None:
    held = needed_permissions() if permission == "Directory.Read.All" else NARROW
    whole = scan_tenant(TENANT, held)
    assert whole.status is TenantStatus.COMPLETE
    less = scan_tenant(TENANT, [name for name in held if name != permission])
    assert less.status is TenantStatus.PARTIAL
    before, after = statuses(whole), statuses(less)
    turned = {rule for rule in before if before[rule] != after[rule]}
    already = {finding.rule for finding in whole.findings if finding.status is Status.UNKNOWN}
    assert turned == COSTS[permission] - already
    for finding in less.findings:
        if finding.rule in COSTS[permission] - already:
            assert finding.status is Status.UNKNOWN
            assert permission in {cause.permission for cause in finding.causes}
            assert permission in finding.reason
    denied = [entry for entry in less.coverage if entry.outcome == "denied"]
    assert denied
    assert {entry.permission for entry in denied} == {permission}


def test_without_the_permission_of_discovery_everything_is_unknown(scan_tenant: ScanTenant) -> None:
    less = scan_tenant(TENANT, [name for name in NARROW if name != "Application.Read.All"])
    assert less.status is TenantStatus.FAILED
    assert {finding.status for finding in less.findings} == {Status.UNKNOWN}
    assert all("Application.Read.All" in finding.reason for finding in less.findings)


def test_names_without_states_leave_the_rules_on_states_unknown(scan_tenant: ScanTenant) -> None:
    less = scan_tenant(TENANT, [name.replace("User.Read.All", "User.ReadBasic.All") for name in NARROW])
    unknown = {finding.rule for finding in less.findings if finding.status is Status.UNKNOWN}
    assert {"SAML-ACC-003", "SAML-ACC-004", "SAML-OWN-001"} <= unknown
    assert "GTM-ASG-002" not in unknown


def test_a_token_that_can_write_is_warned_of(scan_tenant: ScanTenant) -> None:
    result = scan_tenant(TENANT, [*needed_permissions(), "Application.ReadWrite.All"])
    assert result.permissions is not None
    assert result.permissions.write == ("Application.ReadWrite.All",)
    assert any("Application.ReadWrite.All" in warning for warning in result.warnings)
