"""The endpoint catalogue: every source that a scan reads, the least permission that it needs, and what it is for.

Source: Microsoft Graph v1.0, "Permissions" table of each operation; the project's facts on Microsoft Graph.
"""

from msgspec import Struct


class Source(Struct, frozen=True):
    """One kind of request. ``permission`` is the least application permission, None where none is needed."""

    name: str
    permission: str | None
    purpose: str
    also: tuple[str, ...] = ()
    """Higher documented permissions that give the same."""
    beside: str | None = None
    """A second permission that the request needs together with the first."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every permission that the request needs, all at once; sorted."""
        return tuple(sorted(name for name in (self.permission, self.beside) if name is not None))


_APPLICATION = ("Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_POLICY = ("Policy.ReadWrite.ConditionalAccess",)
_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")

_SOURCES = (
    Source("applicationTemplates", None, "the gallery's entry for the app"),
    Source("servicePrincipals", "Application.Read.All", "discovery of the app", _APPLICATION),
    Source("servicePrincipal", "Application.Read.All", "single sign-on settings of the app", _APPLICATION),
    Source("servicePrincipalKeys", "Application.Read.All", "key material of the certificates", _APPLICATION),
    Source("application", "Application.Read.All", "identifier and reply URLs", _APPLICATION),
    Source("servicePrincipalOwners", "Application.Read.All", "owners of the service principal", _APPLICATION),
    Source("applicationOwners", "Application.Read.All", "owners of the application", _APPLICATION),
    Source("assignments", "Application.Read.All", "who is assigned", _APPLICATION),
    Source("appRoleAssignments", "Application.Read.All", "application permissions granted to the app", _APPLICATION),
    Source(
        "oauth2PermissionGrants",
        "Directory.Read.All",
        "delegated permissions granted to the app",
        ("DelegatedPermissionGrant.Read.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"),
    ),
    Source(
        "synchronizationJobs",
        "Synchronization.Read.All",
        "health of provisioning",
        ("Synchronization.ReadWrite.All",),
    ),
    Source("organization", "Organization.Read.All", "the tenant's name and licence", _DIRECTORY),
    Source("conditionalAccessPolicies", "Policy.Read.All", "session controls", _POLICY),
    Source("tokenIssuancePolicies", "Policy.Read.All", "how assertions are signed"),
    Source(
        "tokenIssuancePolicyAppliesTo",
        "Policy.Read.All",
        "which apps a token issuance policy covers",
        beside="Application.Read.All",
    ),
    Source("claimsMappingPolicies", "Policy.Read.All", "claims mapping policies"),
    Source(
        "claimsMappingPolicyAppliesTo",
        "Policy.Read.All",
        "which apps a claims mapping policy covers",
        beside="Application.Read.All",
    ),
    Source("users", "User.Read.All", "whether assigned users and owners exist, are enabled, are guests", _DIRECTORY),
    Source("notificationUsers", "User.Read.All", "who receives the certificate's expiry notices", _DIRECTORY),
    Source("groups", "GroupMember.Read.All", "assigned groups", ("Group.Read.All", *_DIRECTORY)),
    Source("groupMembers", "GroupMember.Read.All", "size of assigned groups", ("Group.Read.All", *_DIRECTORY)),
    Source("principals", "Application.Read.All", "assigned or owning service principals", _APPLICATION),
    Source("directoryAudits", "AuditLog.Read.All", "who changed what"),
)
CATALOGUE: dict[str, Source] = {source.name: source for source in _SOURCES}


def permission_of(source: str) -> str | None:
    """The least permission of a source of the catalogue, or both by their names (``A and B``) where it needs two."""
    return " and ".join(CATALOGUE[source].permissions) or None


def needed_permissions() -> tuple[str, ...]:
    """Every permission that a full scan needs, sorted."""
    return tuple(sorted({permission for source in _SOURCES for permission in source.permissions}))
