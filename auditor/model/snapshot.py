"""The snapshot: what one scan read of one tenant, with nothing in it that changes by itself.

Request ids, times of reading and bodies are kept elsewhere (coverage, evidence). Two scans of an unchanged tenant give
equal snapshots, whatever the order of the service's lists. Sets are sorted by the collector that builds this.
"""

from msgspec import UNSET, Struct

from auditor.model.evidence import Known, Unknown
from auditor.model.graph_objects import (
    Application,
    ApplicationTemplate,
    AppRoleAssignment,
    ConditionalAccessPolicy,
    DirectoryObject,
    Flag,
    GraphObject,
    OAuth2PermissionGrant,
    Organization,
    ServicePrincipal,
    StsPolicy,
    SynchronizationJob,
    Text,
    Texts,
)

SCHEMA = 1
"""Version of the snapshot's shape; raised when a stored snapshot would read differently."""


class Record(Struct, frozen=True, rename="camel"):
    """Base of the snapshot's own structures."""


class Principal(GraphObject, frozen=True):
    """A user, group or service principal that the app's assignments, owners or notification addresses name.

    ``exists`` is False where the directory answered ``Request_ResourceNotFound`` for the id: deleted, a fact.
    """

    id: str
    kind: str
    exists: bool = True
    display_name: Text = UNSET
    user_principal_name: Text = UNSET
    mail: Text = UNSET
    user_type: Text = UNSET
    account_enabled: Flag = UNSET
    group_types: Texts = UNSET
    membership_rule: Text = UNSET


class PrincipalRecord(Record, frozen=True):
    """One principal asked for by id. ``member_count`` is None for what is not a group."""

    id: str
    kind: str
    evidence: Known[Principal] | Unknown
    member_count: Known[int] | Unknown | None = None
    """Transitive members of a group."""


class AddressRecord(Record, frozen=True):
    """A notification address and the users whose mail or user principal name it is (none: a mailing list)."""

    address: str
    users: Known[tuple[Principal, ...]] | Unknown


class PolicyRecord(Record, frozen=True):
    """A token issuance or claims mapping policy with the objects that it is assigned to."""

    policy: StsPolicy
    applies_to: Known[tuple[DirectoryObject, ...]] | Unknown


class Instance(Record, frozen=True):
    """One instance of the app in the tenant: a service principal, its application, and what hangs on the two."""

    id: str
    """Object id of the service principal."""
    app_id: str | None
    display_name: str | None
    found_by: tuple[str, ...]
    """``template``, ``identifier``, ``name``: every way by which discovery met it."""
    service_principal: Known[ServicePrincipal] | Unknown
    application: Known[Application] | Unknown
    default_reply_url: Known[str | None] | Unknown
    service_principal_owners: Known[tuple[DirectoryObject, ...]] | Unknown
    application_owners: Known[tuple[DirectoryObject, ...]] | Unknown
    assignments: Known[tuple[AppRoleAssignment, ...]] | Unknown
    app_role_assignments: Known[tuple[AppRoleAssignment, ...]] | Unknown
    """Application permissions granted to the service principal."""
    oauth2_permission_grants: Known[tuple[OAuth2PermissionGrant, ...]] | Unknown
    synchronization_jobs: Known[tuple[SynchronizationJob, ...]] | Unknown
    notification_users: tuple[AddressRecord, ...] = ()


class AppSnapshot(Record, frozen=True):
    """One rule pack's app in the tenant: the gallery's templates of its name, and its instances.

    ``instances`` is Unknown where a discovery query failed; ``seen`` then still holds those that another query found.
    """

    pack: str
    templates: Known[tuple[ApplicationTemplate, ...]] | Unknown
    instances: Known[tuple[Instance, ...]] | Unknown
    seen: tuple[Instance, ...] = ()

    @property
    def present(self) -> tuple[Instance, ...]:
        """Every instance that was read, whether or not there may be more."""
        return self.instances.value if isinstance(self.instances, Known) else self.seen


class Snapshot(Record, frozen=True):
    """What one scan read of one tenant."""

    tenant_id: str
    cloud: str
    apps: tuple[AppSnapshot, ...]
    organization: Known[Organization] | Unknown
    conditional_access_policies: Known[tuple[ConditionalAccessPolicy, ...]] | Unknown
    token_issuance_policies: Known[tuple[PolicyRecord, ...]] | Unknown
    claims_mapping_policies: Known[tuple[PolicyRecord, ...]] | Unknown
    principals: tuple[PrincipalRecord, ...] = ()
    schema: int = SCHEMA

    def principal(self, object_id: str) -> PrincipalRecord | None:
        """The record of the principal with this object id, or None where nothing named it."""
        return next((record for record in self.principals if record.id == object_id), None)
