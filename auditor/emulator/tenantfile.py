"""Tenants from YAML: a compact format in Graph's own names that can still say every property.

A file holds one tenant at its top, or several under ``tenants:``. Objects are written with Graph's property names (any
property of the v1.0 metadata, checked by name and type); the few keys in snake_case are the emulator's own::

    name: contoso                       # how logs and callers call it
    id: 11111111-1111-1111-1111-111111111111
    domain: contoso.example             # default verified domain; user principal names end in it
    licence: premium                    # premium | none (then audit and Conditional Access answer 403)
    unlicensed: [audit]                 # optional: exactly which of audit, conditionalAccess answer 403
    size: 240                           # number of users, for the throttling budget
    now: 2026-11-22T12:00:00Z           # the clock that the file was written for (information)
    expect: {…}   expect_after: {…}     # for tests; not read here
    clients:                            # who may sign in
      - name: auditor
        client_id: 22222222-2222-2222-2222-222222222222
        secret: …                       # client secret; secret_expires: a time
        certificates: [client.pem]      # public PEM: a path beside the file, or the text itself
        federated: [{issuer: …, subject: …, audience: …, public_key: PEM or none for the emulator's issuer}]
        managed_identity: true
        roles: [Application.Read.All]   # application permissions granted
    organization: {displayName: Contoso}
    users:
      - displayName: Adele Vance        # ref adele-vance, UPN adele.vance@domain, mail the same, enabled, Member
      - {ref: guest, displayName: …, userPrincipalName: …, userType: Guest, accountEnabled: false}
    groups:
      - {displayName: Sales, members: [adele-vance], member_count: 40}     # 40 made-up members beside the listed
      - {displayName: Everyone, groupTypes: [DynamicMembership], membershipRule: "…"}
    applications:
      - ref: gotomeeting-app            # id and appId are derived from the ref where they are not given
        displayName: GoToMeeting
        template: GoToMeeting           # display name in the gallery, or applicationTemplateId
        identifierUris: ["https://…"]
        web: {redirectUris: ["https://…"]}
        appRoles: [User, msiam_access]  # names, or Graph's objects
        owners: [adele-vance]
        certificates: […]   secrets: [{name: …, start: …, end: …}]   # as below
        federatedIdentityCredentials: [{name: …, issuer: …, subject: …, audiences: […]}]
    servicePrincipals:
      - ref: gotomeeting
        application: gotomeeting-app    # mirrors are filled in: names, replyUrls, appRoles, template …
        samlSingleSignOnSettings: {relayState: "https://…"}
        certificates:
          - {name: current, not_before: 2025-03-01T00:00:00Z, not_after: 2028-03-01T00:00:00Z,
             algorithm: rsa2048, hash: sha256, custom_key_identifier: sha1, withhold_key: false,
             parts: [sign, verify, password]}
        preferred: current              # certificate whose thumbprint is the preferred one
        secrets: [{name: …, start: …, end: …}]
        owners: [adele-vance]
        assignments:
          - adele-vance                 # default access
          - {principal: sales, role: User, at: 2026-01-05T09:00:00Z}
          - {principal: {id: …, type: User, displayName: …}}   # somebody deleted since
          - {made_up: 100000, role: User}                      # so many made-up users
        grants: [{resource: Microsoft Graph, scope: User.Read, principal: adele-vance}]
        permissions: [{resource: Microsoft Graph, role: User.Read.All}]
        jobs: [{id: …, templateId: …, status: {…}}]
    tokenIssuancePolicies: [{displayName: …, definition: {TokenIssuancePolicy: {…}}, applies_to: [gotomeeting-app]}]
    claimsMappingPolicies: […]
    conditionalAccessPolicies: [{displayName: …, state: enabled, conditions: {…}, sessionControls: {…}}]
    directoryAudits: [{at: …, by: adele-vance, activity: …, target: gotomeeting,
                       modified: [{name: …, old: …, new: …}]}]      # or Graph's objects under raw: […]
    gallery: […]                        # templates in place of the built-in ones
    made_up: {servicePrincipals: 60000} # further service principals
    phases: [{name: after, operations: [{at: …, by: …, patch: gotomeeting, set: {…}}, …]}]   # see phases.py

A name in ``owners``, ``principal`` and the like is a ``ref``, an id, a user principal name or a display name. A text of
the form ``ref:gotomeeting.appId`` stands for that property of another object, anywhere. Ids that are not given are
derived from tenant id and ref, so that the same file gives the same tenant, byte for byte.
"""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from auditor.emulator import audit, certificates, schema, values
from auditor.emulator.audit import Modified, Target
from auditor.emulator.directory import (
    DEFAULT_ACCESS,
    GRAPH_APP_ID,
    Client,
    Collection,
    FederatedCredential,
    Members,
    Tenant,
    mirror,
    synthetic_id,
    synthetic_user,
)
from auditor.emulator.errors import TenantFileError
from auditor.emulator.permissions import APP_ROLE_IDS, known_permissions
from auditor.emulator.references import Resolver, slug
from auditor.emulator.yaml_source import Block, files_of, load

