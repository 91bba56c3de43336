"""Names within a tenant file: what ``owners: [adele-vance]`` and ``ref:meetings.appId`` stand for."""

import difflib
import re
from typing import Any

from auditor.emulator.audit import Actor
from auditor.emulator.directory import Collection, Tenant
from auditor.emulator.loading.yaml_source import Block

_REFERENCE = re.compile(r"ref:([A-Za-z0-9][A-Za-z0-9_-]*)\.([A-Za-z]+)")


def slug(text: str) -> str:
    """The ref of an object that has only a display name: lower case, hyphens for whatever is no letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"


class Resolver:
    """Finds objects of one tenant by the names that its file uses."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def name(self, ref: str, object_id: str, block: Block) -> None:
        """Give an object a ref. Raises where the ref is taken."""
        if ref in self.tenant.references:
            raise block.wrong(f"the ref {ref!r} is taken; give this one a ref of its own", "ref")
        self.tenant.references[ref] = object_id.lower()

    def id_of(self, name: str, block: Block, key: str) -> str:
        """The id that a ref, id, user principal name or display name stands for."""
        tenant = self.tenant
        found = tenant.references.get(name)
        if found is not None:
            return found
        if tenant.directory_object(name.lower()):
            return name.lower()
        for collection, prop in (
            (tenant.users, "userPrincipalName"),
            (tenant.users, "displayName"),
            (tenant.groups, "displayName"),
            (tenant.service_principals, "displayName"),
        ):
            named = collection.by(prop, name)
            if len(named) == 1:
                return str(named[0]["id"])
        near = difflib.get_close_matches(name, tenant.references, 1)
        raise block.wrong(f"nothing is called {name!r}{f'; did you mean {near[0]!r}?' if near else ''}", key)

    def actor(self, name: str, block: Block) -> Actor:
        """Who a change is made by: a user, a service principal, or ``service:NAME``."""
        if name.startswith("service:"):
            return Actor("service", name.removeprefix("service:").strip())
        object_id = self.id_of(name, block, "by")
        kind, value = self.tenant.directory_object(object_id) or ("", {})
        if kind == "user":
            return Actor("user", value["displayName"], object_id, None, value["userPrincipalName"])
        if kind == "servicePrincipal":
            return Actor("app", value["displayName"], object_id, value["appId"])
        raise block.wrong(f"{name!r} is no user or service principal", "by")

    def collection_of(self, object_id: str) -> Collection | None:
        """The collection that holds an object."""
        tenant = self.tenant
        return next(
            (
                collection
                for collection in (
                    tenant.users,
                    tenant.groups,
                    tenant.applications,
                    tenant.service_principals,
                    tenant.conditional_access,
                    tenant.claims_policies,
                    tenant.token_policies,
                )
                if collection.get(object_id) is not None
            ),
            None,
        )

    @staticmethod
    def is_reference(value: Any) -> bool:
        """Whether a value is a text of the form ``ref:NAME.PROPERTY``."""
        return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None

    def replaced(self, value: Any) -> Any:
        """A value with every ``ref:NAME.PROPERTY`` in it replaced; texts that name nothing stay as they are."""
        if isinstance(value, dict):
            return {name: self.replaced(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.replaced(one) for one in value]
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found is None or found[1] not in self.tenant.references:
            return value
        collection = self.collection_of(self.tenant.references[found[1]])
        target = collection.get(self.tenant.references[found[1]]) if collection else None
        return target.get(found[2], value) if target else value

    def replace_references(self) -> None:
        """Replace references in every policy of the tenant."""
        for collection in (
            self.tenant.conditional_access,
            self.tenant.claims_policies,
            self.tenant.token_policies,
            self.tenant.groups,
            self.tenant.audits,
        ):
            for one in collection.all():
                if "ref:" in str(one):
                    collection.put(self.replaced(one))
