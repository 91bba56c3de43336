"""The order of things in every output: tenants by name, findings in the packs' order of rules, then by subject."""

from collections.abc import Iterable

from auditor.model.finding import Finding
from auditor.model.result import TenantResult

MOST_ROWS = 1000
"""Rows of any list in a report for people, with the number of all told; the data files have every row."""


def tenants_in_order(tenants: Iterable[TenantResult]) -> list[TenantResult]:
    """By name without regard to case, then by id."""
    return sorted(tenants, key=lambda tenant: (tenant.tenant.name.casefold(), tenant.tenant.name, tenant.tenant.id))


def findings_in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By rule, in the order in which the rules first come, which is the packs'; then by subject and fingerprint."""
    given = list(findings)
    rules = {rule: place for place, rule in enumerate(dict.fromkeys(finding.rule for finding in given))}
    return sorted(given, key=lambda finding: (rules[finding.rule], finding.subject.id, finding.fingerprint))
