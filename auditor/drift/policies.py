"""Policies: those assigned to an instance, the organisation's defaults, and Conditional Access that names the app.

A tenant holds policies that have nothing to do with the app; a change in one of those is nobody's drift here. Which
ones concern it is judged over both snapshots, so that a policy which stops naming the app is a change and not a
disappearance.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from auditor.drift.parts import in_order, patched_members
from auditor.drift.values import Shape, differences
from auditor.drift.view import Difference, Gap, Uncompared, View, gap_of, instances_of, plain, uncompared
from auditor.model.drift import Change, ChangeKind
from auditor.model.evidence import Known, Unknown
from auditor.model.graph_objects import (
    ConditionalAccessApplications,
    ConditionalAccessConditionSet,
    ConditionalAccessPolicy,
    DirectoryObject,
    StsPolicy,
)
from auditor.model.snapshot import PolicyRecord

Told = Iterator[Difference | Uncompared]

_ASSIGNED = Shape(("displayName", "definition", "appliesTo"))
_DEFAULT = Shape(("displayName", "definition"))
_ACCESS = Shape(("displayName", "state", "conditions", "sessionControls"))


def keyed(path: str, source: str, old: Mapping[str, Any], new: Mapping[str, Any], shape: Shape) -> Told:
    """Differences of two keyed readings in which a member can itself be a :class:`Gap`."""
    for key in sorted(old.keys() | new.keys()):
        here = f"{path}[{key}]"
        one, other = old.get(key), new.get(key)
        if isinstance(one, Gap) or isinstance(other, Gap):
            yield from uncompared(path, one, other)
        elif other is None:
            yield Difference(here, ChangeKind.REMOVED, one, None)
        elif one is None:
            yield Difference(here, ChangeKind.ADDED, None, other)
        elif one != other:
            yield from differences(here, one, other, shape, source)


class AssignedPolicies(Struct, frozen=True):
    """Policies that apply to the instance's service principal or application."""

    path: str
    attribute: str
    section: str | None = None

    def diff(self, before: View, after: View) -> Told:
        """Policies that were assigned, unassigned, or changed while assigned."""
        if before.snapshot is after.snapshot:
            return
        own = _own_ids(before) | _own_ids(after)
        old, new = self._read(before, own), self._read(after, own)
        if isinstance(old, Gap) or isinstance(new, Gap):
            return  # told once, for the tenant
        yield from keyed(self.path, self.path, old, new, _ASSIGNED)

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Assigns, unassigns and alters policies; what else they apply to stays."""
        own = _own_ids(view).union(*(_applies_to(change.before) | _applies_to(change.after) for change in changes))
        # A policy on its way from one of our objects to the other is, between two changes, assigned to neither.
        members = self._read(view, own, others=True)
        evidence = getattr(view.snapshot, self.attribute)
        if isinstance(members, Gap) or isinstance(evidence, Unknown):
            raise ValueError(f"nothing can be changed in {self.path}: it was not read")
        records = {record.policy.id: record for record in evidence.value}
        changed = patched_members(self.path, members, changes, dict)
        for key in members.keys() | changed.keys():
            if members.get(key) != changed.get(key):
                records[key] = _reassigned(records.get(key), changed.get(key), own)
        return _with_policies(view, self.attribute, records)

    def _read(self, view: View, own: frozenset[str], *, others: bool = False) -> dict[str, Any] | Gap:
        evidence = getattr(view.snapshot, self.attribute)
        if isinstance(evidence, Unknown):
            return gap_of(evidence)
        members: dict[str, Any] = {}
        for record in evidence.value:
            if isinstance(record.applies_to, Unknown):
                members[record.policy.id] = gap_of(record.applies_to)
                continue
            targets = sorted({target.id for target in record.applies_to.value} & own)
            if targets or others:
                members[record.policy.id] = {**plain(record.policy), "appliesTo": targets}
        return members


class DefaultPolicies(Struct, frozen=True):
    """Policies that the organisation has made its default: they hold where none is assigned."""

    path: str
    attribute: str
    section: str | None = None

    def diff(self, before: View, after: View) -> Told:
        """Defaults that came, went or changed."""
        old, new = self._read(before), self._read(after)
        if isinstance(old, Gap) or isinstance(new, Gap):
            yield from uncompared(self.path, old, new)
        else:
            yield from keyed(self.path, self.path, old, new, _DEFAULT)

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Makes policies the default or ends that, and alters them."""
        members = self._read(view)
        evidence = getattr(view.snapshot, self.attribute)
        if isinstance(members, Gap) or isinstance(evidence, Unknown):
            raise ValueError(f"nothing can be changed in {self.path}: it was not read")
        records = {record.policy.id: record for record in evidence.value}
        changed = patched_members(self.path, members, changes, dict)
        for key in members.keys() | changed.keys():
            old = records.get(key)
            if key in changed:
                policy = msgspec.convert(changed[key], StsPolicy)
                records[key] = PolicyRecord(policy, old.applies_to if old else Known(()))
            elif old is not None:
                policy = msgspec.structs.replace(old.policy, is_organization_default=False)
                records[key] = msgspec.structs.replace(old, policy=policy)
        return _with_policies(view, self.attribute, records)

    def _read(self, view: View) -> dict[str, Any] | Gap:
        evidence = getattr(view.snapshot, self.attribute)
        if isinstance(evidence, Unknown):
            return gap_of(evidence)
        members: dict[str, Any] = {}
        for record in evidence.value:
            if record.policy.is_organization_default is UNSET:
                members[record.policy.id] = Gap(self.path, "the answer did not carry isOrganizationDefault")
            elif record.policy.is_organization_default:
                members[record.policy.id] = plain(record.policy)
        return members


