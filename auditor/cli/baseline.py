"""``auditor baseline``: the approved state of a tenant."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from auditor.cli.options import add_now
from auditor.cli.recorded import add_action, print_json

if TYPE_CHECKING:
    from auditor.model.baseline import Baseline
    from auditor.store import Store

NAME = "baseline"
HELP = "approve, show or clear the approved state of a tenant"
EPILOG = """example:
  auditor baseline approve --tenant contoso --by a.auditor@contoso.com --reason "quarterly review" --until 2027-03-31
  auditor baseline approve --tenant contoso --by a.auditor@contoso.com --reason "new ACS" \\
      --path "application.web.redirectUris[https://example.com/acs]"
  auditor baseline show --tenant contoso --format json > baselines/contoso.json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    approving = add_action(
        actions, EPILOG, "approve", "approve a scan as a tenant's intended state, or single changes since", _approve
    )
    approving.add_argument("--tenant", required=True, metavar="NAME", help="name or id")
    approving.add_argument("--scan", default="latest", metavar="SCAN", help="id, latest (default) or previous")
    approving.add_argument("--until", metavar="DATE", help="when the approval lapses (default: never)")
    approving.add_argument(
        "--path", action="append", default=[], metavar="PATH",
        help="accept only the change at this path since the baseline, with its present value; may be repeated",
    )  # fmt: skip
    showing = add_action(actions, EPILOG, "show", "baselines with what is accepted on top of them", _show)
    showing.add_argument("--tenant", action="append", default=[], metavar="NAME", help="name or id; may be repeated")
    showing.add_argument(
        "--format", choices=("text", "json"), default="text", help="json has the approved state, for code review"
    )
    clearing = add_action(actions, EPILOG, "clear", "end a tenant's baseline; who ended it stays on record", _clear)
    clearing.add_argument("--tenant", required=True, metavar="NAME", help="name or id")
    for action in (approving, showing, clearing):
        add_now(action)
    for action in (approving, clearing):
        action.add_argument("--by", required=True, metavar="WHO", help="who decides this")
        action.add_argument("--reason", required=True, metavar="TEXT", help="why")


def run(args: argparse.Namespace) -> int:
    """Do the chosen action."""
    code: int = args.action(args)
    return code


def _approve(args: argparse.Namespace) -> int:
    from auditor.cli.recorded import clock, known_tenants, open_history, until
    from auditor.errors import UserError
    from auditor.model.times import format_time

    now = clock(args)
    for option in ("by", "reason"):
        if not getattr(args, option).strip():
            raise UserError(f"--{option} is empty.", "An approval says who decided and why.")
    end = until(args.until, now)
    with open_history(args) as store:
        (tenant,) = known_tenants(store, [args.tenant])
        if args.path:
            _accept(store, tenant.id, args, format_time(now), end)
            return 0
        baseline = store.approve_baseline(
            tenant.id, tenant.name, scan=args.scan, by=args.by, reason=args.reason, at=format_time(now), until=end
        )
    print(f"Scan {baseline.scan} is now the baseline of {tenant.name}.", file=sys.stderr)
    return 0


def _accept(store: "Store", tenant_id: str, args: argparse.Namespace, at: str, end: str | None) -> None:
    """Accept the changes at the given paths, as they stand in the scan; all of them, or none."""
    from auditor.config import nearest
    from auditor.drift import accept, compare
    from auditor.errors import UserError

    baseline = store.baseline(tenant_id)
    if baseline is None:
        raise UserError("The tenant has no baseline on which a path could be accepted.", "Approve a scan first.")
    (result,) = store.result(args.scan, tenants=[tenant_id]).tenants or (None,)
    if result is None or result.snapshot is None:
        raise UserError("The scan read nothing of this tenant.", "Choose another with --scan.")
    changes, _ = compare(store.baseline_snapshot(baseline), result.snapshot)
    by_path: dict[str, list[Any]] = {}
    for change in changes:
        by_path.setdefault(change.path, []).append(change)
    for path in args.path:
        if path not in by_path:
            hint = nearest(path, by_path) if by_path else "Nothing changed since the baseline."
            raise UserError(f"Nothing changed at {path!r} since the baseline.", hint)
    for path in dict.fromkeys(args.path):
        for change in by_path[path]:
            store.accept_change(tenant_id, accept(change, by=args.by, reason=args.reason, at=at, until=end))
            print(f"Accepted {path} ({change.kind}).", file=sys.stderr)


def _show(args: argparse.Namespace) -> int:
    from auditor.cli.recorded import clock, known_tenants, open_history
    from auditor.model.times import format_time

    now = format_time(clock(args))
    with open_history(args) as store:
        wanted = {tenant.id for tenant in known_tenants(store, args.tenant)} if args.tenant else None
        baselines = [one for one in store.baselines() if wanted is None or one.tenant_id in wanted]
        if args.format == "json":
            print_json([_document(store, baseline) for baseline in baselines])
            return 0
    if not baselines:
        print("No baseline is approved.", file=sys.stderr)
    for baseline in baselines:
        for line in _lines(baseline, now):
            print(line)
    return 0


def _lines(baseline: "Baseline", now: str) -> list[str]:
    from auditor.cli.progress import visible
    from auditor.model.baseline import in_force

    lapse = (
        ""
        if baseline.until is None
        else f", until {baseline.until}" + ("" if in_force(baseline.until, now) else " (lapsed)")
    )
    return [
        f"{visible(baseline.tenant_name)} ({baseline.tenant_id}): scan {baseline.scan}, "
        f"approved by {visible(baseline.by)} at {baseline.at}{lapse}: {visible(baseline.reason)}",
        f"  snapshot {baseline.snapshot_sha256}",
        *(
            f"  accepted {visible(one.path)} by {visible(one.by)} at {one.at}"
            + (f", until {one.until}" if one.until else "")
            + ("" if in_force(one.until, now) else " (lapsed)")
            + f": {visible(one.reason)}"
            for one in baseline.acceptances
        ),
    ]


def _document(store: "Store", baseline: "Baseline") -> dict[str, Any]:
    """A baseline with its approved state, in an order that makes two of them easy to compare line by line."""
    import msgspec

    snapshot = msgspec.json.decode(msgspec.json.encode(store.baseline_snapshot(baseline), order="sorted"))
    return {"baseline": msgspec.to_builtins(baseline), "state": snapshot}


def _clear(args: argparse.Namespace) -> int:
    from auditor.cli.recorded import clock, known_tenants, open_history
    from auditor.model.times import format_time

    with open_history(args) as store:
        (tenant,) = known_tenants(store, [args.tenant])
        ended = store.clear_baseline(tenant.id, by=args.by, reason=args.reason, at=format_time(clock(args)))
    print(f"The baseline of {tenant.name} (scan {ended.scan}) is ended.", file=sys.stderr)
    return 0
