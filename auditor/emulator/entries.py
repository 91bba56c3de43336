"""The audit entries that each kind of change leaves, with Entra's activity names and property names.

``operations`` makes the changes; nothing here changes the tenant but its audit log.
"""

from typing import Any

from auditor.emulator import audit
from auditor.emulator.audit import Actor, Modified, Target
from auditor.emulator.directory import Tenant


class Entries:
    """Writes entries by one actor at one time (RFC 3339, UTC), under one correlation id."""

    def __init__(self, tenant: Tenant, actor: Actor, at: str) -> None:
        self.tenant = tenant
        self.actor = actor
        self.at = at
        self.correlation_id = tenant.new_id()

    def entry(
        self,
        activity: str,
        operation: str,
        *targets: Target,
        category: str = "ApplicationManagement",
        service: str = "Core Directory",
    ) -> None:
        """Write one entry about these targets."""
        audit.record(
            self.tenant,
            at=self.at,
            actor=self.actor,
            activity=activity,
            operation=operation,
            targets=targets,
            category=category,
            service=service,
            correlation_id=self.correlation_id,
        )

    def update_entries(self, activity: str, kind: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Write what an update of an application or service principal leaves: properties and credentials apart."""
        modified = audit.changes(before, after)
        keys = tuple(one for one in modified if one.name == "KeyDescription")
        others = tuple(one for one in modified if one.name != "KeyDescription")
        if keys:
            self.credentials_entry(kind, after, keys[0])
        if others:
            names = ";".join(after.get("servicePrincipalNames", ())) if kind == "servicePrincipal" else None
            self.entry(activity, "Update", Target(kind, after, audit.with_summary(others, names)))

    def credentials_entry(self, kind: str, value: dict[str, Any], keys: Modified) -> None:
        """Write that keys or secrets were added or removed."""
        if kind == "application":
            activities = [("Update application - Certificates and secrets management", "Update")]
        else:
            activities = []
            if set(keys.new) - set(keys.old):
                activities.append(("Add service principal credentials", "Update"))
            if set(keys.old) - set(keys.new):
                activities.append(("Remove service principal credentials", "Update"))
        for activity, operation in activities:
            self.entry(activity, operation, Target(kind, value, audit.with_summary((keys,))))

    def assignment_entry(
        self,
        activity: str,
        operation: str,
        resource: dict[str, Any],
        kind: str,
        principal: dict[str, Any],
        role: dict[str, Any] | None,
        role_id: str,
        *,
        added: bool,
    ) -> None:
        """Write that an app role was assigned or taken away."""
        label = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}[kind]
        named = [
            ("AppRole.Id", role_id),
            ("AppRole.Value", (role or {}).get("value") or ""),
            ("AppRole.DisplayName", (role or {}).get("displayName") or ""),
            ("AppRoleAssignment.CreatedDateTime", self.at),
            (f"{label}.ObjectID", principal["id"]),
            (f"{label}.DisplayName", principal.get("displayName")),
        ]
        if kind == "user":
            named.append(("User.UPN", principal.get("userPrincipalName")))
        modified = tuple(Modified(name, *sides(value, added=added)) for name, value in named)
        self.entry(activity, operation, Target("servicePrincipal", resource, modified), Target(kind, principal))

    def owner_entry(
        self,
        activity: str,
        operation: str,
        kind: str,
        value: dict[str, Any],
        owner: tuple[str, dict[str, Any]],
        *,
        added: bool,
    ) -> None:
        """Write that an owner came or went."""
        label = "Application" if kind == "application" else "ServicePrincipal"
        modified = (
            Modified(f"{label}.ObjectID", *sides(value["id"], added=added)),
            Modified(f"{label}.DisplayName", *sides(value.get("displayName"), added=added)),
            Modified(f"{label}.AppId", *sides(value.get("appId"), added=added)),
        )
        words = "application" if kind == "application" else "service principal"
        self.entry(f"{activity} {words}", operation, Target(owner[0], owner[1], modified), Target(kind, value))

    def grant_entry(
        self, activity: str, operation: str, grant: dict[str, Any], old: str | None, new: str | None
    ) -> None:
        """Write that delegated permissions were granted or withdrawn."""
        resource = self.tenant.service_principals.get(grant["resourceId"]) or {"id": grant["resourceId"]}
        client = self.tenant.service_principals.get(grant["clientId"]) or {"id": grant["clientId"]}
        modified = (
            Modified("DelegatedPermissionGrant.Scope", old, new),
            Modified("DelegatedPermissionGrant.ConsentType", *sides(grant["consentType"], added=new is not None)),
            Modified("ServicePrincipal.ObjectID", *sides(client["id"], added=new is not None)),
        )
        self.entry(
            activity, operation, Target("servicePrincipal", resource, modified), Target("servicePrincipal", client)
        )

    def policy_entry(
        self, activity: str, operation: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        """Write that a Conditional Access policy was added, changed or deleted."""
        value = after or before or {}
        self.entry(
            activity,
            operation,
            Target("conditionalAccessPolicy", value, (Modified("ConditionalAccessPolicy", before, after),)),
            category="Policy",
            service="Conditional Access",
        )


def sides(value: Any, *, added: bool) -> tuple[Any, Any]:
    """Old and new value of something that was added, or of something that was removed."""
    return (None, value) if added else (value, None)
