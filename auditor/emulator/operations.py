"""Changes to a tenant: the one path that requests and the phases of a tenant file both take.

Each operation keeps the mirrors that Entra keeps and writes the audit entries that Entra writes. Validation is
Graph's: what does not fit the metadata is a 400 and changes nothing.
"""

import copy
from typing import Any

from auditor.emulator import audit, certificates, values
from auditor.emulator.audit import Modified, Target
from auditor.emulator.directory import DEFAULT_ACCESS, Collection, app_role_assignment, mirror
from auditor.emulator.entries import Entries, sides
from auditor.emulator.errors import bad_request, not_found
from auditor.emulator.patching import merged, with_key_material

_READ_ONLY = frozenset(
    {"id", "appId", "deletedDateTime", "createdDateTime", "appDisplayName", "appOwnerOrganizationId"}
)


class Change(Entries):
    """A series of operations by one actor at one time (RFC 3339, UTC), under one correlation id."""

    def patch(self, collection: Collection, object_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change properties of an object; objects within it are merged, lists are replaced, as Graph does."""
        current = self._object(collection, object_id)
        found = values.problem(collection.type, body)
        if found is not None:
            raise bad_request(found[1])
        frozen = sorted(name for name in body if name in _READ_ONLY)
        if frozen:
            raise bad_request(f"Property '{frozen[0]}' is read-only and cannot be set.")
        for name in ("keyCredentials", "passwordCredentials"):
            if name in body:
                body = body | {name: with_key_material(current.get(name) or [], body[name])}
        for uri in body.get("identifierUris", ()) if collection.type == "application" else ():
            if any(one["id"] != object_id for one in collection.by("identifierUris", uri)):
                raise bad_request("Another object with the same value for property identifierUris already exists.")
        before = copy.deepcopy(current)
        after = merged(current, body)
        collection.put(after)
        if collection.type == "application":
            self.update_entries("Update application", "application", before, after)
            principal = self.tenant.principal_of(after)
            if principal is not None:
                mirrored = copy.deepcopy(principal)
                mirror(after, mirrored, *body)
                self.tenant.service_principals.put(mirrored)
                self.update_entries("Update service principal", "servicePrincipal", principal, mirrored)
        elif collection.type == "servicePrincipal":
            self.update_entries("Update service principal", "servicePrincipal", before, after)
            application = self.tenant.application_of(after)
            if application is not None and "displayName" in body:
                renamed = application | {"displayName": after.get("displayName")}
                self.tenant.applications.put(renamed)
                after["appDisplayName"] = after.get("displayName")
                self.update_entries("Update application", "application", application, renamed)
        elif collection.type == "conditionalAccessPolicy":
            self.policy_entry("Update Conditional Access policy", "Update", before, after)
        else:
            label = {"user": "Update user", "group": "Update group"}.get(collection.type, "Update policy")
            category = {"user": "UserManagement", "group": "GroupManagement"}.get(collection.type, "Policy")
            modified = audit.changes(before, after)
            if modified:
                self.entry(
                    label, "Update", Target(collection.type, after, audit.with_summary(modified)), category=category
                )
        return after

    def delete(self, collection: Collection, object_id: str) -> None:
        """Delete an object. Assignments that name a deleted user or group stay, as they do for a while in Entra."""
        value = self._object(collection, object_id)
        collection.remove(object_id)
        label, category = {
            "user": ("Delete user", "UserManagement"),
            "group": ("Delete group", "GroupManagement"),
            "application": ("Delete application", "ApplicationManagement"),
            "servicePrincipal": ("Remove service principal", "ApplicationManagement"),
            "conditionalAccessPolicy": ("Delete Conditional Access policy", "Policy"),
        }.get(collection.type, ("Delete policy", "Policy"))
        if collection.type == "conditionalAccessPolicy":
            self.policy_entry(label, "Delete", value, None)
            return
        self.entry(label, "Delete", Target(collection.type, value), category=category)
        if collection.type == "servicePrincipal":
            for assignment in list(self.tenant.assignments.by("resourceId", object_id)):
                self.tenant.assignments.remove(assignment["id"])

    def create_policy(self, collection: Collection, body: dict[str, Any]) -> dict[str, Any]:
        """Add a Conditional Access, claims mapping or token issuance policy."""
        found = values.problem(collection.type, body)
        if found is not None:
            raise bad_request(found[1])
        value = collection.put({"id": body.get("id") or self.tenant.new_id(), **body})
        if collection.type == "conditionalAccessPolicy":
            self.policy_entry("Add Conditional Access policy", "Add", None, value)
        else:
            self.entry("Add policy", "Add", Target(collection.type, value), category="Policy")
        return value

    def add_token_signing_certificate(
        self, principal_id: str, *, subject: str, not_after: str, spec: certificates.Spec | None = None
    ) -> dict[str, Any]:
        """Make a SAML certificate: Sign key, Verify key and password credential; returns ``selfSignedCertificate``."""
        principal = self._object(self.tenant.service_principals, principal_id)
        seed = self.tenant.new_id()
        spec = spec or certificates.Spec(name=seed, not_before=self.at, not_after=not_after, subject=subject)
        key_ids = (self.tenant.new_id(seed, "sign"), self.tenant.new_id(seed, "verify"))
        made = certificates.credentials(spec, f"{self.tenant.id}/{principal_id}", key_ids)
        after = principal | {
            "keyCredentials": [*principal.get("keyCredentials", ()), *made.keys],
            "passwordCredentials": [*principal.get("passwordCredentials", ()), *made.passwords],
        }
        self._put_credentials("servicePrincipal", principal, after)
        verify = next(key for key in made.keys if key["usage"] == "Verify")
        return {**verify, "thumbprint": made.thumbprint}

    def add_password(self, collection: Collection, object_id: str, body: dict[str, Any], secret: str) -> dict[str, Any]:
        """Add a client secret; the answer holds ``secretText`` once, the store never does."""
        current = self._object(collection, object_id)
        found = values.problem("passwordCredential", body)
        if found is not None:
            raise bad_request(found[1])
        key_id = self.tenant.new_id()
        credential = {
            "customKeyIdentifier": None,
            "displayName": body.get("displayName"),
            "endDateTime": body.get("endDateTime") or f"{int(self.at[:4]) + 2}{self.at[4:]}",
            "hint": secret[:3],
            "keyId": key_id,
            "secretText": None,
            "startDateTime": body.get("startDateTime") or self.at,
        }
        after = current | {"passwordCredentials": [*current.get("passwordCredentials", ()), credential]}
        self._put_credentials(collection.type, current, after)
        return {**credential, "secretText": secret}

    def remove_password(self, collection: Collection, object_id: str, key_id: str) -> None:
        """Remove a client secret by its key id."""
        current = self._object(collection, object_id)
        kept = [one for one in current.get("passwordCredentials", ()) if one.get("keyId") != key_id]
        if len(kept) == len(current.get("passwordCredentials", ())):
            raise bad_request(f"No password credential found with keyId '{key_id}'.")
        self._put_credentials(collection.type, current, current | {"passwordCredentials": kept})

    def remove_certificate(self, principal_id: str, custom_key_identifier: str) -> None:
        """Remove every key and password that carries this ``customKeyIdentifier``."""
        current = self._object(self.tenant.service_principals, principal_id)
        after = current | {
            name: [one for one in current.get(name, ()) if one.get("customKeyIdentifier") != custom_key_identifier]
            for name in ("keyCredentials", "passwordCredentials")
        }
        self._put_credentials("servicePrincipal", current, after)

    def add_assignment(self, principal_id: str, resource_id: str, role_id: str) -> dict[str, Any]:
        """Assign a user, group or service principal to an app role of a service principal."""
        resource = self._object(self.tenant.service_principals, resource_id)
        found = self.tenant.directory_object(principal_id)
        if found is None or found[0] == "application":
            raise not_found(principal_id)
        kind, principal = found
        role = _role(resource, role_id)
        if role is None and role_id != DEFAULT_ACCESS:
            raise bad_request("Permission being assigned was not found on application")
        if any(
            one["principalId"] == principal_id and one["appRoleId"] == role_id
            for one in self.tenant.assignments.by("resourceId", resource_id)
        ):
            raise bad_request("Permission being assigned already exists on the object")
        assignment = self.tenant.assignments.put(
            app_role_assignment(self.tenant.new_id(), resource, kind, principal, role_id, self.at)
        )
        activity = {
            "user": "Add app role assignment grant to user",
            "group": "Add app role assignment to group",
            "servicePrincipal": "Add app role assignment to service principal",
        }[kind]
        self.assignment_entry(activity, "Assign", resource, kind, principal, role, role_id, added=True)
        return assignment

    def remove_assignment(self, assignment_id: str) -> None:
        """Remove an app role assignment."""
        assignment = self.tenant.assignments.get(assignment_id)
        if assignment is None:
            raise not_found(assignment_id)
        self.tenant.assignments.remove(assignment_id)
        resource = self.tenant.service_principals.get(assignment["resourceId"]) or {"id": assignment["resourceId"]}
        kind = assignment["principalType"][:1].lower() + assignment["principalType"][1:]
        found = self.tenant.directory_object(assignment["principalId"])
        principal = (
            found[1] if found else {"id": assignment["principalId"], "displayName": assignment["principalDisplayName"]}
        )
        activity = {
            "user": "Remove app role assignment from user",
            "group": "Remove app role assignment from group",
            "servicePrincipal": "Remove app role assignment from service principal",
        }[kind]
        role = _role(resource, assignment["appRoleId"])
        self.assignment_entry(
            activity, "Unassign", resource, kind, principal, role, assignment["appRoleId"], added=False
        )

    def add_owner(self, object_id: str, owner_id: str) -> None:
        """Add an owner to an application or a service principal."""
        kind, value = self._owned(object_id)
        owner = self.tenant.directory_object(owner_id)
        if owner is None or owner[0] not in ("user", "servicePrincipal"):
            raise not_found(owner_id)
        owners = self.tenant.owners.setdefault(object_id, [])
        if owner_id in owners:
            raise bad_request(
                "One or more added object references already exist for the following modified properties: 'owners'."
            )
        owners.append(owner_id)
        self.owner_entry("Add owner to", "Assign", kind, value, owner, added=True)

    def remove_owner(self, object_id: str, owner_id: str) -> None:
        """Remove an owner from an application or a service principal."""
        kind, value = self._owned(object_id)
        if owner_id not in self.tenant.owners.get(object_id, ()):
            raise not_found(owner_id)
        self.tenant.owners[object_id].remove(owner_id)
        owner = self.tenant.directory_object(owner_id) or ("user", {"id": owner_id})
        self.owner_entry("Remove owner from", "Unassign", kind, value, owner, added=False)

    def add_grant(
        self, client_id: str, resource_id: str, scope: str, principal_id: str | None = None
    ) -> dict[str, Any]:
        """Consent to delegated permissions of a resource for a client (both service principal ids)."""
        grant = self.tenant.grants.put(
            {
                "id": self.tenant.new_id(),
                "clientId": client_id,
                "consentType": "Principal" if principal_id else "AllPrincipals",
                "principalId": principal_id,
                "resourceId": resource_id,
                "scope": scope,
            }
        )
        self.grant_entry("Add delegated permission grant", "Assign", grant, None, scope)
        return grant

    def remove_grant(self, grant_id: str) -> None:
        """Withdraw a delegated permission grant."""
        grant = self.tenant.grants.remove(grant_id)
        if grant is None:
            raise not_found(grant_id)
        self.grant_entry("Remove delegated permission grant", "Unassign", grant, grant["scope"], None)

    def assign_policy(self, policy_id: str, object_id: str, *, assigned: bool = True) -> None:
        """Assign a claims mapping or token issuance policy to an object, or take it away."""
        policy = self.tenant.claims_policies.get(policy_id) or self.tenant.token_policies.get(policy_id)
        found = self.tenant.directory_object(object_id)
        if policy is None or found is None:
            raise not_found(policy_id if policy is None else object_id)
        listed = self.tenant.applies_to.setdefault(policy_id, [])
        if assigned:
            listed.append(object_id)
        elif object_id in listed:
            listed.remove(object_id)
        label = {"application": "application", "servicePrincipal": "service principal"}[found[0]]
        name = "ServicePrincipal" if found[0] == "servicePrincipal" else "Application"
        modified = (
            Modified(f"{name}.ObjectID", *sides(object_id, added=assigned)),
            Modified("Policy.ObjectID", *sides(policy_id, added=assigned)),
        )
        self.entry(
            f"Add policy to {label}" if assigned else f"Remove policy from {label}",
            "Assign" if assigned else "Unassign",
            Target(found[0], found[1], modified),
            Target("tokenIssuancePolicy", policy),
        )

    def set_job(self, principal_id: str, job_id: str, body: dict[str, Any]) -> None:
        """Change a provisioning job, as the provisioning service does."""
        principal = self._object(self.tenant.service_principals, principal_id)
        jobs = self.tenant.jobs.get(principal_id, [])
        position = next((at for at, job in enumerate(jobs) if job["id"] == job_id), None)
        if position is None:
            raise not_found(job_id)
        before = jobs[position]
        after = jobs[position] = merged(before, body)
        old, new = ((job.get("status") or {}).get("code") for job in (before, after))
        activity = {"Quarantine": "Provisioning quarantine", "Paused": "Disable/pause provisioning"}.get(
            str(new), "Update provisioning setting or credentials"
        )
        self.entry(
            activity,
            "Update",
            Target("servicePrincipal", principal, (Modified("StatusCode", old, new),)),
            category="ProvisioningManagement",
            service="Account Provisioning",
        )

    def set_member(self, group_id: str, member_id: str, *, member: bool = True) -> None:
        """Add a member to a group, or remove one."""
        group = self._object(self.tenant.groups, group_id)
        found = self.tenant.directory_object(member_id)
        if found is None:
            raise not_found(member_id)
        ids = self.tenant.members[group_id].ids
        if member:
            ids.append(member_id)
        elif member_id in ids:
            ids.remove(member_id)
        self.entry(
            "Add member to group" if member else "Remove member from group",
            "Assign" if member else "Unassign",
            Target(found[0], found[1], (Modified("Group.ObjectID", *sides(group_id, added=member)),)),
            Target("group", group),
            category="GroupManagement",
        )

    def instantiate(self, template_id: str, display_name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add an app from the gallery: the new application and service principal."""
        template = self.tenant.templates.get(template_id)
        if template is None:
            raise not_found(template_id)
        if not display_name:
            raise bad_request("Property 'displayName' is required.")
        roles = [
            {
                "allowedMemberTypes": ["User"],
                "description": name,
                "displayName": name,
                "id": self.tenant.new_id(),
                "isEnabled": True,
                "origin": "Application",
                "value": None,
            }
            for name in ("User", "msiam_access")
        ]
        application = self.tenant.applications.put(
            {
                "id": self.tenant.new_id(),
                "appId": self.tenant.new_id(),
                "applicationTemplateId": template_id,
                "createdDateTime": self.at,
                "displayName": display_name,
                "identifierUris": [],
                "signInAudience": "AzureADMyOrg",
                "appRoles": roles,
                "web": {
                    "homePageUrl": template.get("homePageUrl"),
                    "logoutUrl": None,
                    "redirectUris": [],
                    "redirectUriSettings": [],
                    "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": True},
                },
            }
        )
        principal = {
            "id": self.tenant.new_id(),
            "appId": application["appId"],
            "appOwnerOrganizationId": self.tenant.id,
            "accountEnabled": True,
            "appRoleAssignmentRequired": True,
            "servicePrincipalType": "Application",
            "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        }
        mirror(application, principal)
        self.tenant.service_principals.put(principal)
        self.entry("Add application", "Add", Target("application", application))
        self.entry("Add service principal", "Add", Target("servicePrincipal", principal))
        return application, principal

    def _object(self, collection: Collection, object_id: str) -> dict[str, Any]:
        found = collection.get(object_id)
        if found is None:
            raise not_found(object_id)
        return found

    def _owned(self, object_id: str) -> tuple[str, dict[str, Any]]:
        found = self.tenant.directory_object(object_id)
        if found is None or found[0] not in ("application", "servicePrincipal"):
            raise not_found(object_id)
        return found

    def _put_credentials(self, kind: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        collection = self.tenant.applications if kind == "application" else self.tenant.service_principals
        collection.put(after)
        old, new = audit.key_descriptions(before), audit.key_descriptions(after)
        if old != new:
            self.credentials_entry(kind, after, Modified("KeyDescription", old, new))


def _role(resource: dict[str, Any], role_id: str) -> dict[str, Any] | None:
    return next((role for role in resource.get("appRoles", ()) if role.get("id") == role_id), None)
