"""From a tenant's findings and snapshot to an ordered plan. Pure: no clock, no network, no files.

Only open failures are planned for. What was not assessed and what is waived is named as left out; what would contradict
another change is refused; what cannot be scripted safely becomes a step in words, in its place.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from auditor.model.canonical import canonical_hash
from auditor.model.evidence import Known
from auditor.model.finding import Finding, Status, Subject
from auditor.model.plan import SCHEMA, LeftOut, Manual, Plan, Refusal, Stage, Step
from auditor.model.result import TenantResult
from auditor.model.snapshot import Instance, Snapshot
from auditor.remedy import certificates, credentials, people, settings
from auditor.remedy.certificates import ACTIVATE, CREATE, REMOVE
from auditor.remedy.drafts import Case, Draft, RefusedError, manual

Remedy = Callable[[Case, Sequence[Finding]], list[Draft]]

# In the order in which a plan's steps stand: what is dangerous goes first, what lets people in comes last.
PLANNERS: Mapping[str, Remedy] = {
    "remove-credential": credentials.remove_credential,
    "set-identifier": settings.set_identifier,
    "set-reply-urls": settings.set_reply_urls,
    "clear-sign-on-url": settings.clear_sign_on_url,
    "set-relay-state": settings.set_relay_state,
    "rotate-certificate": certificates.rotate,
    "set-preferred-certificate": certificates.set_preferred,
    "remove-expired-certificate": certificates.remove_expired,
    "set-notification-addresses": people.set_notification_addresses,
    "set-sso-mode": settings.set_sso_mode,
    "add-owner": people.add_owner,
    "remove-assignment": people.remove_assignment,
    "require-assignment": settings.require_assignment,
    "enable-service-principal": settings.enable_service_principal,
}
_ROTATION_SETTLES = ("set-preferred-certificate", "remove-expired-certificate")
_ORDER = {name: place for place, name in enumerate(PLANNERS, 1)}
_BEFORE_ALL, _AFTER_ALL = 0, len(PLANNERS) + 1
# A finding with no remedy stands before the step named here, by the group of its rule.
_PLACE_OF_GROUP = {
    "application": _BEFORE_ALL,
    "saml": _ORDER["set-relay-state"],
    "certificate": _ORDER["set-sso-mode"],
    "access": _ORDER["require-assignment"] - 1,
}
_STAGES = {
    CREATE: Stage(CREATE, "", "Everything that needs no one outside Microsoft Entra ID."),
    ACTIVATE: Stage(ACTIVATE, "activate", "After the new certificate was uploaded at the vendor: it becomes active."),
    REMOVE: Stage(REMOVE, "remove-expired", "After sign-in with the new certificate was seen to work."),
}


def plan(result: TenantResult, *, scan: str, at: str) -> Plan:
    """The plan for one tenant of the scan ``scan``, seen at ``at`` (RFC 3339, UTC).

    The same result gives the same plan, ids and order included. A tenant that was not read gives a plan with no steps.
    """
    tenant = Subject("tenant", result.tenant.id, result.tenant.name)
    drafts: list[tuple[int, Draft]] = []
    refused: list[Refusal] = []
    open_findings = [finding for finding in result.findings if finding.is_open]
    if result.snapshot is not None:
        drafts, refused = _drafts(open_findings, result.snapshot, at)
    steps = _numbered(drafts)
    left_out = tuple(sorted(_left_out(result.findings), key=lambda left: (left.rule, left.subject.id, left.why)))
    content = [SCHEMA, result.tenant.id, result.tenant.cloud, steps, refused]
    return Plan(
        schema=SCHEMA,
        id=canonical_hash(content)[:12],
        tenant=tenant,
        cloud=result.tenant.cloud,
        scan=scan,
        at=at,
        snapshot_sha256=result.snapshot_sha256,
        stages=tuple(_STAGES[number] for number in sorted({CREATE, *(step.stage for step in steps)})),
        steps=steps,
        refused=tuple(sorted(refused, key=lambda refusal: (refusal.remedy, refusal.subject.id))),
        left_out=left_out,
    )


def _drafts(findings: Sequence[Finding], snapshot: Snapshot, at: str) -> tuple[list[tuple[int, Draft]], list[Refusal]]:
    cases = {
        instance.id: Case(instance=instance, snapshot=snapshot, at=at)
        for app in snapshot.apps
        for instance in app.present
    }
    drafts: list[tuple[int, Draft]] = []
    refused: list[Refusal] = []
    grouped: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        remedy = finding.remedy
        if remedy is not None and remedy in PLANNERS and finding.subject.id in cases:
            grouped[finding.subject.id, remedy].append(finding)
        else:
            drafts.append(_in_words(finding, cases.get(finding.subject.id)))
    for (instance_id, name), reasons in sorted(grouped.items()):
        leaving = people.leaving(cases[instance_id], grouped.get((instance_id, "remove-assignment"), ()))
        case = msgspec.structs.replace(cases[instance_id], leaving=leaving)
        rotating = (instance_id, "rotate-certificate") in grouped
        if rotating and name in _ROTATION_SETTLES:
            continue
        try:
            if name == "rotate-certificate":
                settled = [one for other in _ROTATION_SETTLES for one in grouped.get((instance_id, other), ())]
                made = certificates.rotate(case, reasons, settled)
            else:
                made = PLANNERS[name](case, reasons)
        except RefusedError as error:
            rules = tuple(sorted({finding.rule for finding in reasons}))
            refused.append(Refusal(name, case.subject, rules, str(error)))
            continue
        drafts += [(_ORDER[name], draft) for draft in made]
    drafts, twins = _without_twins(drafts)
    drafts, contested = _one_holder(drafts, [case.instance for case in cases.values()])
    return drafts, [*refused, *twins, *contested]


def _in_words(finding: Finding, case: Case | None) -> tuple[int, Draft]:
    place = _PLACE_OF_GROUP.get(finding.group, _AFTER_ALL)
    words = f"{finding.reason}\n{finding.guidance}"
    return place, manual(case, finding.subject, [finding], finding.title, words, slot=finding.fingerprint)


def _without_twins(drafts: Iterable[tuple[int, Draft]]) -> tuple[list[tuple[int, Draft]], list[Refusal]]:
    """Drafts that change the same thing in the same way become one; in different ways, both are refused."""
    by_slot: dict[str, list[tuple[int, Draft]]] = defaultdict(list)
    for place, draft in drafts:
        by_slot[draft.slot].append((place, draft))
    kept: list[tuple[int, Draft]] = []
    refused: list[Refusal] = []
    for twins in by_slot.values():
        steps = [draft.step for _, draft in twins if isinstance(draft.step, Step)]
        if len(twins) == 1 or not steps:
            kept.append(twins[0])
        elif all((step.change, step.after) == (steps[0].change, steps[0].after) for step in steps):
            place, first = twins[0]
            reasons = tuple({reason.fingerprint: reason for step in steps for reason in step.because}.values())
            merged = msgspec.structs.replace(steps[0], because=reasons)
            kept.append((place, msgspec.structs.replace(first, step=merged)))
        else:
            for step in steps:
                rules = tuple(reason.rule for reason in step.because)
                refused.append(
                    Refusal(step.remedy, step.target, rules, "Another step would change the same otherwise.")
                )
    return kept, refused


def _one_holder(
    drafts: Sequence[tuple[int, Draft]], instances: Sequence[Instance]
) -> tuple[list[tuple[int, Draft]], list[Refusal]]:
    """Refuse to give one identifier to two applications: the directory lets one of them hold it.

    An application that holds it already keeps it; where none does and several ask, all are refused.
    """
    setting = [
        draft.step for _, draft in drafts if isinstance(draft.step, Step) and draft.step.remedy == "set-identifier"
    ]
    holders: dict[str, set[str]] = defaultdict(set)
    for instance in instances:
        if isinstance(instance.application, Known):
            held = instance.application.value.identifier_uris
            for identifier in held if isinstance(held, tuple) else ():
                holders[identifier].add(instance.id)
    wanting: dict[str, set[str]] = defaultdict(set)
    for step in setting:
        for identifier in _wanted(step):
            wanting[identifier].add(step.instance.id)
    kept: list[tuple[int, Draft]] = []
    refused: list[Refusal] = []
    for place, draft in drafts:
        found = draft.step
        if not isinstance(found, Step) or found.remedy != "set-identifier":
            kept.append((place, draft))
            continue
        own = found.instance.id
        rivals = {
            rival
            for identifier in _wanted(found)
            if own not in holders[identifier]
            for rival in (holders[identifier] | wanting[identifier]) - {own}
        }
        if rivals:
            words = (
                f"The identifier can be held by one application of a tenant, and {', '.join(sorted(rivals))} has it or "
                "is to get it. Choose first which instance stays."
            )
            refused.append(Refusal(found.remedy, found.target, tuple(one.rule for one in found.because), words))
        else:
            kept.append((place, draft))
    return kept, refused


def _wanted(step: Step) -> list[str]:
    """The identifiers that a set-identifier step leaves."""
    text = "".join(part for part in step.after.text or () if isinstance(part, str))
    return msgspec.json.decode(text, type=list[str])


def _numbered(drafts: Iterable[tuple[int, Draft]]) -> tuple[Step | Manual, ...]:
    """The steps in order: by stage, by the place of their remedy, by instance, as their planner gave them."""
    placed = [
        (draft.step.stage, place, draft.step.instance.id, position, draft)
        for position, (place, draft) in enumerate(drafts)
    ]
    ordered = [entry[-1] for entry in sorted(placed, key=lambda entry: entry[:4])]
    numbers = {draft.slot: number for number, draft in enumerate(ordered, 1)}
    steps: list[Step | Manual] = []
    for number, draft in enumerate(ordered, 1):
        step = msgspec.structs.replace(draft.step, number=number)
        if isinstance(step, Step) and step.question is not None and draft.needs is not None:
            question = msgspec.structs.replace(step.question, kept_by=numbers[draft.needs])
            step = msgspec.structs.replace(step, question=question)
        steps.append(step)
    return tuple(steps)


def _left_out(findings: Iterable[Finding]) -> Iterable[LeftOut]:
    for finding in findings:
        if finding.status is Status.UNKNOWN:
            yield LeftOut(finding.rule, finding.title, finding.subject, "unknown", finding.reason)
        elif finding.status is Status.FAIL and finding.waiver is not None:
            waiver = finding.waiver
            words = f"Waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
            yield LeftOut(finding.rule, finding.title, finding.subject, "waived", words)
