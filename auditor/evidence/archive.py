"""A bundle's zip file, taken as hostile: nothing is unpacked, no name is trusted, no size is believed.

What is not exactly as :mod:`auditor.evidence.bundle` writes it is a fault: a name twice, a path that leads outside, a
link, a folder, a byte between entries, another time or mode, a content that does not have the size it claims.
"""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from auditor.evidence.bundle import member
from auditor.evidence.errors import Fault, NotABundle
from auditor.evidence.layout import MANIFEST

MOST_BYTES = 1 << 30
"""Of one file; a tenant's largest answer is a page, and results.json of 10,000 tenants less than this."""
MOST_BYTES_ALTOGETHER = 1 << 35
_ENTRY = struct.Struct("<4s4B4H3L5H2L")
_LOCAL_HEADER = 30
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
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._zip: zipfile.ZipFile | None = None
        try:
            self._zip = self._opened()
            if self._zip is not None:
                self._check_members(self._zip.infolist())
                if MANIFEST not in self._zip.NameToInfo:
                    raise NotABundle(f"{path}: is a zip file without {MANIFEST}.", "Name an evidence.zip.")
                if not self.faults:
                    self._check_structure(self._zip)
        except BaseException:
            self.close()
            raise

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
        info = self._members[name]
        packed = self._at(info.header_offset + _LOCAL_HEADER + len(name), info.compress_size)
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = stream.decompress(packed, info.file_size + 1)
        except zlib.error:
            content = b""
        # zipfile stops reading where the size is reached: what is changed behind the last byte would not be seen.
        whole = stream.eof and not stream.unused_data and not stream.unconsumed_tail
        if not whole or len(content) != info.file_size or zlib.crc32(content) != info.CRC:
            self.faults.append(Fault(name, "its content was changed: it does not unpack to what the archive says"))
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
        """Entries follow one another from the first byte to the directory, and that to the last, byte for byte.

        Libraries read over much of an archive's structure; two of them could so see two different bundles in one file.
        """
        infos = archive.infolist()
        if self._file.seek(0, io.SEEK_END) >= zipfile.ZIP64_LIMIT or len(infos) >= _MANY:
            return  # so large an archive has another structure; its contents are checked all the same
        place = 0
        directory: list[bytes] = []
        for info in infos:
            name = info.orig_filename
            written = member(name)
            written.CRC, written.compress_size, written.file_size = info.CRC, info.compress_size, info.file_size
            if info.header_offset != place or info.file_size > MOST_BYTES:
                self.faults.append(Fault(name, "lies elsewhere in the archive than it was written"))
                return
            header = written.FileHeader(zip64=False)
            if self._at(place, len(header)) != header:
                self.faults.append(Fault(name, "its header in the archive was changed"))
            directory.append(_directory_entry(written, place))
            place += len(header) + info.compress_size
        start = place
        for info, entry in zip(infos, directory, strict=True):
            if self._at(place, len(entry)) != entry:
                self.faults.append(Fault(info.orig_filename, "its entry in the archive's directory was changed"))
            place += len(entry)
        end = _END.pack(b"PK\x05\x06", 0, 0, len(infos), len(infos), place - start, start, 0)
        if self._at(place, len(end) + 1) != end:
            self.faults.append(Fault(self.path.name, "the end of the archive is not as it was written"))

    def _at(self, place: int, size: int) -> bytes:
        """What lies at a place that the archive names; nothing where there is no such place."""
        if place < 0:
            return b""
        self._file.seek(place)
        return self._file.read(size)

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
    if info.compress_type != zipfile.ZIP_DEFLATED:
        return "is packed in another way than it was written"
    return None


def _directory_entry(written: zipfile.ZipInfo, place: int) -> bytes:
    """A file's entry in the archive's directory, as it is written (APPNOTE.TXT 4.3.12)."""
    name = written.filename.encode("utf-8", "surrogatepass")
    year, month, day, *_ = written.date_time
    return (
        _ENTRY.pack(
            b"PK\x01\x02",
            written.create_version,
            written.create_system,
            written.extract_version,
            0,
            0,
            written.compress_type,
            0,
            (year - 1980) << 9 | month << 5 | day,
            written.CRC,
            written.compress_size,
            written.file_size,
            len(name),
            0,
            0,
            0,
            0,
            written.external_attr,
            place,
        )
        + name
    )
