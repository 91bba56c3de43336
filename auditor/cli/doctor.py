"""``auditor doctor``: whether a scan could work here, and what it would miss."""

import argparse

from auditor.cli.options import add_config, add_tenants

NAME = "doctor"
HELP = "check native libraries, credentials, permissions, reachability and the store, without a scan"
EPILOG = """example:
  auditor doctor --config auditor.toml
Exit code 0 where everything is in order, 3 where a scan would be incomplete, 2 where it could not run."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_config(parser)
    add_tenants(parser)


def run(args: argparse.Namespace) -> int:
    """Check everything; print one line for each check to standard output."""
    from auditor import checkup, pipeline
    from auditor.cli.exits import Exit
    from auditor.cli.progress import visible
    from auditor.config import load

    config = load(args.config)
    tenants = pipeline.select_tenants(config, args.tenant)
    checks = checkup.examine(config, tenants, pipeline.read_environment())
    for check in checks:
        print(f"{check.state.upper():<8}{check.what}: {visible(check.told)}")
        if check.hint:
            print(f"        {visible(check.hint)}")
    states = {check.state for check in checks}
    if "error" in states:
        return Exit.USAGE
    return Exit.NOT_ASSESSED if "warning" in states else Exit.OK