EPOCH = "2024-01-15T08:00:00Z"
"""Creation time of what the file gives none."""


def load_tenants(path: Path) -> list[Tenant]:
    """Tenants of a file, or of every YAML file in a folder. Raises ``TenantFileError``."""
    found: list[Tenant] = []
    for file in files_of(path):
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TenantFileError(file.name, "", f"cannot be read: {error}") from error
        found.extend(parse_tenants(text, source=file.name, folder=file.parent))
    for key in ("id", "name"):
        seen: set[str] = set()
        for tenant in found:
            value = str(getattr(tenant, key)).lower()
            if value in seen:
                raise TenantFileError(tenant.source, key, f"two tenants have the {key} {value!r}")
            seen.add(value)
    return found


def sample_names() -> list[str]:
    """Names of the sample tenants shipped with the package."""
    return sorted(one.name.removesuffix(".yaml") for one in _samples().iterdir() if one.name.endswith(".yaml"))


def load_samples(*names: str) -> list[Tenant]:
    """Sample tenants of the package by name; all of them where no name is given."""
    found = []
    for name in names or sample_names():
        file = _samples() / f"{name}.yaml"
        if name not in sample_names():
            raise TenantFileError(name, "", f"no such sample tenant; there are {', '.join(sample_names())}")
        found.extend(parse_tenants(file.read_text("utf-8"), source=file.name))
    return found


def parse_tenants(text: str, *, source: str = "tenants.yaml", folder: Path | None = None) -> list[Tenant]:
    """Tenants of a YAML text; ``folder`` is where paths of client certificates begin."""
    top = load(text, source)
    if "tenants" in top:
        block = Block(top, source, "")
        listed = block.blocks("tenants")
        for note in ("expect", "expect_after", "now"):
            block.take(note)
        block.end()
        if not listed:
            raise TenantFileError(source, "tenants", "there is no tenant")
        return [_Builder(one, folder).build() for one in listed]
    return [_Builder(Block(top, source, ""), folder).build()]


def _samples() -> Any:
    return files("auditor.emulator") / "tenants"


@cache
def gallery() -> tuple[dict[str, Any], ...]:
    """The built-in application gallery: ``applicationTemplate`` objects."""
    text = (files("auditor.emulator") / "gallery.yaml").read_text("utf-8")
    return tuple(load(text, "gallery.yaml")["templates"])


