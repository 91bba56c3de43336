"""The state of whoever the app's assignments, owners and notification addresses name.

Told only of principals that both snapshots name: that somebody new is assigned says their assignment. A principal that
the directory no longer has is ``removed``. What a token may not see of a user comes as null and is unknown, never a
change; one entry for each such property tells it for all principals.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from auditor.drift.parts import split_path
from auditor.drift.values import Shape, differences, patched
from auditor.drift.view import Difference, Gap, Uncompared, View, gap_of, instances_of, plain, uncompared
from auditor.model.drift import Change, ChangeKind
from auditor.model.evidence import Known, Unknown
from auditor.model.snapshot import AddressRecord, Instance, Principal, PrincipalRecord, Snapshot

Told = Iterator[Difference | Uncompared]

_PROPERTIES = {
    "user": ("displayName", "userPrincipalName", "mail", "userType", "accountEnabled"),
    "group": ("displayName", "groupTypes", "membershipRule"),
    "servicePrincipal": ("displayName", "accountEnabled"),
}
_HIDDEN = ("displayName", "userPrincipalName", "userType", "accountEnabled")
"""Never null for a user that the token may see in full."""
_COUNT = "memberCount"
_DELETED: dict[str, Any] = {}


class Principals(Struct, frozen=True):
    """``principals[ID]``."""

    path: str = "principals"
    section: str | None = None

    def diff(self, before: View, after: View) -> Told:
        """Principals deleted or restored, and their properties."""
        if before.instance is None or after.instance is None:
            return
        for key in sorted(named_by(before.instance) & named_by(after.instance)):
            old, new = _state(before, key), _state(after, key)
            here = f"{self.path}[{key}]"
            if old is None or new is None:
                continue
            if isinstance(old, Gap) or isinstance(new, Gap):
                yield from uncompared(self.path, old, new)
            elif old and not new:
                yield Difference(here, ChangeKind.REMOVED, old, None)
            elif new and not old:
                yield Difference(here, ChangeKind.ADDED, None, new)
            else:
                yield from self._properties(here, old, new)

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Deletes, restores and alters principals, wherever the snapshot holds them."""
        keys = dict.fromkeys(view.records)
        keys.update(dict.fromkeys(_address_users(view)))
        for change in changes:
            key, below = split_path(self.path, change.path, keys)
            state = _state(view, key)
            if not isinstance(state, dict):
                raise ValueError(f"{change.path} cannot be changed: it was not read")
            state = patched(state, below, change.kind, change.after) if below else (change.after or _DELETED)
            view = _with_state(view, key, state)
        return view

    def _properties(self, here: str, old: dict[str, Any], new: dict[str, Any]) -> Told:
        for name in _PROPERTIES.get(new.get("kind", ""), ()):
            one, other = _property(old, name), _property(new, name)
            if isinstance(one, Gap) or isinstance(other, Gap):
                yield from uncompared(f"{self.path}.{name}", one, other)
            else:
                yield from differences(here, old, new, Shape((name,)), "users")
        one, other = old.get(_COUNT), new.get(_COUNT)
        if isinstance(one, Gap) or isinstance(other, Gap):
            yield from uncompared(f"{self.path}.{_COUNT}", one, other)
        elif one != other and one is not None and other is not None:
            yield Difference(f"{here}.{_COUNT}", ChangeKind.CHANGED, one, other, conditional=True)


