"""Control mapping: which controls of the frameworks the rules serve, and how those rules stand."""

import re
from collections.abc import Sequence

from auditor.model.result import TenantResult
from auditor.report.finding_view import by_framework, framework_title
from auditor.report.standing import rule_marks, worst
from auditor.report.view import ControlRow, Framework
from auditor.report.words import Mark, count

_DIGITS = re.compile(r"(\d+)")


def frameworks(tenants: Sequence[TenantResult]) -> tuple[Framework, ...]:
    """Each framework with its controls in their own order; over several tenants a rule stands as in the worst."""
    controls: dict[str, dict[str, list[str]]] = {}
    for tenant in tenants:
        for finding in tenant.findings:
            for framework, ids in finding.controls.items():
                for control in ids:
                    rules = controls.setdefault(framework, {}).setdefault(control, [])
                    if finding.rule not in rules:
                        rules.append(finding.rule)
    marks = [rule_marks(tenant.findings) for tenant in tenants]
    return tuple(
        Framework(
            framework_title(framework),
            tuple(
                _row(control, rules, marks) for control, rules in sorted(found.items(), key=lambda item: _key(item[0]))
            ),
        )
        for framework, found in by_framework(controls)
    )


def _row(control: str, rules: list[str], marks: Sequence[dict[str, Mark]]) -> ControlRow:
    told = tuple(_standing(rule, marks) for rule in rules)
    return ControlRow(control, worst(mark for _, mark, _ in told), told)


def _standing(rule: str, marks: Sequence[dict[str, Mark]]) -> tuple[str, Mark, str]:
    found = [by_rule[rule] for by_rule in marks if rule in by_rule]
    mark = worst(found)
    where = f"in {found.count(mark)} of {count(len(found), 'tenant')}" if len(marks) > 1 else ""
    return rule, mark, where


def _key(control: str) -> list[tuple[int, int, str]]:
    """``A.5.9`` before ``A.5.16``."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _DIGITS.split(control) if part]
