"""The command line: parse, call, print, exit. One file for each verb; nothing heavy is imported before it is needed.

Data goes to standard output; progress and messages go to standard error. Exit codes are an interface, see
:class:`~auditor.cli.exits.Exit`.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from auditor import __version__, logs
from auditor.cli.exits import Exit, fail, report_bug, say
from auditor.cli.options import log_settings
from auditor.cli.outlet import standard_output
from auditor.errors import UserError

VERBS = (
    "demo",
    "scan",
    "report",
    "drift",
    "baseline",
    "remediate",
    "rules",
    "history",
    "verify",
    "doctor",
    "schedule",
    "emulate",
)
"""Order in the help; each is a module of this package with NAME, HELP, EPILOG, configure and run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code and never raises, save SystemExit from the parser's own usage errors."""
    parser = build_parser()
    namespace = parser.parse_args(arguments)
    try:
        form, level = log_settings(namespace, os.environ)
    except UserError as error:
        return fail(error.message, error.hint)
    with standard_output() as outlet, logs.written(sys.stderr, form=form, level=level):
        code = _run(namespace)
        sys.stdout.flush()
        if outlet.fault is not None and not isinstance(outlet.fault, BrokenPipeError):
            told = fail(f"Standard output cannot be written to: {outlet.fault.strerror}.", "What it got is not whole.")
            return code or told
        return code


def _run(namespace: argparse.Namespace) -> int:
    try:
        code: int = namespace.run(namespace)
    except UserError as error:
        return fail(error.message, error.hint)
    except KeyboardInterrupt:
        say("auditor: interrupted")
        return Exit.INTERRUPTED
    except Exception as error:
        return report_bug(error)
    return code


def build_parser() -> argparse.ArgumentParser:
    """The whole parser; tests hold the documentation against it."""
    parser = argparse.ArgumentParser(
        prog="auditor",
        description="Compliance audit and drift reporter for SAML single sign-on in Microsoft Entra ID. It only reads.",
        epilog="Exit codes: 0 all assessed and nothing fails, 1 findings, 2 usage or configuration, "
        "3 something could not be assessed, 4 internal error.",
    )
    parser.add_argument("--version", action="version", version=f"auditor {__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in map(_verb, VERBS):
        verb = verbs.add_parser(
            module.NAME,
            help=module.HELP,
            description=module.HELP[0].upper() + module.HELP[1:] + ".",
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(verb)
        verb.set_defaults(run=module.run)
    return parser


def _verb(name: str) -> ModuleType:
    return importlib.import_module(f"auditor.cli.{name}")
