"""Snapshot × rules × waivers × clock → findings.

The order in which a rule is asked: is the app there; does the rule apply (`when`); is the evidence that it
needs known (`requires`); does the selected value meet the expectation. Each step can end it, and only the
last can pass it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from auditor.evaluate.compiled import CompiledRule
from auditor.evaluate.document import instance_evidence, tenant_evidence
from auditor.evaluate.evidence import Causes, Evidence
from auditor.evaluate.gaps import not_understood
from auditor.evaluate.nearmiss import near_misses
from auditor.evaluate.waivers import apply_waivers
from auditor.evaluate.wording import (
    NOT_APPLICABLE,
    NOT_READ,
    Template,
    also_unread,
    as_text,
    not_assessed,
    texts_in,
)
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.finding import Assessment, Finding, Status, Subject, fingerprint, verdict_of
from auditor.model.result import TenantRef
from auditor.model.rule import Pack, Scope, Waiver
from auditor.model.snapshot import AppSnapshot, Instance, PrincipalRecord, Snapshot

_DEFAULT_SAYS = {
    Status.PASS: Template("It is as expected."),
    Status.FAIL: Template("It is not as expected."),
    Status.NOT_APPLICABLE: Template("The rule does not apply here."),
}
_ABSENT = Template("{app.displayName} is not in the tenant.")


class Evaluator:
    """Packs, compiled once for any number of tenants. Holds no state of any tenant."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self.packs = tuple(packs)
        self._rules = [
            (pack, [CompiledRule(rule) for rule in pack.rules if rule.enabled and rule.id not in pack.skipped])
            for pack in self.packs
        ]
        met: set[str] = set()
        for pack, rules in self._rules:
            for compiled in rules:
                # Two packs that include one rule may meet in one instance: their findings are not the same one.
                compiled.prefix = f"{pack.id}:" if compiled.rule.id in met else ""
            met |= {compiled.rule.id for compiled in rules}

    def assess(
        self, snapshot: Snapshot, *, tenant: TenantRef, now: datetime, waivers: Sequence[Waiver] = ()
    ) -> Assessment:
        """What the rules say of ``snapshot`` at ``now``: every rule of every pack, in the packs' order."""
        principals = {record.id: record for record in snapshot.principals}
        apps = {app.pack: app for app in snapshot.apps}
        findings: list[Finding] = []
        for pack, rules in self._rules:
            found = apps.get(pack.id)
            if found is None:
                cause = f"the snapshot holds nothing of the pack {pack.id}"
                findings += _unread(pack, rules, tenant, Unknown("servicePrincipals", Outcome.NOT_ASKED, cause))
            else:
                findings += _of_pack(pack, rules, tenant, snapshot, found, principals, now)
        marked, notices = apply_waivers(findings, waivers, tenant, now)
        return Assessment(verdict=verdict_of(marked), findings=marked, notices=notices)

    def unassessed(self, tenant: TenantRef, cause: Unknown) -> Assessment:
        """Every rule of every pack as unknown, for a tenant of which nothing was read."""
        findings = tuple(finding for pack, rules in self._rules for finding in _unread(pack, rules, tenant, cause))
        return Assessment(verdict=verdict_of(findings), findings=findings)


def evaluate(
    snapshot: Snapshot, packs: Iterable[Pack], *, tenant: TenantRef, waivers: Sequence[Waiver] = (), now: datetime
) -> Assessment:
    """One snapshot against ``packs``; for many snapshots make one :class:`Evaluator`."""
    return Evaluator(packs).assess(snapshot, tenant=tenant, waivers=waivers, now=now)


def unassessed(packs: Iterable[Pack], tenant: TenantRef, cause: Unknown) -> Assessment:
    """Every rule of ``packs`` as unknown for ``cause``: what a tenant gets whose sign-in failed."""
    return Evaluator(packs).unassessed(tenant, cause)


class _Asked:
    """Whom a rule is asked of: the evidence, the finding's subject and its part of the fingerprint."""

    __slots__ = ("_subjects", "evidence", "identity", "instance", "pack", "tenant")

    def __init__(self, pack: Pack, tenant: TenantRef, evidence: Evidence, instance: Instance | None = None) -> None:
        self.pack = pack
        self.tenant = tenant
        self.evidence = evidence
        self.instance = instance
        self.identity = instance.id if instance else pack.id
        self._subjects: dict[str, Subject] = {}

    def subject(self, kind: str) -> Subject:
        """The instance as a subject of the rule's ``kind``, or the tenant where there is no instance to speak of."""
        if kind not in self._subjects:
            self._subjects[kind] = (
                Subject(kind, self.instance.id, self.instance.display_name)
                if self.instance
                else Subject("tenant", self.tenant.id, self.tenant.name)
            )
        return self._subjects[kind]


def _unread(pack: Pack, rules: list[CompiledRule], tenant: TenantRef, cause: Unknown) -> Iterator[Finding]:
    asked = _Asked(pack, tenant, tenant_evidence(tenant, pack.app, cause))
    return (_unknown(compiled, asked, (cause,)) for compiled in rules)


