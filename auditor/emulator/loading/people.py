"""Users, groups, the organisation and the clients of a tenant file."""

from pathlib import Path

from auditor.emulator import values
from auditor.emulator.directory import Client, FederatedCredential, Members
from auditor.emulator.loading.building import EPOCH, Building, Link
from auditor.emulator.loading.yaml_source import Block


def organization(building: Building, block: Block | None) -> None:
    """Set the organisation: its verified domain, and a premium plan where the tenant is licensed."""
    plans = []
    if building.premium:
        plans.append(
            {
                "assignedDateTime": EPOCH,
                "capabilityStatus": "Enabled",
                "service": "AADPremiumService",
                "servicePlanId": "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
            }
        )
    value = {
        "id": building.tenant.id,
        "displayName": building.tenant.name.capitalize(),
        "createdDateTime": EPOCH,
        "tenantType": "AAD",
        "assignedPlans": plans,
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": True,
                "isInitial": True,
                "name": building.tenant.domain,
                "type": "Managed",
            }
        ],
        **(block.value if block else {}),
    }
    building.tenant.organization = building.checked("organization", value, block) if block else value


def user(building: Building, block: Block) -> None:
    """Put a user into the tenant: enabled, a member, mail equal to the user principal name, unless told otherwise."""
    ref, value = building.named(block, "user")
    local = ref.replace("-", ".")
    upn = block.text("userPrincipalName") or f"{local}@{building.tenant.domain}"
    value |= {
        "displayName": ref,
        "userPrincipalName": upn,
        "mail": upn,
        "accountEnabled": True,
        "userType": "Member",
        "createdDateTime": EPOCH,
        **block.value,
    }
    building.tenant.users.put(building.checked("user", value, block))


def group(building: Building, block: Block) -> Link:
    """Put a group into the tenant; returns what links its members, once everything has a name."""
    ref, value = building.named(block, "group")
    members, made_up = block.texts("members"), block.number("member_count", 0)
    value |= {
        "displayName": ref,
        "createdDateTime": EPOCH,
        "groupTypes": [],
        "securityEnabled": True,
        "mailEnabled": False,
        **block.value,
    }
    building.tenant.groups.put(building.checked("group", value, block))
    building.tenant.members[value["id"]] = Members(synthetic=made_up)

    def link() -> None:
        building.tenant.members[value["id"]].ids = [building.resolver.id_of(name, block, "members") for name in members]

    return link


def client(building: Building, block: Block) -> None:
    """Register a client: its credentials, and its service principal."""
    name = block.needed("name")
    client_id = block.needed("client_id").lower()
    if not values.is_guid(client_id):
        raise block.wrong(f"a GUID was expected, not {client_id!r}", "client_id")
    federated = tuple(
        FederatedCredential(
            issuer=one.needed("issuer"),
            subject=one.needed("subject"),
            audience=one.text("audience") or "api://AzureADTokenExchange",
            public_key=one.text("public_key"),
        )
        for one in block.blocks("federated")
    )
    client = Client(
        name=name,
        client_id=client_id,
        secret=block.text("secret"),
        secret_expires=block.text("secret_expires"),
        certificates=tuple(_pem(building, block, one) for one in block.texts("certificates")),
        federated=federated,
        managed_identity=block.flag("managed_identity"),
        roles=tuple(block.texts("roles")),
    )
    block.end()
    building.tenant.clients[client_id] = client
    principal_id = building.tenant.new_id("servicePrincipal", f"client-{name}")
    building.resolver.name(name, principal_id, block)
    building.tenant.service_principals.put(
        {
            "id": principal_id,
            "appId": client_id,
            "displayName": name,
            "appDisplayName": name,
            "accountEnabled": True,
            "appRoleAssignmentRequired": False,
            "appOwnerOrganizationId": building.tenant.id,
            "servicePrincipalType": "ManagedIdentity" if client.managed_identity else "Application",
            "servicePrincipalNames": [client_id],
            "signInAudience": "AzureADMyOrg",
        }
    )


def _pem(building: Building, block: Block, given: str) -> str:
    if "-----BEGIN" in given:
        return given
    path = (building.folder or Path()) / given
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise block.wrong(f"the certificate {given!r} cannot be read: {error}", "certificates") from error
