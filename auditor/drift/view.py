"""What the parts of a comparison look at: a snapshot, and in it one instance of the app, or the tenant at large.

Properties are reached by pointers of attribute names whose first step is a piece of evidence. Following one gives a
value or a :class:`Gap`, never a default: a gap says that nothing may be told of drift there.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from auditor.model.drift import ChangeKind
from auditor.model.evidence import Known, Unknown
from auditor.model.snapshot import AppSnapshot, Instance, PrincipalRecord, Snapshot

Pointer = tuple[str, ...]


class Gap(Struct, frozen=True):
    """A piece of evidence that was not read, with the catalogue's source of it and why."""

    source: str
    cause: str


class Difference(Struct, frozen=True):
    """A difference as a part finds it, before anybody asks what it did to the rules.

    A ``conditional`` one is of a kind that moves by itself (a group's size): it is told only where it turned a rule.
    """

    path: str
    kind: ChangeKind
    before: Any
    after: Any
    conditional: bool = False


class Uncompared(Struct, frozen=True):
    """Something that one of the two sides did not read."""

    path: str
    before: Gap | None
    after: Gap | None


class View:
    """One snapshot as seen from one instance, or from the tenant where ``instance`` is None."""

    def __init__(self, snapshot: Snapshot, instance: Instance | None = None) -> None:
        self.snapshot = snapshot
        self.instance = instance

    @property
    def root(self) -> Instance | Snapshot:
        """The structure that pointers start from."""
        return self.snapshot if self.instance is None else self.instance

    @cached_property
    def records(self) -> dict[str, PrincipalRecord]:
        """The snapshot's principals by id."""
        return {record.id: record for record in self.snapshot.principals}

    def get(self, pointer: Pointer) -> Any:
        """The value at ``pointer``, None below a null, or a :class:`Gap`."""
        evidence = getattr(self.root, pointer[0])
        if isinstance(evidence, Unknown):
            return gap_of(evidence)
        value = evidence.value
        for step in pointer[1:]:
            if value is None:
                return None
            value = getattr(value, step)
            if value is UNSET:
                return Gap(graph_name(pointer[0]), f"the answer did not carry {graph_name(step)}")
        return value

    def put(self, pointer: Pointer, value: Any) -> "View":
        """This view with ``value`` at ``pointer``; a null on the way becomes a structure of nulls otherwise."""
        evidence = getattr(self.root, pointer[0])
        if isinstance(evidence, Unknown):
            raise ValueError(f"nothing can be set below {pointer[0]}: it was not read")
        return self.replace(pointer[0], Known(_put(evidence.value, pointer[1:], value)))

    def replace(self, attribute: str, value: Any) -> "View":
        """This view with an attribute of its root replaced."""
        root = msgspec.structs.replace(self.root, **{attribute: value})
        if isinstance(root, Snapshot):
            return View(root)
        return View(with_instance(self.snapshot, root), root)

    def on(self, snapshot: Snapshot) -> "View":
        """The same place in another snapshot, which must have it."""
        if self.instance is None:
            return View(snapshot)
        return View(snapshot, instances_of(snapshot)[self.instance.id])


def gap_of(evidence: Unknown) -> Gap:
    """The gap that unknown evidence leaves."""
    return Gap(evidence.source, evidence.cause)


def uncompared(path: str, before: Any, after: Any) -> Iterator[Uncompared]:
    """One entry where either of two readings is a gap, else none."""
    if isinstance(before, Gap) or isinstance(after, Gap):
        yield Uncompared(path, before if isinstance(before, Gap) else None, after if isinstance(after, Gap) else None)


def graph_name(attribute: str) -> str:
    """Graph's spelling of an attribute: ``login_url`` is ``loginUrl``."""
    head, *rest = attribute.split("_")
    return head + "".join(word.capitalize() for word in rest)


def plain(value: Any) -> Any:
    """The JSON form of a model value: ``UNSET`` members are left out, lists of texts are sorted, each text once.

    Members of objects stand in the order of their names, as in canonical JSON: a recorded change comes back the same.
    """
    return _settled(msgspec.json.decode(msgspec.json.encode(value)))


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _settled(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return sorted(set(value)) if all(isinstance(text, str) for text in value) else [_settled(v) for v in value]
    return value


def instances_of(snapshot: Snapshot) -> dict[str, Instance]:
    """Every instance that was read, by the id of its service principal; one that two packs name comes once."""
    return {instance.id: instance for app in snapshot.apps for instance in app.present}


def with_instance(snapshot: Snapshot, instance: Instance) -> Snapshot:
    """``snapshot`` with the instance of this id replaced, under every pack that has it."""
    return with_instances(snapshot, lambda app: [instance if old.id == instance.id else old for old in app.present])


def with_instances(snapshot: Snapshot, change: Callable[[AppSnapshot], Iterable[Instance]]) -> Snapshot:
    """``snapshot`` with the instances that ``change`` gives for each pack's app."""
    return msgspec.structs.replace(snapshot, apps=tuple(_with(app, change(app)) for app in snapshot.apps))


def _with(app: AppSnapshot, instances: Iterable[Instance]) -> AppSnapshot:
    members = tuple(sorted(instances, key=lambda instance: instance.id))
    if isinstance(app.instances, Known):
        return msgspec.structs.replace(app, instances=Known(members))
    return msgspec.structs.replace(app, seen=members)


def _put(target: Any, steps: Pointer, value: Any) -> Any:
    if not steps:
        return value
    return msgspec.structs.replace(target, **{steps[0]: _put_below(target, steps, value)})


def _put_below(target: Any, steps: Pointer, value: Any) -> Any:
    inner = getattr(target, steps[0])
    if len(steps) > 1 and not isinstance(inner, Struct):
        kind = _struct_kind(type(target), steps[0])
        inner = kind(**dict.fromkeys(kind.__struct_fields__))
    return _put(inner, steps[1:], value)


def _struct_kind(owner: type[Struct], attribute: str) -> type[Struct]:
    field = next(field for field in msgspec.structs.fields(owner) if field.name == attribute)
    return next(
        alternative
        for alternative in getattr(field.type, "__args__", (field.type,))
        if isinstance(alternative, type) and issubclass(alternative, Struct)
    )
