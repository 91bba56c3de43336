"""``auditor report``: the reports of a recorded scan again, with no credentials."""

import argparse
from pathlib import Path

from auditor.cli.options import add_formats
from auditor.cli.paper import add_paper

NAME = "report"
HELP = "render the reports of a recorded scan again, with no credentials and no network"
EPILOG = """example:
  auditor report latest --format html,pdf --out reports
SCAN is an id of `auditor history list`, latest or previous. The clock is the scan's own, so the files are the same."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("scan", metavar="SCAN", help="scan id, latest or previous")
    parser.add_argument(
        "--config", type=Path, default=Path("auditor.toml"), metavar="FILE", help="configuration that names the store"
    )
    parser.add_argument("--store", metavar="URL", help="the store, where there is no configuration file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the reports")
    add_formats(parser)
    add_paper(parser)
    parser.add_argument("--now", metavar="TIME", help="another clock than the scan's")


def run(args: argparse.Namespace) -> int:
    """Render and write; print what was written to standard output."""
    from auditor import job, output
    from auditor.chronicle import with_history
    from auditor.cli.exits import Exit
    from auditor.cli.options import parse_formats
    from auditor.cli.paper import write_tenant_pdfs
    from auditor.config import load
    from auditor.pipeline import parse_now
    from auditor.store import open_store

    config = load(args.config) if args.store is None else None
    url = args.store if config is None else config.store
    page_size = args.page_size or (config.page_size if config is not None else "A4")
    formats = parse_formats(args.format, None, job.known_formats())
    with open_store(url, create=False) as store:
        result = with_history(store, store.result(args.scan))
    output.prepare(args.out)
    now = parse_now(args.now if args.now is not None else result.finished_at)
    for path in output.write_all(args.out, job.render_result(result, formats, now=now, page_size=page_size)):
        print(path)
    if args.tenant_pdfs or (config is not None and config.tenant_pdfs):
        workers = config.pdf_workers if config is not None else None
        scripts = job.REMEDIATION in formats
        for path in write_tenant_pdfs(args.out, result, now=now, page_size=page_size, workers=workers, scripts=scripts):
            print(path)
    return Exit.OK
