"""``auditor rules``: what the rule packs hold, and whether a pack would load."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from auditor.cli import derivation

NAME = "rules"
HELP = "list, show and check rule packs; derive one from a tutorial, or compare them"
EPILOG = """examples:
  auditor rules list
  auditor rules list --config auditor.toml --format json
  auditor rules show GTM-SAML-001
  auditor rules check our-rules.yaml
  auditor rules derive box-tutorial.md > box.yaml
  auditor rules compare box-tutorial.md --pack box.yaml

`rules check` exits 0 where the pack would load and 2 where it would not; `rules compare` 0 where no value differs,
1 where one does, 2 where it cannot be told."""

_SEVERITY_WIDTH = len("critical")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions, each with its own options."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, told, declare, act in ACTIONS:
        action = actions.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
        declare(action)
        action.set_defaults(act=act)


def run(args: argparse.Namespace) -> int:
    """Do the action; its result goes to standard output."""
    act: Callable[[argparse.Namespace], int] = args.act
    return act(args)


def _configure_list(parser: argparse.ArgumentParser) -> None:
    _add_packs(parser)
    parser.add_argument("--waivers", type=Path, metavar="FILE", help="waivers to list, with what lapses in 30 days")
    parser.add_argument(
        "--now", metavar="TIME", help="the clock by which waivers lapse (default: AUDITOR_NOW, else now)"
    )
    _add_format(parser)


def _configure_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", metavar="ID", help="a rule's id, such as GTM-SAML-001")
    _add_packs(parser)
    _add_format(parser)


def _configure_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="+", metavar="PATH", help="a pack file, a folder of them, or a shipped pack's id")
    _add_format(parser)


def _add_packs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pack", action="append", default=[], metavar="REF", help="a shipped pack's id or a path; may be repeated"
    )
    parser.add_argument("--rules", type=Path, metavar="DIR", help="a folder of an organisation's own packs")
    parser.add_argument("--config", type=Path, metavar="FILE", help="take packs, skipped rules and waivers from here")


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _list(args: argparse.Namespace) -> int:
    from auditor.cli.exits import Exit
    from auditor.cli.progress import visible

    packs = _packs(args)
    waivers, warnings = _waivers(args)
    if args.format == "json":
        rules = [
            {"pack": pack.id, "skipped": rule.id in pack.skipped, **_plain(rule, defined_in=rule.pack)}
            for pack in packs
            for rule in pack.rules
        ]
        _print_json({"rules": rules, "waivers": [_plain(waiver) for waiver in waivers], "warnings": list(warnings)})
        return Exit.OK
    for number, pack in enumerate(packs):
        print("" if number == 0 else "\n", end="")
        print(f"{pack.id} {pack.version}: {visible(pack.title)} ({len(pack.rules)} rules, sha256 {pack.sha256[:12]})")
        width = max(len(rule.id) for rule in pack.rules)
        for rule in pack.rules:
            skipped = "  (out of scope)" if rule.id in pack.skipped else ""
            print(f"  {rule.id:<{width}}  {rule.severity:<{_SEVERITY_WIDTH}}  {visible(rule.title)}{skipped}")
    if waivers or warnings:
        _print_waivers(waivers, warnings, args.now)
    return Exit.OK


def _print_waivers(waivers: Sequence[Any], warnings: Sequence[str], now: str | None) -> None:
    from datetime import UTC, date
    from os import environ

    from auditor.cli.progress import visible
    from auditor.pipeline import parse_now

    today = parse_now(now if now is not None else environ.get("AUDITOR_NOW")).astimezone(UTC).date()
    print("\nwaivers")
    for waiver in waivers:
        days = (date.fromisoformat(waiver.expires) - today).days
        when = "lapsed" if days <= 0 else f"lapses in {days} days" if days <= 30 else "in force"
        told = f"{waiver.rule}  {waiver.tenant}  {waiver.subject}  until {waiver.expires} ({when})"
        print(visible(f"  {told}, {waiver.owner}, {waiver.ticket}: {waiver.reason}"))
    for warning in warnings:
        print(visible(f"  warning: {warning}"))


def _show(args: argparse.Namespace) -> int:
    from auditor.cli.exits import Exit
    from auditor.errors import UserError
    from auditor.rulepack import nearest

    found = [(pack, rule) for pack in _packs(args) for rule in pack.rules if rule.id == args.rule.upper()]
    if not found:
        known = [rule.id for pack in _packs(args) for rule in pack.rules]
        near = nearest(args.rule, known)
        raise UserError(f"There is no rule {args.rule!r}{near or '.'}", "List them: auditor rules list")
    pack, rule = found[0]
    if args.format == "json":
        _print_json(
            {
                "pack": pack.id,
                "skipped": rule.id in pack.skipped,
                **_plain(rule, defined_in=rule.pack),
                "app": _plain(pack.app),
            }
        )
    else:
        print(_as_text(pack, rule))
    return Exit.OK


def _as_text(pack: Any, rule: Any) -> str:
    import json
    import textwrap

    from auditor.cli.progress import visible

    def paragraph(text: str) -> str:
        return textwrap.fill(visible(text), 90, initial_indent="  ", subsequent_indent="  ")

    def code(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    cited = rule.citation
    place = ", step ".join(part for part in (cited.section, cited.step) if part)
    source = " · ".join(part for part in (cited.document, place, cited.date) if part)
    lines = [
        f"{rule.id}  {visible(rule.title)}",
        f"  severity {rule.severity} · group {rule.group} · asked of the {rule.scope} · pack {pack.id} "
        f"(defined in {rule.pack})" + (" · out of scope" if rule.id in pack.skipped else ""),
        "",
        "Criterion",
        paragraph(source),
        *([f"  {cited.url}"] if cited.url else []),
        "",
        "Risk",
        paragraph(rule.risk),
        "",
        "Guidance",
        paragraph(rule.guidance),
        f"  Remedy: {rule.remedy or 'none that can be scripted'}",
        "",
        "How it is decided",
        f"  requires  {', '.join(rule.requires)}",
        *([f"  when      {code(rule.when)}"] if rule.when is not None else []),
        f"  select    {rule.select}" + ("  (a finding for each)" if rule.each else ""),
        f"  expect    {code(rule.expect)}",
        *([f"  where     {code(rule.parameters)}"] if rule.parameters else []),
        "",
        "Controls",
        *(f"  {framework}: {', '.join(controls)}" for framework, controls in rule.controls.items()),
    ]
    return "\n".join(lines)


def _check(args: argparse.Namespace) -> int:
    import sys

    from auditor.cli.exits import Exit
    from auditor.cli.progress import visible
    from auditor.resources import rules_dir
    from auditor.rulepack import PackError, Problem, lint, references_in

    problems: list[Problem] = []
    checked = 0
    for path in args.path:
        try:
            references = references_in(Path(path)) if Path(path).is_dir() else (path,)
        except PackError as error:
            problems += error.problems
            continue
        for reference in references:
            checked += 1
            problems += lint(reference, shipped=rules_dir())
    if args.format == "json":
        _print_json({"problems": [_plain(problem) for problem in problems]})
    else:
        for problem in problems:
            print(visible(str(problem)))
    told = f"{len(problems)} problem{'' if len(problems) == 1 else 's'} in {checked} file{'' if checked == 1 else 's'}"
    print(told if problems else f"no problem in {checked} file{'' if checked == 1 else 's'}", file=sys.stderr)
    return Exit.USAGE if problems else Exit.OK


ACTIONS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]], ...] = (
    ("list", "list the rules of the packs in use, and the waivers", _configure_list, _list),
    ("show", "show one rule whole: criterion, risk, guidance, how it is decided", _configure_show, _show),
    ("check", "tell every problem of a pack, with its line", _configure_check, _check),
    (
        "derive",
        "make a pack of one of Microsoft's SAML app tutorials",
        derivation.configure_derive,
        derivation.derive,
    ),
    (
        "compare",
        "tell how a tutorial differs from a pack, in values",
        derivation.configure_compare,
        derivation.compare,
    ),
)
"""Name, help, options, deed; a further action is a further line."""


def _packs(args: argparse.Namespace) -> tuple[Any, ...]:
    """The packs of the options, else of the configuration, else the shipped default."""
    from auditor.errors import UserError
    from auditor.resources import default_packs, rules_dir
    from auditor.rulepack import PackOverrides, RulepackError, load_packs, references_in

    config = _config(args)
    references = list(args.pack) or (list(config.packs) if config else [] if args.rules else [*default_packs()])
    folder = args.rules or (Path(config.rules) if config and config.rules else None)
    try:
        if folder is not None:
            references += references_in(folder)
        overrides = PackOverrides(skip=config.skip) if config else PackOverrides()
        return load_packs(references, shipped=rules_dir(), overrides=overrides)
    except RulepackError as error:
        raise UserError(str(error), error.hint) from error


def _waivers(args: argparse.Namespace) -> tuple[Sequence[Any], Sequence[str]]:
    from auditor.errors import UserError
    from auditor.rulepack import RulepackError, load_waivers

    config = _config(args)
    path = args.waivers or (config.waivers if config else None)
    if path is None:
        return (), ()
    try:
        loaded = load_waivers(path)
    except RulepackError as error:
        raise UserError(str(error), error.hint) from error
    return loaded.waivers, loaded.warnings


def _config(args: argparse.Namespace) -> Any:
    if args.config is None:
        return None
    from auditor.config import load

    return load(args.config)


def _plain(value: Any, **more: Any) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(value)
    return {**plain, **more}


def _print_json(value: Any) -> None:
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2))
