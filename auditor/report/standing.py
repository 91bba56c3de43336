"""How rules stand: many findings of one rule come to one mark, and marks to counts."""

from collections.abc import Iterable

from auditor.model.finding import Finding
from auditor.model.rule import Severity
from auditor.report.order import findings_in_order
from auditor.report.view import Counts, SeverityCount
from auditor.report.words import Mark, mark_of

_WORST = {mark: place for place, mark in enumerate(Mark)}


def worst(marks: Iterable[Mark]) -> Mark:
    """The first of fail, unknown, waived, pass, not applicable that is there."""
    return min(marks, key=_WORST.__getitem__, default=Mark.NOT_APPLICABLE)


def severity_first(finding: Finding) -> tuple[int, int]:
    """Sorting key: fail before unknown before waived, and within these from the worst severity."""
    return _WORST[mark_of(finding)], -finding.severity.rank


def by_rule(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings of each rule, rules and findings in the report's order."""
    rules: dict[str, list[Finding]] = {}
    for finding in findings_in_order(findings):
        rules.setdefault(finding.rule, []).append(finding)
    return rules


def rule_marks(findings: Iterable[Finding]) -> dict[str, Mark]:
    """How each rule stands."""
    return {rule: worst(map(mark_of, found)) for rule, found in by_rule(findings).items()}


def counts_of(findings: Iterable[Finding]) -> Counts:
    """Rules by how they stand."""
    marks = list(rule_marks(findings).values())
    return Counts(
        total=len(marks),
        failed=marks.count(Mark.FAIL),
        unknown=marks.count(Mark.UNKNOWN),
        waived=marks.count(Mark.WAIVED),
        passed=marks.count(Mark.PASS),
        not_applicable=marks.count(Mark.NOT_APPLICABLE),
    )


def open_severities(findings: Iterable[Finding]) -> tuple[SeverityCount, ...]:
    """Failing rules by severity, the worst first; severities without one are left out."""
    failing = {finding.rule: finding.severity for finding in findings if finding.is_open}
    return tuple(
        SeverityCount(severity, number)
        for severity in Severity
        if (number := sum(given is severity for given in failing.values()))
    )
