"""report.pdf: the same bytes every time, tagged, outlined, complete, and fetching nothing but its own fonts."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader
from weasyprint import HTML

from auditor.model.finding import Status
from auditor.report import paper, render
from auditor.report.paper import ForbiddenFetchError, PackagedFonts
from tests.report import samples
from tests.report.hostile import hostile_results


@cache
def pdf(name: str, page_size: str = "A4") -> bytes:
    made = samples.fleet(12) if name == "small fleet" else samples.ALL[name]()
    return render(made, ["pdf"], now=samples.NOW, page_size=page_size)["report.pdf"]


def reader(name: str, page_size: str = "A4") -> Any:
    return PdfReader(io.BytesIO(pdf(name, page_size)))


def text_of(document: Any) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in document.pages))


def outline(entries: Any, depth: int = 0) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for entry in entries:
        if isinstance(entry, list):
            found += outline(entry, depth + 1)
        else:
            found.append((depth, entry.title))
    return found


SCRIPT = """
import sys
from auditor.report import render
from tests.report import samples
sys.stdout.buffer.write(render(samples.partial(), ["pdf"], now=samples.NOW)["report.pdf"])
"""


def test_another_process_and_another_day_give_the_same_bytes() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Pacific/Auckland", "SOURCE_DATE_EPOCH": "0"}
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True, cwd=root, env=environment)
    assert done.stdout == pdf("partial")
    assert render(samples.partial(), ["pdf"], now=samples.NOW)["report.pdf"] == pdf("partial")


def test_it_says_what_it_is() -> None:
    document = reader("drifted")
    assert document.metadata is not None
    assert document.metadata.title == "GoToMeeting SAML single sign-on: audit report, fabrikam, 2026-11-22 12:00 UTC"
    assert document.metadata["/CreationDate"].startswith("D:20261122120000")
    root = document.trailer["/Root"].get_object()
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    xmp = root["/Metadata"].get_object().get_data()
    assert re.search(rb"pdfuaid:part(>|=\")1", xmp)


def structure(document: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    pending = [document.trailer["/Root"]["/StructTreeRoot"].get_object()]
    while pending:
        element = pending.pop().get_object()
        if not hasattr(element, "get"):
            continue
        if "/S" in element:
            found.append((str(element["/S"]), element))
        children = element.get("/K", [])
        pending += children if isinstance(children, list) else [children]
    return found


def test_it_is_tagged_and_its_charts_have_a_text() -> None:
    elements = structure(reader("drifted"))
    kinds = {kind for kind, _ in elements}
    assert {
        "/Document",
        "/H1",
        "/H2",
        "/H3",
        "/Table",
        "/TR",
        "/TH",
        "/TD",
        "/L",
        "/LI",
        "/P",
        "/Figure",
        "/Link",
    } <= kinds
    alternatives = [str(element.get("/Alt", "")) for kind, element in elements if kind == "/Figure"]
    assert any(text.startswith("Open failing rules by severity: 2 critical") for text in alternatives)
    assert any("Today, 2026-11-22" in text and "expires in 28 days" in text for text in alternatives)


def test_the_outline_and_the_contents_lead_through_it() -> None:
    document = reader("drifted")
    found = outline(document.outline)
    top = [title for depth, title in found if depth == 0]
    assert top == [
        "Contents", "Summary", "Scope, method, limits", "Results", "Findings", "Drift, and who did it", "Certificates",
        "Assignments", "Waivers", "Control mapping", "Appendices", "Sign-off",
    ]  # fmt: skip
    assert any("GTM-SAML-001" in title for depth, title in found if depth == 1)
    contents = document.pages[1].extract_text()
    for title in top[1:]:
        number = re.search(rf"{re.escape(title)}\D*(\d+)", contents)
        assert number is not None, title
        assert title in document.pages[int(number.group(1)) - 1].extract_text()


def test_it_contains_what_an_auditor_looks_for() -> None:
    result = samples.drifted()
    text = text_of(reader("drifted"))
    tenant = result.tenants[0]
    for finding in tenant.findings:
        assert finding.rule in text
    assert "13 of 34 rules fail and 1 is waived" in text
    assert "adele.vance@fabrikam.example (user) from 198.51.100.7 did it on 2026-11-22 08:14 UTC" in text
    assert "Nestor Wilke accepted this until 2026-12-31, in 39 days" in text
    assert "expires in 28 days" in text
    assert "Application.ReadWrite.All" in text
    assert "Management’s answer" in text
    assert str(tenant.snapshot_sha256) in text.replace(" ", "")
    assert result.packs[0].sha256 in text.replace(" ", "")
    pages = reader("drifted").pages
    assert f"Page {len(pages)} of {len(pages)}" in text


def test_the_cover_and_the_scope_say_what_the_report_speaks_of() -> None:
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in reader("drifted").pages]
    for told in ("Period", "2026-11-21 12:00 UTC to 2026-11-22 12:00 UTC", "Classification", "Confidential: for"):
        assert told in pages[0]
    scope = next(text for text in pages if "What a scan of this kind cannot see" in text and "Contents" not in text)
    assert "7 of 7 requests to Microsoft Graph v1.0" in scope
    assert "Application permissions of the access token: Application.Read.All" in scope


def test_drift_is_a_time_line_and_a_table() -> None:
    text = text_of(reader("drifted"))
    assert "Changes in fabrikam, by time: 4" in text
    assert "3 changes at a time that is not known, between the two scans" in text
    assert "not known: no entry of the audit log matches" in text
    alternatives = [str(element.get("/Alt", "")) for kind, element in structure(reader("drifted")) if kind == "/Figure"]
    assert any("1 at 2026-11-22 08:14 UTC." in told for told in alternatives)


def test_the_manifest_has_every_hash_in_full() -> None:
    text = text_of(reader("drifted")).replace(" ", "")
    tenant = samples.drifted().tenants[0]
    assert tenant.coverage
    for entry in tenant.coverage:
        assert str(entry.sha256) in text


def test_every_finding_has_room_for_an_answer() -> None:
    told = [
        finding for finding in samples.drifted().tenants[0].findings if finding.status in {Status.FAIL, Status.UNKNOWN}
    ]
    assert text_of(reader("drifted")).count("Management’s answer") == len(told)


@pytest.mark.parametrize("name", ["drifted", "partial", "small fleet"])
def test_no_heading_is_the_last_thing_on_its_page(name: str) -> None:
    titles = {re.sub(r"\W", "", title) for _, title in outline(reader(name).outline)}
    assert len(titles) > 10
    laid_out = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf(name), capture_output=True, check=True)
    pages = laid_out.stdout.decode().removesuffix("\f").split("\f")
    assert len(pages) == len(reader(name).pages)
    for number, page in enumerate(pages[1:], 2):
        *body, foot = [line for line in page.splitlines() if line.strip()]
        assert f"Page {number} of {len(pages)}" in foot
        assert re.sub(r"\W", "", body[-1]) not in titles, number


@pytest.mark.parametrize("name", ["drifted", "partial", "small fleet"])
def test_the_summary_takes_one_page(name: str) -> None:
    document = reader(name)
    starts = [document.get_destination_page_number(entry) for entry in document.outline if not isinstance(entry, list)]
    titles = [entry.title for entry in document.outline if not isinstance(entry, list)]
    place = titles.index("Summary")
    assert starts[place + 1] - starts[place] == 1


def test_what_was_not_read_stands_on_the_summary_page() -> None:
    page = next(page for page in reader("partial").pages if "What could not be assessed" in page.extract_text())
    text = re.sub(r"\s+", " ", page.extract_text())
    assert "Policy.Read.All" in text
    assert "GTM-SES-001" in text


def test_without_tenants_it_says_that_nothing_is_known() -> None:
    assert "no tenant was scanned" in text_of(reader("none"))


def test_a_fleet_is_told_by_its_matrix() -> None:
    text = text_of(reader("small fleet"))
    assert "contoso-012" in text
    assert "Rules by tenants, worst first: 12 tenants, 34 rules" in text
    assert "Management’s answer" not in text


@pytest.mark.parametrize(("size", "points"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_page_sizes(size: str, points: tuple[int, int]) -> None:
    for page in reader("partial", size).pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == points


def test_another_page_size_is_refused() -> None:
    with pytest.raises(ValueError, match="A3"):
        render(samples.healthy(), ["pdf"], now=samples.NOW, page_size="A3")


def test_every_font_comes_from_the_package() -> None:
    names = set()
    for page in reader("few").pages:
        for font in page["/Resources"].get("/Font", {}).values():
            names.add(str(font.get_object()["/BaseFont"]).partition("+")[2])
    assert names
    assert all(name.startswith(("Auditor", "Source")) for name in names), names


@pytest.mark.parametrize(
    "asking",
    [
        '<img src="file:///etc/passwd">',
        '<img src="http://169.254.169.254/latest/meta-data">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<link rel="stylesheet" href="https://example.com/x.css">',
        '<object data="file:///etc/passwd"></object>',
        '<p style="background: url(https://example.com/x.png)">x</p>',
        "<style>@import url(https://example.com/x.css);</style>",
        "<style>@font-face { font-family: x; src: url(auditor-font:../../pyproject.toml) }</style><p>x</p>",
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd" width="9" height="9"/></svg>',
        '<img src="data:image/svg+xml,%3Csvg/%3E">',
    ],
)
@pytest.mark.fault(14)
def test_what_is_not_packaged_is_not_fetched_and_stops_the_report(asking: str) -> None:
    text = f'<html lang="en"><head><title>t</title></head><body>{asking}</body></html>'
    with pytest.raises(ForbiddenFetchError, match="not part of the package"):
        paper.lay_out(text, page_size="A4", identity="t").write()


def test_the_packaged_fonts_are_given() -> None:
    response = PackagedFonts().fetch("auditor-font:SourceSansPro-Regular.ttf")
    assert response.read()[:4] in (b"\x00\x01\x00\x00", b"true")


@pytest.mark.parametrize("name", ["read", "unread"])
@pytest.mark.fault(12)
def test_hostile_text_is_inert(name: str) -> None:
    result = hostile_results()[name]
    one = msgspec.structs.replace(result, tenants=result.tenants[:1])
    document: Any = PdfReader(io.BytesIO(render(one, ["pdf"], now=samples.NOW)["report.pdf"]))
    assert "/Names" not in document.trailer["/Root"] or "/JavaScript" not in document.trailer["/Root"]["/Names"]
    assert "/OpenAction" not in document.trailer["/Root"]
    for page in document.pages:
        for annotation in page.get("/Annots", []):
            assert "/URI" not in str(annotation.get_object().get("/A", ""))
    text = text_of(document)
    assert "‹U+202E›" in text.replace(" ", "")  # noqa: RUF001 - how a hidden character is written out
    assert "49" not in re.findall(r"\]\{?\D*(49)\D*\}?\{%raw", text)


NOTES = """<html lang="en"><head><title>t</title></head><body><h1>One</h1><p>A <q>quoted</q> word.</p>
<ol><li>First</li><li>Second<ul><li>Deeper</li></ul></li></ol><dl><dt>Term</dt><dd>Meaning</dd></dl>
<table><caption>C</caption><thead><tr><th>H</th></tr></thead><tbody><tr><td>D<br>E</td></tr></tbody></table></body></html>"""


def test_the_shortened_default_styles_change_nothing_on_the_page() -> None:
    fonts, style = paper._style("A4")
    stock = HTML(string=NOTES, url_fetcher=PackagedFonts()).render(
        font_config=fonts, stylesheets=[style], pdf_variant=paper.UA_1, pdf_tags=True
    )
    ours = paper.lay_out(NOTES, page_size="A4", identity="t")
    assert paper.Paper(stock, PackagedFonts(), ["t", "A4"]).write() == ours.write()


def test_one_layout_gives_the_same_editions_as_two() -> None:
    both = paper.lay_out(NOTES, page_size="A4", identity="t")
    tagged, archive = both.write(), both.write(variant="pdf/a-3b")
    assert tagged == paper.lay_out(NOTES, page_size="A4", identity="t").write()
    assert archive == paper.lay_out(NOTES, page_size="A4", identity="t").write(variant="pdf/a-3b")
    assert tagged != archive
