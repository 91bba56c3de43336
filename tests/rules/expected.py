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

from auditor.evaluate.document import instance_evidence
from auditor.model.evidence import Unknown
from auditor.model.finding import Finding, Status
from tests.evaluate.mutations import sites, without
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
    """For each thing lost of the healthy tenant, the rules that it leaves unknown, and why."""
    tenant, snapshot = base(), snapshot_of(base())
    lines = []
    for site in sites(snapshot):
        lost = without(snapshot, site)
        assessment = evaluator().assess(lost, tenant=tenant_of(tenant), now=now_of(tenant))
        place = ".".join(map(str, site))
        lines += [
            f"{place}: {finding.rule} {finding.status} {_causes(finding)}"
            for finding in assessment.findings
            if finding.status not in (Status.PASS, Status.NOT_APPLICABLE)
        ]
    return lines


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
