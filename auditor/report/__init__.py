"""The reports: a finished scan to bytes, one file for each format. Nothing writes, prints, fetches or asks the time.

results.json and findings.csv carry the scan's own values; report.html and report.pdf are laid out from one view
(:mod:`auditor.report.view`), worded once for both. Tenant text passes the escape of its sink
(:mod:`auditor.report.text`) and no other way out.
"""

from collections.abc import Iterable
from datetime import datetime

from auditor.model.plan import Remediation
from auditor.model.result import ScanResult

FORMATS = ("json", "html", "pdf", "csv")
"""The formats that :func:`render` knows, in the order in which they are made."""

FILES = {"json": "results.json", "html": "report.html", "pdf": "report.pdf", "csv": "findings.csv"}
"""Format → name of its file."""


def render(
    result: ScanResult,
    formats: Iterable[str],
    *,
    now: datetime,
    page_size: str = "A4",
    remediation: Remediation | None = None,
) -> dict[str, bytes]:
    """File name → content, for each of ``formats``.

    ``now`` is the clock that distances ("in 28 days") are told by; ``page_size`` (``A4`` or ``letter``) is the PDF's;
    ``remediation`` is what findings point to as their mending, and is told only where it is given.
    The same arguments give the same bytes. Raises ValueError for a format that is not in :data:`FORMATS`.
    """
    wanted = set(formats)
    if unknown := wanted - set(FORMATS):
        raise ValueError(f"unknown formats: {', '.join(sorted(unknown))}")
    return {FILES[name]: _render(result, name, now, page_size, remediation) for name in FORMATS if name in wanted}


def _render(result: ScanResult, name: str, now: datetime, page_size: str, remediation: Remediation | None) -> bytes:
    """One format; what it needs is imported here, so that no other format waits for it."""
    if name == "json":
        from auditor.report.results import render_results

        return render_results(result)
    if name == "csv":
        from auditor.report.findings_csv import render_findings_csv

        return render_findings_csv(result)
    from auditor.report.build import build_view

    if name == "html":
        from auditor.report import html

        return html.render_html(build_view(result, now=now, most_detailed=html.MOST_DETAILED, remediation=remediation))
    from auditor.report import pdf

    few = len(result.tenants) <= pdf.MOST_DETAILED
    view = build_view(
        result,
        now=now,
        most_detailed=pdf.MOST_DETAILED if few else 0,
        most_rows=pdf.MOST_MATRIX_ROWS,
        remediation=remediation,
    )
    return pdf.render_pdf(view, page_size=page_size)
