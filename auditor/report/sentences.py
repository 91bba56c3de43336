"""The sentences of the summary: the answer, what to do first, what changed, what was not assessed.

The first sentence answers the question. A number always has its whole. What is not known is said so.
"""

from collections.abc import Collection, Sequence

from auditor.model.drift import Drift, Effect
from auditor.model.evidence import Outcome, Unknown
from auditor.model.finding import Finding, Status, TenantStatus, Verdict
from auditor.model.result import ScanResult, TenantResult
from auditor.model.rule import Severity
from auditor.report.standing import severity_first
from auditor.report.view import Action, Counts, Gap
from auditor.report.words import OUTCOMES, capital, count, full_stop, in_words, listed, time_words

_MOST_ACTIONS = 3


def yardstick(result: ScanResult) -> str:
    """What the packs hold a tenant against: the tutorial, where the first rule of each cites one, else its rules."""
    firsts: dict[str, Finding] = {}
    for tenant in result.tenants:
        for finding in tenant.findings:
            firsts.setdefault(finding.pack, finding)
    if not firsts or not all(finding.citation.document.startswith("Tutorial") for finding in firsts.values()):
        return "its rules"
    return "the tutorial" if len(firsts) == 1 else "the tutorials"


def tenant_answer(product: str, tenant: TenantResult, counts: Counts, against: str) -> str:
    """Whether one tenant follows the rules, with the numbers that say so."""
    name = tenant.tenant.name
    if tenant.status is TenantStatus.FAILED:
        cause = f": {full_stop(tenant.cause)}" if tenant.cause else "."
        return (
            f"Whether {product} in {name} follows {against} is not known, because the tenant could not be read{cause}"
        )
    parts: list[str] = []
    if counts.failed:
        verb = "fails" if counts.failed == 1 else "fail"
        parts.append(f"{counts.failed} of {count(counts.total, 'rule')} {verb}")
    elif tenant.verdict is Verdict.COMPLIANT:
        verb = "passes" if counts.passed == 1 else "pass"
        parts.append(f"{counts.passed} of {count(counts.total, 'rule')} {verb}")
    if counts.unknown:
        of = "" if parts else f" of {count(counts.total, 'rule')}"
        parts.append(f"{counts.unknown}{of} could not be assessed")
    if counts.waived:
        parts.append(f"{counts.waived} {'is' if counts.waived == 1 else 'are'} waived")
    told = f": {listed(parts)}." if parts else "."
    if tenant.verdict is Verdict.COMPLIANT:
        return f"{product} in {name} follows {against}{told}"
    if tenant.verdict is Verdict.NON_COMPLIANT:
        return f"{product} in {name} does not follow {against}{told}"
    return f"Whether {product} in {name} follows {against} is not known{told}"


def fleet_answer(product: str, tenants: Sequence[TenantResult], against: str) -> str:
    """The same over many tenants."""
    total = len(tenants)
    if not total:
        return f"Nothing is known of {product}: no tenant was scanned."
    bad = sum(tenant.verdict is Verdict.NON_COMPLIANT for tenant in tenants)
    good = sum(tenant.verdict is Verdict.COMPLIANT for tenant in tenants)
    open_ = total - bad - good
    if good == total:
        return f"{product} follows {against} in all {count(total, 'tenant')}."
    if bad:
        rest = [f"it does in {in_words(good)}"] if good else []
        rest += [f"for {in_words(open_)} it is not known"] if open_ else []
        more = f"; {listed(rest)}" if rest else ""
        return f"{product} does not follow {against} in {bad} of {count(total, 'tenant')}{more}."
    more = f"; it does in {in_words(good)}" if good else ""
    return f"Whether {product} follows {against} is not known for {open_} of {count(total, 'tenant')}{more}."


