"""The n-th request: every request of a scan, every way in which one can fail, and what must hold of the scan then."""

import random
from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import unquote

from auditor.cli.exits import Exit
from auditor.cli.summary import exit_code
from auditor.drift import compare
from auditor.emulator import Entry
from auditor.evaluate import Evaluator
from auditor.model.drift import Change, Effect
from auditor.model.evidence import Outcome
from auditor.model.finding import Finding, Status, TenantStatus
from auditor.model.result import CoverageEntry, ScanResult, TenantResult
from auditor.model.snapshot import Snapshot

ALLOWED_S = 0.25
"""How long a request may take in a trial of ``no answer in time``."""
KINDS: dict[str, dict[str, Any]] = {
    "429, wait 1 s": {"action": "status", "status": 429, "retry_after": 1},
    "429, wait 315 s": {"action": "status", "status": 429, "retry_after": 315},
    "429, wait until a date": {"action": "status", "status": 429, "retry_after_date_s": 60},
    "429 without a word": {"action": "status", "status": 429},
    "500": {"action": "status", "status": 500},
    "502": {"action": "status", "status": 502},
    "503": {"action": "status", "status": 503},
    "504": {"action": "status", "status": 504},
    "no answer in time": {"delay_s": 2 * ALLOWED_S},
    "reset before the answer": {"action": "reset", "when": "before"},
    "reset in mid-body": {"action": "reset", "when": "body"},
    "cut JSON": {"action": "truncate"},
    "HTML for JSON": {"action": "html"},
}
"""Every kind of fault that a request can meet with, as a rule of a fault script."""


DISCOVERY = frozenset({"applicationTemplates", "servicePrincipals"})
"""Without these an instance may not be found, and then nothing can be told of it."""
_INSTANCES = frozenset({"GTM-APP-001", "GTM-APP-002", "GTM-APP-003"})
RESTS: dict[str, frozenset[str]] = {
    "applicationTemplates": _INSTANCES,
    "servicePrincipals": _INSTANCES,
    "servicePrincipal": frozenset(
        {
            *("GTM-APP-002", "GTM-SSO-001", "GTM-SAML-003", "GTM-SAML-004", "GTM-SAML-005", "GTM-CERT-001"),
            *("GTM-ASG-003", "SAML-ACC-001", "SAML-ACC-002", "SAML-CRED-001", "SAML-URL-001"),
            *(f"SAML-CERT-00{number}" for number in range(1, 9)),
        }
    ),
    "servicePrincipalKeys": frozenset({"GTM-CERT-001", "SAML-CERT-003", "SAML-CERT-006", "SAML-CERT-008"}),
    "application": frozenset({"GTM-SAML-001", "GTM-SAML-002", "SAML-CRED-001", "SAML-SIG-001", "SAML-URL-001"}),
    "servicePrincipalOwners": frozenset({"SAML-OWN-001"}),
    "applicationOwners": frozenset({"SAML-OWN-001"}),
    "assignments": frozenset(
        {*(f"GTM-ASG-00{number}" for number in (1, 2, 3)), "SAML-ACC-003", "SAML-ACC-004", "SAML-ACC-005"}
    ),
    "appRoleAssignments": frozenset({"SAML-PERM-001"}),
    "oauth2PermissionGrants": frozenset({"SAML-PERM-001"}),
    "synchronizationJobs": frozenset({"GTM-PROV-001"}),
    "organization": frozenset(),
    "conditionalAccessPolicies": frozenset({"GTM-SES-001"}),
    "tokenIssuancePolicies": frozenset({"SAML-SIG-001"}),
    "tokenIssuancePolicyAppliesTo": frozenset({"SAML-SIG-001"}),
    "claimsMappingPolicies": frozenset({"SAML-CLM-001"}),
    "claimsMappingPolicyAppliesTo": frozenset({"SAML-CLM-001"}),
    "users": frozenset({"GTM-ASG-002", "SAML-ACC-003", "SAML-ACC-004", "SAML-OWN-001"}),
    "notificationUsers": frozenset({"SAML-CERT-005"}),
    "groups": frozenset({"SAML-ACC-003", "SAML-ACC-005"}),
    "groupMembers": frozenset({"SAML-ACC-005"}),
    "principals": frozenset({"SAML-ACC-003", "SAML-OWN-001"}),
    "directoryAudits": frozenset(),
}
"""Source → the rules whose findings rest on it; no other may change when it fails."""


