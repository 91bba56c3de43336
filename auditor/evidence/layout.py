"""What lies where in a bundle, and the values that its JSON files hold. Nothing here reads or writes.

::

    README.txt                          for whoever opens it, in five years
    manifest.json                       SHA-256 and size of every file below
    manifest.p7s                        where signed: a detached CMS signature (RFC 5652) over manifest.json
    packs/ID.json                       each rule pack as it was asked, rules and citations
    results.json                        as the scan wrote it
    scan.json                           scan, tool, clock, waivers, what the configuration said of each tenant
    tenants/ID/audit-events.json        the audit events that explain the drift
    tenants/ID/bodies/SHA-256.json      answers of Microsoft Graph, by the hash of the body as received
    tenants/ID/coverage.json            every request: outcome, request id, time, hash of its answer
    tenants/ID/redactions.json          where something secret was taken out of an answer: which, and what
    tenants/ID/snapshot.json            what was read, in canonical form; its hash stands in results.json
    tenants/ID/tenant.json              verdict, findings, drift
"""

import re

from msgspec import Struct

from auditor.model.canonical import sha256_hex
from auditor.model.result import ScanResult, TenantRef
from auditor.model.rule import Binding, Waiver

FORMAT = "entra-saml-auditor evidence"
VERSION = 1
FILE = "evidence.zip"

README = "README.txt"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.p7s"
RESULTS = "results.json"
SCAN = "scan.json"
UNLISTED = frozenset({MANIFEST, SIGNATURE})
"""Files that the manifest cannot list: itself, and the signature over it."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}", re.ASCII)


class FileEntry(Struct, frozen=True):
    """One file of the manifest; ``size`` in bytes."""

    sha256: str
    size: int


class Manifest(Struct, frozen=True):
    """Which files a bundle has. ``files`` is by name."""

    format: str
    version: int
    scan: str
    tool: str
    files: dict[str, FileEntry]


class TenantHead(Struct, frozen=True):
    """What the configuration said of a tenant, as far as the result depends on it. It names no credential."""

    tenant: TenantRef
    graph: str
    """Scheme and host of its Microsoft Graph."""
    skip: tuple[str, ...] = ()
    bind: tuple[Binding, ...] = ()
    audit_retention_days: int | None = None


class Head(Struct, frozen=True):
    """The scan as a whole. ``result`` is the scan's result without its tenants; ``now`` its clock, RFC 3339."""

    result: ScanResult
    now: str
    waivers: tuple[Waiver, ...]
    waiver_warnings: tuple[str, ...]
    tenants: tuple[TenantHead, ...]
    """In the order of results.json."""


class Redaction(Struct, frozen=True):
    """An answer that is not kept as received: the hash of what is kept, and what was taken out."""

    received_sha256: str
    kept_sha256: str
    removed: tuple[str, ...]


def tenant_folder(tenant_id: str) -> str:
    """The folder of a tenant: by its id, and by a hash where that could be anything else than a name."""
    plain = tenant_id if _PLAIN.fullmatch(tenant_id) else sha256_hex(tenant_id.encode("utf-8", "surrogatepass"))[:32]
    return f"tenants/{plain}"


def body_name(folder: str, sha256: str) -> str:
    """The file of an answer, by the hash of the body as received."""
    return f"{folder}/bodies/{sha256}.json"


def pack_name(pack_id: str) -> str:
    """The file of a rule pack."""
    plain = pack_id if _PLAIN.fullmatch(pack_id) else sha256_hex(pack_id.encode("utf-8", "surrogatepass"))[:32]
    return f"packs/{plain}.json"
