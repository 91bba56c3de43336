"""Row 19: a tampered evidence bundle is told, by file; nothing of it is used, and nothing is written outside."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.cli import main
from auditor.evidence import Bundle, NotABundle, Tampered, faults_of
from auditor.evidence.bundle import member
from auditor.evidence.layout import tenant_folder
from auditor.model.canonical import sha256_hex
from tests.evidence.conftest import Made, emulator, made, packs
from tests.evidence.making import Files, changed, packed, unpacked

pytestmark = pytest.mark.fault(19)

__all__ = ["emulator", "made", "packs"]  # fixtures


def faults(folder: Path, content: bytes) -> dict[str, str]:
    """File → what is wrong with it; every one of these bundles is refused by whoever would use it."""
    path = folder / "evidence.zip"
    path.write_bytes(content)
    found = faults_of(path)
    with pytest.raises(Tampered) as caught:
        Bundle(path)
    assert caught.value.faults == found
    assert path.read_bytes() == content
    assert list(folder.iterdir()) == [path]
    return {fault.file: fault.what for fault in found}


def a_body(files: Files) -> str:
    return next(name for name in files if "/bodies/" in name)


def test_one_byte_anywhere_in_the_file(made: Made, tmp_path: Path) -> None:
    """Content, headers, directory, padding: some three hundred places, all over the archive and at its ends."""
    path = tmp_path / "evidence.zip"
    size = len(made.content)
    places = sorted({*range(48), *range(size - 120, size), *range(0, size, size // 150)})
    for place in places:
        content = bytearray(made.content)
        content[place] ^= 0xFF
        path.write_bytes(content)
        with pytest.raises((Tampered, NotABundle)):
            Bundle(path)


@pytest.mark.parametrize("name", ["results.json", "scan.json", "README.txt", "packs/gotomeeting.json", "a body"])
def test_one_byte_of_a_file(name: str, made: Made, tmp_path: Path) -> None:
    names: list[str] = []

    def flip(files: Files) -> None:
        names.append(a_body(files) if name == "a body" else name)
        content = bytearray(files[names[0]])
        content[len(content) // 2] ^= 1
        files[names[0]] = bytes(content)

    found = faults(tmp_path, changed(made.content, flip))
    assert found == {names[0]: "its content was changed: its SHA-256 is not that of the manifest"}


def test_one_file_more(made: Made, tmp_path: Path) -> None:
    found = faults(tmp_path, changed(made.content, lambda files: files.update({"tenants/note.txt": b"x"})))
    assert found == {"tenants/note.txt": "is not in the manifest"}


@pytest.mark.parametrize("name", ["results.json", "README.txt", "a body"])
def test_one_file_fewer(name: str, made: Made, tmp_path: Path) -> None:
    names: list[str] = []

    def drop(files: Files) -> None:
        names.append(a_body(files) if name == "a body" else name)
        del files[names[0]]

    assert faults(tmp_path, changed(made.content, drop)) == {names[0]: "is in the manifest and not in the bundle"}


def test_a_file_of_another_length(made: Made, tmp_path: Path) -> None:
    def longer(files: Files) -> None:
        files["results.json"] += b" "

    assert "bytes, the manifest says" in faults(tmp_path, changed(made.content, longer))["results.json"]


def test_a_name_twice(made: Made, tmp_path: Path) -> None:
    files = list(unpacked(made.content).items())
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = packed([*files, ("results.json", b"{}")])
    assert faults(tmp_path, twice)["results.json"] == "is there twice"


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "tenants/../../outside.txt",
        "/etc/cron.d/outside",
        "C:/outside.txt",
        "..\\outside.txt",
        "./outside.txt",
        "folder/",
        "a//b",
        "bad\x1b[31mname",
        "bidi\u202ename",
        "nul\x00name",
    ],
)
def test_a_path_that_is_none_of_a_bundle(name: str, made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for known, content in unpacked(made.content).items():
            archive.writestr(member(known), content, compresslevel=6)
        info = member("placeholder")
        info.filename = name
        archive.writestr(info, b"x", compresslevel=6)
    faults(folder, stream.getvalue())
    told = [fault.what for fault in faults_of(folder / "evidence.zip")]
    assert {"leads outside the bundle", "is no name that a bundle has", "is a folder"} & set(told), told
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["evidence.zip"]


def test_a_symbolic_link(made: Made, tmp_path: Path) -> None:
    link = member("results.json")
    link.external_attr = 0o120777 << 16
    files = unpacked(made.content)
    del files["results.json"]
    found = faults(tmp_path, packed([*files.items(), (link, b"/etc/passwd")]))
    assert found["results.json"] in ("is a symbolic link", "is in the manifest and not in the bundle")
    assert "is a symbolic link" in [fault.what for fault in faults_of(tmp_path / "evidence.zip")]


def test_a_zip_bomb_is_not_unpacked(made: Made, tmp_path: Path) -> None:
    """One entry claims 4 GiB; another claims little and unpacks to much: neither takes the memory that it would."""
    import resource

    claims = member("bomb.bin")
    files = list(unpacked(made.content).items())
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = packer.compress(bytes(64 << 20)) + packer.flush()
    plain = packed([*files, (claims, b"0" * 100)])
    place = plain.rindex(b"bomb.bin") - 46
    size = bytearray(plain)
    size[place + 24 : place + 28] = struct.pack("<L", 0xF0000000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "more than any file" in faults(tmp_path, bytes(size))["bomb.bin"]
    (tmp_path / "evidence.zip").unlink()

    def bomb(inner: Files) -> None:
        inner["results.json"] = b"0" * 100

    small = changed(made.content, bomb, forged=True)
    with zipfile.ZipFile(io.BytesIO(small)) as archive:
        info = archive.getinfo("results.json")
    start = info.header_offset + 30 + len("results.json")
    grown = bytearray(small[:start] + zeros + small[start + info.compress_size :])
    grown[info.header_offset + 18 : info.header_offset + 22] = struct.pack("<L", len(zeros))
    shift = len(zeros) - info.compress_size
    directory = grown.rindex(b"results.json") - 46
    grown[directory + 20 : directory + 24] = struct.pack("<L", len(zeros))
    end = len(grown) - 22
    grown[end + 16 : end + 20] = struct.pack("<L", struct.unpack("<L", bytes(grown[end + 16 : end + 20]))[0] + shift)
    path = tmp_path / "evidence.zip"
    path.write_bytes(grown)
    assert any(fault.file == "results.json" for fault in faults_of(path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 48 << 10


def test_bytes_before_between_and_after(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(b"#!/bin/sh\n" + made.content)
    with pytest.raises(NotABundle):
        Bundle(path)
    path.unlink()
    assert faults(tmp_path, made.content + b"more")
    (tmp_path / "evidence.zip").unlink()
    assert faults(tmp_path, made.content[:-2] + b"\x04\x00more")


Forgery = tuple[str, Callable[[Files, str], None], str]


def _edit(files: Files, name: str, change: Callable[[dict[str, object]], None]) -> None:
    document = json.loads(files[name])
    change(document)
    files[name] = json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def _drop(files: Files, name: str) -> None:
    del files[name]


FORGERIES: list[Forgery] = [
    (
        "another snapshot",
        lambda files, folder: _edit(files, f"{folder}/snapshot.json", lambda one: one.update(cloud="china")),
        "is not the snapshot of the results: snapshot_sha256 differs",
    ),
    (
        "an answer replaced",
        lambda files, folder: files.update({next(n for n in files if n.startswith(f"{folder}/bodies/")): b"{}"}),
        "is not the answer that its name and coverage.json tell of",
    ),
    (
        "an answer taken out",
        lambda files, folder: _drop(files, next(n for n in files if n.startswith(f"{folder}/bodies/"))),
        "the answer that coverage.json tells of is not in the bundle",
    ),
    (
        "an answer put in",
        lambda files, folder: files.update({f"{folder}/bodies/{'0' * 64}.json": b"{}"}),
        "is an answer that coverage.json does not tell of",
    ),
    (
        "a tenant put in",
        lambda files, folder: files.update({"tenants/other/tenant.json": b"{}"}),
        "is of a tenant that scan.json does not name",
    ),
    (
        "a tenant's file that is none",
        lambda files, folder: files.update({f"{folder}/tenant.json": b'{"verdict":"compliant"}'}),
        "does not hold what its name says",
    ),
    (
        "the same values in another form",
        lambda files, folder: files.update({f"{folder}/coverage.json": files[f"{folder}/coverage.json"] + b"\n"}),
        "is not in the form in which it is written",
    ),
    (
        "another rule pack",
        lambda files, folder: _edit(files, "packs/gotomeeting.json", lambda one: one.update(sha256="0" * 64)),
        "is not the pack that scan.json names",
    ),
    (
        "results.json left out of the manifest",
        lambda files, folder: _drop(files, "results.json"),
        "is not in the manifest, and every bundle has it",
    ),
]


@pytest.mark.parametrize(("change", "told"), [forgery[1:] for forgery in FORGERIES], ids=[one[0] for one in FORGERIES])
def test_a_manifest_that_was_made_to_fit(
    change: Callable[[Files, str], None], told: str, made: Made, tmp_path: Path
) -> None:
    folder = tenant_folder(made.result.tenants[0].tenant.id)
    found = faults(tmp_path, changed(made.content, lambda files: change(files, folder), forged=True))
    assert told in found.values()


def test_the_verb_names_the_file_and_gives_1(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(changed(made.content, lambda files: files.update({"results.json": b"{}"})))
    assert main(["verify", str(path)]) == 1
    out = capsys.readouterr().out
    assert "NOT as it was written" in out
    assert "results.json: has 2 bytes" in out
    out_of_it = ["--out", str(tmp_path / "out")]
    for verb in (["report", str(path)], ["scan", "--from-evidence", str(path)]):
        assert main([*verb, *out_of_it]) == 2
        assert "results.json: has 2 bytes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("finding", "its findings do not follow from the snapshot and the rules"),
        ("results", "does not say what scan.json and tenants/ say"),
    ],
)
def test_a_forged_verdict_does_not_follow_from_the_answers(
    part: str, told: str, made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hashes all fit, and yet the verb finds it: it evaluates the answers again."""

    def forge(files: Files) -> None:
        if part == "results":
            files["results.json"] = files["results.json"].replace(b'"unknown"', b'"pass"', 1)
        else:
            name = f"{tenant_folder(made.result.tenants[1].tenant.id)}/tenant.json"
            files[name] = files[name].replace(b'"status":"unknown"', b'"status":"pass"', 1)

    path = tmp_path / "evidence.zip"
    path.write_bytes(changed(made.content, forge, forged=True))
    assert faults_of(path) == ()
    assert main(["verify", str(path)]) == 1
    assert told in capsys.readouterr().out


