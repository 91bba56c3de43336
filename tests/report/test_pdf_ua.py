"""What the PDF/UA checkers of the field say of the tagged report, and what they were told to look for."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from auditor.report import render
from tests.report import samples


@cache
def pdf() -> bytes:
    return render(samples.drifted(), ["pdf"], now=samples.NOW)["report.pdf"]


def structure() -> tuple[Any, list[Any]]:
    """The structure's root, and every element below it."""
    root = PdfReader(io.BytesIO(pdf())).trailer["/Root"]["/StructTreeRoot"].get_object()  # type: ignore[index]
    found: list[Any] = []
    pending = [root]
    while pending:
        element = pending.pop().get_object()
        if not hasattr(element, "get"):
            continue
        if "/S" in element:
            found.append(element)
        children = element.get("/K", [])
        pending += children if isinstance(children, list) else [children]
    return root, found


def test_pdfua_finds_nothing(tmp_path: Path) -> None:
    """It holds the machine-checkable part of PDF/UA-1; one of its rules fails by itself and is skipped by it."""
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf())
    command = [sys.executable, "-m", "pdfua", "check", "--format", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)


def test_every_header_cell_says_what_it_heads() -> None:
    _, elements = structure()
    scopes = [element["/A"]["/Scope"] for element in elements if element["/S"] == "/TH"]
    assert {"/Column", "/Row"} == set(scopes)


def test_the_headers_that_cells_name_are_found() -> None:
    root, elements = structure()
    names = root["/IDTree"].get_object()["/Names"]
    listed = {str(names[place]): names[place + 1].get_object() for place in range(0, len(names), 2)}
    assert list(listed) == sorted(listed)
    named = {str(name) for one in elements if one["/S"] == "/TD" for name in one["/A"].get("/Headers", [])}
    assert named
    assert named <= listed.keys()
    assert {str(one["/S"]) for one in listed.values()} == {"/TH"}


def test_links_are_printed() -> None:
    found = [
        annotation.get_object() for page in PdfReader(io.BytesIO(pdf())).pages for annotation in page.get("/Annots", [])
    ]
    assert found
    assert {one["/F"] for one in found} == {4}
