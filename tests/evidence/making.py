"""Bundles to test with: a scan of sample tenants over HTTP, and archives that somebody has been at."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from auditor import job, pipeline
from auditor.custody import Keeper, Sign
from auditor.emulator import Emulator
from auditor.evidence.bundle import member
from auditor.evidence.layout import MANIFEST, FileEntry, Manifest
from auditor.model.canonical import sha256_hex
from auditor.model.result import ScanResult, TenantResult
from auditor.model.rule import Pack
from tests.scan.conftest import scan_of, token_tenant

Files = dict[str, bytes]


class Read(NamedTuple):
    """A scan with what was read, before any bundle."""

    scan: pipeline.Scan
    result: ScanResult
    tenants: list[tuple[pipeline.Scanned, TenantResult]]

    def bundle(self, folder: Path, *, sign: Sign | None = None, backwards: bool = False) -> bytes:
        """The bundle, as if the tenants had finished in this order or the other way round."""
        with Keeper(folder) as keeper:
            for scanned, result in reversed(self.tenants) if backwards else self.tenants:
                keeper.keep(scanned, result)
            return keeper.bundle(self.scan, self.result, job.results_json(self.result), sign)


def read(emulator: Emulator, packs: tuple[Pack, ...], names: Iterable[str]) -> Read:
    """A scan of these sample tenants with access tokens, without a history."""
    tenants = []
    environ = {}
    for number, name in enumerate(names):
        tenant = token_tenant(emulator, name)
        variable = f"TOKEN_{number}"
        environ[variable] = emulator.token(name)
        credential = msgspec.structs.replace(tenant.credential, env=variable)
        tenants.append(msgspec.structs.replace(tenant, credential=credential))
    scan = msgspec.structs.replace(scan_of(packs, tenants, environ), keep_bodies=True, scan_id="evidence-test")
    kept: list[tuple[pipeline.Scanned, TenantResult]] = []
    result = job.run(job.Prepared(scan=scan), keep=lambda scanned, result: kept.append((scanned, result)))
    return Read(scan, result, kept)


def unpacked(bundle: bytes) -> Files:
    """Every file of a bundle, in its order."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Iterable[tuple[zipfile.ZipInfo | str, bytes]]) -> bytes:
    """An archive of these files, written as a bundle is; an entry of one's own making goes in as it is."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files:
            archive.writestr(member(name) if isinstance(name, str) else name, content, compresslevel=6)
    return stream.getvalue()


def listed(files: Files) -> Files:
    """``files`` with a manifest that lists them as they are: what a forger would write."""
    manifest = msgspec.json.decode(files[MANIFEST], type=Manifest)
    entries = {
        name: FileEntry(sha256_hex(content), len(content))
        for name, content in sorted(files.items())
        if name not in (MANIFEST, "manifest.p7s")
    }
    told = msgspec.json.encode(msgspec.structs.replace(manifest, files=entries), order="sorted")
    return {MANIFEST: told, **{name: content for name, content in files.items() if name != MANIFEST}}


def changed(bundle: bytes, change: Callable[[Files], None], *, forged: bool = False) -> bytes:
    """The bundle after ``change`` of its files; ``forged``: with the manifest made to fit."""
    files = unpacked(bundle)
    change(files)
    return packed((listed(files) if forged else files).items())
