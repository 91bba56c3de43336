"""report.pdf: the audit report on paper, tagged as PDF/UA-1, the same bytes from the same scan on every machine.

What it costs is bounded: lists have at most a thousand rows, the matrix of a fleet fewer, and of many tenants none is
told in full.
"""

from auditor.report.paper import Paper, lay_out
from auditor.report.templates import render_template
from auditor.report.view import ReportView

MOST_DETAILED = 5
"""Tenants told in full in one document; of more, it tells what they come to."""
MOST_MATRIX_ROWS = 100
"""Tenants in the matrix of a fleet: each is a row of some forty cells, and cells are what layout costs."""


def lay_out_report(view: ReportView, *, page_size: str = "A4") -> Paper:
    """The report's pages on ``A4`` or ``letter``, to be written in any edition; raises ValueError for another size."""
    text = render_template("report.pdf.html.j2", view=view)
    return lay_out(text, page_size=page_size, identity=[view.report_id, view.created])
