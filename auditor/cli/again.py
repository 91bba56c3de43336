"""``auditor scan --from-evidence``: the tenants of a bundle evaluated again, with no credentials and no network."""

import argparse
import logging
from pathlib import Path

from auditor.errors import UserError

_NOT_ALONG = ("resume", "dask", "fail_on_drift")


def run(args: argparse.Namespace) -> int:
    """Evaluate, write, print the summary; give the exit code. The history is neither read nor written."""
    from auditor import custody, job, output
    from auditor.cli.exits import say
    from auditor.cli.options import parse_formats
    from auditor.cli.paper import write_tenant_pdfs
    from auditor.cli.progress import Progress
    from auditor.cli.sign import signed, signer
    from auditor.cli.summary import exit_code, summary_lines
    from auditor.cli.written import written_lines
    from auditor.config import DEFAULT_NAME, load, without_file
    from auditor.evidence import Bundle
    from auditor.fleet.select import Selection
    from auditor.pipeline import read_environment

    for name in _NOT_ALONG:
        if getattr(args, name, None):
            raise UserError(f"--{name.replace('_', '-')} and --from-evidence do not go together.", "Leave one out.")
    missing = args.config == Path(DEFAULT_NAME) and not args.config.is_file()
    config = without_file(Path.cwd()) if missing else load(args.config)
    environ = read_environment()
    formats = parse_formats(args.format, config.formats, job.known_formats(), left_out=_LEFT_OUT)
    folder = args.out if args.out is not None else config.out
    by = signer(args, environ)
    with Bundle(args.from_evidence) as bundle:
        prepared = job.prepare(
            custody.of_bundle(config, bundle),
            selection=Selection(tuple(args.tenant), tuple(args.include), tuple(args.exclude)),
            rules=args.rules,
            now=args.now,
            environ=environ,
            history=False,
            secrets_here=False,
        )
        output.prepare(folder)
        with Progress(len(prepared.scan.tenants)) as progress:
            result = job.run(prepared, finished=progress.finished, runner=custody.replayed(bundle))
    content = args.from_evidence.read_bytes() if "pdfa" in formats else None
    page_size = args.page_size or config.page_size
    files = job.render(prepared, result, formats, page_size=page_size, bundle=content)
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
    return exit_code(result, args.fail_on or config.fail_on)


_LEFT_OUT = {"evidence": "The evidence is the bundle that is read: keep that, byte for byte."}
