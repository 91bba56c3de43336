"""``auditor scan``: the main job."""

import argparse
import logging
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli.options import add_config, add_formats, add_logs, add_now, add_tenants, parse_formats
from auditor.cli.paper import add_paper, write_tenant_pdfs
from auditor.cli.sign import add_signing, signed, signer

if TYPE_CHECKING:
    from auditor.custody import Keeper
    from auditor.job import Prepared
    from auditor.model.result import ScanResult

NAME = "scan"
HELP = "read the configured tenants, check them, and write the reports"
EPILOG = """example:
  auditor scan --config auditor.toml --tenant contoso --format json,html,pdf --out reports
  auditor scan --include 'emea-*' --exclude '*-test'
  auditor scan --resume
  auditor scan --from-evidence reports/evidence.zip --now 2026-11-22T12:00:00Z
After Ctrl-C, SIGTERM or a crash, what is finished is recorded, and --resume goes on with the rest."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_config(parser)
    add_tenants(parser)
    parser.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="PATTERN",
        help="tenants whose name or id matches (*, ?, [...]; without regard to case), beside those of --tenant; "
        "may be repeated",
    )
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="PATTERN", help="not these tenants; may be repeated"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the reports (default: as configured)")
    add_formats(parser)
    add_paper(parser)
    parser.add_argument(
        "--fail-on",
        choices=("critical", "high", "medium", "low", "info"),
        help="least severity of a failing rule that gives exit code 1 (default: low; info never does)",
    )
    parser.add_argument("--fail-on-drift", action="store_true", help="exit code 1 where anything changed, too")
    parser.add_argument("--no-history", action="store_true", help="neither read nor write the history")
    parser.add_argument(
        "--store", metavar="URL", help="the history: sqlite:///FILE or postgresql+psycopg://… (default: as configured)"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the unfinished scan of the history: same tenants, rules and clock; exit code 2 where there is "
        "none",
    )
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="let the workers of the Dask cluster at tcp://HOST:PORT read the tenants, with secrets of their own "
        "(extra dask)",
    )
    parser.add_argument(
        "--from-evidence",
        type=Path,
        metavar="FILE",
        help="evaluate the tenants of an evidence bundle again, with today's rules, waivers and clock: no credentials, "
        "no network, no history",
    )
    parser.add_argument(
        "--rules", type=Path, metavar="DIR", help="an organisation's own rule packs, beside the shipped"
    )
    add_now(parser)
    add_signing(parser)
    add_logs(parser)


def run(args: argparse.Namespace) -> int:
    """Scan; print the summary to standard output; give the exit code."""
    if args.from_evidence is not None:
        from auditor.cli import again

        return again.run(args)
    import msgspec

    from auditor import job, output
    from auditor.cli.exits import say
    from auditor.cli.summary import exit_code, summary_lines
    from auditor.cli.watched import Watched
    from auditor.cli.written import written_lines
    from auditor.config import load
    from auditor.custody import Keeper
    from auditor.fleet.select import Selection
    from auditor.pipeline import read_environment

    config = load(args.config)
    if args.store is not None:
        config = msgspec.structs.replace(config, store=args.store)
    environ = read_environment()
    formats = parse_formats(args.format, config.formats, job.known_formats())
    folder = args.out if args.out is not None else config.out
    evidence = bool(job.NEED_ANSWERS & set(formats))
    by = signer(args, environ)
    with Watched(config, environ) as watched, ExitStack() as stack:
        history = not args.no_history
        prepared = job.prepare(
            config,
            selection=Selection(tuple(args.tenant), tuple(args.include), tuple(args.exclude)),
            rules=args.rules,
            now=args.now,
            environ=environ,
            history=history,
            resume=args.resume,
            keep_bodies=evidence,
            secrets_here=args.dask is None,
        )
        watched.named(prepared.scan.scan_id)
        output.prepare(folder)
        keeper = stack.enter_context(Keeper(folder)) if evidence else None
        result = _scanned(prepared, folder, args.dask, keeper)
        result = watched.told(result, history=history)
        page_size = args.page_size or config.page_size
        bundle = None
        if keeper is not None:
            sign = by.sign_detached if by is not None else None
            bundle = keeper.bundle(prepared.scan, result, job.results_json(result), sign)
        files = job.render(prepared, result, formats, page_size=page_size, bundle=bundle)
        written = output.write_all(folder, signed(files, by))
        print("\n".join(summary_lines(result)), flush=True)
        if args.tenant_pdfs or config.tenant_pdfs:
            written += write_tenant_pdfs(
                folder,
                result,
                now=prepared.scan.now,
                page_size=page_size,
                workers=config.pdf_workers,
                scripts=job.REMEDIATION in formats,
                by=by,
            )
        for line in written_lines(folder, written):
            say(line, level=logging.INFO)
        return watched.ended(exit_code(result, args.fail_on or config.fail_on, fail_on_drift=args.fail_on_drift))


def _scanned(prepared: "Prepared", folder: Path, dask: str | None, keeper: "Keeper | None") -> "ScanResult":
    """The result, with progress told; a traceback of an internal error is kept in ``folder``."""
    from auditor import job, output
    from auditor.cli.exits import say
    from auditor.cli.progress import Progress

    def keep(name: str, text: str) -> None:
        output.write_all(folder, {name: text.encode()})

    evidence = keeper.keep if keeper is not None else job.keep_nothing
    progress = Progress(len(prepared.scan.tenants), prepared.done)
    try:
        with progress:
            return job.run(prepared, finished=progress.finished, kept=keep, runner=job.runner(dask), keep=evidence)
    except (KeyboardInterrupt, SystemExit):
        if prepared.store is not None and progress.done:
            say("auditor: finished tenants are recorded; go on with: auditor scan --resume", level=logging.WARNING)
        raise
