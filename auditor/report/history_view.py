"""Findings against the recorded scans before: since when they fail, whether they came back, which are resolved.

What the history does not settle is said so, and so is that no history was asked.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from auditor.model.finding import Finding
from auditor.model.lifecycle import Lifecycle, Standing
from auditor.model.result import TenantResult
from auditor.report.view import ResolvedRow, StandingView
from auditor.report.words import capital, count, date_words, distance_words, in_words, listed, moment

_WORDS = {
    Lifecycle.NEW: "New",
    Lifecycle.RECURRING: "Recurring",
    Lifecycle.CONTINUING: "Continuing",
    Lifecycle.RESOLVED: "Resolved",
    Lifecycle.UNSETTLED: "Not settled",
}
_NO_HISTORY = "The scan was made without the history, so since when anything fails is not told."
_FIRST = "This is the first recorded scan of the tenant, so since when anything fails is not known."


def standing_view(tenant: TenantResult, finding: Finding, now: datetime) -> StandingView | None:
    """The finding's standing; None where it has none, and where there is no earlier scan to stand against."""
    if tenant.history is None or not tenant.history.earlier_scans:
        return None
    standing = tenant.history.standings.get(finding.fingerprint)
    if standing is None:
        return None
    return StandingView(standing.lifecycle.value, _WORDS[standing.lifecycle], _text(standing, now))


def _text(standing: Standing, now: datetime) -> str:
    since = f"since {_date(standing.failing_since, now)}, {count(standing.scans, 'scan')}"
    match standing.lifecycle:
        case Lifecycle.NEW:
            return "New: no recorded scan before this one saw it fail."
        case Lifecycle.RECURRING:
            return f"Recurring: it failed before, first on {_date(standing.first_seen, now)}, and had been put right."
        case Lifecycle.CONTINUING:
            again = "" if standing.first_seen == standing.failing_since else f" First seen {_day(standing.first_seen)}."
            return f"Failing {since}.{again}"
        case Lifecycle.RESOLVED:
            return f"Resolved: it had failed {since}."
        case Lifecycle.UNSETTLED:
            return f"Not settled: it failed when it was last assessed ({since}), and this scan could not assess it."


def history_sentences(tenant: TenantResult) -> tuple[str, ...]:
    """What became of the findings since the scans before, in a sentence; or why that is not told."""
    if tenant.history is None:
        return (_NO_HISTORY,)
    if not tenant.history.earlier_scans:
        return (_FIRST,)
    states = Counter(standing.lifecycle for standing in tenant.history.standings.values())
    states.update(one.standing.lifecycle for one in tenant.history.gone)
    failing = states[Lifecycle.NEW] + states[Lifecycle.RECURRING] + states[Lifecycle.CONTINUING]
    told = []
    if new := states[Lifecycle.NEW]:
        told.append(f"{in_words(new)} {'is' if new == 1 else 'are'} new")
    if back := states[Lifecycle.RECURRING]:
        told.append(f"{in_words(back)} came back")
    if on := states[Lifecycle.CONTINUING]:
        told.append(f"{in_words(on)} {'goes' if on == 1 else 'go'} on")
    sentences = [f"Of {count(failing, 'failing finding')}, {listed(told)}."] if failing else []
    if gone := states[Lifecycle.RESOLVED]:
        sentences.append(f"{capital(count_in_words(gone))} resolved since the last scan that assessed {_it(gone)}.")
    if open_ := states[Lifecycle.UNSETTLED]:
        sentences.append(
            f"{capital(count_in_words(open_))} not settled: this scan could not assess what failed when it was last "
            "assessed."
        )
    return (" ".join(sentences),) if sentences else ()


def resolved_rows(tenant: TenantResult, anchors: dict[str, str], now: datetime) -> tuple[ResolvedRow, ...]:
    """Findings that failed when they were last assessed and no longer do, in the findings' order; then those gone.

    ``anchors``: fingerprint → the id, within the document, of its card or of its rule's row.
    """
    if tenant.history is None:
        return ()
    titles = {finding.rule: finding.title for finding in tenant.findings}
    listed_ = [
        (finding.rule, finding.title, tenant.history.standings[finding.fingerprint], anchors.get(finding.fingerprint))
        for finding in tenant.findings
        if finding.fingerprint in tenant.history.standings
    ]
    gone = [(one.rule, titles.get(one.rule, ""), one.standing, None) for one in tenant.history.gone]
    return tuple(
        ResolvedRow(rule, title, _text(standing, now), anchor)
        for rule, title, standing, anchor in (*listed_, *gone)
        if standing.lifecycle is Lifecycle.RESOLVED
    )


def fleet_sentences(tenants: Sequence[TenantResult]) -> tuple[str, ...]:
    """The same over many tenants."""
    told = [tenant.history for tenant in tenants if tenant.history is not None]
    if not told:
        return (_NO_HISTORY,)
    compared = [history for history in told if history.earlier_scans]
    if not compared:
        return ()
    states = Counter(
        standing.lifecycle
        for history in compared
        for standing in (*history.standings.values(), *(one.standing for one in history.gone))
    )
    parts = [
        f"{states[state]:,} {_WORDS[state].lower()}"
        for state in (Lifecycle.NEW, Lifecycle.RECURRING, Lifecycle.CONTINUING, Lifecycle.RESOLVED)
        if states[state]
    ]
    return (f"Findings against the scans before: {listed(parts)}.",) if parts else ()


def count_in_words(number: int) -> str:
    """``one finding is``, ``three findings are``."""
    return f"{in_words(number)} {'finding is' if number == 1 else 'findings are'}"


def _it(number: int) -> str:
    return "it" if number == 1 else "them"


def _day(text: str) -> str:
    at = moment(text)
    return date_words(at) if at else text


def _date(text: str, now: datetime) -> str:
    at = moment(text)
    return f"{date_words(at)} ({distance_words(at, now)})" if at else text
