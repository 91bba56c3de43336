"""``auditor report``: the reports of a recorded scan again, with no credentials."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli.options import add_formats
from auditor.cli.paper import add_paper
from auditor.cli.sign import add_signing, signed, signer

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.model.result import ScanResult

NAME = "report"
HELP = "render the reports of a recorded scan again, with no credentials and no network"
EPILOG = """example:
  auditor report latest --format html,pdf --out reports
  auditor report reports/evidence.zip --format pdf --out again
SCAN is an id of `auditor history list`, latest or previous, or an evidence bundle, which is checked first. The clock is
the scan's own, so the files are the same."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("scan", metavar="SCAN", help="scan id, latest or previous; or the path of an evidence bundle")
    parser.add_argument(
        "--config", type=Path, default=Path("auditor.toml"), metavar="FILE", help="configuration that names the store"
    )
    parser.add_argument("--store", metavar="URL", help="the store, where there is no configuration file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the reports")
    add_formats(parser)
    add_paper(parser)
    parser.add_argument("--now", metavar="TIME", help="another clock than the scan's")
    add_signing(parser)


def run(args: argparse.Namespace) -> int:
    """Render and write; print what was written to standard output."""
    from auditor import job, output
    from auditor.cli.exits import Exit
    from auditor.cli.options import parse_formats
    from auditor.cli.paper import write_tenant_pdfs
    from auditor.config import load
    from auditor.evidence import is_bundle
    from auditor.pipeline import parse_now, read_environment

    path = Path(args.scan)
    bundled = is_bundle(path)
    bare = args.store is not None or (bundled and not args.config.is_file())
    config = load(args.config) if not bare else None
    page_size = args.page_size or (config.page_size if config is not None else "A4")
    formats = parse_formats(args.format, None, job.known_formats(), left_out={} if bundled else _NO_ANSWERS)
    by = signer(args, read_environment())
    result = _of_bundle(path) if bundled else _recorded(args, config)
    output.prepare(args.out)
    now = parse_now(args.now if args.now is not None else result.finished_at)
    content = path.read_bytes() if bundled and job.NEED_ANSWERS & set(formats) else None
    files = job.render_result(result, formats, now=now, page_size=page_size, bundle=content)
    for written in output.write_all(args.out, signed(files, by)):
        print(written)
    if args.tenant_pdfs or (config is not None and config.tenant_pdfs):
        workers = config.pdf_workers if config is not None else None
        scripts = job.REMEDIATION in formats
        for written in write_tenant_pdfs(
            args.out, result, now=now, page_size=page_size, workers=workers, scripts=scripts, by=by
        ):
            print(written)
    return Exit.OK


_NO_ANSWERS = {
    "evidence": "The history keeps no answers of Microsoft Graph: only the scan itself writes them (--format evidence)."
}


def _of_bundle(path: Path) -> "ScanResult":
    from auditor.evidence import Bundle

    with Bundle(path) as bundle:
        return bundle.result()


def _recorded(args: argparse.Namespace, config: "Config | None") -> "ScanResult":
    from auditor.chronicle import with_history
    from auditor.store import open_store

    with open_store(args.store if config is None else config.store, create=False) as store:
        return with_history(store, store.result(args.scan))
