"""Ways to take evidence out of a snapshot, found by walking the model: no property is forgotten."""

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from auditor.model.evidence import Known, Outcome, Unknown

Site = tuple[str | int, ...]

LOST = Unknown("emulated", Outcome.FAILED, "the answer was lost", "Some.Read.All")


def sites(value: Any, place: Site = ()) -> Iterator[Site]:
    """Every place where something known can be made unknown: a source, or a property of an answer."""
    if isinstance(value, Known):
        yield place
        yield from sites(value.value, (*place, "value"))
    elif isinstance(value, Struct):
        for field in msgspec.structs.fields(value):
            held = getattr(value, field.name)
            if held is UNSET:
                continue
            here = (*place, field.name)
            if UnsetType in get_args(field.type):
                yield here
            yield from sites(held, here)
    elif isinstance(value, tuple):
        for number, member in enumerate(value):
            yield from sites(member, (*place, number))


def without(value: Any, site: Site) -> Any:
    """``value`` with what stands at ``site`` unknown."""
    if not site:
        return LOST if isinstance(value, Known) else UNSET
    name, rest = site[0], site[1:]
    if isinstance(value, tuple):
        assert isinstance(name, int)
        return (*value[:name], without(value[name], rest), *value[name + 1 :])
    assert isinstance(name, str)
    return msgspec.structs.replace(value, **{name: without(getattr(value, name), rest)})


def nulled(value: Any, site: Site) -> Any:
    """``value`` with null at ``site``, as an answer may have it. Raises msgspec.ValidationError where it cannot."""
    if not site:
        raise msgspec.ValidationError("nothing stands there by itself")
    name, rest = site[0], site[1:]
    if isinstance(value, tuple):
        assert isinstance(name, int)
        return (*value[:name], nulled(value[name], rest), *value[name + 1 :])
    assert isinstance(name, str)
    if rest:
        return msgspec.structs.replace(value, **{name: nulled(getattr(value, name), rest)})
    field = next(one for one in msgspec.structs.fields(value) if one.name == name)
    if type(None) not in get_args(field.type):
        raise msgspec.ValidationError(f"{name} is never null")
    return msgspec.structs.replace(value, **{name: None})


def shuffled(value: Any, shuffle: Any) -> Any:
    """``value`` with the members of every list in another order."""
    if isinstance(value, Struct):
        changed = {name: shuffled(getattr(value, name), shuffle) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, tuple):
        members = [shuffled(member, shuffle) for member in value]
        shuffle(members)
        return tuple(members)
    return value
