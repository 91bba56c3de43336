"""What a report speaks of: the period, what was read, when, with which permissions, and by which versions."""

from collections import Counter

from auditor.model.evidence import Outcome
from auditor.model.result import ScanResult, TenantResult
from auditor.report.words import count, listed, time_words

_MOST_NAMES = 20


def period(result: ScanResult) -> str:
    """From the earliest scan that a tenant was compared with to this one; this moment alone where there is none."""
    before = [tenant.drift.before_at for tenant in result.tenants if tenant.drift and tenant.drift.before_at]
    end = time_words(result.finished_at)
    return f"{time_words(min(before))} to {end}" if before else f"{end}; there is no earlier scan to compare with"


def scope_facts(result: ScanResult) -> tuple[tuple[str, str], ...]:
    """Label and sentence, in the order in which an auditor asks."""
    if not result.tenants:
        return ()
    warnings = _warnings(result)
    return (
        ("Period", f"{period(result)}."),
        ("What was read", _read(result)),
        ("When", _when(result)),
        ("With which permissions", _permissions(result)),
        ("By which rules", _rules(result)),
        ("By which versions", _versions(result)),
        ("Out of scope", _skipped(result)),
        *((("Warnings", warnings),) if warnings else ()),
    )


def _read(result: ScanResult) -> str:
    entries = [entry for tenant in result.tenants for entry in tenant.coverage]
    if not entries:
        return "Nothing: no request was answered, or even sent."
    ok = sum(entry.outcome is Outcome.OK for entry in entries)
    sources = len({entry.source for entry in entries})
    return (
        f"{ok:,} of {count(len(entries), 'request')} to Microsoft Graph v1.0, for {count(sources, 'kind')} of evidence "
        f"in {count(len(result.tenants), 'tenant')}, {'was' if ok == 1 else 'were'} answered in full."
    )


def _when(result: ScanResult) -> str:
    times = sorted(entry.at for tenant in result.tenants for entry in tenant.coverage if entry.at)
    if not times:
        return f"Rules were asked by the clock {time_words(result.finished_at)}."
    first, last = time_words(times[0]), time_words(times[-1])
    answered = f"at {first}" if first == last else f"from {first} to {last}"
    return f"Answers came {answered}; rules were asked by the clock {time_words(result.finished_at)}."


def _permissions(result: ScanResult) -> str:
    held = {_held(tenant) for tenant in result.tenants}
    if len(held) > 1:
        return "They differ by tenant; the appendix on permissions and results.json have them."
    only = held.pop()
    if only is None:
        return "Not known: the access token does not say what it may do."
    kind, names = only
    return f"{kind} permissions of the access token: {listed(names, _MOST_NAMES) or 'none'}."


def _held(tenant: TenantResult) -> tuple[str, tuple[str, ...]] | None:
    permissions = tenant.permissions
    if permissions is None or permissions.held is None:
        return None
    return ("Delegated" if permissions.delegated else "Application"), permissions.held


def _rules(result: ScanResult) -> str:
    rules: dict[str, set[str]] = {}
    for tenant in result.tenants:
        for finding in tenant.findings:
            rules.setdefault(finding.pack, set()).add(finding.rule)
    total = len(set().union(*rules.values()))
    parts = [f"{len(found):,} of {pack}" for pack, found in rules.items()]
    return f"{count(total, 'rule').capitalize()}: {listed(parts)}." if parts else "None."


def _versions(result: ScanResult) -> str:
    packs = [f"rule pack {pack.id} {pack.version}" for pack in result.packs]
    return f"{listed([f'{result.tool_name} {result.tool_version}', *packs], _MOST_NAMES)}."


def _skipped(result: ScanResult) -> str:
    skipped = list(dict.fromkeys(rule for pack in result.packs for rule in pack.skipped))
    return f"{listed(skipped, _MOST_NAMES)}, by the configuration." if skipped else "No rule of these packs."


def _warnings(result: ScanResult) -> str:
    """The scan's own, and where there are many tenants theirs: the summary of one tenant tells its own."""
    told = list(result.warnings)
    if len(result.tenants) > 1:
        counted = Counter(warning for tenant in result.tenants for warning in tenant.warnings)
        told += [f"In {count(number, 'tenant')}: {warning}" for warning, number in counted.items()]
    return " ".join(
        [*told[:_MOST_NAMES], *([f"And {len(told) - _MOST_NAMES} more."] if len(told) > _MOST_NAMES else [])]
    )
