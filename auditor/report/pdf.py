"""report.pdf: the audit report on paper, tagged as PDF/UA-1, the same bytes from the same scan on every machine.

Fonts and styles come from the package. The one scheme that is fetched is our own, for the packaged fonts;
anything else stops the rendering (:class:`ForbiddenFetchError`): a report must not reach for a network or a file.
"""

import contextlib
from typing import Any

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from auditor.model.canonical import canonical_hash
from auditor.report.templates import render_template, shipped, templates_folder, trusted
from auditor.report.view import ReportView

MOST_DETAILED = 5
"""Tenants told in full in one document; of more, it tells what they come to."""
MOST_MATRIX_ROWS = 100
"""Tenants in the matrix of a fleet: each is a row of some forty cells, and cells are what layout costs."""
PAGE_SIZES = ("A4", "letter")
_SCHEME = "auditor-font:"
_PAGE = {"A4": "@page { size: A4; }", "letter": "@page { size: letter; }"}


class ForbiddenFetchError(RuntimeError):
    """The document asked for something outside the package. A defect of ours, or an attack that was stopped."""


class PackagedFonts(URLFetcher):  # type: ignore[misc] # WeasyPrint ships no annotations
    """Gives the packaged fonts and nothing else; ``refused`` is the first other thing that was asked for."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self.refused: str | None = None

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The font of that name; raises WeasyPrint's own fatal error for anything that is none."""
        name = url.removeprefix(_SCHEME)
        fonts = {path.name: path for path in (templates_folder() / "fonts").glob("*.ttf")}
        if not url.startswith(_SCHEME) or name not in fonts:
            self.refused = self.refused or url
            raise FatalURLFetchingError(url)
        return URLFetcherResponse(url, fonts[name].read_bytes(), {"Content-Type": "font/ttf"})


def render_pdf(view: ReportView, *, page_size: str = "A4") -> bytes:
    """The report as PDF/UA-1 on ``A4`` or ``letter``; raises ValueError for another size."""
    size = next((known for known in PAGE_SIZES if known.casefold() == page_size.casefold()), None)
    if size is None:
        raise ValueError(f"page size {page_size!r} is none of {', '.join(PAGE_SIZES)}")
    style = "\n".join([*(shipped(name) for name in ("tokens.css", "common.css", "paged.css")), _PAGE[size]])
    text = render_template("report.pdf.html.j2", view=view, style=trusted(style))
    return write_pdf(text, identifier=canonical_hash([view.report_id, view.created, size])[:32])


def write_pdf(text: str, *, identifier: str) -> bytes:
    """HTML to PDF/UA-1. ``identifier`` is the document's own, which would be random otherwise.

    Raises :class:`ForbiddenFetchError` where anything but a packaged font was asked for. WeasyPrint swallows even fatal
    errors within SVG, so that the fetcher is asked afterwards.
    """
    fetcher = PackagedFonts()
    data = b""
    with contextlib.suppress(FatalURLFetchingError):
        data = HTML(string=text, url_fetcher=fetcher).write_pdf(
            font_config=FontConfiguration(),
            pdf_variant="pdf/ua-1",
            pdf_identifier=identifier.encode("ascii"),
            pdf_tags=True,
        )
    if fetcher.refused is not None:
        raise ForbiddenFetchError(f"the report asked for {fetcher.refused[:200]!r}, which is not part of the package")
    return data
