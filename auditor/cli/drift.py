"""``auditor drift``: what changed, how it matters, who did it."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.cli.options import add_now, add_tenants
from auditor.cli.recorded import add_store

if TYPE_CHECKING:
    from auditor.cli.between import TenantDrift
    from auditor.config import Config
    from auditor.evaluate import Evaluator

NAME = "drift"
HELP = "what changed between two recorded scans or since the baseline, how it matters, and who did it"
EPILOG = """example:
  auditor drift --config auditor.toml --from previous --to latest
  auditor drift --baseline --tenant contoso --format html --out drift
Exit code 0; with --fail-on-drift 1 where anything changed, else 3 where something could not be compared."""

FORMATS = ("text", "json", "html")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_store(parser)
    add_tenants(parser)
    parser.add_argument(
        "--from",
        dest="earlier",
        metavar="SCAN",
        help="id, latest or previous (default: each tenant's own last one before)",
    )
    parser.add_argument("--to", dest="later", default="latest", metavar="SCAN", help="id, latest (default) or previous")
    parser.add_argument("--baseline", action="store_true", help="since the approved state instead of an earlier scan")
    parser.add_argument("--format", default="text", metavar="F,...", help="text (default), json, html")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write drift.txt, drift.json, drift.html here")
    parser.add_argument("--fail-on-drift", action="store_true", help="exit code 1 where anything changed")
    add_now(parser)


def run(args: argparse.Namespace) -> int:
    """Compare; print or write; give the exit code."""
    from auditor.cli.between import Between
    from auditor.cli.recorded import clock, configuration, known_tenants, open_history
    from auditor.errors import UserError
    from auditor.model.times import format_time

    formats = _formats(args.format)
    if len(formats) > 1 and args.out is None:
        raise UserError("Several formats do not fit on standard output.", "Name a folder with --out.")
    if args.baseline and args.earlier is not None:
        raise UserError("--baseline and --from exclude each other.", "The baseline is what is compared with.")
    config = configuration(args)
    now = format_time(clock(args))
    with open_history(args) as store:
        tenants = known_tenants(store, args.tenant)
        later = store.scan(args.later).id
        retention = {tenant.id: tenant.audit_retention_days for tenant in config.tenants} if config else {}
        between = Between(store, _evaluator_of(config), retention)
        if args.baseline:
            drifts = between.baseline(tenants, later, now)
        else:
            earlier = store.scan(args.earlier).id if args.earlier is not None else None
            drifts = between.scans(tenants, earlier, later)
    _give(drifts, formats, args.out, now)
    return _code(drifts) if args.fail_on_drift else 0


def _formats(text: str) -> tuple[str, ...]:
    from auditor.config import nearest
    from auditor.errors import UserError

    asked = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for name in asked:
        if name not in FORMATS:
            raise UserError(f"Unknown format {name!r}.", nearest(name, FORMATS))
    return asked


def _evaluator_of(config: "Config | None") -> "Callable[[str], Evaluator]":
    """By tenant id, the rules that the configuration names, else the shipped ones: they judge effects."""
    from auditor.job import rule_packs
    from auditor.pipeline import Evaluators, shipped_folder
    from auditor.resources import default_packs
    from auditor.rulepack import load_packs

    packs = rule_packs(config) if config is not None else load_packs(default_packs(), shipped=shipped_folder())
    tenants = {tenant.id: tenant for tenant in config.tenants} if config is not None else {}
    evaluators = Evaluators(packs)
    return lambda tenant_id: evaluators.of(tenants.get(tenant_id))


def _give(drifts: "list[TenantDrift]", formats: tuple[str, ...], folder: Path | None, now: str) -> None:
    from auditor import output
    from auditor.cli.drift_views import as_html, as_json, as_text

    makers = {"text": ("drift.txt", as_text), "json": ("drift.json", as_json), "html": ("drift.html", as_html)}
    files = {makers[name][0]: makers[name][1](drifts, now) for name in formats}
    if folder is None:
        (content,) = files.values()
        sys.stdout.buffer.write(content)
        return
    output.prepare(folder)
    for path in output.write_all(folder, files):
        print(f"wrote {path}", file=sys.stderr)


def _code(drifts: "list[TenantDrift]") -> int:
    from auditor.cli.exits import Exit

    if any(one.drift is not None and one.drift.changes for one in drifts):
        return Exit.FINDINGS
    if any(one.drift is None or one.drift.not_comparable for one in drifts):
        return Exit.NOT_ASSESSED
    return Exit.OK
