"""One tenant, from sign-in to snapshot: the only plan of requests there is.

Three rounds depend on one another, and a fourth only where owners of an application are nobody met before: discovery
with all that belongs to the tenant; what hangs on the service principals found; what hangs on their applications,
assignments and addresses. Whatever fails ends as unknown in the snapshot and with its cause in the coverage.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from auditor.graph import reads
from auditor.graph.asks import Ask, Collected
from auditor.graph.catalogue import CATALOGUE, needed_permissions
from auditor.graph.client import TenantClient
from auditor.graph.clouds import Cloud
from auditor.graph.credentials import CredentialSpec, new_credential
from auditor.graph.discovery import Discovered, FirstAnswers, by_template, discovered, first_answers, found_early
from auditor.graph.errors import GraphRoomError, SetupError
from auditor.graph.instances import (
    InstanceReadings,
    addresses_of,
    directory_objects,
    join_events,
    read_instances,
    with_addresses,
    with_application_owners,
)
from auditor.graph.pace import Pace
from auditor.graph.permissions import TokenClaims, can_write
from auditor.graph.principals import kind_of, read_addresses, read_principals
from auditor.graph.reader import Reader
from auditor.graph.retry import Budget
from auditor.graph.signin import authentication, first_token, unreachable
from auditor.graph.transport import AiohttpTransport, ReadOnlyTransport
from auditor.graph.urls import is_id
from auditor.graph.wire import Found
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.graph_objects import ConditionalAccessPolicy, Organization
from auditor.model.result import CoverageEntry, Permissions
from auditor.model.rule import AppIdentity
from auditor.model.snapshot import AppSnapshot, Instance, PolicyRecord, PrincipalRecord, Snapshot


def utc_now() -> datetime:
    """The present, in UTC: the network's clock."""
    return datetime.now(UTC)


class Target(Struct, frozen=True):
    """A tenant to read, and how to sign in."""

    tenant_id: str
    name: str
    cloud: Cloud
    client_id: str | None
    credential: CredentialSpec


class Collection(Struct, frozen=True):
    """What came of reading one tenant. ``cause`` is set, and ``snapshot`` None, where sign-in failed."""

    snapshot: Snapshot | None
    coverage: tuple[CoverageEntry, ...]
    bodies: Mapping[str, bytes]
    events: Known[Any] | Unknown
    permissions: Permissions | None
    gaps: bool
    """True where some source was not read."""
    cause: str | None = None
    setup_error: SetupError | None = None
    """The cause as an error, where it lies in the configuration or the surroundings rather than in the tenant."""


async def collect(
    target: Target,
    apps: Mapping[str, AppIdentity],
    session: aiohttp.ClientSession,
    *,
    environ: Mapping[str, str],
    budget_s: float,
    keep_bodies: bool = False,
    clock: Callable[[], datetime] = utc_now,
) -> Collection:
    """Read ``target`` for ``apps`` (pack id → identity). It never raises for the tenant's sake; cancellation passes."""
    budget = Budget(budget_s)
    try:
        credential = new_credential(
            target.credential,
            tenant_id=target.tenant_id,
            client_id=target.client_id,
            cloud=target.cloud,
            environ=environ,
            session=session,
        )
    except (ValueError, OSError) as error:
        return _failed(SetupError(f"Tenant {target.name}: the credential cannot be used: {str(error)[:200]}"))
    try:
        claims = await first_token(credential, target.cloud, target.tenant_id, target.name, budget.remaining)
        client = TenantClient(
            ReadOnlyTransport(AiohttpTransport(session), target.cloud.graph),
            authentication(credential, target.cloud),
            target.cloud.graph,
            budget,
            keep_bodies=keep_bodies,
            clock=clock,
            # A host that the configuration adds has limits of its own, which nobody told us; its 429 is heeded.
            pace=None if target.cloud.private else Pace(),
        )
        try:
            return await Plan(target, apps, client).run(_permissions(claims))
        finally:
            client.close()
    except GraphRoomError as error:
        return _failed(error)
    finally:
        await credential.close()


