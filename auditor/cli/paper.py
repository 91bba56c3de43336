"""What scan and report share about paper: the page size, and a PDF for each tenant beside report.pdf."""

import argparse
import logging
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.model.result import ScanResult
    from auditor.signing import Signer

PAGE_SIZES = ("A4", "letter")


class TenantPdfError(RuntimeError):
    """Some tenants' documents could not be rendered: a defect of ours. Every other file was written before."""


def add_paper(parser: argparse.ArgumentParser) -> None:
    """``--page-size`` and ``--tenant-pdfs``."""
    parser.add_argument(
        "--page-size", choices=PAGE_SIZES, help="paper of the PDFs (default: page_size of the configuration, else A4)"
    )
    parser.add_argument(
        "--tenant-pdfs",
        action="store_true",
        help="a report-TENANT-ID.pdf for each tenant beside the other files, rendered in several processes",
    )


def write_tenant_pdfs(
    folder: Path,
    result: "ScanResult",
    *,
    now: datetime,
    page_size: str,
    workers: int | None,
    scripts: bool,
    by: "Signer | None" = None,
) -> list[Path]:
    """Render and write each tenant's document as it is done.

    ``scripts`` says that remediation is written along; ``by`` signs each document where a key was given.
    Raises :class:`TenantPdfError` at the end, with what went wrong, where one or more could not be rendered.
    """
    from auditor import job, output
    from auditor.cli.exits import say
    from auditor.report.tenant_pdfs import render_tenant_pdfs

    written: list[Path] = []
    failed: list[str] = []
    documents = render_tenant_pdfs(
        result, now=now, page_size=page_size, remediation=job.planned(result, written=scripts), workers=workers
    )
    for number, document in enumerate(documents, 1):
        if document.data is None:
            last = document.error.strip().splitlines()[-1:] or [""]
            say(f"auditor: {document.name} ({document.tenant}) could not be rendered: {last[0]}")
            failed.append(f"{document.name}:\n{document.error}")
            continue
        written += output.write_all(
            folder, {document.name: by.sign_pdf(document.data) if by is not None else document.data}
        )
        if number % 100 == 0:
            say(f"[{number}/{len(result.tenants)}] documents of tenants", level=logging.INFO)
    if failed:
        raise TenantPdfError(f"{len(failed)} of {len(result.tenants)} documents of tenants:\n" + "\n".join(failed))
    return written
