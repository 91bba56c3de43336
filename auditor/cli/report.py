"""``auditor report``: the reports of a recorded scan again, with no credentials."""

import argparse
from pathlib import Path

from auditor.cli.options import add_formats

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
    parser.add_argument("--now", metavar="TIME", help="another clock than the scan's")


def run(args: argparse.Namespace) -> int:
    """Render and write; print what was written to standard output."""
    from auditor import job, output
    from auditor.chronicle import with_history
    from auditor.cli.exits import Exit
    from auditor.cli.options import parse_formats
    from auditor.config import load
    from auditor.pipeline import parse_now
    from auditor.store import open_store

    url = args.store if args.store is not None else load(args.config).store
    formats = parse_formats(args.format, None, job.known_formats())
    with open_store(url, create=False) as store:
        result = with_history(store, store.result(args.scan))
    output.prepare(args.out)
    now = parse_now(args.now if args.now is not None else result.finished_at)
    for path in output.write_all(args.out, job.render_result(result, formats, now=now)):
        print(path)
    return Exit.OK
