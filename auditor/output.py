"""Writing into the output folder: each file whole or not at all, for the owner's eyes, and never outside the folder."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from auditor.errors import OutputError

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


def prepare(folder: Path) -> None:
    """Make ``folder`` where it is not there, and prove that it can be written to; raises :class:`OutputError`.

    Done before a scan begins, so that no work is lost to a folder that was never writable.
    """
    try:
        for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
            missing.mkdir(mode=_FOLDER_MODE, exist_ok=True)  # mkdir's own parents would be as open as the umask is
        handle, name = tempfile.mkstemp(dir=folder, prefix=".auditor-")
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written to: {error.strerror}.", "Name another folder with --out."
        ) from error


def write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write ``files`` (relative name → content) below ``folder``; each appears under its name complete, or not at all.

    Raises :class:`OutputError` with the path and the cause; files already moved to their names stay.
    """
    return [_write(folder, name, content) for name, content in sorted(files.items())]


def _write(folder: Path, name: str, content: bytes) -> Path:
    relative = Path(name)
    if relative.is_absolute() or ".." in relative.parts:
        raise ValueError(f"not a name inside the output folder: {name!r}")
    target = folder / relative
    try:
        _make_folders(folder, relative.parent)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".auditor-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(_FILE_MODE)
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written: {error.strerror}.", "Nothing was left half-written."
        ) from error
    return target


def _make_folders(folder: Path, below: Path) -> None:
    """Make ``below`` inside ``folder`` step by step, refusing a symbolic link on the way."""
    place = folder
    for part in below.parts:
        place = place / part
        if place.is_symlink():
            raise OutputError(f"{place}: is a symbolic link.", "Remove it, or name another folder with --out.")
        place.mkdir(mode=_FOLDER_MODE, exist_ok=True)
