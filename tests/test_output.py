"""Writing into the output folder: whole or not at all, for the owner alone, never outside."""

import os
import stat
from pathlib import Path

import pytest

from auditor.errors import OutputError
from auditor.output import prepare, write_all


def test_files_appear_whole_and_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reports"
    prepare(folder)
    (written,) = write_all(folder, {"a/b.json": b"{}"})
    assert written.read_bytes() == b"{}"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in written.parent.iterdir()] == ["b.json"]


def test_an_older_file_is_replaced_at_once(tmp_path: Path) -> None:
    write_all(tmp_path, {"r.json": b"old"})
    write_all(tmp_path, {"r.json": b"new"})
    assert (tmp_path / "r.json").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
@pytest.mark.fault(17)
def test_no_name_leads_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="inside the output folder"):
        write_all(tmp_path, {name: b""})


def test_a_symbolic_link_on_the_way_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "remediation").symlink_to(outside)
    with pytest.raises(OutputError, match="symbolic link"):
        write_all(folder, {"remediation/x.sh": b""})
    assert list(outside.iterdir()) == []


def test_a_symbolic_link_in_the_file_s_place_is_replaced_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_bytes(b"keep")
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "results.json").symlink_to(outside)
    write_all(folder, {"results.json": b"new"})
    assert outside.read_bytes() == b"keep"


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written to"):
        prepare(tmp_path / "reports")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a read-only file system or another user's rights")
@pytest.mark.fault(11)
def test_a_folder_that_takes_no_files_is_told_before_anything_is_done() -> None:
    with pytest.raises(OutputError, match="/proc"):
        prepare(Path("/proc"))


@pytest.mark.fault(11)
def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_all(tmp_path, {"results.json": b"x" * 100})
    assert list(tmp_path.iterdir()) == []