def test_a_forged_answer_with_its_hash_carried_through_does_not_give_the_snapshot(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def forge(files: Files) -> None:
        folder = tenant_folder(made.result.tenants[0].tenant.id)
        (old,) = [one.sha256 for one in made.result.tenants[0].coverage if one.source == "servicePrincipal"]
        assert old is not None
        body = files.pop(f"{folder}/bodies/{old}.json")
        other = body.replace(b'"samlSingleSignOnSettings"', b'"samlSingleSignOnSettingz"')
        assert other != body
        new = sha256_hex(other)
        files[f"{folder}/bodies/{new}.json"] = other
        for told in (f"{folder}/coverage.json", "results.json"):
            files[told] = files[told].replace(old.encode(), new.encode())

    path = tmp_path / "evidence.zip"
    path.write_bytes(changed(made.content, forge, forged=True))
    assert faults_of(path) == ()
    assert main(["verify", str(path)]) == 1
    assert "snapshot.json: does not follow from the answers" in capsys.readouterr().out


def test_the_verb_tells_what_is_no_bundle_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"hello")
    assert main(["verify", str(path)]) == 2
    path.write_bytes(packed([("hello.txt", b"x")]))
    assert main(["verify", str(path)]) == 2
    assert "without manifest.json" in capsys.readouterr().err
