"""Waivers: which failures are accepted, and what there is to know about each waiver.

A waiver marks a finding and hides none. It lapses at the start of its date, in UTC; it reopens at once when
the observed value is no longer the accepted one.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from auditor.model.finding import Finding, Status, WaiverNotice
from auditor.model.result import TenantRef
from auditor.model.rule import Waiver

LAPSING_WITHIN = timedelta(days=30)


def apply_waivers(
    findings: Iterable[Finding], waivers: Sequence[Waiver], tenant: TenantRef, now: datetime
) -> tuple[tuple[Finding, ...], tuple[WaiverNotice, ...]]:
    """The findings with accepted failures marked, and a notice for each waiver that needs attention.

    Only waivers of this tenant, or of every tenant, are spoken of. Where several accept one failure, the
    first does.
    """
    ours = [waiver for waiver in waivers if concerns(waiver, tenant)]
    if not ours:
        return tuple(findings), ()
    today = now.astimezone(UTC).date()
    in_force = {waiver: today < date.fromisoformat(waiver.expires) for waiver in ours}
    marked: list[Finding] = []
    used: set[Waiver] = set()
    reopened: dict[Waiver, list[Finding]] = {}
    in_doubt: set[Waiver] = set()
    for finding in findings:
        accepted = None
        for waiver in ours:
            if not _matches(waiver, finding):
                continue
            if finding.status is Status.UNKNOWN:
                in_doubt.add(waiver)
            elif finding.status is not Status.FAIL:
                continue
            elif _text(waiver.observed) != _text(finding.observed):
                reopened.setdefault(waiver, []).append(finding)
            else:
                used.add(waiver)
                if in_force[waiver] and accepted is None:
                    accepted = waiver
        marked.append(msgspec.structs.replace(finding, waiver=accepted) if accepted else finding)
    notices: list[WaiverNotice] = []
    for waiver in dict.fromkeys(ours):
        what = f"The waiver of {waiver.rule} by {waiver.owner} ({waiver.ticket})"
        if waiver in reopened:
            subjects = ", ".join(sorted({finding.subject.name or finding.subject.id for finding in reopened[waiver]}))
            message = f"{what} no longer holds for {subjects}: the observed value is not the accepted one."
            notices.append(WaiverNotice("reopened", waiver, message))
        if not in_force[waiver]:
            notices.append(WaiverNotice("lapsed", waiver, f"{what} lapsed on {waiver.expires}."))
        elif waiver not in used and waiver not in reopened and waiver not in in_doubt:
            message = f"{what} matches no failing finding of {tenant.name}."
            notices.append(WaiverNotice("unused", waiver, message))
        if in_force[waiver]:
            notices += _dates(waiver, what, today)
    return tuple(marked), tuple(notices)


def waivers_of_no_tenant(waivers: Sequence[Waiver], tenants: Iterable[TenantRef]) -> tuple[WaiverNotice, ...]:
    """A notice for each waiver that names none of the tenants scanned: a wrong id would else pass unseen."""
    scanned = tuple(tenants)
    return tuple(
        WaiverNotice(
            "unused",
            waiver,
            f"The waiver of {waiver.rule} by {waiver.owner} ({waiver.ticket}) names no scanned tenant.",
        )
        for waiver in waivers
        if not any(concerns(waiver, tenant) for tenant in scanned)
    )


def concerns(waiver: Waiver, tenant: TenantRef) -> bool:
    """True where the waiver names the tenant by id (in any case) or name, or all tenants by ``*``."""
    return waiver.tenant in ("*", tenant.name) or waiver.tenant.lower() == tenant.id.lower()


def _matches(waiver: Waiver, finding: Finding) -> bool:
    return waiver.rule == finding.rule and (
        waiver.subject == "*" or waiver.subject.lower() == finding.subject.id.lower()
    )


def _dates(waiver: Waiver, what: str, today: date) -> list[WaiverNotice]:
    expires = date.fromisoformat(waiver.expires)
    if expires - today <= LAPSING_WITHIN:
        days = (expires - today).days
        distance = "1 day" if days == 1 else f"{days} days"
        return [WaiverNotice("lapsing", waiver, f"{what} lapses on {waiver.expires}, in {distance}.")]
    if expires > _a_year_later(today):
        message = f"{what} lies more than a year ahead: it lapses on {waiver.expires}."
        return [WaiverNotice("too_long", waiver, message)]
    return []


def _a_year_later(day: date) -> date:
    if day.year == date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _text(observed: str) -> str:
    """As compared: YAML's block texts end in a line break that no finding has."""
    return observed.rstrip("\n")
