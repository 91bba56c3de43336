"""The tenants of a configuration: ``[[tenants]]`` tables, a list in a CSV file, and what ``[fleet]`` says for them all.

A tenant's own word counts before that of ``[fleet]``. Every mistake is told with file, table or row, and key.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from auditor.errors import ConfigError
from auditor.graph.clouds import Cloud
from auditor.graph.credentials import KINDS, CredentialSpec
from auditor.model.rule import Binding
from auditor.tenants_csv import read_csv
from auditor.toml import Table, nearest

_TENANT = ("name", "id", "cloud", "client_id", "credential", "product", "bind", "skip", "audit_retention_days")
_SHARED = ("cloud", "client_id", "credential", "product")
"""What ``[fleet]`` may say for every tenant."""
_FLEET = ("tenants_file", *_SHARED)

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_CREDENTIAL_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "certificate": (("path",), ("password_env",)),
    "client-secret": (("env",), ()),
    "workload-identity": (("token_file",), ()),
    "managed-identity": ((), ()),
    "azure-cli": ((), ()),
    "device-code": ((), ()),
    "interactive": ((), ()),
    "access-token": (("env",), ()),
}
_NEED_CLIENT_ID = frozenset({"certificate", "client-secret", "workload-identity", "device-code", "interactive"})


class TenantConfig(Struct, frozen=True):
    """One tenant, as a ``[[tenants]]`` table or a row of the list says it."""

    name: str
    id: str
    cloud: Cloud
    client_id: str | None
    credential: CredentialSpec
    product: str | None
    skip: tuple[str, ...]
    audit_retention_days: int | None
    bind: tuple[Binding, ...] = ()
    """Values for placeholders of the packs' patterns."""


class Tenants:
    """Reads every tenant of one configuration file."""

    def __init__(self, path: Path, clouds: Mapping[str, Cloud], top: Table, defaults: Table) -> None:
        self._path = path
        self._folder = path.resolve().parent
        self._clouds = clouds
        self._listed = top.take("tenants", list, "a list of tables: write [[tenants]]") or []
        self._fleet: dict[str, Any] = top.take("fleet", dict, "a table") or {}
        self._retention_days = _retention(defaults)

    def read(self) -> tuple[TenantConfig, ...]:
        """Those of the file first, then those of the list, in their order; raises ConfigError where there is none."""
        fleet = Table(self._path, "[fleet]", self._fleet, _FLEET)
        if (credential := fleet.take("credential", dict, "a table such as {kind = …}")) is not None:
            self._credential(fleet, credential)
        shared = {key: self._fleet[key] for key in _SHARED if key in self._fleet}
        listed = fleet.text("tenants_file")
        places: dict[tuple[str, str], str] = {}
        tenants: list[TenantConfig] = []
        for file, label, content in self._found(self._folder / listed if listed is not None else None):
            merged = {**shared, **content} if isinstance(content, dict) else content
            tenant = self._tenant(Table(file, label, merged, _TENANT))
            self._no_twin(tenant, f"{file}: {label}", places)
            tenants.append(tenant)
        if not tenants:
            raise ConfigError(
                f"{self._path}: names no tenants.", "Add a [[tenants]] table, or tenants_file to [fleet]."
            )
        return tuple(tenants)

    def _found(self, listed: Path | None) -> Iterator[tuple[Path, str, Any]]:
        for number, content in enumerate(self._listed, 1):
            name = content.get("name") if isinstance(content, dict) else None
            yield self._path, f"[[tenants]] number {number}" + (f" ({name})" if isinstance(name, str) else ""), content
        if listed is not None:
            for row in read_csv(listed):
                yield listed, row.label, row.content

    @staticmethod
    def _no_twin(tenant: TenantConfig, place: str, places: dict[tuple[str, str], str]) -> None:
        for what in ("name", "id"):
            value = str(getattr(tenant, what))
            other = places.setdefault((what, value.lower()), place)
            if other != place:
                raise ConfigError(f"{place}: two tenants have the {what} {value!r}.", f"The other is {other}.")

    def _tenant(self, table: Table) -> TenantConfig:
        tenant_name = table.needed("name")
        tenant_id = table.needed("id")
        if not _GUID.fullmatch(tenant_id):
            raise table.error(
                f"id {tenant_id!r} is no tenant id.", "Expected a GUID, as the Entra overview page shows it."
            )
        cloud_name = table.text("cloud") or "global"
        if cloud_name not in self._clouds:
            raise table.error(f"unknown cloud {cloud_name!r}.", nearest(cloud_name, self._clouds))
        cloud = self._clouds[cloud_name]
        client_id = table.text("client_id")
        credential = self._credential(table, table.take("credential", dict, "a table such as {kind = …}"))
        if credential.kind in _NEED_CLIENT_ID and client_id is None:
            raise table.error(f"client_id is missing: a {credential.kind} credential needs it.")
        if cloud.authority is None and credential.kind != "access-token":
            raise table.error(
                f"cloud {cloud_name} has no authority to sign in at.", "Only access tokens do without one."
            )
        own_retention = _retention(table)
        return TenantConfig(
            name=tenant_name,
            id=tenant_id.lower(),
            cloud=cloud,
            client_id=client_id,
            credential=credential,
            product=table.text("product"),
            skip=table.texts("skip") or (),
            audit_retention_days=own_retention if own_retention is not None else self._retention_days,
            bind=self._bind(table, table.take("bind", dict, "a table such as {subdomain = …}") or {}),
        )

    @staticmethod
    def _bind(tenant: Table, content: Mapping[str, Any]) -> tuple[Binding, ...]:
        """A text is for the one pack that has the placeholder; a table is for the pack of its name."""
        found: list[Binding] = []
        for key, value in content.items():
            members = value.items() if isinstance(value, dict) else [(key, value)]
            for name, text in members:
                if not isinstance(text, str) or not text.strip():
                    where = f"bind.{key}.{name}" if isinstance(value, dict) else f"bind.{key}"
                    raise tenant.error(f"{where} must be a text.")
                found.append(Binding(name, text, key if isinstance(value, dict) else None))
        return tuple(found)

    def _credential(self, tenant: Table, content: dict[str, Any] | None) -> CredentialSpec:
        if content is None:
            raise tenant.error("credential is missing.", f"Its kind is one of: {', '.join(KINDS)}.")
        kind = content.get("kind")
        if not isinstance(kind, str):
            raise tenant.error("credential.kind is missing.", f"It is one of: {', '.join(KINDS)}.")
        if kind not in KINDS:
            raise tenant.error(f"credential.kind {kind!r} is not known.", nearest(kind, KINDS))
        needed, optional = _CREDENTIAL_KEYS[kind]
        for key, value in content.items():
            if key != "kind" and key not in (*needed, *optional):
                valid = ("kind", *needed, *optional)
                raise tenant.error(f"credential: unknown key {key!r} for kind {kind}.", nearest(key, valid))
            if not isinstance(value, str) or not value:
                raise tenant.error(f"credential.{key} must be a text.")
        for key in needed:
            if key not in content:
                raise tenant.error(f"credential.{key} is missing: kind {kind} needs it.")
        paths: dict[str, str] = {
            key: str(self._folder / content[key]) for key in ("path", "token_file") if key in content
        }
        values: dict[str, str] = {**content, **paths}
        return CredentialSpec(**values)


def _retention(table: Table) -> int | None:
    days = table.number("audit_retention_days", 1)
    return int(days) if days is not None else None
