"""The configuration file, ``auditor.toml``: read, checked to the last key, and frozen.

An unknown key is an error that names the key, its table and the nearest valid one: a misspelt setting must not silently
weaken an audit. Secrets never stand in it. Relative paths are relative to the file.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from auditor.channels import Channel, Healthcheck, read_channels, read_healthcheck, read_textfile
from auditor.errors import ConfigError
from auditor.graph.clouds import BUILT_IN, Cloud, check_endpoint
from auditor.resources import default_packs
from auditor.tenants import TenantConfig, Tenants
from auditor.toml import Table, nearest

__all__ = ["Channel", "Config", "Healthcheck", "TenantConfig", "load", "nearest"]

DEFAULT_NAME = "auditor.toml"
FORMATS = ("json", "html", "pdf", "pdfa", "csv", "xlsx", "sarif", "junit", "ocsf", "oscal", "evidence", "remediation")
PAGE_SIZES = ("A4", "letter")
SEVERITIES = ("critical", "high", "medium", "low", "info")

_TOP = ("defaults", "clouds", "fleet", "tenants", "notify", "metrics", "healthcheck")
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
    "page_size",
    "tenant_pdfs",
    "pdf_workers",
)
_CLOUD = ("graph", "authority", "ca_file", "audience")


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
    page_size: str = "A4"
    tenant_pdfs: bool = False
    """Whether each tenant gets a PDF of its own."""
    pdf_workers: int | None = None
    """Processes that render them; None for as many as there are processors, within reason."""


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


def without_file(folder: Path) -> Config:
    """What counts where no file says otherwise: the shipped packs, no tenants. Paths are relative to ``folder``."""
    return Config(
        folder=folder,
        packs=default_packs(),
        rules=None,
        store=f"sqlite:///{folder / 'auditor.db'}",
        out=folder / "reports",
        max_concurrency=64,
        budget_s=300.0,
        fail_on="low",
        formats=None,
        skip=(),
        waivers=None,
        tenants=(),
    )


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path.resolve().parent

    def config(self, document: dict[str, Any]) -> Config:
        top = Table(self._path, "the file", document, _TOP)
        defaults = Table(self._path, "[defaults]", top.take("defaults", dict, "a table") or {}, _DEFAULTS)
        clouds = {**BUILT_IN, **self._clouds(top.take("clouds", dict, "a table") or {})}
        packs = defaults.texts("packs")
        if packs is None:
            packs = default_packs()
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
        workers = defaults.number("pdf_workers", 1)
        tenants = Tenants(self._path, clouds, top, defaults).read()
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
            page_size=self._choice(defaults, "page_size", PAGE_SIZES) or "A4",
            tenant_pdfs=defaults.take("tenant_pdfs", bool, "true or false") or False,
            pdf_workers=int(workers) if workers is not None else None,
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

    @staticmethod
    def _choice(table: Table, key: str, valid: tuple[str, ...]) -> str | None:
        value = table.text(key)
        if value is not None and value not in valid:
            raise table.error(f"{key} {value!r} is not known.", nearest(value, valid))
        return value
