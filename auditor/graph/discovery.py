"""Finding the instances of an app: by gallery template, by fixed identifier, and failing both by exact name.

What the service's filter gives is checked again here: an answer that ignored the filter must not make a stranger an
instance.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from auditor.graph import reads
from auditor.graph.reader import Reader
from auditor.graph.urls import is_id
from auditor.graph.wire import Found
from auditor.model.evidence import Known, Unknown
from auditor.model.graph_objects import ApplicationTemplate
from auditor.model.rule import AppIdentity


class Discovered(Struct, frozen=True):
    """The instances of one app. ``gap`` is the query that failed where there may be more than ``instances``."""

    templates: Known[tuple[ApplicationTemplate, ...]] | Unknown
    instances: tuple[tuple[Found, tuple[str, ...]], ...]
    """Service principal, and every way by which it was found; sorted by id."""
    gap: Unknown | None


class FirstAnswers(Struct, frozen=True):
    """What the first round of discovery gave for one app."""

    templates: Known[tuple[ApplicationTemplate, ...]] | Unknown
    by_identifier: Known[tuple[Found, ...]] | Unknown
    by_name: Known[tuple[Found, ...]] | Unknown


Reading = Known[Any] | Unknown


def first_answers(app: AppIdentity, templates: Reading, by_identifier: Reading, by_name: Reading) -> FirstAnswers:
    """The first round's readings, with everything dropped that does not bear what was asked for."""
    return FirstAnswers(
        templates=_members(templates, lambda found: _same(found.display_name, app.template_name)),
        by_identifier=_members(by_identifier, lambda found: _carries(found.service_principal_names, app.identifier)),
        by_name=_members(by_name, lambda found: found.display_name == app.display_name),
    )


async def by_template(client: Reader, firsts: Sequence[FirstAnswers]) -> list[Known[tuple[Found, ...]] | Unknown]:
    """For each app, the service principals made from one of its templates; unknown where the templates are."""
    wanted = [
        (number, template.id)
        for number, first in enumerate(firsts)
        if isinstance(first.templates, Known)
        for template in first.templates.value
        if is_id(template.id)
    ]
    readings = await client.read([reads.by_template(template_id) for _, template_id in wanted])
    found: list[Known[tuple[Found, ...]] | Unknown] = [_before_templates(client, first) for first in firsts]
    for (number, template_id), reading in zip(wanted, readings, strict=True):
        members = _members(reading, partial(_from_template, template_id))
        before = found[number]
        if isinstance(before, Known):
            found[number] = Known(before.value + members.value) if isinstance(members, Known) else members
    return found


def _before_templates(client: Reader, first: FirstAnswers) -> Known[tuple[Found, ...]] | Unknown:
    """Nothing yet, or the gap: a template that cannot be asked about may have instances that nobody sees."""
    if isinstance(first.templates, Unknown):
        return first.templates
    if all(is_id(template.id) for template in first.templates.value):
        return Known(())
    return client.not_asked("servicePrincipals", "the gallery gave a template whose id is not an object's id")


def found_early(firsts: Iterable[FirstAnswers]) -> list[tuple[Found, tuple[str, ...]]]:
    """What can be read before the templates' instances are known: those found by identifier, sorted by id."""
    early = {key: found for first in firsts for key, found in _by_id(first.by_identifier).items()}
    return [(early[key], ("identifier",)) for key in sorted(early)]


def discovered(first: FirstAnswers, templated: Known[tuple[Found, ...]] | Unknown) -> Discovered:
    """The instances that the answers give together: names count only where nothing else found one."""
    ways: dict[str, Mapping[str, Found]] = {
        "template": _by_id(templated),
        "identifier": _by_id(first.by_identifier),
        "name": _by_id(first.by_name),
    }
    certain = {**ways["template"], **ways["identifier"]}
    gap = next((reading for reading in (templated, first.by_identifier) if isinstance(reading, Unknown)), None)
    if not certain:
        if gap is None:
            certain = dict(ways["name"])
        if isinstance(first.by_name, Unknown):
            gap = gap or first.by_name
    instances = tuple(
        (certain[object_id], tuple(way for way, members in ways.items() if object_id in members))
        for object_id in sorted(certain)
    )
    return Discovered(first.templates, instances, gap)


def _by_id(reading: Known[tuple[Found, ...]] | Unknown) -> dict[str, Found]:
    return {found.id: found for found in reading.value} if isinstance(reading, Known) else {}


def _members(reading: Reading, fits: Callable[[Any], bool]) -> Reading:
    if isinstance(reading, Unknown):
        return reading
    return Known(tuple(member for member in reading.value.members if fits(member)))


def _same(given: object, wanted: str) -> bool:
    """Equal as the directory compares, or not in the answer at all: then the filter is taken at its word."""
    return not isinstance(given, str) or given.casefold() == wanted.casefold()


def _from_template(template_id: str, found: Found) -> bool:
    return _same(found.application_template_id, template_id)


def _carries(names: object, identifier: str | None) -> bool:
    return not isinstance(names, tuple) or (identifier or "").casefold() in {name.casefold() for name in names}
