"""A bundle's zip file, taken as hostile: nothing is unpacked, no name is trusted, no size is believed.

What is not exactly as :mod:`auditor.evidence.bundle` writes it is a fault: a name twice, a path that leads outside, a
link, a folder, a byte between entries, another time or mode, a content that does not have the size it claims.
"""

import struct
import zipfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from zlib import error as ZlibError

from auditor.evidence.bundle import member
from auditor.evidence.errors import Fault, NotABundle, printable
from auditor.evidence.layout import MANIFEST

MOST_BYTES = 1 << 30
"""Of one file; a tenant's largest answer is a page, and results.json of 10,000 tenants less than this."""
MOST_BYTES_ALTOGETHER = 1 << 35
_CENTRAL = 46
_LOCAL = 30
_END = struct.Struct("<4s4H2LH")
_MANY = 0xFFFF
_MODE = 0o170000
_LINK = 0o120000


class Archive:
    """An open zip file: its faults, and the contents of the files that have none; use as a context manager."""

    def __init__(self, path: Path) -> None:
        """Raises :class:`NotABundle` where ``path`` cannot be read or is no zip file with a manifest."""
        self.path = path
        self.faults: list[Fault] = []
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise NotABundle(f"{path}: cannot be read: {error.strerror}.", "Name an evidence.zip.") from error
        try:
            self._zip: zipfile.ZipFile | None = self._opened()
        except BaseException:
            self._file.close()
            raise
        self._members: dict[str, zipfile.ZipInfo] = {}
        if self._zip is not None:
            self._check_members(self._zip.infolist())
            if MANIFEST not in self._zip.NameToInfo:
                self.close()
                raise NotABundle(f"{path}: is a zip file without {MANIFEST}.", "Name an evidence.zip.")
            self._check_structure(self._zip)

    def _opened(self) -> zipfile.ZipFile | None:
        start = self._file.read(4)
        if start != b"PK\x03\x04":
            raise NotABundle(f"{self.path}: is no zip file.", "Name an evidence.zip that a scan wrote.")
        try:
            return zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError, EOFError):
            self.faults.append(Fault(self.path.name, "the archive's directory is damaged"))
            return None

    @property
    def names(self) -> tuple[str, ...]:
        """Files that can be read, sorted."""
        return tuple(sorted(self._members))

    def size(self, name: str) -> int:
        """The size that the archive claims for a file, in bytes."""
        return self._members[name].file_size

    def read(self, name: str) -> bytes | None:
        """The content of a file; None, with a fault noted, where it is not what the archive says."""
        assert self._zip is not None  # noqa: S101 - a file is named only where the archive was opened
        try:
            with self._zip.open(self._members[name]) as stream:
                content = stream.read(self._members[name].file_size + 1)
        except (zipfile.BadZipFile, ZlibError, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
            self.faults.append(Fault(name, "its content was changed: it does not unpack to what the archive says"))
            return None
        if len(content) != self._members[name].file_size:
            self.faults.append(Fault(name, "its content does not have the size that the archive says"))
            return None
        return content

    def _check_members(self, infos: list[zipfile.ZipInfo]) -> None:
        total = 0
        seen: set[str] = set()
        for info in infos:
            name = info.orig_filename
            if name in seen:
                self.faults.append(Fault(name, "is there twice"))
                continue
            seen.add(name)
            if (what := _unfit(info)) is not None:
                self.faults.append(Fault(name, what))
                continue
            total += info.file_size
            if total > MOST_BYTES_ALTOGETHER:
                self.faults.append(Fault(name, f"with it the files would take more than {MOST_BYTES_ALTOGETHER} bytes"))
                return
            self._members[name] = info

    def _check_structure(self, archive: zipfile.ZipFile) -> None:
        """Entries follow one another from the first byte to the directory, and that to the last."""
        place = 0
        for info in sorted(archive.infolist(), key=lambda one: one.header_offset):
            if info.header_offset != place:
                self.faults.append(Fault(info.orig_filename, "lies elsewhere in the archive than it was written"))
                return
            header = self._canonical_header(info)
            self._file.seek(place)
            if header is not None and self._file.read(len(header)) != header:
                self.faults.append(Fault(info.orig_filename, "its header in the archive was changed"))
            place += len(header or b"") + info.compress_size
            if header is None:
                return
        size = sum(_CENTRAL + len(info.orig_filename.encode()) for info in archive.infolist())
        if archive.start_dir != place:
            self.faults.append(Fault(self.path.name, "bytes lie between the last file and the archive's directory"))
        self._file.seek(place + size)
        end, count = self._file.read(_END.size + 1), len(archive.infolist())
        if count < _MANY and place < zipfile.ZIP64_LIMIT:
            expected = _END.pack(b"PK\x05\x06", 0, 0, count, count, size, place, 0)
            if end != expected:
                self.faults.append(Fault(self.path.name, "the end of the archive is not as it was written"))

    @staticmethod
    def _canonical_header(info: zipfile.ZipInfo) -> bytes | None:
        """The entry's header as it would be written; None for an entry past 2 GiB, whose header has another form."""
        if info.file_size > MOST_BYTES or len(info.orig_filename) > 0xFFFF:
            return None
        written = member(info.orig_filename)
        written.CRC, written.compress_size, written.file_size = info.CRC, info.compress_size, info.file_size
        return written.FileHeader(zip64=False)

    def close(self) -> None:
        """Let go of the file."""
        if self._zip is not None:
            self._zip.close()
        self._file.close()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _unfit(info: zipfile.ZipInfo) -> str | None:
    """Why an entry cannot be one of a bundle; None where it can."""
    name = info.orig_filename
    parts = name.split("/")
    mode = info.external_attr >> 16
    if name != info.filename or not name.isascii() or not name.isprintable() or "\\" in name or ":" in name:
        return "is no name that a bundle has"
    if name.startswith("/") or ".." in parts or "." in parts:
        return "leads outside the bundle"
    if mode & _MODE == _LINK:
        return "is a symbolic link"
    if info.is_dir() or "" in parts:
        return "is a folder"
    if info.file_size > MOST_BYTES:
        return f"claims {info.file_size} bytes, more than any file of a bundle has"
    if info.flag_bits & 1:
        return "is encrypted"
    written = member(printable(name))
    same = ("date_time", "compress_type", "create_system", "external_attr", "internal_attr", "comment", "extra")
    if any(getattr(info, field) != getattr(written, field) for field in same) or info.flag_bits or info.volume:
        return "its entry in the archive is not as it was written"
    if info.create_version != written.create_version or info.extract_version != written.extract_version:
        return "its entry in the archive is not as it was written"
    return None
