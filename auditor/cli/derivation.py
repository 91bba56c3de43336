"""The actions ``derive`` and ``compare`` of ``auditor rules``: from a tutorial to a pack, and against one."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.model.rule import Pack
    from auditor.rulepack.derive import Comparison
    from auditor.rulepack.tutorial import TutorialFacts

STANDARD_INPUT = "-"


def configure_derive(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``derive``."""
    _add_tutorial(parser)
    parser.add_argument("--name", metavar="APP", help="the app's display name, where the page does not give it")
    parser.add_argument("--format", choices=("yaml", "json"), default="yaml", help="default: yaml")


def configure_compare(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``compare``."""
    _add_tutorial(parser)
    parser.add_argument(
        "--pack", metavar="ID|PATH", help="the pack to hold it against (default: the shipped one of the page's app)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _add_tutorial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tutorial", metavar="TUTORIAL.md", help="the page's Markdown source; - for standard input")


def derive(args: argparse.Namespace) -> int:
    """Print the pack that follows from the page."""
    from auditor.cli.exits import Exit
    from auditor.rulepack.derive import as_json, as_yaml, derive_pack

    derivation = derive_pack(_facts(args.tutorial), app_name=args.name)
    _print(as_json(derivation) + "\n" if args.format == "json" else as_yaml(derivation))
    if derivation.undecided:
        count = len(derivation.undecided)
        print(f"{count} thing{'' if count == 1 else 's'} left to decide; see the comments", file=sys.stderr)
    return Exit.OK


def compare(args: argparse.Namespace) -> int:
    """Print how the page differs from the pack; 1 where it does."""
    from auditor.cli.exits import Exit
    from auditor.rulepack.derive import compare_pack

    facts = _facts(args.tutorial)
    comparison = compare_pack(facts, _pack(args.pack, facts))
    if args.format == "json":
        _print(_as_json(comparison))
    else:
        _print(_as_text(comparison))
    return Exit.OK if comparison.equal else Exit.FINDINGS


def _facts(source: str) -> "TutorialFacts":
    """What the page says; a :class:`UserError` for a file that cannot be read or is no tutorial."""
    from auditor.errors import UserError
    from auditor.rulepack.tutorial import MAX_BYTES, TutorialError, parse_tutorial

    try:
        if source == STANDARD_INPUT:
            data, name = sys.stdin.buffer.read(MAX_BYTES + 1), STANDARD_INPUT
        else:
            path = Path(source)
            name = path.name
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        return parse_tutorial(data, name)
    except TutorialError as error:
        raise UserError(f"{source}: {error.args[0]}.", f"{error.hint[:1].upper()}{error.hint[1:]}.") from error
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"{source}: cannot be read: {told}.", "Name a tutorial's Markdown file, or - to pipe one in."
        ) from error


def _pack(reference: str | None, facts: "TutorialFacts") -> "Pack":
    from auditor.errors import UserError
    from auditor.resources import rules_dir
    from auditor.rulepack import RulepackError, load_pack

    shipped = rules_dir()
    try:
        if reference is not None:
            return load_pack(reference, shipped=shipped)
        return _shipped_for(facts, shipped)
    except RulepackError as error:
        raise UserError(str(error), error.hint) from error


def _shipped_for(facts: "TutorialFacts", shipped: Path) -> "Pack":
    """The shipped pack of the app that the page names."""
    from auditor.errors import UserError
    from auditor.rulepack import app_of, load_pack, shipped_ids

    name = facts.app_name.value if facts.app_name else None
    if name is None:
        raise UserError("The page does not name its app.", "Say which pack to compare with: --pack ID.")
    for pack_id in shipped_ids(shipped):
        app = app_of(pack_id, shipped=shipped)
        if app is not None and app.display_name.casefold() == name.casefold():
            return load_pack(pack_id, shipped=shipped)
    raise UserError(f"No shipped pack is about {name}.", "Name one with --pack, or make one: auditor rules derive.")


def _as_text(comparison: "Comparison") -> str:
    from auditor.cli.progress import visible

    lines = []
    for difference in comparison.differences:
        rule = f" ({difference.rule})" if difference.rule else ""
        match difference.pack, difference.page:
            case None, page:
                told = f"added      {difference.about}{rule}: the page gives {page}"
            case pack, None:
                told = f"removed    {difference.about}{rule}: the page no longer gives {pack}"
            case pack, page:
                told = f"changed    {difference.about}{rule}: the pack expects {pack}, the page gives {page}"
        lines.append(visible(told))
    count = len(lines)
    about = visible(f"between {comparison.page} and the pack {comparison.pack}")
    lines.append(f"{count or 'no'} difference{'' if count == 1 else 's'} {about}")
    return "\n".join(lines) + "\n"


def _as_json(comparison: "Comparison") -> str:
    import json

    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(comparison)
    return json.dumps({"equal": comparison.equal, **plain}, ensure_ascii=False, indent=2) + "\n"


def _print(text: str) -> None:
    """UTF-8 whatever the terminal's encoding: the output is a file's content."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", errors="replace"))
    sys.stdout.buffer.flush()
