"""Changes applied to a snapshot: what "before" becomes. The comparison's other half, and how effects are judged."""

from collections.abc import Iterable, Sequence

import msgspec

from auditor.drift.credentials import Credentials
from auditor.drift.parts import Part, Scalar, Texts
from auditor.drift.policies import AssignedPolicies
from auditor.drift.principals import named_by, settle_references
from auditor.drift.replyurl import settle
from auditor.drift.subjects import TENANT, instance_subject
from auditor.drift.table import INSTANCE_PARTS, MIRRORS, part_of
from auditor.drift.view import Difference, View, instances_of, with_instances
from auditor.model.drift import Change, ChangeKind
from auditor.model.evidence import Known
from auditor.model.graph_objects import ApplicationTemplate
from auditor.model.snapshot import AddressRecord, AppSnapshot, Instance, Snapshot


def apply(before: Snapshot, changes: Iterable[Change], *, supporting: Snapshot | None = None) -> Snapshot:
    """``before`` after ``changes``, which must come from comparing it.

    A change names new instances, principals and the users of new addresses by id alone; what they are is taken from
    ``supporting`` (the other snapshot). What was not comparable stays as it was. Raises ValueError for a change that
    does not fit ``before``.
    """
    told = tuple(changes)
    supporting = supporting or before
    snapshot = _presence(before, [change for change in told if change.path.startswith("instances[")], supporting)
    snapshot = _templates(
        snapshot, [change for change in told if change.path.startswith("applicationTemplates[")], supporting
    )
    present = instances_of(snapshot)
    for (subject_type, subject), group in _by_subject(told).items():
        if subject_type == TENANT:
            snapshot = _patch(View(snapshot), group).snapshot
        elif subject in present and subject in instances_of(before):
            view = _patch(View(snapshot, instances_of(snapshot)[subject]), group)
            snapshot = _settled(view, supporting).snapshot
    known = set().union(*(named_by(instance) for instance in instances_of(before).values()))
    return settle_references(snapshot, known, supporting)


def _by_subject(changes: Sequence[Change]) -> dict[tuple[str, str], list[Change]]:
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if not change.path.startswith(("instances[", "applicationTemplates[")):
            groups.setdefault((change.subject.type, change.subject.id), []).append(change)
    return groups


def _patch(view: View, changes: Sequence[Change]) -> View:
    # What goes, goes first: a certificate that comes back must not take in the stray keys that went.
    for change in sorted(changes, key=lambda change: change.kind is not ChangeKind.REMOVED):
        view = part_of(change, _side(view, change)).patch(view, [change])
        if change.mirrored:
            view = _patch_mirror(view, change)
    return view


def _patch_mirror(view: View, change: Change) -> View:
    """The same change on the service principal; for a principal's new name, on the labels of its assignments."""
    for of_application, of_principal in MIRRORS:
        rest = change.path.removeprefix(of_application)
        if rest != change.path and (not rest or rest.startswith("[")):
            part: Part = next(part for part in INSTANCE_PARTS if part.path == of_principal)
            if isinstance(part, (Scalar, Texts)):
                return part.patch(view, [msgspec.structs.replace(change, path=of_principal + rest)])
    if view.instance is None or not isinstance(view.instance.assignments, Known):
        return view
    principal = change.path.removeprefix("principals[").partition("]")[0]
    renamed = tuple(
        msgspec.structs.replace(assignment, principal_display_name=change.after)
        if assignment.principal_id == principal and assignment.principal_display_name == change.before
        else assignment
        for assignment in view.instance.assignments.value
    )
    return view.replace("assignments", Known(renamed))


def _side(view: View, change: Change) -> str | None:
    """Which object a change of credentials is about."""
    if not change.path.startswith(("certificates[", "credentials[")):
        return None
    member = change.after if isinstance(change.after, dict) else change.before
    if isinstance(member, dict) and "object" in member:
        return "application" if member["object"] == "application" else "service_principal"
    on_application = Credentials("credentials", "application").holds(view, change.path)
    return "application" if on_application else "service_principal"


def _settled(view: View, supporting: Snapshot) -> View:
    """The view with what its changes entail: an only reply URL is the default, new addresses bring their users."""
    view = settle(view)
    addresses = view.get(("service_principal", "notification_email_addresses"))
    other = instances_of(supporting).get(view.instance.id) if view.instance else None
    if view.instance is None or not isinstance(addresses, tuple):
        return view
    known: dict[str, AddressRecord] = {record.address: record for record in other.notification_users} if other else {}
    known.update({record.address: record for record in view.instance.notification_users})
    return view.replace(
        "notification_users", tuple(known[address] for address in sorted(set(addresses)) if address in known)
    )


def _presence(snapshot: Snapshot, changes: Sequence[Change], supporting: Snapshot) -> Snapshot:
    if not changes:
        return snapshot
    gone = {change.subject.id for change in changes if change.kind is ChangeKind.REMOVED}
    come = {change.subject.id for change in changes if change.kind is ChangeKind.ADDED}
    packs = {app.pack: app for app in supporting.apps}

    def change(app: AppSnapshot) -> list[Instance]:
        kept = [instance for instance in app.present if instance.id not in gone]
        known = {instance.id for instance in kept}
        brought = packs[app.pack].present if app.pack in packs else ()
        return [*kept, *(new for new in brought if new.id in come and new.id not in known)]

    snapshot = with_instances(snapshot, change)
    for instance in sorted(come & instances_of(supporting).keys()):
        snapshot = _with_policies(snapshot, supporting, instance)
    return snapshot


def _with_policies(snapshot: Snapshot, supporting: Snapshot, instance: str) -> Snapshot:
    """``snapshot`` with the policies that a new instance comes with."""
    for part in INSTANCE_PARTS:
        if isinstance(part, AssignedPolicies):
            new = instances_of(supporting)[instance]
            view, other = View(snapshot, instances_of(snapshot)[instance]), View(supporting, new)
            told = [
                Change(instance_subject(new), difference.path, difference.kind, difference.before, difference.after)
                for difference in part.diff(view, other)
                if isinstance(difference, Difference)
            ]
            if told:
                snapshot = part.patch(view, told).snapshot
    return snapshot


def _templates(snapshot: Snapshot, changes: Sequence[Change], supporting: Snapshot) -> Snapshot:
    apps = snapshot.apps
    found = {app.pack: app.templates.value for app in supporting.apps if isinstance(app.templates, Known)}
    for change in changes:
        apps = tuple(_with_template(app, change, found.get(app.pack, ())) for app in apps)
    return msgspec.structs.replace(snapshot, apps=apps) if changes else snapshot


def _with_template(app: AppSnapshot, change: Change, found: Sequence[ApplicationTemplate]) -> AppSnapshot:
    if not isinstance(app.templates, Known):
        return app
    key, _, below = change.path.removeprefix("applicationTemplates[").partition("]")
    templates = {template.id: template for template in app.templates.value}
    if below and key in templates:
        templates[key] = msgspec.structs.replace(templates[key], display_name=change.after)
    elif not below and change.kind is ChangeKind.REMOVED:
        templates.pop(key, None)
    elif not below and any(template.id == key for template in found):
        templates[key] = msgspec.convert(change.after, ApplicationTemplate)
    return msgspec.structs.replace(app, templates=Known(tuple(templates[key] for key in sorted(templates))))