def _of_pack(
    pack: Pack,
    rules: list[CompiledRule],
    tenant: TenantRef,
    snapshot: Snapshot,
    found: AppSnapshot,
    principals: Mapping[str, PrincipalRecord],
    now: datetime,
) -> Iterator[Finding]:
    whole = _Asked(pack, tenant, tenant_evidence(tenant, pack.app, found))
    instances: list[_Asked] = []
    for instance in sorted(found.present, key=lambda instance: instance.id):
        evidence = instance_evidence(tenant, pack.app, snapshot, found, instance, principals, now)
        instances.append(_Asked(pack, tenant, evidence, instance))
    for compiled in rules:
        if compiled.rule.scope is Scope.TENANT:
            yield from _ask(compiled, whole)
        elif instances:
            for asked in instances:
                yield from _ask(compiled, asked)
        elif isinstance(found.instances, Known):
            yield _finding(compiled, whole, Status.NOT_APPLICABLE, NOT_APPLICABLE, _ABSENT.fill(whole.evidence, {}))
        else:
            yield _unknown(compiled, whole, (found.instances,))


def _ask(compiled: CompiledRule, asked: _Asked) -> Iterator[Finding]:
    evidence = asked.evidence
    condition = compiled.when
    if condition is not None:
        if causes := condition.causes(evidence):
            yield _unknown(compiled, asked, causes)
            return
        if not condition.holds(evidence.document):
            yield _not_applicable(compiled, asked)
            return
    if causes := compiled.causes(evidence):
        yield _unknown(compiled, asked, causes)
        return
    nodes = compiled.select.nodes(evidence.document)
    if compiled.rule.each:
        yield from _each(compiled, asked, nodes)
    elif not compiled.select.singular:
        yield _judged(compiled, asked, nodes)
    elif nodes:
        yield _judged(compiled, asked, nodes[0])
    else:
        # An expectation would hold of nothing in particular, so nothing must not be asked.
        cause = not_understood("evidence", f"there is nothing at {compiled.rule.select}")
        yield _unknown(compiled, asked, (cause,))


def _each(compiled: CompiledRule, asked: _Asked, nodes: list[Any]) -> Iterator[Finding]:
    gaps = compiled.gaps(asked.evidence)
    if not nodes and not gaps:
        yield _not_applicable(compiled, asked)
    for node in nodes:
        key = str(node["id"]) if isinstance(node, dict) and "id" in node else as_text(node)
        doubt = compiled.causes_of_node(asked.evidence, key)
        if doubt:
            yield _unknown(compiled, asked, doubt, key)
        else:
            yield _judged(compiled, asked, node, key, node)
    if gaps:
        yield _unknown(compiled, asked, gaps)


def _judged(compiled: CompiledRule, asked: _Asked, value: Any, key: str = "", node: Any = None) -> Finding:
    evidence = asked.evidence
    accepted = compiled.accepts(value)
    gaps = compiled.gaps(evidence) if node is None else ()
    if gaps and not compiled.certain(accepted, evidence):
        return _unknown(compiled, asked, gaps)
    status = Status.PASS if accepted else Status.FAIL
    observed = _observed(compiled, evidence, value, accepted)
    own = {"parameters": compiled.rule.parameters, "observed": observed}
    if node is not None:
        own["node"] = node
    own["expected"] = compiled.expected.fill(evidence, own)
    reason = compiled.says.get(status, _DEFAULT_SAYS[status]).fill(evidence, own)
    if not accepted:
        right = compiled.right
        if not right and compiled.expected.only:
            right = texts_in(evidence.value(compiled.expected.only))
        if right:
            reason = " ".join([reason, *near_misses(texts_in(observed), right, asked.pack.app)])
    if gaps:
        reason = f"{reason} {also_unread(gaps)}"
    return _finding(compiled, asked, status, as_text(observed), reason, key=key, own=own)


def _observed(compiled: CompiledRule, evidence: Evidence, value: Any, accepted: bool) -> Any:
    """What to show: what the rule says to, else of a refused list the members at fault, else the value."""
    if compiled.observe is not None:
        nodes = compiled.observe.nodes(evidence.document)
        if not compiled.observe.singular:
            return nodes
        return nodes[0] if nodes else NOT_READ
    if not accepted and compiled.items is not None and isinstance(value, list):
        at_fault = [member for member in value if not compiled.items.is_valid(member)]
        return at_fault or value
    return value


def _not_applicable(compiled: CompiledRule, asked: _Asked) -> Finding:
    says = compiled.says.get(Status.NOT_APPLICABLE, _DEFAULT_SAYS[Status.NOT_APPLICABLE])
    own = {"parameters": compiled.rule.parameters}
    return _finding(compiled, asked, Status.NOT_APPLICABLE, NOT_APPLICABLE, says.fill(asked.evidence, own))


def _unknown(compiled: CompiledRule, asked: _Asked, causes: Causes, key: str = "") -> Finding:
    return _finding(compiled, asked, Status.UNKNOWN, NOT_READ, not_assessed(causes), key=key, causes=causes)


def _finding(
    compiled: CompiledRule,
    asked: _Asked,
    status: Status,
    observed: str,
    reason: str,
    *,
    key: str = "",
    own: Mapping[str, Any] | None = None,
    causes: Causes = (),
) -> Finding:
    rule = compiled.rule
    expected = own["expected"] if own else compiled.expected.fill(asked.evidence, {"parameters": rule.parameters})
    return Finding(
        rule=rule.id,
        title=rule.title,
        severity=rule.severity,
        status=status,
        subject=asked.subject(rule.subject),
        expected=expected,
        observed=observed,
        reason=reason,
        citation=rule.citation,
        controls=dict(sorted(rule.controls.items())),  # the order that a recorded finding comes back in
        remedy=rule.remedy,
        fingerprint=fingerprint(asked.tenant.id, rule.id, asked.identity, compiled.prefix + key),
        pack=asked.pack.id,
        group=rule.group,
        risk=rule.risk,
        guidance=rule.guidance,
        causes=causes,
    )
