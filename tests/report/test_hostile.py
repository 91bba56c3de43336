"""Hostile text in every string of the model is inert in every format; a format without a check here fails the test."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from auditor.report import FILES, FORMATS, render
from auditor.report.text import visible
from tests.report import samples
from tests.report.hostile import hostile_results

HERE = Path(__file__).parent
ELSEWHERE = {"html": "test_html.py", "pdf": "test_pdf.py", "pdfa": "test_pdf.py"}
"""Formats whose own tests hold them to the hostile results, in a browser or page by page; pdfa has the PDF's pages."""
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
LINK = re.compile(r"(?<!\\)\]\(|^(javascript|data|file|http):", re.IGNORECASE)


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in JSON's types, names too, with the name that it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield "", name
            yield from strings(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from strings(member, key)


def inert(document: Any, links: set[str]) -> None:
    """No text hides or reorders anything; what consumers make a link of leads nowhere."""
    for key, text in strings(document):
        assert not HIDDEN.search(text), key
        if key in links:
            assert not LINK.search(text), (key, text)


def check_json(data: bytes) -> None:
    """The exact values, as JSON: no raw control character, and nothing that is not text within quotes."""
    json.loads(data)
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", data)


def check_csv(data: bytes) -> None:
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
            assert not HIDDEN.search(cell.replace("\n", ""))


def check_xlsx(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            root = etree.fromstring(parts.read(name))
            for element in root.iter():
                assert etree.QName(element).localname not in ("f", "hyperlink", "externalReference", "ddeLink"), name
                for text in (element.text or "", *map(str, element.attrib.values())):
                    assert not HIDDEN.search(text), name
                    assert not re.search("_x00[01]", text), name
            for relation in root.iter("{*}Relationship"):
                assert relation.get("TargetMode") != "External"


def check_sarif(data: bytes) -> None:
    document = json.loads(data)
    inert(document, {"uri", "helpUri", "markdown"})
    for run in document["runs"]:
        for result in run["results"]:
            assert "](" not in result["message"]["text"]


def check_junit(data: bytes) -> None:
    assert b"<!" not in data
    allowed = {
        "testsuites", "testsuite", "properties", "property", "testcase",
        "failure", "error", "skipped", "system-out", "system-err",
    }  # fmt: skip
    for element in etree.fromstring(data).iter():
        assert element.tag in allowed
        for text in (element.text or "", *map(str, element.attrib.values())):
            assert not HIDDEN.search(text)


def check_ocsf(data: bytes) -> None:
    for line in data.decode("utf-8").split("\n")[:-1]:
        inert(json.loads(line), {"src_url", "url_string", "references"})


def check_oscal(data: bytes) -> None:
    inert(json.loads(data), {"href", "title", "description", "statement", "prose", "remarks"})


CHECKS: dict[str, Callable[[bytes], None]] = {
    "json": check_json,
    "csv": check_csv,
    "xlsx": check_xlsx,
    "sarif": check_sarif,
    "junit": check_junit,
    "ocsf": check_ocsf,
    "oscal": check_oscal,
}


def test_every_format_is_held_to_the_hostile_results() -> None:
    assert set(FORMATS) <= set(CHECKS) | set(ELSEWHERE), "a new format needs a check here, or tests of its own"
    assert not set(CHECKS) & set(ELSEWHERE)
    for name, file in ELSEWHERE.items():
        if name in FORMATS:
            assert "hostile_results" in (HERE / file).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("name", ["read", "unread"])
@pytest.mark.parametrize("form", sorted(CHECKS))
@pytest.mark.fault(12)
def test_hostile_text_is_inert(form: str, name: str) -> None:
    CHECKS[form](render(hostile_results()[name], [form], now=samples.NOW)[FILES[form]])


@pytest.mark.parametrize("form", sorted(set(CHECKS) - {"json"}))
def test_what_is_hidden_is_written_out_and_not_dropped(form: str) -> None:
    data = render(hostile_results()["read"], [form], now=samples.NOW)[FILES[form]]
    if form == "xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            data = parts.read("xl/sharedStrings.xml")
    assert visible("\u202e").encode() in data
    assert visible("\x00").encode() in data
