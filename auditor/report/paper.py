"""WeasyPrint as the reports use it: HTML to pages, pages to PDF, the same bytes from the same text on every machine.

Fonts and styles come from the package and are loaded once for each process. The one scheme that is fetched is our own,
for the packaged fonts; anything else stops the rendering (:class:`ForbiddenFetchError`): a report must not reach for a
network or a file. Nothing in here knows what a report says.
"""

import contextlib
import gc
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from weasyprint import CSS, HTML, Attachment
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from auditor.model.canonical import canonical_hash
from auditor.report.finishing import finish
from auditor.report.templates import shipped, templates_folder

UA_1 = "pdf/ua-1"
"""The variant of report.pdf: tagged for readers with assistive technology."""
PAGE_SIZES = ("A4", "letter")
_SCHEME = "auditor-font:"
_PAGE = {"A4": "@page { size: A4; }", "letter": "@page { size: letter; }"}
_STYLES = ("tokens.css", "common.css", "paged.css")
_NOTES = re.compile(r"^::(?:footnote|note)-[^\n]*$", re.MULTILINE)
_ANY_MARKER = re.compile(r"^::marker", re.MULTILINE)


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


class Paper:
    """A document that is laid out, and can be written in more than one edition without laying it out again.

    Write the edition of :data:`UA_1` first: an edition with a colour profile leaves that in the document.
    """

    def __init__(self, document: Document, fetcher: PackagedFonts, identity: object) -> None:
        self._document = document
        self._fetcher = fetcher
        self._identity = identity

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self._document.pages)

    def write(self, *, variant: str = UA_1, attachments: Sequence[Attachment] = ()) -> bytes:
        """The pages as PDF of WeasyPrint's ``variant``, with files attached; raises :class:`ForbiddenFetchError`."""
        data = b""
        with _collector_paused(), contextlib.suppress(FatalURLFetchingError):
            data = self._document.write_pdf(
                pdf_variant=variant,
                pdf_identifier=canonical_hash([self._identity, variant])[:32].encode("ascii"),
                pdf_tags=True,
                attachments=list(attachments),
                finisher=finish,
            )
        _check(self._fetcher)
        return data


def lay_out(text: str, *, page_size: str, identity: object) -> Paper:
    """HTML, without style sheets of its own, to pages of ``A4`` or ``letter``.

    ``identity`` (of JSON's types) is what the PDF's identifier is made from, which would be random otherwise.
    Raises ValueError for another size, and :class:`ForbiddenFetchError` where anything but a packaged font was asked
    for. WeasyPrint swallows even fatal errors within SVG, so that the fetcher is asked afterwards.
    """
    size = known_size(page_size)
    fetcher = PackagedFonts()
    with _collector_paused():
        document = None
        with contextlib.suppress(FatalURLFetchingError):
            fonts, style = _style(size)
            document = _Page(string=text, url_fetcher=fetcher).render(
                font_config=fonts, stylesheets=[style], pdf_variant=UA_1, pdf_tags=True
            )
    _check(fetcher)
    return Paper(document, fetcher, [identity, size])


def known_size(page_size: str) -> str:
    """The page size as :data:`PAGE_SIZES` writes it; raises ValueError for another."""
    size = next((known for known in PAGE_SIZES if known.casefold() == page_size.casefold()), None)
    if size is None:
        raise ValueError(f"page size {page_size!r} is none of {', '.join(PAGE_SIZES)}")
    return size


def _check(fetcher: PackagedFonts) -> None:
    if fetcher.refused is not None:
        raise ForbiddenFetchError(f"the report asked for {fetcher.refused[:200]!r}, which is not part of the package")


@cache
def _style(size: str) -> tuple[FontConfiguration, CSS]:
    """The packaged fonts and the reports' style sheet for a page size, parsed once for each process."""
    fonts = FontConfiguration()
    text = "\n".join([*(shipped(name) for name in _STYLES), _PAGE[size]])
    return fonts, CSS(string=text, font_config=fonts, url_fetcher=PackagedFonts())


@cache
def _defaults() -> CSS:
    """WeasyPrint's default style sheet without its notes, which no report has.

    Its six rules for them match every element, and cost a quarter of the time that a layout takes (measured with
    WeasyPrint 70; a test holds that pages come out the same without).
    """
    text = (files("weasyprint.css") / "html5_ua.css").read_text(encoding="utf-8")
    return CSS(string=_ANY_MARKER.sub("li::marker", _NOTES.sub("", text)))


class _Page(HTML):  # type: ignore[misc] # WeasyPrint ships no annotations
    """HTML with the shortened defaults; should WeasyPrint no longer ask here, pages are the same, but slower."""

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_defaults()]


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the cyclic garbage collector: it walks hundreds of thousands of boxes in vain, a third of the time.

    Documents are bounded (a thousand rows of any list), and so is what is left lying about until the end.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
