"""``auditor remediate``: plan, scripts and rollbacks for what a recorded scan found."""

import argparse
import sys
from pathlib import Path

NAME = "remediate"
HELP = "write the plan, the scripts and the rollbacks that put right what a recorded scan found"
EPILOG = """example:
  auditor remediate latest --out review --format powershell,azcli
SCAN is an id of `auditor history list`, latest or previous. The files lie in DIR/remediation/TENANT-ID; read plan.md
first. It changes nothing itself, and the scripts change nothing until they are told to."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("scan", metavar="SCAN", help="scan id, latest or previous")
    parser.add_argument(
        "--config", type=Path, default=Path("auditor.toml"), metavar="FILE", help="configuration that names the store"
    )
    parser.add_argument("--store", metavar="URL", help="the store, where there is no configuration file")
    parser.add_argument(
        "--tenant", action="append", default=[], metavar="NAME", help="only this tenant (name or id); may be repeated"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the files")
    parser.add_argument(
        "--format",
        default="powershell,azcli,terraform",
        metavar="F,...",
        help="what to write beside plan.md and plan.json: powershell, azcli, terraform (default: all three)",
    )


def run(args: argparse.Namespace) -> int:
    """Plan and write; print what was written to standard output, and what is planned to standard error."""
    import msgspec

    from auditor import output
    from auditor.cli.exits import Exit
    from auditor.cli.progress import visible
    from auditor.config import load, nearest
    from auditor.errors import UserError
    from auditor.remedy import FORMATS, plan, render
    from auditor.store import open_store

    formats = tuple(part.strip() for part in args.format.split(","))
    for name in formats:
        if name not in FORMATS:
            raise UserError(f"Unknown format {name!r}.", nearest(name, FORMATS))
    url = args.store if args.store is not None else load(args.config).store
    with open_store(url, create=False) as store:
        result = store.result(args.scan)
    known = {tenant.tenant.name for tenant in result.tenants} | {tenant.tenant.id for tenant in result.tenants}
    for name in args.tenant:
        if name not in known:
            raise UserError(f"The scan has no tenant {visible(name)!r}.", nearest(name, known))
    chosen = tuple(
        tenant
        for tenant in result.tenants
        if not args.tenant or tenant.tenant.name in args.tenant or tenant.tenant.id in args.tenant
    )
    output.prepare(args.out)
    files = render(msgspec.structs.replace(result, tenants=chosen), formats)
    for path in output.write_all(args.out, files):
        print(path)
    for tenant in chosen:
        found = plan(tenant, scan=result.id, at=tenant.finished_at or result.finished_at)
        told = f"{len(found.steps)} steps, {len(found.refused)} refused, {len(found.left_out)} findings left out"
        print(f"{visible(tenant.tenant.name)}: {told}", file=sys.stderr)
    return Exit.OK
