"""Whatever a command writes is its owner's alone, however open the umask, and nothing temporary stays behind."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Lab, Run, emulator, lab, run

__all__ = ["emulator", "lab", "run"]

FORMATS = "json,html,csv,xlsx,sarif,junit,ocsf,oscal,evidence,remediation"


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=lambda given: f"umask {given:03o}")
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """The command runs as under a shell that set this."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command's temporary files go, for as long as they last."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def open_to_others(folder: Path) -> list[str]:
    """What others than the owner may read, write or enter below ``folder``, with its mode."""
    return [
        f"{path.relative_to(folder)} {stat.S_IMODE(path.stat().st_mode):04o}"
        for path in sorted(folder.rglob("*"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


@pytest.mark.usefixtures("umask")
def test_everything_written_is_the_owner_s_alone(lab: Lab, run: Run, temporary: Path, tmp_path: Path) -> None:
    (kept := tmp_path / "kept").mkdir(mode=0o700)
    store = f"sqlite:///{kept / 'history.db'}"
    common = ("--config", lab.config, "--store", store)
    scan = ("scan", *common, "--tenant", "contoso", "--tenant", "northwind", "--format", FORMATS)
    assert run(*scan, "--out", kept / "one").code == 3
    assert run(*scan, "--out", kept / "deep" / "two", "--now", "2026-11-23T12:00:00Z").code == 3
    assert run("drift", "--store", store, "--format", "html,json", "--out", kept / "drift").code == 0
    assert run("history", "export", "latest", "--store", store, "--out", kept / "out" / "history.jsonl").code == 0
    assert run("report", kept / "one" / "evidence.zip", "--format", "html,csv", "--out", kept / "again").code == 0
    written = [path for path in kept.rglob("*") if path.is_file()]
    assert len(written) > 40
    assert open_to_others(kept) == []
    assert list(temporary.iterdir()) == []
    assert not [path.name for path in written if path.name.startswith((".auditor-", "tmp"))]


def test_what_is_open_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_bytes(b"")
    (tmp_path / "report.html").chmod(0o640)
    assert open_to_others(tmp_path) == ["report.html 0640"]


@pytest.mark.usefixtures("umask")
def test_temporary_files_are_the_owner_s_while_they_last(
    lab: Lab, run: Run, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at by every call that puts a file in its place."""
    seen: list[str] = []
    met: set[str] = set()
    replace = os.replace

    def watched(source: str, target: str) -> None:
        met.update(str(path) for path in (*temporary.rglob("*"), Path(source)))
        seen.extend(open_to_others(temporary))
        if stat.S_IMODE(Path(source).stat().st_mode) & 0o077:
            seen.append(str(source))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    out = tmp_path / "reports"
    scan = ("scan", "--config", lab.config, "--no-history", "--tenant", "contoso")
    assert run(*scan, "--format", "json,html,evidence", "--out", out).code == 0
    assert len(met) >= 3
    assert seen == []
    assert list(temporary.iterdir()) == []
    assert {path.name for path in out.iterdir()} == {"results.json", "report.html", "evidence.zip"}
