"""What the verbs about history share: finding the store, and tenants and times as people name them."""

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import UserError

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.model.result import TenantRef
    from auditor.store import Store


def add_store(parser: argparse.ArgumentParser) -> None:
    """``--store`` and ``--config``."""
    parser.add_argument(
        "--store", metavar="URL", help="the history: sqlite:///FILE or postgresql+psycopg://… (default: as configured)"
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=None,
        metavar="FILE",
        help="configuration that names the store (default: auditor.toml)",
    )


def add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    example: str,
    name: str,
    told: str,
    work: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """A verb's action: its parser, with the options that name the store."""
    parser = actions.add_parser(
        name,
        help=told,
        description=f"{told[0].upper()}{told[1:]}.",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_store(parser)
    parser.set_defaults(action=work)
    return parser


def print_json(value: object) -> None:
    """``value`` as indented JSON on standard output, keys sorted."""
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode())


def configuration(args: argparse.Namespace) -> "Config | None":
    """The configuration; None where ``--store`` does without one."""
    from auditor.config import DEFAULT_NAME, load

    path = args.config if args.config is not None else Path(DEFAULT_NAME)
    if args.store is not None and args.config is None and not path.is_file():
        return None
    return load(path)


def open_history(args: argparse.Namespace) -> "Store":
    """The store that is there; raises UserError where there is none."""
    from auditor.store import open_store

    url = args.store
    if url is None:
        config = configuration(args)
        url = config.store if config is not None else None
    if url is None:
        raise UserError("No history store is named.", "Use --store or --config.")
    return open_store(url, create=False)


def known_tenants(store: "Store", names: Sequence[str] = ()) -> "list[TenantRef]":
    """Tenants of the recorded scans, as the latest of these names them: those asked for, else all, by name."""
    known: dict[str, TenantRef] = {}
    for scan in store.list():
        known.update({tenant.id: tenant for tenant in scan.tenants})
    if not names:
        return sorted(known.values(), key=lambda tenant: (tenant.name.casefold(), tenant.id))
    by_name = {tenant.name: tenant for tenant in known.values()} | known
    for name in names:
        if name not in by_name:
            from auditor.config import nearest

            hint = nearest(name, by_name) if by_name else "The history is empty."
            raise UserError(f"No recorded scan has a tenant {name!r}.", hint)
    return [by_name[name] for name in dict.fromkeys(names)]


def clock(args: argparse.Namespace) -> datetime:
    """The clock of ``--now``, else ``AUDITOR_NOW``, else the present."""
    import os

    from auditor.pipeline import parse_now

    return parse_now(args.now if args.now is not None else os.environ.get("AUDITOR_NOW"))


def until(text: str | None, now: datetime) -> str | None:
    """A date (its start in UTC) or time in the future as RFC 3339; None for none."""
    from auditor.model.times import format_time, parse_time

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC) if len(text) == 10 else parse_time(text)
    except ValueError as error:
        raise UserError(f"--until {text!r} is no date.", "Write it as 2027-01-31.") from error
    if moment is None or moment <= now:
        raise UserError(f"--until {text!r} is not in the future.", "Write a later date, such as 2027-01-31.")
    return format_time(moment)