_MIRRORS = {
    "servicePrincipal.replyUrls": "application.web.redirectUris",
    "servicePrincipal.servicePrincipalNames": "application.identifierUris",
}


class Place(NamedTuple):
    """A request of a scan, so that the same one can be struck in another scan of the tenant."""

    path: str
    query: str
    part: bool
    nth: int
    """Which of the requests of this path and query; 1 save for batches, which all look alike."""
    refused: bool
    """True where the service refuses it in any case."""

    def rule(self, kind: str, *, lasting: bool) -> dict[str, Any]:
        """The rule that strikes it: once, or always."""
        turn = {"nth": self.nth} if lasting else {"nth": self.nth, "times": 1}
        query = {} if self.path.endswith("/$batch") else {"query": literal(self.query)}
        return {"path": literal(self.path), **query, "part": self.part, **turn, **KINDS[kind]}


class Trial(NamedTuple):
    """One scan to make: a request, a fault, and whether it passes."""

    place: Place
    kind: str
    lasting: bool


def literal(text: str) -> str:
    """A pattern that matches this text alone."""
    return "".join(f"[{one}]" if one in "*?[" else one for one in text)


def places(log: list[Entry], tenant_id: str) -> list[Place]:
    """Every request of a tenant's scan, whole ones and parts, in an order that does not depend on chance."""
    found: set[Place] = set()
    batches = 0
    for entry in log:
        if entry.tenant != tenant_id:
            continue  # a late answer to another scan
        is_batch = entry.path.endswith("/$batch")
        batches += is_batch
        found.add(_place(entry.path, entry.status, part=False, nth=batches if is_batch else 1))
        found |= {_place(f"/v1.0{part.url}", part.status, part=True) for part in entry.parts}
    return sorted(found)


def _place(address: str, status: int, *, part: bool, nth: int = 1) -> Place:
    path, _, query = address.partition("?")
    return Place(path, unquote(query), part, nth, refused=status >= 400)


def trials(where: list[Place]) -> Iterator[Trial]:
    """Every trial of these requests."""
    for place, kind, lasting in product(where, KINDS, (False, True)):
        if not (place.part and KINDS[kind].get("action") == "reset"):
            yield Trial(place, kind, lasting)


def chosen(where: list[Place], kind: str, seed: str, number: int) -> list[Trial]:
    """Some of the trials of a kind, the same for the same seed: passing and lasting ones in turn."""
    every = [trial for trial in trials(where) if trial.kind == kind]
    random.Random(seed).shuffle(every)  # noqa: S311 - a choice that repeats, no secret
    passing = [trial for trial in every if not trial.lasting]
    lasting = [trial for trial in every if trial.lasting]
    return [trial for pair in zip(passing, lasting, strict=True) for trial in pair][:number]


def verify(whole: TenantResult, disturbed: TenantResult, trial: Trial) -> None:
    """Hold a disturbed scan against the undisturbed one; an assertion says what is wrong."""
    gaps = unread(disturbed)
    assert all(entry.cause for entry in disturbed.coverage if entry.outcome is not Outcome.OK)
    _hold_findings(whole, disturbed, gaps)
    if trial.lasting:
        assert gaps, "a fault that lasts leaves a gap"
        assert disturbed.status is not TenantStatus.COMPLETE
    elif not trial.place.refused:  # what is left of a refusal may not tell whether an object was deleted
        assert disturbed.status is whole.status
        assert disturbed.findings == whole.findings
        assert disturbed.snapshot_sha256 == whole.snapshot_sha256
    if gaps or disturbed.status is not TenantStatus.COMPLETE:
        assert code_of(disturbed) in (Exit.FINDINGS, Exit.NOT_ASSESSED)
    if code_of(whole) is not Exit.FINDINGS:
        assert code_of(disturbed) is not Exit.FINDINGS, "a fault of the wire is no finding"


