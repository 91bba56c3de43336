"""How an administrator gives an application the permissions that it lacks: what to open, and what to run.

Nothing is done here; text is made for a person. What consent can and cannot do differs by who signs in:

- An *application permission* must stand in the application's registration before anybody can consent to it: its admin
  consent page asks for all that is registered, and only for that. Consent that names permissions in the address is for
  delegated ones alone.
- A *delegated permission* can be asked for by name in the address; the page sends the browser back to an address that
  is registered with the application.
- A *managed identity* has no registration: an app role is assigned to its service principal.
- The *Azure CLI* is Microsoft's own application; nobody can add to what it may ask for.

Sources: Microsoft identity platform, "Admin consent", "Permissions and consent overview"; Microsoft Entra, "Grant
tenant-wide admin consent to an application"; Microsoft Graph permissions reference (ids of the app roles).
"""

import re
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from msgspec import Struct

from auditor.graph.clouds import Cloud
from auditor.graph.permissions import TokenClaims

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
APP_ROLES = {
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "AuditLog.Read.All": "b0afded3-3588-46d8-8b3d-9842eff778da",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
    "Synchronization.Read.All": "5ba43d2f-fa88-4db2-bd1c-a67c5f0fb1ce",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
}
"""Ids of the application permissions that a scan needs; the same in every tenant and cloud."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_REDIRECT = "http://localhost"
"""Where azure-identity's own browser sign-in comes back to, so that it is registered already where that is used."""


class Consent(Struct, frozen=True):
    """What to do about missing permissions. ``url`` is None where there is no page that could help."""

    told: str
    url: str | None = None
    commands: tuple[str, ...] = ()


def consent_for(
    missing: Sequence[str], *, kind: str, tenant_id: str, client_id: str | None, cloud: Cloud, claims: TokenClaims
) -> Consent:
    """How the permissions of ``missing`` are given to whoever the token was issued to, in this tenant.

    ``kind`` is the credential's; ``client_id`` the configured application, for want of which the token's own counts.
    """
    if kind == "azure-cli":
        return Consent(
            "The Azure CLI signs in as Microsoft's own application, whose permissions nobody can add to. Give the "
            "account a directory role that reads (Global Reader), or use an application of your own."
        )
    client = _id(client_id) or _id(claims.appid)
    if kind == "managed-identity":
        return Consent(
            "A managed identity has no registration to consent to: assign it the roles of Microsoft Graph. Run these "
            "signed in to this tenant as an administrator who may (Privileged Role Administrator).",
            commands=_assignments(missing, claims, cloud),
        )
    if client is None or cloud.authority is None:
        return Consent("Give them to the application that the token was issued to, in its own registration.")
    page = f"{cloud.authority}/{quote(tenant_id)}"
    if claims.delegated:
        scope = " ".join(f"{cloud.audience}/{permission}" for permission in missing)
        query = urlencode({"client_id": client, "scope": scope, "redirect_uri": _REDIRECT}, quote_via=quote)
        return Consent(
            f"The page asks an administrator for exactly these, for all users of the tenant. {_REDIRECT} must be among "
            "the application's redirect addresses (mobile and desktop), or the page refuses.",
            url=f"{page}/v2.0/adminconsent?{query}",
        )
    return Consent(
        "First add exactly these to the application's registration, in its home tenant (the command, or API "
        "permissions in the admin center). Then open the page as an administrator of this tenant: it grants all that "
        "is registered then, and cannot grant what is not.",
        url=f"{page}/adminconsent?{urlencode({'client_id': client}, quote_via=quote)}",
        commands=(_registration(missing, client),),
    )


def _id(text: str | None) -> str | None:
    """``text`` where it is an object's or application's id: whatever else a token claims goes into no command."""
    return text if text is not None and _GUID.fullmatch(text) else None


def _registration(missing: Sequence[str], client: str) -> str:
    roles = " ".join(f"{APP_ROLES[permission]}=Role" for permission in missing)
    return f"az ad app permission add --id {client} --api {GRAPH_APP_ID} --api-permissions {roles}"


def _assignments(missing: Sequence[str], claims: TokenClaims, cloud: Cloud) -> tuple[str, ...]:
    """One assignment a permission, after the object ids that they need are looked up."""
    principal = _id(claims.oid) or "OBJECT-ID-OF-THE-IDENTITY"
    target = f"{cloud.graph}/v1.0/servicePrincipals/{principal}/appRoleAssignments"
    body = '{\\"principalId\\":\\"%s\\",\\"resourceId\\":\\"$graph\\",\\"appRoleId\\":\\"%s\\"}'
    return (
        f"graph=$(az ad sp show --id {GRAPH_APP_ID} --query id --output tsv)",
        *(
            f'az rest --method post --url {target} --body "{body % (principal, APP_ROLES[permission])}"'
            for permission in missing
        ),
    )
