"""What each permission is worth: the rules that stay unknown without it, worked out by asking them.

The packs are put to two snapshots of nobody's tenant: one in which the app could not be looked for, and one in which
the app is there and everything that hangs on it was refused. Each rule then names what it lacked. Pure.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from auditor.evaluate.evaluator import evaluate
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.graph_objects import Application, AppRoleAssignment, DirectoryObject, ServicePrincipal
from auditor.model.result import TenantRef
from auditor.model.rule import Pack
from auditor.model.snapshot import AddressRecord, AppSnapshot, Instance, PrincipalRecord, Snapshot

_NOBODY = "00000000-0000-0000-0000-000000000000"
_KINDS = {"user": "users", "group": "groups", "servicePrincipal": "principals"}
"""Kind of principal → the source that tells of it."""

Refused = Callable[[str], Unknown]


def rules_by_permission(
    packs: Iterable[Pack], permission_of: Callable[[str], str | None], now: datetime
) -> dict[str, tuple[str, ...]]:
    """Permission → ids of the rules that are unknown without it, in the packs' order.

    ``permission_of`` gives the permission of a source of the catalogue.
    """

    def refused(source: str) -> Unknown:
        return Unknown(source, Outcome.DENIED, "permission was refused", permission_of(source))

    packs = tuple(packs)
    found: dict[str, dict[str, None]] = {}
    for snapshot in (_undiscovered(packs, refused), _bare(packs, refused)):
        tenant = TenantRef(id=_NOBODY, name="", cloud="global")
        for finding in evaluate(snapshot, packs, tenant=tenant, now=now).findings:
            for cause in finding.causes:
                if cause.outcome is Outcome.DENIED and cause.permission is not None:
                    found.setdefault(cause.permission, {})[finding.rule] = None
    return {permission: tuple(rules) for permission, rules in found.items()}


def _undiscovered(packs: Iterable[Pack], refused: Refused) -> Snapshot:
    gone = refused("servicePrincipals")
    return _snapshot(tuple(AppSnapshot(pack.id, refused("applicationTemplates"), gone) for pack in packs), refused)


def _bare(packs: Iterable[Pack], refused: Refused) -> Snapshot:
    """The app with its own properties, and nothing that another permission would tell."""
    assigned = tuple(AppRoleAssignment(id=kind, principal_id=kind, principal_type=kind) for kind in _KINDS)
    owners: Known[tuple[DirectoryObject, ...]] = Known((DirectoryObject(id="user", kind="user"),))
    instance = Instance(
        id=_NOBODY,
        app_id=_NOBODY,
        display_name=None,
        found_by=("template",),
        service_principal=Known(
            ServicePrincipal(
                id=_NOBODY,
                app_id=_NOBODY,
                key_credentials=(),
                password_credentials=(),
                preferred_token_signing_key_thumbprint=None,
                notification_email_addresses=("somebody@contoso.example",),
            )
        ),
        application=Known(Application(id=_NOBODY, app_id=_NOBODY)),
        default_reply_url=Known(None),
        service_principal_owners=owners,
        application_owners=owners,
        assignments=Known(assigned),
        app_role_assignments=refused("appRoleAssignments"),
        oauth2_permission_grants=refused("oauth2PermissionGrants"),
        synchronization_jobs=refused("synchronizationJobs"),
        notification_users=(AddressRecord("somebody@contoso.example", refused("notificationUsers")),),
    )
    apps = tuple(AppSnapshot(pack.id, Known(()), Known((instance,))) for pack in packs)
    principals = tuple(
        PrincipalRecord(kind, kind, refused(source), refused("groupMembers") if kind == "group" else None)
        for kind, source in _KINDS.items()
    )
    return _snapshot(apps, refused, principals)


def _snapshot(
    apps: tuple[AppSnapshot, ...], refused: Refused, principals: tuple[PrincipalRecord, ...] = ()
) -> Snapshot:
    return Snapshot(
        tenant_id=_NOBODY,
        cloud="global",
        apps=apps,
        organization=refused("organization"),
        conditional_access_policies=refused("conditionalAccessPolicies"),
        token_issuance_policies=refused("tokenIssuancePolicies"),
        claims_mapping_policies=refused("claimsMappingPolicies"),
        principals=principals,
    )
