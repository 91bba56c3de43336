"""Reading what hangs on each instance of an app: its settings, application, assignments, owners, grants and jobs."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from auditor.graph import reads
from auditor.graph.asks import Ask
from auditor.graph.normalise import (
    default_reply_url,
    normal_application,
    normal_service_principal,
    sorted_structs,
    with_shared_texts,
)
from auditor.graph.reader import Reader
from auditor.graph.urls import is_id
from auditor.graph.wire import Found
from auditor.model.addresses import is_address
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.graph_objects import Application, DirectoryObject, ServicePrincipal
from auditor.model.snapshot import AddressRecord, Instance

_REPEATED = ("app_role_id", "resource_id", "resource_display_name", "principal_type")
"""What an app's assignments have in common: of 100,000, each text is kept once."""

_NOT_HERE = "the application object is not in this tenant"


class InstanceReadings(Struct, frozen=True):
    """One instance before its principals are known, and the audit events that name it."""

    instance: Instance
    events: Known[Any] | Unknown


async def read_instances(client: Reader, found: Sequence[tuple[Found, tuple[str, ...]]]) -> list[InstanceReadings]:
    """Everything that depends on the service principals' ids alone, in as few batches as they fill."""
    asks: list[Ask[Any]] = []
    for service_principal, _ in found:
        asks += _asks(service_principal)
    readings = await client.read(asks)
    width = len(readings) // len(found) if found else 0
    return [
        _instance(service_principal, ways, readings[number * width : (number + 1) * width])
        for number, (service_principal, ways) in enumerate(found)
    ]


def _asks(found: Found) -> list[Ask[Any]]:
    return [
        reads.service_principal(found.id),
        reads.service_principal_keys(found.id),
        reads.application(found.app_id if isinstance(found.app_id, str) else ""),
        reads.service_principal_owners(found.id),
        reads.assignments(found.id),
        reads.app_role_assignments(found.id),
        reads.oauth2_permission_grants(found.id),
        reads.synchronization_jobs(found.id),
        reads.directory_audits(found.id),
    ]


def _instance(found: Found, ways: tuple[str, ...], readings: Sequence[Known[Any] | Unknown]) -> InstanceReadings:
    service_principal, keys, applications, owners, assigned, granted, delegated, jobs, events = readings
    application = _own_application(applications, found.app_id if isinstance(found.app_id, str) else None)
    default: Known[str | None] | Unknown
    if isinstance(application, Known):
        default = default_reply_url(application.value)
        application = Known(normal_application(application.value))
    else:
        default = application
    if isinstance(service_principal, Known):
        material = keys.value.by_key_id() if isinstance(keys, Known) else {}
        service_principal = Known(normal_service_principal(service_principal.value, material))
    instance = Instance(
        id=found.id,
        app_id=found.app_id if isinstance(found.app_id, str) else None,
        display_name=found.display_name if isinstance(found.display_name, str) else None,
        found_by=ways,
        service_principal=service_principal,
        application=application,
        default_reply_url=default,
        service_principal_owners=directory_objects(owners),
        application_owners=Unknown("applicationOwners", Outcome.NOT_ASKED, "the application was not read"),
        assignments=_sorted_members(with_shared_texts(assigned, _REPEATED)),
        app_role_assignments=_sorted_members(granted),
        oauth2_permission_grants=_sorted_members(delegated),
        synchronization_jobs=_sorted_members(jobs),
    )
    return InstanceReadings(instance, _sorted_members(events))


async def with_application_owners(client: Reader, instances: Sequence[InstanceReadings]) -> list[InstanceReadings]:
    """The instances with what depends on their applications' ids: owners, and the application's own audit events."""
    asks: list[Ask[Any]] = []
    asked: list[int] = []
    for number, readings in enumerate(instances):
        application = readings.instance.application
        if isinstance(application, Known) and is_id(application.value.id):
            asks += [reads.application_owners(application.value.id), reads.directory_audits(application.value.id)]
            asked.append(number)
    answers = await client.read(asks)
    completed = list(instances)
    for place, number in enumerate(asked):
        owners, events = answers[2 * place : 2 * place + 2]
        before = instances[number]
        completed[number] = InstanceReadings(
            msgspec.structs.replace(before.instance, application_owners=directory_objects(owners)),
            join_events([before.events, _sorted_members(events)]),
        )
    for number, readings in enumerate(completed):
        if number not in asked and isinstance(readings.instance.application, Unknown):
            owners = client.not_asked(
                "applicationOwners", f"the application was not read: {readings.instance.application.cause}"
            )
            completed[number] = InstanceReadings(
                msgspec.structs.replace(readings.instance, application_owners=owners), readings.events
            )
    return completed


def addresses_of(instances: Iterable[Instance]) -> dict[str, tuple[str, ...]]:
    """Instance id → its well-formed notification addresses."""
    wanted: dict[str, tuple[str, ...]] = {}
    for instance in instances:
        if isinstance(instance.service_principal, Known):
            texts = _texts(instance.service_principal.value)
            wanted[instance.id] = tuple(text for text in texts if is_address(text))
    return wanted


def with_addresses(instance: Instance, addresses: Sequence[str], records: dict[str, AddressRecord]) -> Instance:
    """``instance`` with the records of its notification addresses."""
    return msgspec.structs.replace(
        instance, notification_users=tuple(records[address] for address in sorted(set(addresses)))
    )


def directory_objects(reading: Known[Any] | Unknown) -> Known[tuple[DirectoryObject, ...]] | Unknown:
    """Members of a polymorphic collection, sorted by id."""
    if isinstance(reading, Unknown):
        return reading
    members = [member.as_directory_object() for member in reading.value.members]
    return Known(tuple(sorted(members, key=lambda member: member.id)))


def join_events(readings: Sequence[Known[Any] | Unknown]) -> Known[Any] | Unknown:
    """Audit events of several reads, each once; unknown where one of the reads is."""
    events: dict[str, Any] = {}
    for reading in readings:
        if isinstance(reading, Unknown):
            return reading
        events.update({event.id: event for event in reading.value})
    return Known(tuple(events[event_id] for event_id in sorted(events)))


def _own_application(reading: Known[Any] | Unknown, app_id: str | None) -> Known[Application] | Unknown:
    if isinstance(reading, Unknown):
        return reading
    wanted = (app_id or "").casefold()
    own = [
        found
        for found in reading.value.members
        if not isinstance(found.app_id, str) or found.app_id.casefold() == wanted
    ]
    if not own:
        return Unknown("application", Outcome.NOT_FOUND, _NOT_HERE)
    return Known(own[0])


def _sorted_members(reading: Known[Any] | Unknown) -> Known[Any] | Unknown:
    return reading if isinstance(reading, Unknown) else Known(sorted_structs(reading.value.members))


def _texts(service_principal: ServicePrincipal) -> tuple[str, ...]:
    addresses = service_principal.notification_email_addresses
    return addresses if isinstance(addresses, tuple) else ()
