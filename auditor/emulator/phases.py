"""Phases of a tenant file: named lists of changes that ``Emulator.advance`` makes, each by somebody at some time.

Each operation has ``at`` (a time), ``by`` (a user, a service principal, or ``service:NAME``) and one of::

    patch: REF              set: {PROPERTY: VALUE, …}       # application, service principal, user, group, policy
    delete: REF
    add_certificate: REF    certificate: {…as in the file…}   activate: true
    remove_certificate: REF name: NAME
    add_secret: REF         name: NAME   end: TIME
    remove_secret: REF      name: NAME
    add_assignment: REF     principal: NAME   role: NAME
    remove_assignment: REF  principal: NAME   role: NAME
    add_owner: REF          principal: NAME                 # likewise remove_owner
    add_grant: REF          resource: NAME   scope: TEXT    # delegated permissions
    remove_grant: REF       resource: NAME
    add_permission: REF     resource: NAME   role: NAME     # likewise remove_permission
    assign_policy: REF      to: NAME                        # likewise unassign_policy
    create_policy: {ref: …, displayName: …, …}              # Conditional Access
    set_job: REF            id: JOB          set: {…}
    add_member: GROUP       principal: NAME                 # likewise remove_member

They go through ``operations.Change``, as requests do, so that every one leaves its audit entries.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from auditor.emulator import certificates
from auditor.emulator.directory import Collection, Tenant
from auditor.emulator.errors import EmulatorError, GraphError
from auditor.emulator.loading.parts import access_policy, certificate_spec, role_of
from auditor.emulator.loading.references import Resolver, slug
from auditor.emulator.loading.yaml_source import Block
from auditor.emulator.operations import Change


class PhaseError(EmulatorError):
    """A phase that does not exist or was applied before."""


class Operation(NamedTuple):
    """One operation as the file has it, and where it stands there."""

    verb: str
    value: dict[str, Any]
    source: str
    where: str


class Phase(NamedTuple):
    """A named list of operations."""

    name: str
    operations: tuple[Operation, ...]


def read_phases(blocks: list[Block], tenant: Tenant) -> dict[str, Phase]:
    """The phases of a tenant file, with verbs and required keys checked."""
    phases: dict[str, Phase] = {}
    for block in blocks:
        name = block.needed("name")
        if name in phases:
            raise block.wrong(f"two phases are called {name!r}", "name")
        operations = []
        for one in block.blocks("operations"):
            verbs = [key for key in one.value if key in _VERBS]
            if len(verbs) != 1:
                for key in one.value:
                    if key not in _KEYS and key not in _VERBS:
                        one.unknown(key, (*_VERBS, *_KEYS))
                raise one.wrong(f"exactly one of {', '.join(_VERBS)} was expected")
            for key in ("at", "by"):
                if not isinstance(one.value.get(key), str):
                    raise one.wrong("this key is required", key)
            operations.append(Operation(verbs[0], one.value, one.source, one.where))
        block.end()
        phases[name] = Phase(name, tuple(operations))
    return phases


def apply_phase(tenant: Tenant, name: str) -> None:
    """Make the changes of a phase. Raises ``PhaseError`` where there is none of that name, or it was made already."""
    phase = tenant.phases.get(name)
    if phase is None:
        known = ", ".join(tenant.phases) or "none"
        raise PhaseError(f"tenant {tenant.name} has no phase {name!r}; there are: {known}")
    if name in tenant.applied:
        raise PhaseError(f"phase {name!r} of tenant {tenant.name} was applied before")
    tenant.applied.append(name)
    resolver = Resolver(tenant)
    for operation in phase.operations:
        block = Block(resolver.replaced(operation.value), operation.source, operation.where)
        change = Change(tenant, resolver.actor(block.needed("by"), block), block.needed("at"))
        try:
            _VERBS[operation.verb](_Step(tenant, resolver, change, block, operation.verb))
        except GraphError as error:
            raise block.wrong(error.message) from error
        block.end()


class _Step:
    """One operation being made."""

    def __init__(self, tenant: Tenant, resolver: Resolver, change: Change, block: Block, verb: str) -> None:
        self.tenant = tenant
        self.resolver = resolver
        self.change = change
        self.block = block
        self.verb = verb

    def target(self) -> str:
        return self.resolver.id_of(self.block.needed(self.verb), self.block, self.verb)

    def named(self, key: str) -> str:
        return self.resolver.id_of(self.block.needed(key), self.block, key)

    def collection(self, object_id: str) -> Collection:
        found = self.resolver.collection_of(object_id)
        if found is None:
            raise self.block.wrong("the object is not there any more", self.verb)
        return found

    def settings(self) -> dict[str, Any]:
        found = self.block.block("set")
        if found is None:
            raise self.block.wrong("this key is required", "set")
        return found.value

    def principal_object(self, object_id: str) -> dict[str, Any]:
        found = self.tenant.service_principals.get(object_id)
        if found is None:
            raise self.block.wrong("a service principal was expected", self.verb)
        return found


def _patch(step: _Step) -> None:
    object_id = step.target()
    step.change.patch(step.collection(object_id), object_id, step.settings())


def _delete(step: _Step) -> None:
    object_id = step.target()
    step.change.delete(step.collection(object_id), object_id)


def _add_certificate(step: _Step) -> None:
    object_id = step.target()
    given = step.block.block("certificate")
    if given is None:
        raise step.block.wrong("this key is required", "certificate")
    spec: certificates.Spec = certificate_spec(given)
    made = step.change.add_token_signing_certificate(
        object_id, subject=spec.subject, not_after=spec.not_after, spec=spec
    )
    step.tenant.references[f"certificate {object_id} {spec.name}"] = made["customKeyIdentifier"] or ""
    if step.block.flag("activate"):
        body = {"preferredTokenSigningKeyThumbprint": made["thumbprint"]}
        step.change.patch(step.tenant.service_principals, object_id, body)


def _remove_certificate(step: _Step) -> None:
    object_id = step.target()
    name = step.block.needed("name")
    identifier = step.tenant.references.get(f"certificate {object_id} {name}")
    if identifier is None:
        raise step.block.wrong(f"no certificate has the name {name!r}", "name")
    step.change.remove_certificate(object_id, identifier)


def _add_secret(step: _Step) -> None:
    object_id = step.target()
    body = {"displayName": step.block.needed("name"), "endDateTime": step.block.needed("end")}
    step.change.add_password(step.collection(object_id), object_id, body, "emulator-only")


def _remove_secret(step: _Step) -> None:
    object_id = step.target()
    name = step.block.needed("name")
    collection = step.collection(object_id)
    listed = (collection.get(object_id) or {}).get("passwordCredentials", ())
    found = next((one for one in listed if one.get("displayName") == name), None)
    if found is None:
        raise step.block.wrong(f"no secret has the name {name!r}", "name")
    step.change.remove_password(collection, object_id, found["keyId"])


def _add_assignment(step: _Step) -> None:
    resource = step.principal_object(step.target())
    role = role_of(resource, step.block.text("role"), step.block)
    step.change.add_assignment(step.named("principal"), resource["id"], role)


def _remove_assignment(step: _Step) -> None:
    resource_id, principal_id = step.target(), step.named("principal")
    step.block.text("role")
    for one in list(step.tenant.assignments.by("resourceId", resource_id)):
        if one["principalId"] == principal_id:
            step.change.remove_assignment(one["id"])
            return
    raise step.block.wrong("there is no such assignment", "principal")


def _owner(step: _Step) -> None:
    act = step.change.add_owner if step.verb == "add_owner" else step.change.remove_owner
    act(step.target(), step.named("principal"))


def _add_grant(step: _Step) -> None:
    step.change.add_grant(step.target(), step.named("resource"), step.block.needed("scope"))


def _remove_grant(step: _Step) -> None:
    client_id, resource_id = step.target(), step.named("resource")
    for one in list(step.tenant.grants.by("clientId", client_id)):
        if one["resourceId"] == resource_id:
            step.change.remove_grant(one["id"])
            return
    raise step.block.wrong("there is no such grant", "resource")


def _permission(step: _Step) -> None:
    client_id = step.target()
    resource = step.principal_object(step.named("resource"))
    role = role_of(resource, step.block.needed("role"), step.block)
    if step.verb == "add_permission":
        step.change.add_assignment(client_id, resource["id"], role)
        return
    for one in list(step.tenant.assignments.by("principalId", client_id)):
        if one["resourceId"] == resource["id"] and one["appRoleId"] == role:
            step.change.remove_assignment(one["id"])
            return
    raise step.block.wrong("there is no such permission", "role")


def _assign_policy(step: _Step) -> None:
    step.change.assign_policy(step.target(), step.named("to"), assigned=step.verb == "assign_policy")


def _create_policy(step: _Step) -> None:
    given = step.block.block("create_policy")
    if given is None:
        raise step.block.wrong("this key is required", "create_policy")
    ref = given.text("ref") or slug(str(given.value.get("displayName")))
    value = {"id": step.tenant.new_id("conditionalAccessPolicy", ref), **given.value}
    made = step.change.create_policy(step.tenant.conditional_access, access_policy(value))
    step.resolver.name(ref, made["id"], given)


def _set_job(step: _Step) -> None:
    object_id = step.target()
    jobs = step.tenant.jobs.get(object_id, [])
    job_id = step.block.text("id") or (jobs[0]["id"] if jobs else "")
    step.change.set_job(object_id, job_id, step.settings())


def _member(step: _Step) -> None:
    step.change.set_member(step.target(), step.named("principal"), member=step.verb == "add_member")


_VERBS: dict[str, Callable[[_Step], None]] = {
    "patch": _patch,
    "delete": _delete,
    "add_certificate": _add_certificate,
    "remove_certificate": _remove_certificate,
    "add_secret": _add_secret,
    "remove_secret": _remove_secret,
    "add_assignment": _add_assignment,
    "remove_assignment": _remove_assignment,
    "add_owner": _owner,
    "remove_owner": _owner,
    "add_grant": _add_grant,
    "remove_grant": _remove_grant,
    "add_permission": _permission,
    "remove_permission": _permission,
    "assign_policy": _assign_policy,
    "unassign_policy": _assign_policy,
    "create_policy": _create_policy,
    "set_job": _set_job,
    "add_member": _member,
    "remove_member": _member,
}
_KEYS = frozenset(
    {"at", "by", "set", "certificate", "activate", "name", "end", "principal", "role", "resource", "scope", "to", "id"}
)
