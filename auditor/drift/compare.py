"""Two snapshots of a tenant: every difference told once, under its documented path, and what could not be compared.

Nothing is told of what one of the two sides did not read, least of all that it is gone.
"""

from collections.abc import Callable, Iterable

from auditor.drift.effect import judge
from auditor.drift.mirrors import once
from auditor.drift.subjects import instance_subject, tenant_subject
from auditor.drift.table import INSTANCE_PARTS, SECTIONS, TENANT_PARTS
from auditor.drift.values import Shape, differences
from auditor.drift.view import Difference, Gap, Uncompared, View, gap_of, instances_of, plain, uncompared
from auditor.model.drift import Change, ChangeKind, NotComparable
from auditor.model.evidence import Unknown
from auditor.model.finding import Assessment, Subject
from auditor.model.rule import Rule
from auditor.model.snapshot import AppSnapshot, Instance, Snapshot

Assess = Callable[[Snapshot], Assessment]
Told = Difference | Uncompared

_TEMPLATE = Shape(("displayName",))


def compare(
    before: Snapshot,
    after: Snapshot,
    *,
    assess: Assess | tuple[Assessment, Assessment] | None = None,
    rules: Iterable[Rule] = (),
) -> tuple[tuple[Change, ...], tuple[NotComparable, ...]]:
    """The changes from ``before`` to ``after``, and what one of the two did not read.

    ``assess`` says what the rules make of a snapshot, by one clock for all: effects are then judged by what each change
    does by itself. A pair of assessments serves where that cannot be had: a rule's turn is then laid to the changes
    that touch evidence which the rule requires (``rules``). Without either every effect is neutral.

    Order: the tenant's changes, then each instance's by id; within these as the table of paths stands. Raises
    ValueError for snapshots of two tenants.
    """
    if before.tenant_id != after.tenant_id:
        raise ValueError("snapshots of two tenants cannot be compared")
    changes: list[tuple[Change, bool]] = []
    gaps: list[NotComparable] = []
    for subject, told in _all(before, after):
        for entry in told:
            if isinstance(entry, Uncompared):
                gaps.append(_not_comparable(entry))
            else:
                changes.append((_change(subject, entry), entry.conditional))
    kept = judge(before, after, once(changes), assess, tuple(rules))
    return kept, tuple(dict.fromkeys(gaps))


def _all(before: Snapshot, after: Snapshot) -> Iterable[tuple[Subject, Iterable[Told]]]:
    tenant = tenant_subject(after)
    old_tenant, new_tenant = View(before), View(after)
    for part in TENANT_PARTS:
        yield tenant, part.diff(old_tenant, new_tenant)
    packs = {app.pack: app for app in before.apps}, {app.pack: app for app in after.apps}
    told: set[str] = set()
    for pack in sorted(packs[0].keys() | packs[1].keys()):
        old, new = packs[0].get(pack), packs[1].get(pack)
        if old is None or new is None:
            missing = Gap("configuration", f"the rule pack {pack} was not in use")
            yield (
                tenant,
                (Uncompared(f"apps[{pack}]", missing if old is None else None, missing if new is None else None),),
            )
            continue
        yield tenant, _templates(old, new, told)
        for instance, kind in _came_and_went(old, new):
            if instance.id not in told:
                told.add(instance.id)
                yield instance_subject(instance), (_presence(instance, kind),)
        yield tenant, _undiscovered(old, new)
    earlier = instances_of(before)
    for key, instance in sorted(instances_of(after).items()):
        if key in earlier:
            yield instance_subject(instance), _instance(View(before, earlier[key]), View(after, instance))


def _instance(before: View, after: View) -> Iterable[Told]:
    unread = set()
    for attribute, path in SECTIONS:
        old, new = getattr(before.root, attribute), getattr(after.root, attribute)
        if isinstance(old, Unknown) or isinstance(new, Unknown):
            unread.add(attribute)
            yield from uncompared(path, _gap(old), _gap(new))
    for part in INSTANCE_PARTS:
        if part.section not in unread:
            yield from part.diff(before, after)


def _came_and_went(old: AppSnapshot, new: AppSnapshot) -> Iterable[tuple[Instance, ChangeKind]]:
    """Instances that are certainly new or gone: only a discovery that was read in full says what is not there."""
    if isinstance(old.instances, Unknown):
        return
    earlier = {instance.id: instance for instance in old.present}
    later = {instance.id: instance for instance in new.present}
    for key in sorted(later.keys() - earlier.keys()):
        yield later[key], ChangeKind.ADDED
    if not isinstance(new.instances, Unknown):
        for key in sorted(earlier.keys() - later.keys()):
            yield earlier[key], ChangeKind.REMOVED


def _presence(instance: Instance, kind: ChangeKind) -> Difference:
    shown = {"id": instance.id, "appId": instance.app_id, "displayName": instance.display_name}
    path = f"instances[{instance.id}]"
    if kind is ChangeKind.ADDED:
        return Difference(path, kind, None, shown)
    return Difference(path, kind, shown, None)


def _undiscovered(old: AppSnapshot, new: AppSnapshot) -> Iterable[Told]:
    return uncompared("instances", _gap(old.instances), _gap(new.instances))


def _templates(old: AppSnapshot, new: AppSnapshot, told: set[str]) -> Iterable[Told]:
    path = "applicationTemplates"
    if isinstance(old.templates, Unknown) or isinstance(new.templates, Unknown):
        yield from uncompared(path, _gap(old.templates), _gap(new.templates))
        return
    earlier = {template.id: plain(template) for template in old.templates.value}
    later = {template.id: plain(template) for template in new.templates.value}
    for key in sorted((earlier.keys() | later.keys()) - told):
        told.add(key)
        here = f"{path}[{key}]"
        if key not in later:
            yield Difference(here, ChangeKind.REMOVED, earlier[key], None)
        elif key not in earlier:
            yield Difference(here, ChangeKind.ADDED, None, later[key])
        else:
            yield from differences(here, earlier[key], later[key], _TEMPLATE, path)


def _gap(evidence: object) -> Gap | None:
    return gap_of(evidence) if isinstance(evidence, Unknown) else None


def _change(subject: Subject, difference: Difference) -> Change:
    return Change(subject, difference.path, difference.kind, plain(difference.before), plain(difference.after))


def _not_comparable(entry: Uncompared) -> NotComparable:
    gap = entry.after or entry.before
    if gap is None:
        raise ValueError(f"{entry.path} was read on both sides")
    when = "both" if entry.before and entry.after else "after" if entry.after else "before"
    return NotComparable(entry.path, gap.source, gap.cause, when)
