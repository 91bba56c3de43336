"""``auditor schedule``: a ready unit that runs the scan unattended."""

import argparse
import logging
import sys
from pathlib import Path

NAME = "schedule"
HELP = "print a ready unit that runs the scan: systemd, cron, GitHub Actions, Kubernetes, Azure Pipelines"
EPILOG = """example:
  auditor schedule systemd --at 02:30 --out units
  auditor schedule kubernetes --every 6h --client-id 22222222-2222-2222-2222-222222222222 >auditor.yaml
No unit holds a secret: an environment file, a Secret of the platform's, or federation without any. What each does with
the exit codes of the scan stands in its comments, and in docs/operations.md."""

_TARGETS = ("systemd", "cron", "github-actions", "kubernetes", "azure-pipelines")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("target", choices=_TARGETS, help="what is to run the scan")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--at", metavar="HH:MM", help="once a day at this time, in UTC (cron: local time); default 02:30")
    when.add_argument("--every", metavar="HOURS", help="every 1h, 2h, 3h, 4h, 6h, 8h or 12h")
    parser.add_argument("--config", metavar="FILE", help="the configuration, where the unit runs")
    parser.add_argument("--store", metavar="URL", help="the history, where the unit runs")
    parser.add_argument("--reports", metavar="DIR", help="folder for the reports, where the unit runs")
    parser.add_argument("--format", metavar="F,...", default="json,html,pdf,csv", help="formats of the reports")
    parser.add_argument(
        "--environment-file", metavar="FILE", help="systemd, cron: lines NAME=value with what the configuration names"
    )
    parser.add_argument("--program", metavar="FILE", help="systemd, cron: the program (default: the one that runs now)")
    parser.add_argument("--image", metavar="IMAGE", help="kubernetes: the container image")
    parser.add_argument("--client-id", metavar="ID", help="kubernetes: the application that the workload signs in as")
    parser.add_argument("--connection", metavar="NAME", help="azure-pipelines: the service connection")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the unit's files there instead of printing them")


def run(args: argparse.Namespace) -> int:
    """Print the unit, or write its files."""
    from auditor import __version__, output
    from auditor.cli.exits import Exit, say
    from auditor.schedules import TARGETS, Plan, parse_at, parse_every

    plan = Plan(
        timing=parse_every(args.every) if args.every is not None else parse_at(args.at or "02:30"),
        config=args.config,
        store=args.store,
        reports=args.reports,
        environment_file=args.environment_file,
        program=args.program or _this_program(),
        formats=args.format,
        version=__version__,
        image=args.image,
        client_id=args.client_id,
        connection=args.connection,
    )
    files = TARGETS[args.target](plan)
    if args.out is None:
        print("\n".join(files.values()), end="")
        return Exit.OK
    output.prepare(args.out)
    for path in output.write_all(args.out, {name: text.encode() for name, text in files.items()}):
        say(f"wrote {path}", level=logging.INFO)
    return Exit.OK


def _this_program() -> str:
    """Where the program that runs now lies; the usual place where it was not started under its name."""
    started = Path(sys.argv[0])
    return str(started.absolute()) if started.name == "auditor" and started.is_file() else "/usr/local/bin/auditor"