def _failed(error: GraphRoomError) -> Collection:
    cause = Unknown("directoryAudits", Outcome.NOT_ASKED, error.message)
    return Collection(
        snapshot=None,
        coverage=(),
        bodies={},
        events=cause,
        permissions=None,
        gaps=True,
        cause=str(error),
        setup_error=error if isinstance(error, SetupError) else None,
    )


def _permissions(claims: TokenClaims | None) -> Permissions:
    if claims is None:
        return Permissions(held=None, needed=needed_permissions())
    held = claims.permissions
    return Permissions(
        held=held,
        needed=needed_permissions(),
        write=tuple(name for name in held if can_write(name)),
        delegated=claims.delegated,
    )


class Plan:
    """The requests of one tenant, in their rounds; ``client`` answers them."""

    def __init__(self, target: Target, apps: Mapping[str, AppIdentity], client: Reader) -> None:
        self._target = target
        self._apps = apps
        self._client = client

    async def run(self, permissions: Permissions) -> Collection:
        """The collection of a tenant whose token carries ``permissions``."""
        discovery: list[Ask[Any]] = []
        for app in self._apps.values():
            discovery += [reads.templates(app.template_name), reads.by_name(app.display_name)]
            if app.identifier is not None:
                discovery.append(reads.by_identifier(app.identifier))
        tenant: list[Ask[Any]] = [
            reads.organization(),
            reads.conditional_access_policies(),
            reads.token_issuance_policies(),
            reads.claims_mapping_policies(),
        ]
        readings = await self._client.read([*discovery, *tenant])
        if not self._client.answered and (fault := self._client.connection_fault) is not None:
            detail = "CERTIFICATE_VERIFY_FAILED" if fault.tls else str(fault)
            raise unreachable(f"Tenant {self._target.name}: Microsoft Graph at {self._target.cloud.graph}", detail)
        answers = iter(readings)
        firsts = [self._first(app, answers) for app in self._apps.values()]
        organization, conditional_access, issuance, claims = answers
        early = found_early(firsts)
        templated, first_instances, issuance_records, claims_records = await asyncio.gather(
            by_template(self._client, firsts),
            read_instances(self._client, early),
            self._policies(issuance, reads.token_issuance_policy_applies_to, "tokenIssuancePolicyAppliesTo"),
            self._policies(claims, reads.claims_mapping_policy_applies_to, "claimsMappingPolicyAppliesTo"),
        )
        found = {
            pack: discovered(first, members) for pack, first, members in zip(self._apps, firsts, templated, strict=True)
        }
        every = _every(found)
        instances = [entry for entry in first_instances if entry.instance.id in every]
        known = {entry.instance.id for entry in instances}
        instances += await read_instances(self._client, [every[key] for key in sorted(every.keys() - known)])
        instances, principals = await self._people(instances)
        snapshot = Snapshot(
            tenant_id=self._target.tenant_id,
            cloud=self._target.cloud.name,
            apps=_apps(found, {entry.instance.id: entry.instance for entry in instances}),
            organization=_organization(organization, self._target.tenant_id),
            conditional_access_policies=_conditional_access(conditional_access),
            token_issuance_policies=issuance_records,
            claims_mapping_policies=claims_records,
            principals=principals,
        )
        return Collection(
            snapshot=snapshot,
            coverage=_in_order(self._client.coverage),
            bodies=self._client.bodies,
            events=join_events([entry.events for entry in instances]),
            permissions=permissions,
            gaps=self._client.gaps,
        )

    @staticmethod
    def _first(app: AppIdentity, answers: Iterator[Known[Any] | Unknown]) -> FirstAnswers:
        templates, name = next(answers), next(answers)
        identifier = next(answers) if app.identifier is not None else Known(Collected(members=()))
        return first_answers(app, templates, identifier, name)

    async def _policies(self, reading: Known[Any] | Unknown, applies_to: Callable[[str], Any], source: str) -> Any:
        if isinstance(reading, Unknown):
            self._client.not_asked(source, f"the policies were not read: {reading.cause}")
            return reading
        policies = sorted(reading.value.members, key=lambda policy: policy.id)
        asked = [policy.id for policy in policies if is_id(policy.id)]
        answers = dict(zip(asked, await self._client.read([applies_to(key) for key in asked]), strict=True))
        return Known(
            tuple(
                PolicyRecord(
                    policy,
                    directory_objects(answers[policy.id])
                    if policy.id in answers
                    else self._client.not_asked(source, "the policy's id is not an object's id"),
                )
                for policy in policies
            )
        )

    async def _people(
        self, readings: Sequence[InstanceReadings]
    ) -> tuple[list[InstanceReadings], tuple[PrincipalRecord, ...]]:
        """The instances with owners of their applications and holders of their addresses; and everybody they name."""
        client = self._client
        named = _everybody(readings)
        addresses = addresses_of(entry.instance for entry in readings)
        completed, principals, records = await asyncio.gather(
            with_application_owners(client, readings),
            read_principals(client, named),
            read_addresses(client, {address for texts in addresses.values() for address in texts}),
        )
        owners = {key: kind for key, kind in _everybody(completed).items() if key not in named}
        principals += await read_principals(client, owners)
        with_holders = [
            InstanceReadings(
                with_addresses(entry.instance, addresses.get(entry.instance.id, ()), records), entry.events
            )
            for entry in completed
        ]
        return with_holders, tuple(sorted(principals, key=lambda record: record.id))


