"""Many tenants at a glance: the matrix of rules by tenants, worst first, and what is common to many."""

from collections import Counter
from collections.abc import Sequence

from auditor.model.drift import Effect
from auditor.model.finding import Finding, Verdict
from auditor.model.lifecycle import TrendPoint
from auditor.model.result import TenantResult
from auditor.model.rule import Severity
from auditor.report.finding_view import finding_anchors
from auditor.report.history_view import fleet_sentences
from auditor.report.order import MOST_ROWS, findings_in_order
from auditor.report.sentences import gaps
from auditor.report.standing import by_rule, counts_of, open_severities, worst
from auditor.report.trend import draw_trend
from auditor.report.view import Common, Counts, FleetView, Gap, MatrixCell, MatrixRow, SeverityCount
from auditor.report.words import VERDICTS, Mark, count, in_words, listed, mark_of

_MOST_FIRST = 3
_CARDS = {Mark.FAIL, Mark.UNKNOWN, Mark.WAIVED}


def worst_first(tenants: Sequence[TenantResult]) -> list[TenantResult]:
    """By verdict, then by open failures weighed by severity, then by what is unknown, then by name."""

    def badness(tenant: TenantResult) -> tuple[int, tuple[int, ...], int]:
        order = (Verdict.NON_COMPLIANT, Verdict.UNKNOWN, Verdict.COMPLIANT)
        failing = {finding.rule: finding.severity.rank for finding in tenant.findings if finding.is_open}
        weights = tuple(-sum(rank == level for rank in failing.values()) for level in (4, 3, 2, 1, 0))
        return order.index(tenant.verdict), weights, -counts_of(tenant.findings).unknown

    return sorted(tenants, key=lambda tenant: (*badness(tenant), tenant.tenant.name.casefold(), tenant.tenant.id))


def fleet_view(
    tenants: Sequence[TenantResult],
    anchors: dict[str, str],
    detailed: frozenset[str],
    most_rows: int = MOST_ROWS,
    points: Sequence[TrendPoint] = (),
) -> FleetView:
    """The fleet; ``anchors`` are those of the tenants by id, ``detailed`` the tenants whose findings have cards.

    ``points`` are the figures of the last scans, for the trend.
    """
    ordered = worst_first(tenants)
    rules = {finding.rule: finding.title for tenant in tenants for finding in findings_in_order(tenant.findings)}
    verdicts = [tenant.verdict for tenant in tenants]
    failing = _failing(tenants)
    note = None
    if len(ordered) > most_rows:
        note = f"The matrix has the worst {most_rows:,} of {len(ordered):,} tenants; results.json has them all."
    return FleetView(
        rules=tuple(rules.items()),
        rows=tuple(_row(tenant, list(rules), anchors, detailed) for tenant in ordered[:most_rows]),
        rows_note=note,
        common=tuple(rule for rule in failing if rule.count > 1),
        first=_first(failing),
        compliant=verdicts.count(Verdict.COMPLIANT),
        non_compliant=verdicts.count(Verdict.NON_COMPLIANT),
        unknown=verdicts.count(Verdict.UNKNOWN),
        total=len(verdicts),
        severities=_severities(tenants),
        changed=_changed(tenants),
        since=fleet_sentences(tenants),
        trend=draw_trend(points, chart_id="fleet-trend", title="Open findings over time, all tenants"),
        gaps=_gaps(tenants),
    )


def _row(tenant: TenantResult, rules: Sequence[str], anchors: dict[str, str], detailed: frozenset[str]) -> MatrixRow:
    ids = finding_anchors(tenant.tenant.id, findings_in_order(tenant.findings))
    found = by_rule(tenant.findings)
    mark, verdict = VERDICTS[tenant.verdict]
    counts: Counts = counts_of(tenant.findings)
    return MatrixRow(
        name=tenant.tenant.name,
        anchor=anchors.get(tenant.tenant.id) if tenant.tenant.id in detailed else None,
        mark=mark,
        verdict=verdict,
        failed=counts.failed,
        unknown=counts.unknown,
        cells=tuple(_cell(rule, found.get(rule, []), ids, tenant.tenant.id in detailed) for rule in rules),
    )


def _cell(rule: str, found: Sequence[Finding], ids: dict[str, str], linked: bool) -> MatrixCell:
    mark = worst(mark_of(finding) for finding in found)
    first = next((finding for finding in found if mark_of(finding) is mark), None)
    return MatrixCell(rule, mark, ids[first.fingerprint] if linked and first and mark in _CARDS else None)


def _failing(tenants: Sequence[TenantResult]) -> tuple[Common, ...]:
    """Every rule that fails somewhere, with where; what fails in most tenants comes first."""
    failing: dict[str, list[tuple[str, Finding]]] = {}
    for tenant in tenants:
        for rule, found in by_rule(tenant.findings).items():
            first = next((finding for finding in found if finding.is_open), None)
            if first is not None:
                failing.setdefault(rule, []).append((tenant.tenant.name, first))
    rules = [
        Common(rule, found[0][1].title, found[0][1].severity, len(found), listed([name for name, _ in found]))
        for rule, found in failing.items()
    ]
    return tuple(sorted(rules, key=lambda common: (-common.count, -common.severity.rank, common.rule)))


def _first(failing: Sequence[Common]) -> tuple[Common, ...]:
    """The gravest three, save what is mere information."""
    grave = [rule for rule in failing if rule.severity is not Severity.INFO]
    return tuple(sorted(grave, key=lambda rule: -rule.severity.rank)[:_MOST_FIRST])


def _severities(tenants: Sequence[TenantResult]) -> tuple[SeverityCount, ...]:
    totals = Counter[Severity]()
    for tenant in tenants:
        totals.update({entry.severity: entry.count for entry in open_severities(tenant.findings)})
    return tuple(SeverityCount(severity, totals[severity]) for severity in Severity if totals[severity])


def _changed(tenants: Sequence[TenantResult]) -> tuple[str, ...]:
    compared = [tenant for tenant in tenants if tenant.drift is not None]
    if not compared:
        return ("There is no earlier scan to compare with.",)
    moved = [tenant for tenant in compared if tenant.drift and tenant.drift.changes]
    changes = [change for tenant in moved if tenant.drift for change in tenant.drift.changes]
    of = f"the {count(len(compared), 'tenant')} that an earlier scan saw"
    if not changes:
        return (f"Nothing changed in {of}.",)
    worse = sum(change.effect is Effect.REGRESSION for change in changes)
    told = f"{count(len(changes), 'change').capitalize()} in {len(moved)} of {of}; {in_words(worse)} made a rule fail."
    return (told,)


def _gaps(tenants: Sequence[TenantResult]) -> tuple[Gap, ...]:
    """What was not read, with in how many tenants; alike causes are told once."""
    found: dict[str, tuple[Gap, list[str]]] = {}
    for tenant in tenants:
        for gap in gaps(tenant.findings):
            found.setdefault(gap.text, (gap, []))[1].append(tenant.tenant.name)
    ordered = sorted(found.values(), key=lambda entry: (-len(entry[1]), entry[0].text))
    return tuple(Gap(f"In {listed(names, 3)}: {gap.text}", gap.permission, gap.rules) for gap, names in ordered[:20])