class ConditionalAccess(Struct, frozen=True):
    """Conditional Access policies that include or exclude the app, in either snapshot."""

    path: str = "conditionalAccessPolicies"
    section: str | None = None

    def diff(self, before: View, after: View) -> Told:
        """Policies that came, went or changed."""
        old, new = self._read(before), self._read(after)
        if isinstance(old, Gap) or isinstance(new, Gap):
            yield from uncompared(self.path, old, new)
            return
        apps = _app_ids(before) | _app_ids(after)
        concerned = {key for policies in (old, new) for key, policy in policies.items() if _concerns(policy, apps)}
        yield from keyed(
            self.path,
            self.path,
            {key: plain(policy) for key, policy in old.items() if key in concerned},
            {key: plain(policy) for key, policy in new.items() if key in concerned},
            _ACCESS,
        )

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Adds, removes and alters policies."""
        policies = self._read(view)
        if isinstance(policies, Gap):
            raise ValueError(f"nothing can be changed in {self.path}: it was not read")
        changed = patched_members(self.path, policies, changes, plain)
        members = [
            msgspec.convert(policy, ConditionalAccessPolicy) if isinstance(policy, dict) else policy
            for policy in changed.values()
        ]
        return view.replace("conditional_access_policies", Known(in_order(members)))

    @staticmethod
    def _read(view: View) -> dict[str, ConditionalAccessPolicy] | Gap:
        evidence = view.snapshot.conditional_access_policies
        if isinstance(evidence, Unknown):
            return gap_of(evidence)
        return {policy.id: policy for policy in evidence.value}


def _concerns(policy: ConditionalAccessPolicy, apps: frozenset[str]) -> bool:
    """Whether a policy names the app, everything, or something (a filter, what was not told) that may be the app."""
    conditions = policy.conditions
    if not isinstance(conditions, ConditionalAccessConditionSet):
        return conditions is UNSET
    applications = conditions.applications
    if not isinstance(applications, ConditionalAccessApplications):
        return applications is UNSET
    if applications.application_filter or applications.include_applications is UNSET:
        return True
    named = {*(applications.include_applications or ()), *(applications.exclude_applications or ())}
    return "All" in named or bool(apps & {name.lower() for name in named})


def _app_ids(view: View) -> frozenset[str]:
    return frozenset(instance.app_id.lower() for instance in instances_of(view.snapshot).values() if instance.app_id)


def _own_ids(view: View) -> frozenset[str]:
    if view.instance is None:
        return frozenset()
    application = view.instance.application
    known = {application.value.id} if isinstance(application, Known) else set()
    return frozenset({view.instance.id} | known)


def _applies_to(member: Any) -> frozenset[str]:
    return frozenset(member.get("appliesTo", ())) if isinstance(member, dict) else frozenset()


def _reassigned(record: PolicyRecord | None, member: dict[str, Any] | None, own: frozenset[str]) -> PolicyRecord:
    """``record`` with its assignment to ``own`` objects, and its content, as ``member`` has them."""
    old: dict[str, DirectoryObject] = {}
    if record is not None and isinstance(record.applies_to, Known):
        old = {target.id: target for target in record.applies_to.value}
    targets = {key: target for key, target in old.items() if key not in own}
    for key in (member or {}).get("appliesTo", ()):
        targets[key] = old.get(key, DirectoryObject(id=key))
    if member is not None:
        policy = msgspec.convert(member, StsPolicy)
    elif record is not None:
        policy = record.policy
    else:
        raise ValueError("a policy that was never there cannot be unassigned")
    return PolicyRecord(policy, Known(tuple(targets[key] for key in sorted(targets))))


def _with_policies(view: View, attribute: str, records: dict[str, PolicyRecord]) -> View:
    ordered = tuple(records[key] for key in sorted(records))
    return view.on(msgspec.structs.replace(view.snapshot, **{attribute: Known(ordered)}))
