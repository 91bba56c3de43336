"""``sample_reports/`` is what the ordinary pipeline writes, byte for byte: `make samples` writes it again.

All four samples are scanned again, and every file is compared but the PDFs of two: they take most of the time, and say
nothing that those of the others do not.
"""

import gzip
import re
import socket
import time
from pathlib import Path

import pytest

from auditor.demo import PORT
from scripts.samples import FOLDER, PDFS, PICTURES, SAMPLES, Sample, build

ROOT = Path(__file__).parents[1]
_WITHOUT = {"healthy": PDFS, "partial": PDFS}
_NOT_DRAWN = {"report.pdf", "archive.pdf"}
_TRIES = 3


def wait_for_the_port(seconds: float = 60) -> None:
    """The hashes of some bodies hold the demo's port; another demo of this test run may have it just now."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) != 0:
                return
        time.sleep(0.2)


def kept(sample: Sample) -> dict[str, bytes]:
    """What stands in the folder, unpacked: compressors differ between machines, what they give back does not."""
    folder = FOLDER / sample.name
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.removesuffix(".gz"): gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
        for name, path in found.items()
    }


def differing(sample: Sample) -> list[str]:
    without = _WITHOUT.get(sample.name, ())
    made, there = build(sample, without=without), kept(sample)
    names = (made.keys() | there.keys()) - (_NOT_DRAWN if without else set())
    return sorted(f"{sample.name}/{name}" for name in names if made.get(name) != there.get(name))


@pytest.mark.slow
def test_the_samples_are_what_the_code_writes() -> None:
    found: list[str] = []
    for sample in SAMPLES:
        for _ in range(_TRIES):
            wait_for_the_port()
            if not (wrong := differing(sample)):
                break
        found += wrong
    assert found == []


def test_the_folder_s_readme_names_every_sample_and_every_file() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for sample in SAMPLES:
        assert f"[{sample.name}/]({sample.name}/)" in text
        top = {path.name.removesuffix(".gz") for path in (FOLDER / sample.name).iterdir() if path.is_file()}
        assert top - set(re.findall(r"`([^`]+)`", text)) == set()
    standing = {path.name for path in FOLDER.iterdir()}
    assert standing == {"README.md", *(sample.name for sample in SAMPLES)}


def test_the_pictures_of_the_readme_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for picture in PICTURES:
        assert f"(docs/{picture.file})" in text
        assert (ROOT / "docs" / picture.file).read_bytes().startswith(b"\x89PNG")
