"""Writing a bundle: the same bytes from the same evidence, on every machine with the same zlib.

Names are sorted, times are 1980, modes are 0600, so that nothing of the writing machine gets in.
"""

import zipfile
from collections.abc import Callable, Sequence
from typing import BinaryIO

import msgspec

from auditor.evidence.layout import (
    FORMAT,
    MANIFEST,
    README,
    RESULTS,
    SCAN,
    SIGNATURE,
    VERSION,
    Head,
    Manifest,
    pack_name,
    tenant_folder,
)
from auditor.evidence.readme import readme
from auditor.evidence.spool import Spool
from auditor.model.canonical import canonical_json
from auditor.model.result import ScanResult, TenantResult
from auditor.model.rule import Pack

_TIME = (1980, 1, 1, 0, 0, 0)
_LEVEL = 6


def write_bundle(
    stream: BinaryIO,
    spool: Spool,
    *,
    head: Head,
    result: ScanResult,
    packs: Sequence[Pack],
    results_json: bytes,
    sign: Callable[[bytes], bytes] | None = None,
) -> None:
    """Write the bundle of a finished scan to ``stream``, which can seek.

    ``spool`` has kept every tenant of ``result``; ``head`` is without tenants' results, which are put in here. ``sign``
    gives the detached signature of the manifest.
    """
    for tenant in result.tenants:
        spool.add(f"{tenant_folder(tenant.tenant.id)}/tenant.json", canonical_json(without_evidence(tenant)))
    for pack in packs:
        spool.add(pack_name(pack.id), canonical_json(pack))
    spool.add(SCAN, canonical_json(head))
    spool.add(RESULTS, results_json)
    manifest = Manifest(FORMAT, VERSION, result.id, f"{result.tool_name} {result.tool_version}", {})
    spool.add(README, readme(manifest))
    listed = msgspec.structs.replace(manifest, files=spool.files)
    told = msgspec.json.format(canonical_json(listed), indent=1) + b"\n"
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member(MANIFEST), told, compresslevel=_LEVEL)
        if sign is not None:
            archive.writestr(member(SIGNATURE), sign(told), compresslevel=_LEVEL)
        for name, content in spool.contents():
            archive.writestr(member(name), content, compresslevel=_LEVEL)


def without_evidence(tenant: TenantResult) -> TenantResult:
    """The result without what lies in files of its own: snapshot and coverage."""
    return msgspec.structs.replace(tenant, snapshot=None, coverage=())


def member(name: str) -> zipfile.ZipInfo:
    """The zip entry of a file, as every bundle has it."""
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o100600 << 16
    return info
