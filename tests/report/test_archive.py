"""archive.pdf: the same pages as report.pdf, as PDF/A-3, with the evidence attached and told what it is."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from auditor.report import render
from tests.report import samples

BUNDLE = b"PK\x03\x04 stands for the evidence"
RESULTS = b'{"stands": "for results.json"}\n'


@cache
def editions() -> dict[str, bytes]:
    attached = {"results.json": RESULTS, "evidence.zip": BUNDLE}
    return render(samples.healthy(), ["pdf", "pdfa"], now=samples.NOW, attached=attached)


def document() -> Any:
    return PdfReader(io.BytesIO(editions()["archive.pdf"]))


def test_both_editions_have_the_same_pages() -> None:
    report: Any = PdfReader(io.BytesIO(editions()["report.pdf"]))
    assert [page.extract_text() for page in document().pages] == [page.extract_text() for page in report.pages]
    assert len(report.pages) > 8


def test_laid_out_alone_it_is_the_same_bytes() -> None:
    attached = {"evidence.zip": BUNDLE, "results.json": RESULTS}
    alone = render(samples.healthy(), ["pdfa"], now=samples.NOW, attached=attached)
    assert alone == {"archive.pdf": editions()["archive.pdf"]}


def test_it_says_what_it_is() -> None:
    root = document().trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data()
    assert re.search(rb'pdfaid:part(>|=")3', xmp)
    assert re.search(rb'pdfaid:conformance(>|=")B', xmp)
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert document().metadata.title == PdfReader(io.BytesIO(editions()["report.pdf"])).metadata.title  # type: ignore[union-attr]
    assert document().outline


def test_what_is_attached_is_whole_named_and_related() -> None:
    root = document().trailer["/Root"]
    names = root["/Names"]["/EmbeddedFiles"].get_object()["/Names"]
    found = {}
    for reference in names[1::2]:
        one = reference.get_object()
        stream = one["/EF"]["/F"].get_object()
        found[str(one["/UF"])] = (str(one["/AFRelationship"]), str(stream["/Subtype"]), stream.get_data())
        assert one["/Desc"]
        assert str(stream["/Params"]["/ModDate"]).startswith("D:20261122120000")
        assert bytes(stream["/Params"]["/CheckSum"].original_bytes) == hashlib.md5(stream.get_data()).digest()  # noqa: S324 - ISO 32000 asks for MD5
    assert found == {
        "evidence.zip": ("/Source", "/application/zip", BUNDLE),
        "results.json": ("/Data", "/application/json", RESULTS),
    }
    associated = [str(one.get_object()["/UF"]) for one in root["/AF"]]
    assert sorted(associated) == ["evidence.zip", "results.json"]


def test_nothing_in_it_is_forbidden_in_an_archive() -> None:
    """Encryption, scripts, actions that launch, and fonts that are not embedded (ISO 19005-3)."""
    archive = document()
    assert not archive.is_encrypted
    root = archive.trailer["/Root"]
    assert "/OpenAction" not in root
    assert "/JavaScript" not in root["/Names"]
    for page in archive.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert any(name.startswith("/FontFile") for name in inner)
        for annotation in page.get("/Annots", []):
            assert annotation.get_object().get("/F") == 4
            assert annotation.get_object().get("/A", {}).get("/S", "/GoTo") in ("/GoTo", "/URI")


@pytest.mark.parametrize("name", ["report.pdf", "archive.pdf"])
def test_qpdf_finds_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(editions()[name])
    done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No syntax or stream encoding errors found" in done.stdout
