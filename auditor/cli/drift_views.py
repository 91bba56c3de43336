"""Drift as text for a terminal, as JSON, and as a page in the dress of the reports. Nothing is cut short."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from auditor.cli.between import TenantDrift
from auditor.cli.progress import visible
from auditor.model.drift import Attribution, Change, Drift, NotComparable

_WHY_NOT = {
    Attribution.NO_PERMISSION: "not known: the audit log could not be read (AuditLog.Read.All)",
    Attribution.NO_LICENCE: "not known: the audit log is not licensed",
    Attribution.OUTSIDE_RETENTION: "not known: longer ago than the audit log is kept",
    Attribution.NO_MATCHING_EVENT: "not known: no entry of the audit log matches",
}


def as_text(drifts: Sequence[TenantDrift], now: str) -> bytes:
    """Lines for a terminal; control characters in a tenant's values are made visible."""
    del now  # the text says nothing that depends on it
    return ("\n".join(line for one in drifts for line in (*_tenant_lines(one), "")).rstrip("\n") + "\n").encode()


def as_json(drifts: Sequence[TenantDrift], now: str) -> bytes:
    """Everything, in the shape of ``drift`` in results.json with what a comparison has beside it."""
    document = {
        "schema_version": "1",
        "generated_at": now,
        "tenants": [
            {
                "tenant": {"id": one.tenant.id, "name": one.tenant.name, "cloud": one.tenant.cloud},
                "before": {"scan": one.drift.before_scan, "at": one.drift.before_at} if one.drift else None,
                "after": {"scan": one.drift.after_scan, "at": one.drift.after_at} if one.drift else None,
                "cause": one.cause,
                "drift": one.drift.changes if one.drift else [],
                "not_comparable": one.drift.not_comparable if one.drift else [],
                "baseline": one.baseline,
                "accepted": [{"change": change, "acceptance": by} for change, by in one.accepted],
            }
            for one in drifts
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _tenant_lines(one: TenantDrift) -> Iterator[str]:
    name = f"{visible(one.tenant.name)} ({one.tenant.id})"
    if one.drift is None:
        yield f"{name}: not compared: {visible(one.cause or '')}"
        return
    yield f"{name}: {sentence(one)}"
    for change in one.drift.changes:
        yield from _change_lines(change)
    for change, acceptance in one.accepted:
        yield f"  ACCEPTED     {visible(change.path)}  by {visible(acceptance.by)}: {visible(acceptance.reason)}"
    for gap in one.drift.not_comparable:
        yield f"  NOT COMPARED {visible(gap.path)}: {gap_words(gap)}"


def sentence(one: TenantDrift) -> str:
    """What a reader wants to know first."""
    drift = one.drift
    if drift is None:
        return ""
    since = _since(one, drift)
    if not drift.changes:
        return (
            f"nothing changed since {since}"
            + (", as far as it could be compared" if drift.not_comparable else "")
            + "."
        )
    worse = sum(change.effect == "regression" for change in drift.changes)
    better = sum(change.effect == "improvement" for change in drift.changes)
    noun = "change" if len(drift.changes) == 1 else "changes"
    return f"{len(drift.changes)} {noun} since {since}: {worse} for the worse, {better} for the better."


def _since(one: TenantDrift, drift: Drift) -> str:
    if one.baseline is not None:
        return f"the baseline (scan {drift.before_scan}, approved by {visible(one.baseline.by)} at {one.baseline.at})"
    return f"scan {drift.before_scan}" + (f" of {drift.before_at}" if drift.before_at else "")


def _change_lines(change: Change) -> Iterator[str]:
    turned = f"  [{', '.join(change.rules)}]" if change.rules else ""
    yield f"  {change.effect.upper():<12} {visible(change.path)} {change.kind}{turned}"
    yield f"      of      {visible(change.subject.name or '')} ({change.subject.type} {change.subject.id})"
    if change.kind != "added":
        yield f"      before  {visible(value_words(change.before))}"
    if change.kind != "removed":
        yield f"      after   {visible(value_words(change.after))}"
    yield f"      who     {visible(who_words(change))}"
    for candidate in change.candidates[1:] if change.actor is not None else change.candidates:
        who = visible(candidate.actor.name or "unknown")
        yield f"      or      {who}, {candidate.at}, {visible(candidate.activity)}: {candidate.reason}"


def value_words(value: Any) -> str:
    """A value as people read it: blank is said, and structures are JSON."""
    if value is None or value == "":
        return "(blank)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def who_words(change: Change) -> str:
    """Who made a change and when; or why that is not known."""
    if change.actor is None:
        return _WHY_NOT.get(change.attribution, "not known")
    address = f" from {change.actor.ip_address}" if change.actor.ip_address else ""
    who = f"{change.actor.name or 'unknown'} ({change.actor.kind}){address}"
    return f"{who} at {change.at}, audit event {change.audit_event}"


def gap_words(gap: NotComparable) -> str:
    """Which scan lacked what, and why."""
    scans = {"before": "the earlier scan", "after": "the later scan", "both": "both scans"}[gap.when]
    return f"{visible(gap.source)} was not read in {scans}: {visible(gap.cause)}"


def as_html(drifts: Sequence[TenantDrift], now: str) -> bytes:
    """One file that needs no network: see :mod:`auditor.report.drift_page`."""
    from auditor.report.drift_page import Compared, render_drift_page

    return render_drift_page(
        [
            Compared(
                tenant=one.tenant,
                drift=one.drift,
                cause=one.cause or "",
                since=_since(one, one.drift) if one.drift is not None and one.baseline is not None else None,
                accepted=one.accepted,
            )
            for one in drifts
        ],
        generated_at=now,
    )