class _Builder:
    """Builds one tenant from its block."""

    def __init__(self, top: Block, folder: Path | None) -> None:
        self.top = top
        self.folder = folder
        name = top.needed("name")
        tenant_id = top.needed("id").lower()
        if not values.is_guid(tenant_id):
            raise top.wrong(f"a GUID was expected, not {tenant_id!r}", "id")
        licence = top.choice("licence", ("premium", "none"), "premium")
        unlicensed = top.texts("unlicensed") or (["audit", "conditionalAccess"] if licence == "none" else [])
        for one in unlicensed:
            if one not in ("audit", "conditionalAccess"):
                raise top.wrong(f"expected audit or conditionalAccess, not {one!r}", "unlicensed")
        self.tenant = Tenant(
            id=tenant_id,
            name=name,
            domain=top.text("domain") or f"{slug(name)}.example",
            unlicensed=frozenset(unlicensed),
            audit_days=30 if licence == "premium" else 7,
            size=top.number("size", 100),
            source=top.source,
            now=top.text("now"),
            notes={key: top.take(key) for key in ("expect", "expect_after")},
        )
        self.premium = licence == "premium"
        self.resolver = Resolver(self.tenant)

    def build(self) -> Tenant:
        top = self.top
        self._organization(top.block("organization"))
        templates = [block.value for block in top.blocks("gallery")] if "gallery" in top.value else gallery()
        top.asked.append("gallery")
        for template in templates:
            value = {"id": self.tenant.new_id("template", str(template.get("displayName"))), **template}
            self.tenant.templates.put(self._checked("applicationTemplate", value, top, "gallery"))
        users = top.listed("users")
        for number, user in enumerate(users):
            given = {"displayName": user} if isinstance(user, str) else user
            self._user(Block(given, top.source, f"{top.where}.users[{number}]".lstrip(".")))
        groups = top.blocks("groups")
        applications = top.blocks("applications")
        principals = top.blocks("servicePrincipals")
        self.resolver.name("microsoft-graph", add_microsoft_graph(self.tenant)["id"], top)
        for block in top.blocks("clients"):
            self._client(block)
        pending = [self._group(block) for block in groups]
        pending += [self._application(block) for block in applications]
        pending += [self._principal(block) for block in principals]
        for key, collection in (
            ("tokenIssuancePolicies", self.tenant.token_policies),
            ("claimsMappingPolicies", self.tenant.claims_policies),
        ):
            pending += [self._policy(block, collection) for block in top.blocks(key)]
        pending += [self._access_policy(block) for block in top.blocks("conditionalAccessPolicies")]
        for link in pending:
            link()
        for client in self.tenant.clients.values():
            grant_roles(self.tenant, client)
        for block in top.blocks("directoryAudits"):
            self._audit(block)
        self._made_up(top.block("made_up"))
        from auditor.emulator.phases import read_phases

        self.tenant.phases = read_phases(top.blocks("phases"), self.tenant)
        self.resolver.replace_references()
        top.end()
        for collection in (self.tenant.applications, self.tenant.service_principals):
            collection.changes.clear()
        return self.tenant

    def _checked(self, type_name: str, value: dict[str, Any], block: Block, key: str = "") -> dict[str, Any]:
        plain = {name: one for name, one in value.items() if not self.resolver.is_reference(one)}
        found = values.problem(type_name, plain)
        if found is not None:
            path, message = found
            if message.startswith("Invalid property"):
                block.value = {path: None}
                block.where = ".".join(part for part in (block.where, key) if part)
                block.end(schema.TYPES[type_name].properties)
            raise block.wrong(message, ".".join(part for part in (key, path) if part))
        return value

    def _named(self, block: Block, kind: str) -> tuple[str, dict[str, Any]]:
        """The ref of an object and its Graph properties so far, with its id."""
        ref = block.text("ref")
        display = block.value.get("displayName")
        if ref is None:
            if not isinstance(display, str):
                raise block.wrong("ref or displayName is required")
            ref = slug(display)
        object_id = block.text("id") or self.tenant.new_id(kind, ref)
        if not values.is_guid(object_id) and kind != "directoryAudit":
            raise block.wrong(f"a GUID was expected, not {object_id!r}", "id")
        self.resolver.name(ref, object_id, block)
        return ref, {"id": object_id.lower()}

    def _organization(self, block: Block | None) -> None:
        plans = []
        if self.premium:
            plans.append(
                {
                    "assignedDateTime": EPOCH,
                    "capabilityStatus": "Enabled",
                    "service": "AADPremiumService",
                    "servicePlanId": "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
                }
            )
        value = {
            "id": self.tenant.id,
            "displayName": self.tenant.name.capitalize(),
            "createdDateTime": EPOCH,
            "tenantType": "AAD",
            "assignedPlans": plans,
            "verifiedDomains": [
                {
                    "capabilities": "Email, OfficeCommunicationsOnline",
                    "isDefault": True,
                    "isInitial": True,
                    "name": self.tenant.domain,
                    "type": "Managed",
                }
            ],
            **(block.value if block else {}),
        }
        self.tenant.organization = self._checked("organization", value, block or self.top)

    def _user(self, block: Block) -> None:
        ref, value = self._named(block, "user")
        local = ref.replace("-", ".")
        upn = block.text("userPrincipalName") or f"{local}@{self.tenant.domain}"
        value |= {
            "displayName": ref,
            "userPrincipalName": upn,
            "mail": upn,
            "accountEnabled": True,
            "userType": "Member",
            "createdDateTime": EPOCH,
            **block.value,
        }
        self.tenant.users.put(self._checked("user", value, block))

    def _group(self, block: Block) -> Any:
        ref, value = self._named(block, "group")
        members, made_up = block.texts("members"), block.number("member_count", 0)
        value |= {
            "displayName": ref,
            "createdDateTime": EPOCH,
            "groupTypes": [],
            "securityEnabled": True,
            "mailEnabled": False,
            **block.value,
        }
        self.tenant.groups.put(self._checked("group", value, block))
        self.tenant.members[value["id"]] = Members(synthetic=made_up)

        def link() -> None:
            self.tenant.members[value["id"]].ids = [self.resolver.id_of(name, block, "members") for name in members]

        return link

    def _client(self, block: Block) -> None:
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
            certificates=tuple(self._pem(block, one) for one in block.texts("certificates")),
            federated=federated,
            managed_identity=block.flag("managed_identity"),
            roles=tuple(block.texts("roles")),
        )
        block.end()
        self.tenant.clients[client_id] = client
        principal_id = self.tenant.new_id("servicePrincipal", f"client-{name}")
        self.resolver.name(name, principal_id, block)
        self.tenant.service_principals.put(
            {
                "id": principal_id,
                "appId": client_id,
                "displayName": name,
                "appDisplayName": name,
                "accountEnabled": True,
                "appRoleAssignmentRequired": False,
                "appOwnerOrganizationId": self.tenant.id,
                "servicePrincipalType": "ManagedIdentity" if client.managed_identity else "Application",
                "servicePrincipalNames": [client_id],
                "signInAudience": "AzureADMyOrg",
            }
        )

    def _pem(self, block: Block, given: str) -> str:
        if "-----BEGIN" in given:
            return given
        path = (self.folder or Path()) / given
        try:
            return path.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise block.wrong(f"the certificate {given!r} cannot be read: {error}", "certificates") from error

    def _template_id(self, block: Block) -> dict[str, Any]:
        template = block.text("template")
        if template is None:
            return {}
        found = self.tenant.templates.by("displayName", template)
        if not found:
            raise block.wrong(f"the gallery has no template {template!r}", "template")
        return {"applicationTemplateId": found[0]["id"]}

    def _application(self, block: Block) -> Any:
        ref, value = self._named(block, "application")
        owners = block.texts("owners")
        federated = block.listed("federatedIdentityCredentials")
        credentials = self._credentials(block, ref, value["id"])
        value |= {
            "appId": self.tenant.new_id("appId", ref),
            "displayName": ref,
            "createdDateTime": EPOCH,
            "signInAudience": "AzureADMyOrg",
            **self._template_id(block),
        }
        block.value["appRoles"] = self._roles(block, ref)
        block.asked.append("appRoles")
        web = block.value.get("web")
        value |= {**block.value, **credentials}
        value["web"] = {
            "homePageUrl": None,
            "logoutUrl": None,
            "redirectUris": [],
            "redirectUriSettings": [],
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": True},
            **(web if isinstance(web, dict) else {}),
        }
        if "redirectUriSettings" not in (web or {}):
            value["web"]["redirectUriSettings"] = [{"uri": uri, "index": None} for uri in value["web"]["redirectUris"]]
        self.tenant.applications.put(self._checked("application", value, block))
        self.tenant.federated[value["id"]] = [
            {"id": self.tenant.new_id("federated", ref, str(number)), **one} for number, one in enumerate(federated)
        ]

        def link() -> None:
            self.tenant.owners[value["id"]] = [self.resolver.id_of(name, block, "owners") for name in owners]

        return link

    def _roles(self, block: Block, ref: str) -> list[dict[str, Any]]:
        roles = []
        for role in block.listed("appRoles"):
            if isinstance(role, str):
                role = {
                    "allowedMemberTypes": ["User"],
                    "description": role,
                    "displayName": role,
                    "id": self.tenant.new_id("appRole", ref, role),
                    "isEnabled": True,
                    "origin": "Application",
                    "value": None if role in ("User", "msiam_access") else role,
                }
            roles.append(role)
        return roles

    def _credentials(self, block: Block, ref: str, object_id: str) -> dict[str, Any]:
        keys, passwords = list(block.listed("keyCredentials")), list(block.listed("passwordCredentials"))
        thumbprints: dict[str, str] = {}
        for one in block.blocks("certificates"):
            spec = certificate_spec(one)
            key_ids = (self.tenant.new_id("key", ref, spec.name, "sign"), self.tenant.new_id("key", ref, spec.name))
            made = certificates.credentials(spec, f"{self.tenant.id}/{object_id}", key_ids)
            keys += made.keys
            passwords += made.passwords
            thumbprints[spec.name] = made.thumbprint
            identifier = (made.keys or made.passwords)[0]["customKeyIdentifier"]
            self.tenant.references[f"certificate {object_id} {spec.name}"] = identifier or ""
        for one in block.blocks("secrets"):
            name = one.needed("name")
            passwords.append(
                {
                    "customKeyIdentifier": None,
                    "displayName": name,
                    "endDateTime": one.needed("end"),
                    "hint": "emu",
                    "keyId": self.tenant.new_id("secret", ref, name),
                    "secretText": None,
                    "startDateTime": one.text("start") or EPOCH,
                }
            )
            one.end()
        found: dict[str, Any] = {"keyCredentials": keys, "passwordCredentials": passwords}
        preferred = block.text("preferred")
        if preferred is not None:
            if preferred not in thumbprints:
                raise block.wrong(f"no certificate has the name {preferred!r}", "preferred")
            found["preferredTokenSigningKeyThumbprint"] = thumbprints[preferred]
        return found

    def _principal(self, block: Block) -> Any:
        ref, value = self._named(block, "servicePrincipal")
        credentials = self._credentials(block, ref, value["id"])
        owners, assignments = block.texts("owners"), block.listed("assignments")
        grants, permissions, jobs = block.blocks("grants"), block.blocks("permissions"), block.blocks("jobs")
        application = None
        named = block.text("application")
        if named is not None:
            application = self.tenant.applications.get(self.resolver.id_of(named, block, "application"))
            if application is None:
                raise block.wrong(f"{named!r} is no application", "application")
        value |= {
            "appId": application["appId"] if application else self.tenant.new_id("appId", ref),
            "accountEnabled": True,
            "appRoleAssignmentRequired": True,
            "appOwnerOrganizationId": self.tenant.id,
            "servicePrincipalType": "Application",
            **self._template_id(block),
            **({"tags": ["WindowsAzureActiveDirectoryIntegratedApp"]} if "tags" not in block.value else {}),
            **block.value,
            **credentials,
        }
        if application is not None:
            mirror(application, value)
        value.setdefault("displayName", ref)
        value.setdefault("servicePrincipalNames", [value["appId"]])
        self.tenant.service_principals.put(self._checked("servicePrincipal", value, block))
        self.tenant.jobs[value["id"]] = [self._job(one, ref) for one in jobs]

        def link() -> None:
            self.tenant.owners[value["id"]] = [self.resolver.id_of(name, block, "owners") for name in owners]
            for number, one in enumerate(assignments):
                self._assign(value, one, block, number)
            for one in grants:
                self._grant(value, one)
            for one in permissions:
                self._permit(value, one)

        return link

    def _job(self, block: Block, ref: str) -> dict[str, Any]:
        value = {"id": f"{slug(ref)}.{self.tenant.id[:8]}", "templateId": "scim", **block.value}
        never = "0001-01-01T00:00:00Z"
        value["schedule"] = {
            "expiration": None,
            "interval": "PT40M",
            "state": "Active",
            **(value.get("schedule") or {}),
        }
        value["status"] = {
            "code": "Active",
            "countSuccessiveCompleteFailures": 0,
            "escrowsPruned": False,
            "lastExecution": None,
            "lastSuccessfulExecution": None,
            "lastSuccessfulExecutionWithExports": None,
            "progress": [],
            "quarantine": None,
            "steadyStateFirstAchievedTime": never,
            "steadyStateLastAchievedTime": never,
            "synchronizedEntryCountByType": [],
            "troubleshootingUrl": None,
            **(value.get("status") or {}),
        }
        return self._checked("synchronizationJob", value, block)

    def _assign(self, resource: dict[str, Any], given: Any, block: Block, number: int) -> None:
        where = f"{block.where}.assignments[{number}]"
        entry = Block({"principal": given} if isinstance(given, str) else given, block.source, where)
        role_id = role_of(resource, entry.text("role"), entry)
        at = entry.text("at") or EPOCH
        count = entry.number("made_up", 0)
        principal = entry.take("principal")
        entry.end()
        if count:
            for index in range(count):
                user = synthetic_user(self.tenant, synthetic_id(index)) or {}
                self._put_assignment(resource, "User", user, role_id, at)
        elif isinstance(principal, dict):
            gone = Block(principal, block.source, f"{where}.principal")
            kind = gone.choice("type", ("User", "Group", "ServicePrincipal"), "User")
            self._put_assignment(
                resource, kind, {"id": gone.needed("id"), "displayName": gone.text("displayName")}, role_id, at
            )
            gone.end()
        else:
            if not isinstance(principal, str):
                raise entry.wrong("this key is required", "principal")
            object_id = self.resolver.id_of(principal, entry, "principal")
            kind, value = self.tenant.directory_object(object_id) or ("", {})
            if kind in ("", "application"):
                raise entry.wrong(f"{principal!r} is no user, group or service principal", "principal")
            self._put_assignment(resource, kind[:1].upper() + kind[1:], value, role_id, at)

    def _put_assignment(
        self, resource: dict[str, Any], kind: str, principal: dict[str, Any], role_id: str, at: str
    ) -> None:
        self.tenant.assignments.put(
            {
                "id": self.tenant.new_id("assignment", resource["id"], principal["id"], role_id),
                "deletedDateTime": None,
                "appRoleId": role_id,
                "createdDateTime": at,
                "principalDisplayName": principal.get("displayName"),
                "principalId": principal["id"],
                "principalType": kind,
                "resourceDisplayName": resource.get("displayName"),
                "resourceId": resource["id"],
            }
        )

    def _grant(self, client: dict[str, Any], block: Block) -> None:
        resource = self.resolver.id_of(block.needed("resource"), block, "resource")
        scope = block.needed("scope")
        named = block.text("principal")
        block.end()
        principal = self.resolver.id_of(named, block, "principal") if named else None
        self.tenant.grants.put(
            {
                "id": self.tenant.new_id("grant", client["id"], resource, principal or "all"),
                "clientId": client["id"],
                "consentType": "Principal" if principal else "AllPrincipals",
                "principalId": principal,
                "resourceId": resource,
                "scope": scope,
            }
        )

    def _permit(self, client: dict[str, Any], block: Block) -> None:
        name = block.needed("resource")
        resource = self.tenant.service_principals.get(self.resolver.id_of(name, block, "resource"))
        if resource is None:
            raise block.wrong(f"{name!r} is no service principal", "resource")
        self._put_assignment(
            resource, "ServicePrincipal", client, role_of(resource, block.needed("role"), block), EPOCH
        )
        block.end()

    def _policy(self, block: Block, collection: Collection) -> Any:
        _, value = self._named(block, collection.type)
        applies_to, definition = block.texts("applies_to"), block.take("definition")
        if isinstance(definition, dict):
            definition = [json.dumps(definition, separators=(",", ":"))]
        value |= {"isOrganizationDefault": False, **block.value, "definition": definition or []}
        collection.put(self._checked(collection.type, value, block))

        def link() -> None:
            self.tenant.applies_to[value["id"]] = [
                self.resolver.id_of(name, block, "applies_to") for name in applies_to
            ]

        return link

    def _access_policy(self, block: Block) -> Any:
        _, value = self._named(block, "conditionalAccessPolicy")
        value |= {"state": "enabled", "createdDateTime": EPOCH, **block.value}
        self.tenant.conditional_access.put(access_policy(self._checked("conditionalAccessPolicy", value, block)))
        return lambda: None

    def _audit(self, block: Block) -> None:
        raw = block.take("raw")
        if raw is not None:
            value = {"id": self.tenant.new_id("audit", str(len(self.tenant.audits))), **raw}
            self.tenant.audits.put(self._checked("directoryAudit", value, block, "raw"))
            block.end()
            return
        name = block.needed("target")
        found = self.tenant.directory_object(self.resolver.id_of(name, block, "target"))
        if found is None:
            raise block.wrong(f"{name!r} is no directory object", "target")
        modified = tuple(
            Modified(one.needed("name"), one.take("old"), one.take("new")) for one in block.blocks("modified")
        )
        audit.record(
            self.tenant,
            at=block.needed("at"),
            actor=self.resolver.actor(block.needed("by"), block),
            activity=block.needed("activity"),
            operation=block.text("operation") or "Update",
            category=block.text("category") or "ApplicationManagement",
            service=block.text("service") or "Core Directory",
            targets=(Target(found[0], found[1], modified),),
        )
        block.end()

    def _made_up(self, block: Block | None) -> None:
        if block is None:
            return
        count = block.number("servicePrincipals", 0)
        block.end()
        for number in range(count):
            add_made_up_principal(self.tenant, number)


