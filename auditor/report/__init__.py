"""The reports: a finished scan to bytes, one file for each format. Nothing writes, prints, fetches or asks the time.

results.json, findings.csv, report.xlsx and the machine formats (SARIF, JUnit, OCSF, OSCAL) are made from the scan's own
values; report.html and report.pdf are laid out from one view (:mod:`auditor.report.view`), worded once for both.
Tenant text passes the escape of its sink (:mod:`auditor.report.text`) and no other way out.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from auditor.model.plan import Remediation
from auditor.model.result import ScanResult

FILES = {
    "json": "results.json",
    "html": "report.html",
    "pdf": "report.pdf",
    "pdfa": "archive.pdf",
    "csv": "findings.csv",
    "xlsx": "report.xlsx",
    "sarif": "results.sarif",
    "junit": "junit.xml",
    "ocsf": "ocsf.jsonl",
    "oscal": "oscal.json",
}
"""Format → name of its file."""

FORMATS = tuple(FILES)
"""The formats that :func:`render` knows, in the order in which they are made."""

_PAPER = frozenset({"pdf", "pdfa"})


def render(
    result: ScanResult,
    formats: Iterable[str],
    *,
    now: datetime,
    page_size: str = "A4",
    remediation: Remediation | None = None,
    attached: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """File name → content, for each of ``formats``.

    ``now`` is the clock that distances ("in 28 days") are told by; ``page_size`` (``A4`` or ``letter``) is the PDF's;
    ``remediation`` is what findings point to as their mending, and is told only where it is given; ``attached`` (name
    → content) goes into archive.pdf.
    The same arguments give the same bytes. Raises ValueError for a format that is not in :data:`FORMATS`.
    """
    wanted = set(formats)
    if unknown := wanted - set(FORMATS):
        raise ValueError(f"unknown formats: {', '.join(sorted(unknown))}")
    made = {name: _render(result, name, now, remediation) for name in FORMATS if name in wanted - _PAPER}
    if paper := wanted & _PAPER:
        made |= _on_paper(result, paper, now, page_size, remediation, attached or {})
    return {FILES[name]: made[name] for name in FORMATS if name in wanted}


def _render(result: ScanResult, name: str, now: datetime, remediation: Remediation | None) -> bytes:
    """One format; what it needs is imported here, so that no other format waits for it."""
    if name == "html":
        from auditor.report import html
        from auditor.report.build import build_view

        return html.render_html(build_view(result, now=now, most_detailed=html.MOST_DETAILED, remediation=remediation))
    if name == "xlsx":
        from auditor.report.xlsx import render_xlsx

        return render_xlsx(result, now=now)
    return _data(result, name)


def _data(result: ScanResult, name: str) -> bytes:
    """A format that carries the scan's values as they are, and knows no clock but the scan's."""
    if name == "json":
        from auditor.report.results import render_results as render_data
    elif name == "csv":
        from auditor.report.findings_csv import render_findings_csv as render_data
    elif name == "sarif":
        from auditor.report.sarif import render_sarif as render_data
    elif name == "junit":
        from auditor.report.junit import render_junit as render_data
    elif name == "ocsf":
        from auditor.report.ocsf import render_ocsf as render_data
    else:
        from auditor.report.oscal import render_oscal as render_data
    return render_data(result)


def _on_paper(
    result: ScanResult,
    names: Set[str],
    now: datetime,
    page_size: str,
    remediation: Remediation | None,
    attached: Mapping[str, bytes],
) -> dict[str, bytes]:
    """The editions of the one document for paper, laid out once for both."""
    from auditor.report import pdf
    from auditor.report.build import build_view

    few = len(result.tenants) <= pdf.MOST_DETAILED
    view = build_view(
        result,
        now=now,
        most_detailed=pdf.MOST_DETAILED if few else 0,
        most_rows=pdf.MOST_MATRIX_ROWS,
        remediation=remediation,
    )
    paper = pdf.lay_out_report(view, page_size=page_size)
    made: dict[str, bytes] = {}
    if "pdf" in names:
        made["pdf"] = paper.write()
    if "pdfa" in names:
        from auditor.report.archive import render_archive

        made["pdfa"] = render_archive(paper, attached, now=now)
    return made
