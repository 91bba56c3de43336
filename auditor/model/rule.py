"""A rule pack as it is after loading: every rule checked, every reference resolved.

The room `rulepack` builds these from YAML and refuses what is wrong; nothing here parses. Source: the rule format of
the project's design, RFC 9535 (JSONPath) and JSON Schema 2020-12.
"""

from enum import StrEnum
from typing import Any

from msgspec import Struct


class Severity(StrEnum):
    """How much a failing rule matters; declared from the worst to the least."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for ``info`` to 4 for ``critical``: greater is worse."""
        return len(Severity) - 1 - list(Severity).index(self)


class Scope(StrEnum):
    """What a rule is asked of: once for the tenant, or of every instance of the app."""

    TENANT = "tenant"
    INSTANCE = "instance"


class Citation(Struct, frozen=True, omit_defaults=False):
    """Where a rule comes from."""

    document: str
    section: str
    step: str | None = None
    url: str | None = None
    date: str | None = None
    """Date of the page that was read, ``YYYY-MM-DD``."""


class Rule(Struct, frozen=True):
    """One rule, ready to evaluate. ``select`` and the keys of ``says`` are explained in the packs' documentation."""

    id: str
    title: str
    severity: Severity
    scope: Scope
    subject: str
    """Type of the finding's subject: ``tenant``, ``application`` or ``servicePrincipal``."""
    group: str
    """Heading under which reports list the rule: application, saml, certificate, access, provisioning, …"""
    requires: tuple[str, ...]
    """Dotted paths into the evidence document; unknown evidence at, above or below one makes the finding unknown."""
    select: str
    expect: dict[str, Any]
    each: bool
    when: dict[str, Any] | None
    observe: str | None
    """JSONPath of what to show as observed, where it is not what ``select`` gives."""
    expected: str | None
    """Words for what is expected, where the schema's own const or enum does not say it."""
    says: dict[str, str]
    """Reason by status (``pass``, ``fail``, ``not_applicable``), with ``{dotted.path}`` for values of the document."""
    parameters: dict[str, Any]
    citation: Citation
    risk: str
    guidance: str
    remedy: str | None
    controls: dict[str, tuple[str, ...]]
    enabled: bool = True
    pack: str = ""
    """Id of the pack file that defines the rule; an including pack has another."""
    patterns: tuple[str, ...] = ()
    """Printed values with placeholders whose expressions stand in ``expect``; a tenant may bind the placeholders."""


class AppIdentity(Struct, frozen=True):
    """How an app is recognised in a tenant, and what of it the rules and reasons need to know."""

    display_name: str
    template_name: str
    identifier: str | None
    """The fixed entity ID; None where the app's identifier is the tenant's own."""
    products: dict[str, str]
    """Product name → its RelayState address; empty where the app has no such choice."""
    test_users: tuple[str, ...]
    known_values: tuple[dict[str, str], ...]
    """Hosts or addresses met in the wild: ``{"host": …, "note": …}``; the note goes into near-miss reasons."""


class Pack(Struct, frozen=True):
    """A loaded rule pack, with those that it includes folded in."""

    id: str
    version: str
    title: str
    sha256: str
    """SHA-256 over the bytes of the pack's file and of every included file, in order of inclusion."""
    source: str
    """File name, or the id of a shipped pack; never a machine's absolute path."""
    app: AppIdentity
    rules: tuple[Rule, ...]
    skipped: tuple[str, ...] = ()
    """Rules that the configuration put out of scope, by id; reports say so."""


class Binding(Struct, frozen=True):
    """A tenant's value for a placeholder of a pack's patterns. ``pack`` is None where none is named."""

    name: str
    value: str
    pack: str | None = None


class Waiver(Struct, frozen=True, forbid_unknown_fields=True):
    """An accepted failure: it marks a finding, it never hides one."""

    rule: str
    tenant: str
    """Tenant id, tenant name or ``*``."""
    subject: str
    """Subject id or ``*``."""
    owner: str
    reason: str
    ticket: str
    expires: str
    """``YYYY-MM-DD``; it lapses at the start of this day, in UTC."""
    observed: str
    """The observed value that was accepted; another value reopens the finding."""
