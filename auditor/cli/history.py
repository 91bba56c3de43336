"""``auditor history``: the recorded scans."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli.options import add_now
from auditor.cli.recorded import add_action, print_json

if TYPE_CHECKING:
    from auditor.store import ScanInfo, Store

NAME = "history"
HELP = "list, show, chart, prune or export the recorded scans"
EPILOG = """example:
  auditor history list --config auditor.toml
  auditor history trend --tenant contoso
  auditor history prune --keep-days 400 --keep-last 30"""

_BAR = 40


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = add_action(actions, EPILOG, "list", "every scan, the earliest first", _list)
    _formats(listing, "text", "json")
    showing = add_action(actions, EPILOG, "show", "one scan, tenant by tenant", _show)
    showing.add_argument("scan", metavar="SCAN", nargs="?", default="latest", help="id, latest (default) or previous")
    _formats(showing, "text", "json")
    trend = add_action(actions, EPILOG, "trend", "verdicts and open findings over time", _trend)
    trend.add_argument("--tenant", metavar="NAME", help="of this tenant (name or id) instead of all")
    _formats(trend, "text", "csv", "json")
    pruning = add_action(
        actions, EPILOG, "prune", "remove old scans; the latest, and what a baseline approves, always stay", _prune
    )
    pruning.add_argument("--keep-days", type=_count, metavar="N", help="keep scans of the last N days")
    pruning.add_argument("--keep-last", type=_count, metavar="N", help="keep the last N scans, however old")
    add_now(pruning)
    exporting = add_action(actions, EPILOG, "export", "scans with all their results as lines of JSON", _export)
    exporting.add_argument("scan", metavar="SCAN", nargs="*", help="id, latest or previous (default: everything)")
    exporting.add_argument("--out", type=Path, metavar="FILE", help="write here (default: standard output)")


def run(args: argparse.Namespace) -> int:
    """Do the chosen action."""
    code: int = args.action(args)
    return code


def _formats(parser: argparse.ArgumentParser, *names: str) -> None:
    parser.add_argument("--format", choices=names, default=names[0], help=f"default: {names[0]}")


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _open(args: argparse.Namespace) -> "Store":
    from auditor.cli.recorded import open_history

    return open_history(args)


def _list(args: argparse.Namespace) -> int:
    with _open(args) as store:
        scans = store.list()
    if args.format == "json":
        print_json(scans)
    elif not scans:
        print("No scan is recorded yet.", file=sys.stderr)
    else:
        width = max(len(scan.id) for scan in scans)
        print(f"{'SCAN':<{width}}  {'STARTED':<20}  {'VERDICT':<13}  {'TENANTS':>7}  {'OPEN':>6}  {'CHANGES':>7}")
        for scan in scans:
            print(_line(scan, width))
    return 0


def _line(scan: "ScanInfo", width: int) -> str:
    verdict = scan.verdict.value if scan.verdict is not None else "not finished"
    counts = scan.counts
    figures = (counts.tenants, counts.open, counts.changes) if counts is not None else (len(scan.tenants), "", "")
    tenants, opened, changes = figures
    return f"{scan.id:<{width}}  {scan.started_at:<20}  {verdict:<13}  {tenants:>7}  {opened:>6}  {changes:>7}"


def _show(args: argparse.Namespace) -> int:
    from auditor.cli.progress import visible
    from auditor.model.finding import Status

    with _open(args) as store:
        scan = store.scan(args.scan)
        result = store.result(scan.id)
    if args.format == "json":
        print_json(result)
        return 0
    print(
        f"Scan {scan.id}, started {scan.started_at}, "
        + (f"finished {scan.finished_at}" if scan.finished_at else "not finished")
    )
    print(
        f"Verdict: {scan.verdict.value if scan.verdict else 'none yet'}; auditor {scan.tool_version}; "
        + ", ".join(f"{p.id} {p.version}" for p in scan.packs)
    )
    for tenant in result.tenants:
        opened = sum(finding.is_open for finding in tenant.findings)
        unread = sum(finding.status is Status.UNKNOWN for finding in tenant.findings)
        changes = len(tenant.drift.changes) if tenant.drift is not None else None
        told = "nothing to compare with" if changes is None else f"{changes} changes"
        print(
            f"  {visible(tenant.tenant.name)} ({tenant.tenant.id}): {tenant.verdict.value}, {tenant.status.value}; "
            f"{opened} of {len(tenant.findings)} open, {unread} not assessed; {told}"
        )
    missing = {tenant.id for tenant in scan.tenants} - {tenant.tenant.id for tenant in result.tenants}
    if missing:
        print(f"  {len(missing)} of {len(scan.tenants)} tenants are not recorded.")
    return 0


def _trend(args: argparse.Namespace) -> int:
    from auditor.cli.recorded import known_tenants

    with _open(args) as store:
        tenant = known_tenants(store, [args.tenant])[0].id if args.tenant else None
        frame = store.trend(tenant)
    if args.format == "csv":
        frame.to_csv(sys.stdout, index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\n")
    elif args.format == "json":
        frame["at"] = frame["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        print_json(frame.to_dict(orient="records"))
    elif frame.empty:
        print("No finished scan is recorded yet.", file=sys.stderr)
    else:
        most = max(int(frame["open"].max()), 1)
        print(f"{'AT':<20}  {'COMPLIANT':>9}  {'NOT':>5}  {'UNKNOWN':>7}  {'CHANGES':>7}  {'OPEN':>6}")
        for row, opened in zip(frame.itertuples(index=False), frame["open"].tolist(), strict=True):
            bar = "█" * round(_BAR * opened / most) or ("▏" if opened else "")
            print(
                f"{row.at:%Y-%m-%dT%H:%M:%SZ}  {row.compliant:>9}  {row.non_compliant:>5}  {row.unknown:>7}  "
                f"{row.changes:>7}  {opened:>6}  {bar}".rstrip()
            )
    return 0


def _prune(args: argparse.Namespace) -> int:
    from auditor.cli.recorded import clock
    from auditor.errors import UserError
    from auditor.report.words import count

    if args.keep_days is None and args.keep_last is None:
        raise UserError("Nothing says what to keep.", "Use --keep-days, --keep-last or both.")
    with _open(args) as store:
        pruned = store.prune(now=clock(args), keep_days=args.keep_days, keep_last=args.keep_last)
    print(f"Removed {count(pruned.scans, 'scan')} with {count(pruned.results, 'result')}.", file=sys.stderr)
    return 0


def _export(args: argparse.Namespace) -> int:
    from auditor import output

    with _open(args) as store:
        wanted = [store.scan(name).id for name in args.scan] or None
        if args.out is None:
            for line in store.export(wanted):
                sys.stdout.buffer.write(line + b"\n")
        else:
            content = b"".join(line + b"\n" for line in store.export(wanted))
            output.prepare(args.out.parent)
            output.write_all(args.out.parent, {args.out.name: content})
            print(f"wrote {args.out}", file=sys.stderr)
    return 0
