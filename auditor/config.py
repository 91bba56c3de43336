"""The configuration file, ``auditor.toml``: read, checked to the last key, and frozen.

An unknown key is an error that names the key, its table and the nearest valid one: a misspelt setting must not silently
weaken an audit. Secrets never stand in it. Relative paths are relative to the file.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from auditor.channels import Channel, Healthcheck, read_channels, read_healthcheck, read_textfile
from auditor.errors import ConfigError
from auditor.graph.clouds import BUILT_IN, Cloud, check_endpoint
from auditor.graph.credentials import KINDS, CredentialSpec
from auditor.model.rule import Binding
from auditor.resources import default_packs
from auditor.toml import Table, nearest

__all__ = ["Channel", "Config", "Healthcheck", "TenantConfig", "load", "nearest"]

DEFAULT_NAME = "auditor.toml"
FORMATS = ("json", "html", "pdf", "pdfa", "csv", "xlsx", "sarif", "junit", "ocsf", "oscal", "evidence", "remediation")
SEVERITIES = ("critical", "high", "medium", "low", "info")

_TOP = ("defaults", "clouds", "tenants", "notify", "metrics", "healthcheck")
_DEFAULTS = (
    "packs",
    "rules",
    "store",
    "out",
    "max_concurrency",
    "budget_s",
    "fail_on",
    "format",
    "skip",
    "waivers",
    "audit_retention_days",
)
_CLOUD = ("graph", "authority", "ca_file", "audience")
_TENANT = ("name", "id", "cloud", "client_id", "credential", "product", "bind", "skip", "audit_retention_days")

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
    """One ``[[tenants]]`` table."""

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


class Config(Struct, frozen=True):
    """The whole file. ``folder`` is what relative paths in it are relative to."""

    folder: Path
    packs: tuple[str, ...]
    rules: str | None
    store: str
    out: Path
    max_concurrency: int
    budget_s: float
    fail_on: str
    formats: tuple[str, ...] | None
    skip: tuple[str, ...]
    waivers: Path | None
    tenants: tuple[TenantConfig, ...]
    notify: tuple[Channel, ...] = ()
    metrics: Path | None = None
    """Where Prometheus's textfile collector looks, where it does."""
    healthcheck: Healthcheck | None = None