class NotificationUsers(Struct, frozen=True):
    """``servicePrincipal.notificationEmailAddresses[ADDRESS].users[ID]``: whose an address is."""

    path: str = "servicePrincipal.notificationEmailAddresses.users"
    section: str | None = "service_principal"

    def diff(self, before: View, after: View) -> Told:
        """Users that an address, told in both snapshots, came to name or no longer names."""
        old, new = _addresses(before), _addresses(after)
        for address in sorted(old.keys() & new.keys()):
            one, other = old[address].users, new[address].users
            if isinstance(one, Unknown) or isinstance(other, Unknown):
                yield Uncompared(
                    self.path,
                    gap_of(one) if isinstance(one, Unknown) else None,
                    gap_of(other) if isinstance(other, Unknown) else None,
                )
                continue
            here = f"servicePrincipal.notificationEmailAddresses[{address}].users"
            gone, come = ({user.id: user for user in users.value} for users in (one, other))
            for key in sorted(gone.keys() - come.keys()):
                yield Difference(f"{here}[{key}]", ChangeKind.REMOVED, plain(gone[key]), None)
            for key in sorted(come.keys() - gone.keys()):
                yield Difference(f"{here}[{key}]", ChangeKind.ADDED, None, plain(come[key]))

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Adds and removes users of an address."""
        records = _addresses(view)
        for change in changes:
            address, _, key = change.path.removesuffix("]").rpartition("].users[")
            address = address.removeprefix("servicePrincipal.notificationEmailAddresses[")
            record = records[address]
            if isinstance(record.users, Unknown):
                raise ValueError(f"{change.path} cannot be changed: it was not read")
            users = {user.id: user for user in record.users.value if user.id != key}
            if change.kind is ChangeKind.ADDED:
                users[key] = msgspec.convert(change.after, Principal)
            records[address] = AddressRecord(address, Known(tuple(users[key] for key in sorted(users))))
        return view.replace("notification_users", tuple(records[address] for address in sorted(records)))


def named_by(instance: Instance) -> set[str]:
    """Ids of the principals that an instance's assignments, owners and notification addresses name."""
    named = {
        assignment.principal_id
        for assignment in (instance.assignments.value if isinstance(instance.assignments, Known) else ())
        if isinstance(assignment.principal_id, str)
    }
    for owners in (instance.service_principal_owners, instance.application_owners):
        named |= {owner.id for owner in (owners.value if isinstance(owners, Known) else ())}
    for record in instance.notification_users:
        named |= {user.id for user in (record.users.value if isinstance(record.users, Known) else ())}
    return named


def settle_references(snapshot: Snapshot, known: set[str], supporting: Snapshot) -> Snapshot:
    """``snapshot`` with a record of exactly those principals that its instances name.

    Its own records hold for the ``known`` ones; who is named anew is as ``supporting`` has them.
    """
    instances = instances_of(snapshot).values()
    named: set[str] = set().union(*(named_by(instance) for instance in instances))
    records = {record.id: record for record in supporting.principals}
    records.update({record.id: record for record in snapshot.principals if record.id in known})
    kept = tuple(records[key] for key in sorted(records.keys() & named))
    return msgspec.structs.replace(snapshot, principals=kept)


def _state(view: View, key: str) -> dict[str, Any] | Gap | None:
    """A principal's JSON form with its number of members; empty where deleted, None where nothing tells of it."""
    record = view.records.get(key)
    if record is None:
        user = _address_users(view).get(key)
        return plain(user) if user is not None else None
    if isinstance(record.evidence, Unknown):
        return gap_of(record.evidence)
    if not record.evidence.value.exists:
        return _DELETED
    state: dict[str, Any] = plain(record.evidence.value)
    if record.member_count is not None:
        count = record.member_count
        state[_COUNT] = gap_of(count) if isinstance(count, Unknown) else count.value
    return state


def _property(state: dict[str, Any], name: str) -> Any:
    value = state.get(name, UNSET)
    if value is UNSET:
        return Gap("users", f"the answer did not carry {name}")
    if value is None and name in _HIDDEN and state.get("kind") == "user":
        return Gap("users", f"{name} came as null, as for a token that may not see it")
    return value


def _with_state(view: View, key: str, state: dict[str, Any]) -> View:
    record = view.records.get(key)
    if record is not None:
        records = {**view.records, key: _as_record(record, state)}
        ordered = tuple(records[other] for other in sorted(records))
        view = view.on(msgspec.structs.replace(view.snapshot, principals=ordered))
    if view.instance is None or key not in _address_users(view) or not state:
        return view
    principal = _as_principal(state)
    addresses = tuple(
        address
        if isinstance(address.users, Unknown)
        else AddressRecord(
            address.address,
            Known(tuple(principal if user.id == key else user for user in address.users.value)),
        )
        for address in view.instance.notification_users
    )
    return view.replace("notification_users", addresses)


def _as_record(record: PrincipalRecord, state: dict[str, Any]) -> PrincipalRecord:
    if not state:
        gone = Known(0) if record.member_count is not None else None
        return PrincipalRecord(record.id, record.kind, Known(Principal(record.id, record.kind, False)), gone)
    count = state.get(_COUNT)
    return PrincipalRecord(
        record.id,
        record.kind,
        Known(_as_principal(state)),
        Known(count) if isinstance(count, int) else record.member_count,
    )


def _as_principal(state: dict[str, Any]) -> Principal:
    return msgspec.convert({name: value for name, value in state.items() if name != _COUNT}, Principal)


def _addresses(view: View) -> dict[str, AddressRecord]:
    return {record.address: record for record in view.instance.notification_users} if view.instance else {}


def _address_users(view: View) -> dict[str, Principal]:
    return {
        user.id: user
        for record in _addresses(view).values()
        if isinstance(record.users, Known)
        for user in record.users.value
    }
