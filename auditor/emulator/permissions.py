"""Which permissions open which request, and what a token's claims therefore allow.

One table, from the "Permissions" sections of Microsoft Graph's reference pages: for each request the least
privileged permission first, then those that are documented as higher. A request with several rows needs one of each.
"""

from auditor.emulator.errors import denied

_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
_APPLICATION = ("Application.Read.All", "Application.ReadWrite.All", *_DIRECTORY)
_POLICY = ("Policy.Read.All", "Policy.ReadWrite.ApplicationConfiguration")
_POLICY_WRITE = ("Policy.ReadWrite.ApplicationConfiguration", "Application.ReadWrite.All", "Directory.ReadWrite.All")
_GROUP = (
    "GroupMember.Read.All",
    "Group.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.ReadWrite.All",
    *_DIRECTORY,
)
_USER_FULL = ("User.Read.All", "User.ReadWrite.All", *_DIRECTORY)
_APPLICATION_WRITE = ("Application.ReadWrite.All", "Directory.ReadWrite.All")

PERMISSIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "servicePrincipals": (_APPLICATION,),
    "applications": (_APPLICATION,),
    "owners": (_APPLICATION,),
    "appRoleAssignedTo": (_APPLICATION,),
    "appRoleAssignments": (_APPLICATION,),
    "federatedIdentityCredentials": (_APPLICATION,),
    "synchronization": (("Synchronization.Read.All", "Synchronization.ReadWrite.All"),),
    "assignedPolicies": (_POLICY_WRITE,),
    "oauth2PermissionGrants": (
        ("Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"),
    ),
    "applicationTemplates": (),
    "directoryAudits": (("AuditLog.Read.All",),),
    "conditionalAccess": (("Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess"),),
    "policies": (_POLICY,),
    "appliesTo": (_POLICY, _APPLICATION),
    "organization": (("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY),),
    "users": (("User.ReadBasic.All", *_USER_FULL),),
    "groups": (_GROUP,),
    "write:applications": (_APPLICATION_WRITE,),
    "write:owners": (_APPLICATION_WRITE,),
    "write:credentials": (_APPLICATION_WRITE,),
    "write:appRoleAssignments": (("AppRoleAssignment.ReadWrite.All",), _APPLICATION),
    "delete:appRoleAssignments": (("AppRoleAssignment.ReadWrite.All",),),
    "write:oauth2PermissionGrants": (("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"),),
    "write:instantiate": (_APPLICATION_WRITE,),
}

USER_FULL = frozenset(_USER_FULL)
"""Any of these shows every property of users."""
USER_BASIC = frozenset({"User.ReadBasic.All", *_USER_FULL})
"""Any of these shows names and mail."""
USER_BASIC_PROPERTIES = frozenset(
    {"id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "deletedDateTime"}
)
GROUP_READ = frozenset(_GROUP)
APPLICATION_READ = frozenset(_APPLICATION)

_NAMES = {name for rows in PERMISSIONS.values() for row in rows for name in row}
_ALLOWED: dict[str, tuple[frozenset[str], ...]] = {
    request: tuple(frozenset(row) for row in rows) for request, rows in PERMISSIONS.items()
}


def authorize(request: str, held: frozenset[str]) -> None:
    """Raise Graph's 403 unless ``held`` opens the request, a key of ``PERMISSIONS``."""
    for row in _ALLOWED[request]:
        if held.isdisjoint(row):
            raise denied()


def known_permissions() -> frozenset[str]:
    """Every permission name of the table."""
    return frozenset(_NAMES)


APP_ROLE_IDS = {
    "AppRoleAssignment.ReadWrite.All": "06b708a9-e830-4db3-a914-8e69da51d44f",
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "Application.ReadWrite.All": "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
    "AuditLog.Read.All": "b0afded3-3588-46d8-8b3d-9842eff778da",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "Directory.ReadWrite.All": "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
    "Group.Read.All": "5b567255-7703-4780-807c-7be8301ae99b",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
    "Synchronization.Read.All": "5ba43d2f-fa88-4db2-bd1c-a67c5f0fb1ce",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    "User.ReadBasic.All": "97235f07-e226-4f63-ace3-39588e11d3a1",
}
"""Ids of the app roles of the Microsoft Graph service principal; a permission not listed gets a made-up one."""