def verify_drift(
    before: Snapshot, whole: TenantResult, disturbed: TenantResult, evaluator: Evaluator, now: datetime
) -> None:
    """Every change that the disturbed scan tells since ``before`` is one that the undisturbed scan tells too."""

    def told(result: TenantResult) -> tuple[Change, ...]:
        if result.snapshot is None:
            return ()
        changes, _ = compare(
            before,
            result.snapshot,
            assess=lambda snapshot: evaluator.assess(snapshot, tenant=result.tenant, now=now),
        )
        return changes

    true = {(change.subject.id, change.path, change.kind): change for change in told(whole)}
    for change in told(disturbed):
        known = next(
            (
                true[change.subject.id, path, change.kind]
                for path in (change.path, _told_of_the_application(change.path), *_certificates(change, true))
                if (change.subject.id, path, change.kind) in true
            ),
            None,
        )
        assert known is not None, f"a drift that did not happen: {change.kind} {change.path}"
        assert [_without_material(value) for value in (change.before, change.after)] == [
            _without_material(value) for value in (known.before, known.after)
        ]
        assert change.effect in (known.effect, Effect.NEUTRAL)


def _certificates(change: Change, true: dict[tuple[str, str, Any], Change]) -> list[str]:
    """Paths of the same certificate that came or went: without its key it is named by another identifier."""
    if not change.path.startswith("certificates[") or not change.path.endswith("]"):
        return []
    shown = (_without_material(change.before), _without_material(change.after))
    return [
        one.path
        for one in true.values()
        if (_without_material(one.before), _without_material(one.after)) == shown and one.kind is change.kind
    ]


def _without_material(value: Any) -> Any:
    """A certificate that came or went, without what only its key tells: that may not have been read."""
    if isinstance(value, dict) and "keyCredentials" in value:
        apart = ("keyCredentials", "notBefore", "notAfter", "thumbprint")
        keys = [{**key, "certificate": None} for key in value["keyCredentials"]]
        return {**{name: one for name, one in value.items() if name not in apart}, "keyCredentials": keys}
    return value


def _told_of_the_application(path: str) -> str:
    """Where a change of a mirrored property is told when the application was read as well."""
    for mirror, original in _MIRRORS.items():
        if path.startswith(f"{mirror}["):
            return original + path.removeprefix(mirror)
    return path


def unread(result: TenantResult) -> list[CoverageEntry]:
    """What was not read, deletions apart: those are facts."""
    return [
        entry
        for entry in result.coverage
        if entry.outcome is not Outcome.OK
        and not (entry.outcome is Outcome.NOT_FOUND and "deleted" in (entry.cause or ""))
    ]


def code_of(result: TenantResult) -> Exit:
    """The exit code of a scan of this tenant alone."""
    scan = ScanResult("s", "", "", "auditor", "1", (), result.verdict, (result,))
    return exit_code(scan, "low")


def _hold_findings(whole: TenantResult, disturbed: TenantResult, gaps: list[CoverageEntry]) -> None:
    """What rests on no source that failed is told the same; what does is told the same, or is unknown."""
    sources = {entry.source for entry in gaps}
    may_differ = {rule for source in sources for rule in RESTS[source]}
    known = {finding.fingerprint: finding for finding in whole.findings}
    told = {finding.fingerprint: finding for finding in disturbed.findings}
    undiscovered = not sources.isdisjoint(DISCOVERY)
    for mark, finding in told.items():
        before = known.get(mark)
        if finding == before:
            continue
        about = f"{finding.rule}: {finding.status}: {finding.reason}"
        assert finding.rule in may_differ or undiscovered, about
        if finding.status is Status.UNKNOWN:
            assert finding.causes, about
            assert {cause.source for cause in finding.causes} <= sources | _unread_before(before), about
        else:
            assert before is not None, about
            assert finding.rule in may_differ, about
            assert finding.status is before.status, about
    for mark, finding in known.items():
        assert mark in told or undiscovered or finding.rule in may_differ, f"{finding.rule} is no longer told"
    assert {finding.rule for finding in whole.findings} == {finding.rule for finding in disturbed.findings}


def _unread_before(finding: Finding | None) -> set[str]:
    return {cause.source for cause in finding.causes} if finding is not None else set()
