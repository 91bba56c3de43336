"""archive.pdf: the report of report.pdf as PDF/A-3, with files attached, so that one file can be filed for years.

It is another edition of the same pages, not another report. Attached files are named, typed, and say how they relate to
the document (ISO 19005-3, 6.8; ISO 32000-2, 7.11.3).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct
from weasyprint import Attachment

from auditor.report.paper import Paper

VARIANT = "pdf/a-3b"
"""Level B: what of level A was checked is told in the README, and the claim is no greater."""


class Attached(Struct, frozen=True):
    """A file to attach. ``relationship`` is the value of ``AFRelationship``: ``Source`` or ``Data``."""

    name: str
    content: bytes
    description: str
    relationship: str


def render_archive(paper: Paper, attached: Sequence[Attached], *, now: datetime) -> bytes:
    """The pages as PDF/A-3 with ``attached``, dated ``now``; the same arguments give the same bytes."""
    moment = now.astimezone(UTC).replace(tzinfo=None)
    attachments = [
        Attachment(
            string=one.content,
            name=one.name,
            description=one.description,
            created=moment,
            modified=moment,
            relationship=one.relationship,
        )
        for one in attached
    ]
    return paper.write(variant=VARIANT, attachments=attachments)