def certificate_spec(block: Block) -> certificates.Spec:
    """The specification of a certificate as ``certificates`` lists it."""
    algorithm = block.choice("algorithm", certificates.ALGORITHMS, "rsa2048")
    spec = certificates.Spec(
        name=block.needed("name"),
        not_before=block.needed("not_before"),
        not_after=block.needed("not_after"),
        algorithm=algorithm,
        hash=block.choice("hash", certificates.HASHES, "sha256"),
        custom_key_identifier=block.choice("custom_key_identifier", certificates.IDENTIFIERS, "sha1"),
        withhold_key=block.flag("withhold_key"),
        parts=tuple(block.texts("parts")) or certificates.PARTS,
        subject=block.text("subject") or certificates.SUBJECT,
    )
    block.end()
    if spec.hash == "sha1" and not algorithm.startswith("rsa"):
        raise block.wrong("only RSA certificates can be signed with sha1 here", "hash")
    for part in spec.parts:
        if part not in certificates.PARTS:
            raise block.wrong(f"expected some of {', '.join(certificates.PARTS)}, not {part!r}", "parts")
    for key, moment in (("not_before", spec.not_before), ("not_after", spec.not_after)):
        if values.property_problem(schema.Property(key, "DateTimeOffset", False, False), moment, key):
            raise block.wrong(f"a time such as 2026-11-22T12:00:00Z was expected, not {moment!r}", key)
    return spec


