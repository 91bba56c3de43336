"""archive.pdf: the report of report.pdf as PDF/A-3, with files attached, so that one file can be filed for years.

It is another edition of the same pages, not another report. Attached files are named, typed, and say how they relate to
the document (ISO 19005-3, 6.8; ISO 32000-2, 7.11.3).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from weasyprint import Attachment

from auditor.report.paper import Paper

VARIANT = "pdf/a-3b"
"""Level B (the look is kept), though the pages are tagged: level A asks for more than was checked."""

_KNOWN = {
    "evidence.zip": ("Evidence bundle: answers of Microsoft Graph, snapshots, coverage, hashes", "Source"),
    "results.json": ("Everything that the scan found, for machines", "Data"),
}
"""What is attached, and how it relates to the pages."""


def render_archive(paper: Paper, attached: Mapping[str, bytes], *, now: datetime) -> bytes:
    """The pages as PDF/A-3 with ``attached`` (name → content), dated ``now``; equal arguments give equal bytes."""
    moment = now.astimezone(UTC).replace(tzinfo=None)
    attachments = []
    for name, content in sorted(attached.items()):
        description, relationship = _KNOWN.get(name, ("", "Supplement"))
        attachments.append(
            Attachment(
                string=content,
                name=name,
                description=description,
                created=moment,
                modified=moment,
                relationship=relationship,
            )
        )
    return paper.write(variant=VARIANT, attachments=attachments)