def changed(drift: Drift | None, what: str | None = None) -> tuple[str, ...]:
    """What changed since the earlier scan, or since ``what``, as sentences."""
    if drift is None:
        return ("There is no earlier scan to compare with.",)
    since = f"since {what or time_words(drift.before_at) or 'the scan before'}"
    missing = (
        (f"{capital(count(len(drift.not_comparable), 'part'))} could not be compared: one scan did not read it.",)
        if drift.not_comparable
        else ()
    )
    if not drift.changes:
        return (f"Nothing{' that could be compared' if missing else ''} changed {since}.", *missing)
    effects = [change.effect for change in drift.changes]
    told = []
    if worse := effects.count(Effect.REGRESSION):
        told.append(f"{in_words(worse)} made a rule fail")
    if better := effects.count(Effect.IMPROVEMENT):
        told.append(f"{in_words(better)} mended one")
    if neutral := effects.count(Effect.NEUTRAL):
        told.append(f"{in_words(neutral)} turned no rule")
    return (f"{capital(count(len(effects), 'change'))} {since}: {listed(told)}.", *missing)


def gaps(findings: Sequence[Finding]) -> tuple[Gap, ...]:
    """What was not read, each once with the rules that are unknown for it; the one that most rest on comes first."""
    rules: dict[Unknown, list[str]] = {}
    for finding in findings:
        for cause in finding.causes:
            names = rules.setdefault(cause, [])
            if finding.rule not in names:
                names.append(finding.rule)
    ordered = sorted(rules.items(), key=lambda entry: (-len(entry[1]), entry[0].source, entry[0].cause))
    return tuple(Gap(unread(cause), cause.permission, tuple(names)) for cause, names in ordered)


def unread(cause: Unknown) -> str:
    """One piece of evidence that was not read, and why."""
    outcome = "" if cause.outcome is Outcome.INVALID else f" ({OUTCOMES[cause.outcome]})"
    return f"{cause.source}{outcome}: {full_stop(cause.cause)}"


def first_actions(
    findings: Sequence[Finding], anchors: dict[str, str], held: Collection[str] = ()
) -> tuple[Action, ...]:
    """At most three things to do first: mend the worst failures, then give what the unknown rules wait for.

    ``held`` are permissions of the token, which nobody is asked to grant again.
    """
    actions: list[Action] = []
    seen: set[str] = set()
    failing = sorted((finding for finding in findings if finding.is_open), key=severity_first)
    for finding in failing:
        if finding.rule not in seen and len(actions) < _MOST_ACTIONS:
            seen.add(finding.rule)
            actions.append(
                Action(
                    f"{finding.rule} {finding.title}",
                    finding.guidance,
                    anchors.get(finding.fingerprint),
                    finding.severity,
                )
            )
    for permission, rules in _permissions(findings, held).items():
        if len(actions) < _MOST_ACTIONS:
            settles = "it" if len(rules) == 1 else "them"
            text = f"{listed(rules)} could not be assessed without it; the next scan will settle {settles}."
            actions.append(Action(f"Grant the scan {permission}", text, None, None))
    return tuple(actions)


def _permissions(findings: Sequence[Finding], held: Collection[str]) -> dict[str, list[str]]:
    """Permissions → the rules that a grant of them would settle: those whose every denied cause names no other.

    Who grants two settles what waits for one of them, too: that is one thing to do, not two.
    """
    waiting: dict[frozenset[str], list[str]] = {}
    for finding in findings:
        denied = {cause.permission for cause in finding.causes if cause.outcome is Outcome.DENIED and cause.permission}
        if finding.status is Status.UNKNOWN and len(denied) == 1 and finding.severity is not Severity.INFO:
            needed = frozenset((denied.pop() or "").split(" and "))
            names = waiting.setdefault(needed.difference(held) or needed, [])
            if finding.rule not in names:
                names.append(finding.rule)
    settled: dict[str, list[str]] = {}
    for needed in waiting:
        if not any(needed < other for other in waiting):
            rules = [rule for fewer, names in waiting.items() if fewer <= needed for rule in names]
            settled[" and ".join(sorted(needed))] = list(dict.fromkeys(rules))
    return dict(sorted(settled.items(), key=lambda entry: (-len(entry[1]), entry[0])))