def role_of(resource: dict[str, Any], name: str | None, block: Block) -> str:
    """The id of an app role by name, value or id; None and ``default`` mean default access."""
    if name is None or name == "default":
        return DEFAULT_ACCESS
    for role in resource.get("appRoles") or ():
        if name in (role.get("displayName"), role.get("value"), role.get("id")):
            return str(role["id"])
    if values.is_guid(name):
        return name
    known = ", ".join(str(role.get("displayName")) for role in resource.get("appRoles") or ())
    raise block.wrong(f"no app role {name!r}; there are: {known or 'none'}", "role")


@cache
def graph_roles() -> list[dict[str, Any]]:
    """The app roles of the Microsoft Graph service principal that the permission table names."""
    return [
        {
            "allowedMemberTypes": ["Application"],
            "description": name,
            "displayName": name,
            "id": graph_role_id(name),
            "isEnabled": True,
            "origin": "Application",
            "value": name,
        }
        for name in sorted(known_permissions() | APP_ROLE_IDS.keys())
    ]


def add_microsoft_graph(tenant: Tenant) -> dict[str, Any]:
    """Put the service principal of Microsoft Graph into a tenant."""
    return tenant.service_principals.put(
        {
            "id": tenant.new_id("servicePrincipal", "microsoft-graph"),
            "appId": GRAPH_APP_ID,
            "displayName": "Microsoft Graph",
            "appDisplayName": "Microsoft Graph",
            "accountEnabled": True,
            "appRoleAssignmentRequired": False,
            "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
            "servicePrincipalType": "Application",
            "servicePrincipalNames": [GRAPH_APP_ID, "https://graph.microsoft.com"],
            "appRoles": graph_roles(),
            "signInAudience": "AzureADMultipleOrgs",
        }
    )


