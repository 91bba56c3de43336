"""``auditor doctor``: whether a scan could work here, and what it would miss."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.cli.options import add_config, add_logs, add_tenants

if TYPE_CHECKING:
    from auditor.checkup import Check

NAME = "doctor"
HELP = "check native libraries, credentials, permissions, reachability and the store, without a scan"
EPILOG = """example:
  auditor doctor --config auditor.toml
Of each tenant it tells which permissions are held, which are missing, which rules each of these costs, and how an
administrator gives exactly them. Exit code 0 where everything is in order, 3 where a scan would be incomplete, 2 where
it could not run."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_config(parser)
    add_tenants(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for machines")
    add_logs(parser)


def run(args: argparse.Namespace) -> int:
    """Check everything; print what was found to standard output."""
    import msgspec

    from auditor import alerts, checkup
    from auditor.cli.exits import Exit
    from auditor.config import load
    from auditor.pipeline import read_environment, select_tenants

    config = load(args.config)
    environ = read_environment()
    alerts.protect(config, environ)
    checks = checkup.examine(config, select_tenants(config, args.tenant), environ)
    states = {check.state for check in checks}
    worst = next(state for state in ("error", "warning", "ok") if state in states)
    if args.format == "json":
        document = msgspec.json.encode({"state": worst, "checks": checks})
        print(msgspec.json.format(document, indent=2).decode())
    else:
        for check in checks:
            print("\n".join(_lines(check)))
    return {"error": Exit.USAGE, "warning": Exit.NOT_ASSESSED, "ok": Exit.OK}[worst]


def _lines(check: "Check") -> Iterator[str]:
    from auditor.cli.progress import visible

    yield f"{check.state.upper():<8}{visible(f'{check.what}: {check.told}')}"
    for more in (check.hint, *(f"$ {command}" for command in check.commands), check.url):
        if more:
            yield f"        {visible(more)}"
