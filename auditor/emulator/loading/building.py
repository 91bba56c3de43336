"""What the parts of a tenant file are built with: the tenant so far, the names in it, checks against the metadata."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from auditor.emulator import schema, values
from auditor.emulator.directory import Tenant
from auditor.emulator.loading.references import Resolver, slug
from auditor.emulator.loading.yaml_source import Block

EPOCH = "2024-01-15T08:00:00Z"
"""Creation time of what the file gives none."""

Link = Callable[[], None]
"""What is left to do for an object when every name in the file is known."""


class Building(NamedTuple):
    """A tenant being built. ``folder`` is where paths of client certificates begin."""

    tenant: Tenant
    resolver: Resolver
    folder: Path | None
    premium: bool

    def checked(self, type_name: str, value: dict[str, Any], block: Block, key: str = "") -> dict[str, Any]:
        """The value, if it fits its type; raises the error that names the property, or the nearest one."""
        plain = {name: one for name, one in value.items() if not self.resolver.is_reference(one)}
        found = values.problem(type_name, plain)
        if found is None:
            return value
        path, message = found
        if message.startswith("Invalid property") and path in value:
            block.unknown(path, schema.TYPES[type_name].properties, key)
        raise block.wrong(message, ".".join(part for part in (key, path) if part))

    def named(self, block: Block, kind: str) -> tuple[str, dict[str, Any]]:
        """The ref of an object and its Graph properties so far, with its id."""
        ref = block.text("ref")
        display = block.value.get("displayName")
        if ref is None:
            if not isinstance(display, str):
                raise block.wrong("ref or displayName is required")
            ref = slug(display)
        object_id = block.text("id") or self.tenant.new_id(kind, ref)
        if not values.is_guid(object_id):
            raise block.wrong(f"a GUID was expected, not {object_id!r}", "id")
        self.resolver.name(ref, object_id, block)
        return ref, {"id": object_id.lower()}
