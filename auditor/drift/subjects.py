"""What a change is about: an instance of the app, or the tenant."""

from collections.abc import Iterable

from auditor.drift.view import instances_of
from auditor.model.evidence import Known
from auditor.model.finding import Subject
from auditor.model.snapshot import Instance, Snapshot

TENANT = "tenant"
INSTANCE = "application"


def tenant_subject(snapshot: Snapshot) -> Subject:
    """The tenant, with its name where the organization was read."""
    organization = snapshot.organization
    name = organization.value.display_name if isinstance(organization, Known) else None
    return Subject(TENANT, snapshot.tenant_id, name if isinstance(name, str) else None)


def instance_subject(instance: Instance) -> Subject:
    """An instance, by the object id of its service principal."""
    return Subject(INSTANCE, instance.id, instance.display_name)


def known_ids(instance: Instance) -> frozenset[str]:
    """Every id that an instance goes by: service principal, application object, application (client) id."""
    application = instance.application
    ids = {instance.id, instance.app_id}
    if isinstance(application, Known):
        ids.add(application.value.id)
    return frozenset(name for name in ids if name)


def ids_of_instances(snapshots: Iterable[Snapshot]) -> dict[str, frozenset[str]]:
    """Instance id → every id that it goes by in any of the snapshots."""
    ids: dict[str, frozenset[str]] = {}
    for snapshot in snapshots:
        for key, instance in instances_of(snapshot).items():
            ids[key] = ids.get(key, frozenset()) | known_ids(instance)
    return ids
