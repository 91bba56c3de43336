"""What the rules say, word by word, as approved: of every example, and of the healthy tenant with each thing lost.

``expected_findings.txt``: the findings of each example of the rules that every pack shares and of the GoToMeeting pack.
``expected_documents.txt``: what stands in the document that rules are asked of, where an example's differs from the
healthy tenant's. ``expected_losses.txt``: each source and each property lost, and what that leaves unknown, with the
cause. After a change that is meant, ``python -m tests.rules.expected`` writes them anew; the difference is read before
it is committed.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from auditor.evaluate.document import instance_evidence
from auditor.model.evidence import Unknown
from auditor.model.finding import Finding
from tests.evaluate.mutations import nulled, sites, without
from tests.rules.examples import (
    HERE,
    asked_of,
    assess,
    base,
    evaluator,
    example_files,
    now_of,
    pack,
    patched,
    read_example,
    snapshot_of,
    tenant_of,
)

_MANY = 40
"""An example that differs in more says nothing by its entries: the app is absent, or a whole object was not read."""
_RICH = (
    "GTM-ASG-002/fail-deleted", "GTM-PROV-001/fail-quarantine", "GTM-PROV-001/fail-failed",
    "GTM-SES-001/pass-but-excluded-users", "SAML-ACC-003/fail-service-principal", "SAML-ACC-005/fail-or",
    "SAML-CERT-003/pass-standby", "SAML-CERT-005/fail-disabled", "SAML-CLM-001/pass-named",
    "SAML-CRED-001/fail-application-secret", "SAML-CRED-001/fail-verify-alone", "SAML-CRED-001/pass-hashed",
    "SAML-OWN-001/pass-service-principal", "SAML-PERM-001/fail-application", "SAML-PERM-001/fail-delegated",
    "SAML-SIG-001/fail-organization", "SAML-SIG-001/pass-own-over-default", "GTM-SAML-002/fail-citrix",
)  # fmt: skip
"""Examples that hold something of each kind that the healthy tenant is without."""
FILES = [path for path in example_files() if path.parent.name.startswith(("GTM-", "SAML-"))]


def findings() -> list[str]:
    """One line a finding: example, status, subject, expected, observed, reason, causes."""
    lines = []
    for path in FILES:
        tenant = patched(read_example(path), base(asked_of()[path.parent.name]))
        lines += [f"{_name(path)}: {_told(finding)}" for finding in assess(tenant, path.parent.name)]
    return lines


def documents() -> list[str]:
    """The healthy tenant's document, then for each example the entries that differ from it."""
    healthy = dict(_entries(base()))
    lines = [f"healthy: {place} = {value}" for place, value in healthy.items()]
    for path in FILES:
        entries = dict(_entries(patched(read_example(path), base(asked_of()[path.parent.name]))))
        told = [f"{place} = {value}" for place, value in entries.items() if healthy.get(place) != value]
        told += [f"{place} is not there" for place in healthy if place not in entries]
        lines += [f"{_name(path)}: {line}" for line in (told if len(told) <= _MANY else [f"{len(told)} differ"])]
    return lines


def losses() -> list[str]:
    """For each thing lost, or null, the rules that it leaves other than they were, and why.

    Of the healthy tenant, and of some examples that hold what it does not; of these, only what it did not tell.
    """
    lines = [f"healthy: {line}" for line in _lost(base())]
    told = {line.partition(": ")[2] for line in lines}
    for name in _RICH:
        path = HERE / f"{name}.yaml"
        lines += [
            f"{name}: {line}"
            for line in _lost(patched(read_example(path), base(asked_of()[path.parent.name])))
            if line not in told
        ]
    return lines


def _lost(tenant: dict[str, Any]) -> Iterator[str]:
    snapshot = snapshot_of(tenant)
    asked: dict[str, Any] = {"tenant": tenant_of(tenant), "now": now_of(tenant)}
    before = {finding.fingerprint: finding for finding in evaluator().assess(snapshot, **asked).findings}
    for site in sites(snapshot):
        for how in ("gone", "null"):
            try:
                lost = without(snapshot, site) if how == "gone" else nulled(snapshot, site)
            except msgspec.ValidationError:
                continue
            place = f"{'.'.join(map(str, site))} {how}"
            for finding in evaluator().assess(lost, **asked).findings:
                if finding != before.get(finding.fingerprint):
                    yield f"{place}: {finding.rule} {finding.status} {finding.reason}{_causes(finding)}"


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _told(finding: Finding) -> str:
    subject = f"{finding.subject.type} {finding.subject.id} {finding.subject.name}"
    said = [finding.expected, finding.observed, finding.reason]
    return f"{finding.status} [{subject}] {json.dumps(said, ensure_ascii=False)}{_causes(finding)}"


def _causes(finding: Finding) -> str:
    return "".join(map(_cause, finding.causes))


def _cause(cause: Unknown) -> str:
    return f" <{cause.source} {cause.outcome} {cause.permission}: {cause.cause}>"


def _entries(tenant: dict[str, Any]) -> Iterator[tuple[str, str]]:
    snapshot = snapshot_of(tenant)
    principals = {record.id: record for record in snapshot.principals}
    for app in snapshot.apps:
        for instance in app.present:
            asked = tenant_of(tenant), pack().app, snapshot, app, instance, principals, now_of(tenant)
            evidence = instance_evidence(*asked)
            yield from _flat(instance.id, evidence.document)
            for kind, known in (("unknown", evidence.unknown), ("incomplete", evidence.incomplete)):
                for path, causes in sorted(known.items()):
                    yield f"{instance.id} {kind} {path}", "".join(map(_cause, causes))


def _flat(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, member in sorted(value.items()):
            yield from _flat(f"{place}.{name}", member)
    else:
        yield place, json.dumps(value, ensure_ascii=False, sort_keys=True)


FILES_OF = {"expected_findings.txt": findings, "expected_documents.txt": documents, "expected_losses.txt": losses}

if __name__ == "__main__":
    for file, lines in FILES_OF.items():
        (HERE / file).write_text("\n".join(lines()) + "\n", encoding="utf-8")