def _every(found: Mapping[str, Discovered]) -> dict[str, tuple[Found, tuple[str, ...]]]:
    """Each instance once, by id, though several packs may have found it."""
    return {entry[0].id: entry for discovery in found.values() for entry in discovery.instances}


def _apps(found: Mapping[str, Discovered], by_id: Mapping[str, Instance]) -> tuple[AppSnapshot, ...]:
    return tuple(_app_snapshot(pack, discovery, by_id) for pack, discovery in found.items())


def _everybody(readings: Sequence[InstanceReadings]) -> dict[str, str]:
    named: dict[str, str] = {}
    for entry in readings:
        named |= _named_by(entry.instance)
    return named


def _app_snapshot(pack: str, discovery: Discovered, by_id: Mapping[str, Instance]) -> AppSnapshot:
    instances = tuple(
        msgspec.structs.replace(by_id[service_principal.id], found_by=ways)
        for service_principal, ways in discovery.instances
    )
    if discovery.gap is not None:
        return AppSnapshot(pack=pack, templates=discovery.templates, instances=discovery.gap, seen=instances)
    return AppSnapshot(pack=pack, templates=discovery.templates, instances=Known(instances))


def _named_by(instance: Instance) -> dict[str, str]:
    """Id → kind of everybody that an instance's assignments and owners name."""
    named: dict[str, str] = {}
    for owners in (instance.service_principal_owners, instance.application_owners):
        if isinstance(owners, Known):
            named |= {owner.id: kind_of(owner.kind or "user") for owner in owners.value}
    if isinstance(instance.assignments, Known):
        named |= {
            assignment.principal_id: kind_of(assignment.principal_type)
            for assignment in instance.assignments.value
            if isinstance(assignment.principal_id, str)
        }
    return named


def _organization(reading: Known[Any] | Unknown, tenant_id: str) -> Known[Organization] | Unknown:
    if isinstance(reading, Unknown):
        return reading
    members = reading.value.members
    own = next((member for member in members if member.id.lower() == tenant_id.lower()), None)
    own = own or (members[0] if len(members) == 1 else None)
    if own is None:
        return Unknown("organization", Outcome.INVALID, "the answer did not hold the tenant's own record")
    return Known(own.as_organization())


def _conditional_access(reading: Known[Any] | Unknown) -> Known[tuple[ConditionalAccessPolicy, ...]] | Unknown:
    if isinstance(reading, Unknown):
        return reading
    return Known(tuple(sorted(reading.value.members, key=lambda policy: policy.id)))


def _in_order(coverage: Sequence[CoverageEntry]) -> tuple[CoverageEntry, ...]:
    """In the catalogue's order, then by request: the same scan tells its coverage in the same order."""
    order = {name: number for number, name in enumerate(CATALOGUE)}
    return tuple(sorted(coverage, key=lambda entry: (order[entry.source], entry.request)))