def load(path: Path) -> Config:
    """The checked configuration; raises :class:`ConfigError` with one line that says what, where and what to do."""
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: there is no such file.", "Name one with --config; the README shows a complete one."
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        document = tomllib.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start}).") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}.") from error
    return _Reader(path).config(document)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path.resolve().parent

    def config(self, document: dict[str, Any]) -> Config:
        top = Table(self._path, "the file", document, _TOP)
        defaults = Table(self._path, "[defaults]", top.take("defaults", dict, "a table") or {}, _DEFAULTS)
        clouds = {**BUILT_IN, **self._clouds(top.take("clouds", dict, "a table") or {})}
        listed = top.take("tenants", list, "a list of tables: write [[tenants]]") or []
        packs = defaults.texts("packs") or default_packs()
        rules = defaults.text("rules")
        store = self._store(defaults)
        out = self._folder / (defaults.text("out") or "reports")
        concurrency = defaults.number("max_concurrency", 1)
        budget = defaults.number("budget_s", 1)
        fail_on = self._choice(defaults, "fail_on", SEVERITIES) or "low"
        formats = defaults.texts("format")
        for name in formats or ():
            if name not in (*FORMATS, "all"):
                raise defaults.error(f"unknown format {name!r}.", nearest(name, FORMATS))
        skip = defaults.texts("skip") or ()
        waivers = defaults.text("waivers")
        retention = self._retention(defaults)
        tenants = tuple(self._tenant(number, table, clouds, retention) for number, table in enumerate(listed, 1))
        if not tenants:
            raise ConfigError(f"{self._path}: names no tenants.", "Add a [[tenants]] table; the README shows one.")
        self._no_twins(tenants)
        return Config(
            folder=self._folder,
            packs=tuple(self._pack(pack) for pack in packs),
            rules=str(self._folder / rules) if rules else None,
            store=store,
            out=out,
            max_concurrency=int(concurrency) if concurrency is not None else 64,
            budget_s=float(budget) if budget is not None else 300.0,
            fail_on=fail_on,
            formats=formats,
            skip=skip,
            waivers=self._folder / waivers if waivers else None,
            tenants=tenants,
            notify=read_channels(self._path, top),
            metrics=read_textfile(self._path, top, self._folder),
            healthcheck=read_healthcheck(self._path, top),
        )

    def _pack(self, pack: str) -> str:
        """A shipped pack's id as it is; anything that looks like a file, relative to the configuration."""
        return str(self._folder / pack) if "/" in pack or pack.endswith((".yaml", ".yml")) else pack

    def _store(self, defaults: Table) -> str:
        url = defaults.text("store") or "sqlite:///auditor.db"
        if url.startswith("sqlite:///"):
            name = url.removeprefix("sqlite:///")
            return url if name == ":memory:" else f"sqlite:///{self._folder / name}"
        if not url.startswith(("postgresql://", "postgresql+psycopg://")):
            raise defaults.error("store must be a sqlite:/// or postgresql+psycopg:// address.")
        return url

    def _clouds(self, tables: Mapping[str, Any]) -> dict[str, Cloud]:
        clouds: dict[str, Cloud] = {}
        for name, content in tables.items():
            table = Table(self._path, f"[clouds.{name}]", content, _CLOUD)
            if name in BUILT_IN:
                raise table.error(f"{name} is built in and cannot be redefined.", "Choose another name.")
            graph = self._endpoint(table, "graph", table.needed("graph"), plain_http=True)
            authority = table.text("authority")
            if authority is not None:
                authority = self._endpoint(table, "authority", authority, plain_http=False)
            ca_file = table.text("ca_file")
            audience = table.text("audience") or "https://graph.microsoft.com"
            if ca_file is not None and not (self._folder / ca_file).is_file():
                raise table.error(f"ca_file: there is no file {ca_file}.")
            clouds[name] = Cloud(
                name=name,
                graph=graph,
                authority=authority,
                audience=audience.rstrip("/"),
                ca_file=str(self._folder / ca_file) if ca_file else None,
                private=True,
            )
        return clouds

    @staticmethod
    def _endpoint(table: Table, key: str, url: str, *, plain_http: bool) -> str:
        try:
            return check_endpoint(url, plain_http=plain_http)
        except ValueError as error:
            raise table.error(f"{key}: {error}.") from error

    def _tenant(self, number: int, content: Any, clouds: Mapping[str, Cloud], retention: int | None) -> TenantConfig:
        name = content.get("name") if isinstance(content, dict) else None
        label = f"[[tenants]] number {number}" + (f" ({name})" if isinstance(name, str) else "")
        table = Table(self._path, label, content, _TENANT)
        tenant_name = table.needed("name")
        tenant_id = table.needed("id")
        if not _GUID.fullmatch(tenant_id):
            raise table.error(
                f"id {tenant_id!r} is no tenant id.", "Expected a GUID, as the Entra overview page shows it."
            )
        cloud_name = table.text("cloud") or "global"
        if cloud_name not in clouds:
            raise table.error(f"unknown cloud {cloud_name!r}.", nearest(cloud_name, clouds))
        cloud = clouds[cloud_name]
        client_id = table.text("client_id")
        credential = self._credential(table, table.take("credential", dict, "a table such as {kind = …}"))
        if credential.kind in _NEED_CLIENT_ID and client_id is None:
            raise table.error(f"client_id is missing: a {credential.kind} credential needs it.")
        if cloud.authority is None and credential.kind != "access-token":
            raise table.error(
                f"cloud {cloud_name} has no authority to sign in at.", "Only access tokens do without one."
            )
        own_retention = self._retention(table)
        return TenantConfig(
            name=tenant_name,
            id=tenant_id.lower(),
            cloud=cloud,
            client_id=client_id,
            credential=credential,
            product=table.text("product"),
            skip=table.texts("skip") or (),
            audit_retention_days=own_retention if own_retention is not None else retention,
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

    @staticmethod
    def _choice(table: Table, key: str, valid: tuple[str, ...]) -> str | None:
        value = table.text(key)
        if value is not None and value not in valid:
            raise table.error(f"{key} {value!r} is not known.", nearest(value, valid))
        return value

    @staticmethod
    def _retention(table: Table) -> int | None:
        days = table.number("audit_retention_days", 1)
        return int(days) if days is not None else None

    def _no_twins(self, tenants: tuple[TenantConfig, ...]) -> None:
        for what in ("name", "id"):
            seen: set[str] = set()
            for tenant in tenants:
                value = str(getattr(tenant, what)).lower()
                if value in seen:
                    raise ConfigError(f"{self._path}: two tenants have the {what} {getattr(tenant, what)!r}.")
                seen.add(value)