def graph_role_id(name: str) -> str:
    """The id of a Graph permission's app role."""
    import uuid

    return APP_ROLE_IDS.get(name) or str(uuid.uuid5(uuid.UUID(GRAPH_APP_ID), name))


def grant_roles(tenant: Tenant, client: Client) -> None:
    """Make the app role assignments of a client on Microsoft Graph agree with its roles."""
    principal = tenant.service_principals.by("appId", client.client_id)[0]
    graph = tenant.service_principals.by("appId", GRAPH_APP_ID)[0]
    for one in list(tenant.assignments.by("principalId", principal["id"])):
        if one["resourceId"] == graph["id"]:
            tenant.assignments.remove(one["id"])
    for role in client.roles:
        tenant.assignments.put(
            {
                "id": tenant.new_id("assignment", graph["id"], principal["id"], role),
                "deletedDateTime": None,
                "appRoleId": graph_role_id(role),
                "createdDateTime": EPOCH,
                "principalDisplayName": client.name,
                "principalId": principal["id"],
                "principalType": "ServicePrincipal",
                "resourceDisplayName": "Microsoft Graph",
                "resourceId": graph["id"],
            }
        )


def access_policy(value: dict[str, Any]) -> dict[str, Any]:
    """A Conditional Access policy with the conditions that Graph always gives."""
    conditions = value.get("conditions") or {}
    applications = conditions.get("applications") or {}
    users = conditions.get("users") or {}
    value["conditions"] = {
        "clientAppTypes": ["all"],
        "servicePrincipalRiskLevels": [],
        "signInRiskLevels": [],
        "userRiskLevels": [],
        "clientApplications": None,
        "devices": None,
        "locations": None,
        "platforms": None,
        **conditions,
        "applications": {
            "includeApplications": [],
            "excludeApplications": [],
            "includeUserActions": [],
            "includeAuthenticationContextClassReferences": [],
            "applicationFilter": None,
            **applications,
        },
        "users": {
            **{f"{side}{kind}": [] for side in ("include", "exclude") for kind in ("Users", "Groups", "Roles")},
            "includeGuestsOrExternalUsers": None,
            "excludeGuestsOrExternalUsers": None,
            **users,
        },
    }
    return value


def add_made_up_principal(tenant: Tenant, number: int) -> None:
    """Put one further service principal, of no interest to anybody, into the tenant."""
    app_id = f"af000000-0000-4000-8000-{number:012x}"
    tenant.service_principals.put(
        {
            "id": f"5f000000-0000-4000-8000-{number:012x}",
            "appId": app_id,
            "displayName": f"App {number:06d}",
            "appDisplayName": f"App {number:06d}",
            "accountEnabled": True,
            "appRoleAssignmentRequired": False,
            "servicePrincipalType": "Application",
            "servicePrincipalNames": [app_id],
        }
    )
