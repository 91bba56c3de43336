"""What was read of a tenant, as rows of the report: certificates, assignments, requests, permissions, hashes.

A part of the view (:mod:`auditor.report.view`) and under its rules: plain text, unescaped, no clock.
"""

from msgspec import Struct

from auditor.report.chart_view import Timeline
from auditor.report.words import Mark


class CertificateRow(Struct, frozen=True):
    """One SAML signing certificate."""

    thumbprint: str
    role: str
    """``active``, ``standby``, ``superseded``, …"""
    mark: Mark
    state: str
    begins: str
    ends: str
    key: str


class AssignmentRow(Struct, frozen=True):
    """Who is assigned, and to which role."""

    name: str
    account: str
    kind: str
    role: str
    since: str
    state: str
    mark: Mark


class AssignmentsView(Struct, frozen=True):
    """The assignments of an instance; ``note`` says how many there are, or why they are not known."""

    rows: tuple[AssignmentRow, ...]
    note: str


class InstanceView(Struct, frozen=True):
    """What was read of one instance of the app."""

    id: str
    name: str
    certificates: tuple[CertificateRow, ...]
    certificates_note: str | None
    timeline: Timeline | None
    assignments: AssignmentsView
    owners: str


class CoverageRow(Struct, frozen=True):
    """One request."""

    source: str
    request: str
    outcome: str
    mark: Mark
    cause: str
    permission: str
    at: str
    request_id: str
    sha256: str
    attempts: int


class ManifestRow(Struct, frozen=True):
    """A piece of evidence and its hash in full."""

    evidence: str
    detail: str
    sha256: str


class CoverageView(Struct, frozen=True):
    """The requests of a tenant; ``note`` has their number and how many were answered."""

    rows: tuple[CoverageRow, ...]
    note: str
    manifest: tuple[ManifestRow, ...] = ()
    """The snapshot, then every answer that came."""
    answered: str = ""
    """How many requests were answered in full, of how many."""


class PermissionRow(Struct, frozen=True):
    """One permission: needed, held, or more than was needed."""

    name: str
    state: str
    mark: Mark


class PermissionsView(Struct, frozen=True):
    """Permissions held against those needed."""

    rows: tuple[PermissionRow, ...]
    note: str
    warning: str | None
