"""Reading a bundle: nothing of it is given out before everything of it was checked."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import msgspec

from auditor.evidence.archive import Archive
from auditor.evidence.checks import Files, check_contents, check_files, read_manifest
from auditor.evidence.errors import Fault, Tampered
from auditor.evidence.layout import (
    MANIFEST,
    RESULTS,
    SCAN,
    SIGNATURE,
    Head,
    Manifest,
    body_name,
    pack_name,
    tenant_folder,
)
from auditor.model.result import ScanResult, TenantResult
from auditor.model.rule import Pack


class Bundle:
    """A bundle that was found good; use as a context manager. A damaged one cannot be made into this."""

    def __init__(self, path: Path) -> None:
        """Raises :class:`NotABundle`, and :class:`Tampered` with every fault found."""
        self._archive = Archive(path)
        try:
            faults, manifest = _inspected(self._archive)
            if faults or manifest is None:
                raise Tampered(str(path), faults)
            self.manifest: Manifest = manifest
            self._files = Files(self._archive, manifest)
            self.head: Head = self._files.decoded(SCAN, Head)
        except BaseException:
            self._archive.close()
            raise

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._archive.path

    @property
    def signature(self) -> bytes | None:
        """The detached signature over :attr:`signed`; None for a bundle that is not signed."""
        return self._archive.read(SIGNATURE) if SIGNATURE in self._archive.names else None

    @property
    def signed(self) -> bytes:
        """What a signature is over: the manifest, byte for byte."""
        return self._content(MANIFEST)

    @property
    def results_json(self) -> bytes:
        """results.json as the scan wrote it."""
        return self._content(RESULTS)

    def packs(self) -> tuple[Pack, ...]:
        """The rule packs as they were asked."""
        return tuple(self._files.decoded(pack_name(ref.id), Pack) for ref in self.head.result.packs)

    def tenant(self, tenant_id: str) -> TenantResult:
        """One tenant's result, with snapshot and coverage."""
        found = self._files.tenant(tenant_id)
        assert found is not None  # noqa: S101 - what the checks let through decodes
        return found.result

    def tenants(self) -> Iterator[TenantResult]:
        """Every tenant's result, in the order of results.json; one at a time."""
        for head in self.head.tenants:
            yield self.tenant(head.tenant.id)

    def result(self) -> ScanResult:
        """The whole result, equal to the one that the bundle was written from."""
        return msgspec.structs.replace(self.head.result, tenants=tuple(self.tenants()))

    def body(self, tenant_id: str, sha256: str) -> bytes | None:
        """The answer of this hash, as it is kept; None where it is not in the bundle."""
        name = body_name(tenant_folder(tenant_id), sha256)
        return self._archive.read(name) if name in self.manifest.files else None

    def _content(self, name: str) -> bytes:
        content = self._archive.read(name)
        assert content is not None  # noqa: S101 - what the checks let through can be read
        return content

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()

    def __enter__(self) -> "Bundle":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def faults_of(path: Path) -> tuple[Fault, ...]:
    """Everything that is wrong with a bundle; raises :class:`NotABundle` for what is none."""
    with Archive(path) as archive:
        return _inspected(archive)[0]


def is_bundle(path: Path) -> bool:
    """True for a file that begins as a zip archive does: what a scan's id is never."""
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"PK"
    except OSError:
        return False


def _inspected(archive: Archive) -> tuple[tuple[Fault, ...], Manifest | None]:
    """Every fault once, by file, and the manifest where it could be read."""
    manifest = read_manifest(archive)
    faults: list[Fault] = []
    if manifest is not None:
        faults += check_files(archive, manifest)
        if not faults and not archive.faults:
            faults += check_contents(archive, manifest)
    found = dict.fromkeys([*archive.faults, *faults])
    return tuple(sorted(found, key=lambda fault: (fault.file, fault.what))), manifest
