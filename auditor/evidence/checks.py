"""What of a bundle can be checked from itself: every file against the manifest, and the files against one another.

That the findings follow from the answers is another matter: it takes the collector and the rules, see
:mod:`auditor.job`. Who wrote the bundle, only a signature tells.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from auditor.evidence.archive import Archive
from auditor.evidence.errors import Fault, NotABundle
from auditor.evidence.layout import (
    FORMAT,
    MANIFEST,
    README,
    RESULTS,
    SCAN,
    UNLISTED,
    VERSION,
    Head,
    Manifest,
    Redaction,
    body_name,
    pack_name,
    tenant_folder,
)
from auditor.model.canonical import canonical_json, from_canonical, sha256_hex
from auditor.model.result import CoverageEntry, TenantResult
from auditor.model.rule import Pack
from auditor.model.snapshot import Snapshot

T = TypeVar("T")

_NOT_DECODED = "does not hold what its name says"


def read_manifest(archive: Archive) -> Manifest | None:
    """The manifest; None, with a fault noted, where it was changed. Raises NotABundle for another format or version."""
    content = archive.read(MANIFEST) if MANIFEST in archive.names else None
    if content is None:
        return None
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise NotABundle(
            f"{archive.path}: its {MANIFEST} is none of ours.", "Name an evidence.zip that a scan wrote."
        ) from error
    if manifest.format != FORMAT or manifest.version != VERSION:
        raise NotABundle(
            f"{archive.path}: is of another format ({manifest.format[:40]!r}, version {manifest.version}).",
            "A newer version of the program may read it.",
        )
    return manifest


def check_files(archive: Archive, manifest: Manifest) -> Iterator[Fault]:
    """Every file against the manifest: missing, unlisted, or of another size or hash."""
    there = set(archive.names)
    for name in sorted(there - manifest.files.keys() - UNLISTED):
        yield Fault(name, "is not in the manifest")
    for name in sorted({README, SCAN, RESULTS} - manifest.files.keys()):
        yield Fault(name, "is not in the manifest, and every bundle has it")
    for name, entry in sorted(manifest.files.items()):
        if name not in there:
            yield Fault(name, "is in the manifest and not in the bundle")
        elif archive.size(name) != entry.size:
            yield Fault(name, f"has {archive.size(name)} bytes, the manifest says {entry.size}")
        elif (content := archive.read(name)) is not None and sha256_hex(content) != entry.sha256:
            yield Fault(name, "its content was changed: its SHA-256 is not that of the manifest")


class Tenant(Struct, frozen=True):
    """The parts of one tenant, decoded."""

    result: TenantResult
    redactions: tuple[Redaction, ...]


class Files:
    """Decoded files of an archive whose hashes are right; what does not decode is a fault."""

    def __init__(self, archive: Archive, manifest: Manifest) -> None:
        self._archive = archive
        self._manifest = manifest
        self.faults: list[Fault] = []

    def decoded(self, name: str, kind: Any) -> Any:
        """The value in a file; None, with a fault, where it is missing, no such value, or not in canonical form."""
        if name not in self._manifest.files:
            self.faults.append(Fault(name, "is not in the bundle, and belongs there"))
            return None
        content = self._archive.read(name)
        if content is None:
            return None
        try:
            value = from_canonical(content, kind)
        except (msgspec.MsgspecError, RecursionError):
            self.faults.append(Fault(name, _NOT_DECODED))
            return None
        if canonical_json(value) != content:
            self.faults.append(Fault(name, "is not in the form in which it is written"))
        return value

    def tenant(self, tenant_id: str) -> Tenant | None:
        """One tenant's result with snapshot and coverage, checked against one another."""
        folder = tenant_folder(tenant_id)
        result: TenantResult | None = self.decoded(f"{folder}/tenant.json", TenantResult)
        coverage: tuple[CoverageEntry, ...] | None = self.decoded(f"{folder}/coverage.json", tuple[CoverageEntry, ...])
        if result is None or coverage is None:
            return None
        if result.tenant.id != tenant_id:
            self.faults.append(Fault(f"{folder}/tenant.json", "is of another tenant"))
        snapshot: Snapshot | None = None
        if result.snapshot_sha256 is not None:
            name = f"{folder}/snapshot.json"
            snapshot = self.decoded(name, Snapshot)
            entry = self._manifest.files.get(name)
            if entry is not None and entry.sha256 != result.snapshot_sha256:
                self.faults.append(Fault(name, "is not the snapshot of the results: snapshot_sha256 differs"))
        redactions: tuple[Redaction, ...] = ()
        if f"{folder}/redactions.json" in self._manifest.files:
            redactions = self.decoded(f"{folder}/redactions.json", tuple[Redaction, ...]) or ()
        self._check_bodies(folder, coverage, redactions)
        return Tenant(msgspec.structs.replace(result, snapshot=snapshot, coverage=coverage), redactions)

    def _check_bodies(
        self, folder: str, coverage: tuple[CoverageEntry, ...], redactions: tuple[Redaction, ...]
    ) -> None:
        kept = {one.received_sha256: one.kept_sha256 for one in redactions}
        told = {entry.sha256 for entry in coverage if entry.sha256 is not None}
        for sha256 in sorted(told):
            name = body_name(folder, sha256)
            entry = self._manifest.files.get(name)
            if entry is None:
                self.faults.append(Fault(name, "the answer that coverage.json tells of is not in the bundle"))
            elif entry.sha256 != kept.get(sha256, sha256):
                self.faults.append(Fault(name, "is not the answer that its name and coverage.json tell of"))
        prefix = f"{folder}/bodies/"
        for name in self._manifest.files:
            if name.startswith(prefix) and name.removeprefix(prefix).removesuffix(".json") not in told:
                self.faults.append(Fault(name, "is an answer that coverage.json does not tell of"))


def check_contents(archive: Archive, manifest: Manifest) -> Iterator[Fault]:
    """The files against one another, for a bundle whose hashes are right."""
    files = Files(archive, manifest)
    head: Head | None = files.decoded(SCAN, Head)
    if head is not None:
        if head.result.id != manifest.scan:
            files.faults.append(Fault(SCAN, "is of another scan than the manifest"))
        for ref in head.result.packs:
            pack: Pack | None = files.decoded(pack_name(ref.id), Pack)
            if pack is not None and (pack.id, pack.sha256) != (ref.id, ref.sha256):
                files.faults.append(Fault(pack_name(ref.id), "is not the pack that scan.json names"))
        known = {tenant_folder(one.tenant.id) for one in head.tenants}
        for name in manifest.files:
            if name.startswith("tenants/") and "/".join(name.split("/")[:2]) not in known:
                files.faults.append(Fault(name, "is of a tenant that scan.json does not name"))
        for one in head.tenants:
            files.tenant(one.tenant.id)
    yield from files.faults
