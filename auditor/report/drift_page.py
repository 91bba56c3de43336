"""drift.html: what changed in each tenant between two recorded states, as a page of its own in the reports' dress.

Nothing is cut short: whoever asks for drift alone wants all of it.
"""

from collections.abc import Sequence

from msgspec import Struct

from auditor import __version__
from auditor.model.baseline import Acceptance
from auditor.model.drift import Change, Drift, Effect
from auditor.model.result import TenantRef
from auditor.report.drift_view import drift_view
from auditor.report.html import content_security_policy, page_style
from auditor.report.templates import render_template, shipped, trusted
from auditor.report.text import anchor
from auditor.report.view import DriftView
from auditor.report.words import Mark, capital, count, full_stop, in_words, time_words


class Compared(Struct, frozen=True):
    """A tenant's drift as it is to be told."""

    tenant: TenantRef
    drift: Drift | None
    cause: str = ""
    """Why there is no drift to tell, where there is none."""
    since: str | None = None
    """What it is compared with, where that is not an earlier scan."""
    accepted: tuple[tuple[Change, Acceptance], ...] = ()


class AcceptedView(Struct, frozen=True):
    """A change that somebody accepted."""

    path: str
    kind: str
    text: str


class TenantDriftView(Struct, frozen=True):
    """One tenant's part of the page; ``note`` is what the contents say of it."""

    anchor: str
    name: str
    id: str
    note: str
    drift: DriftView
    accepted: tuple[AcceptedView, ...]


class DriftPage(Struct, frozen=True):
    """The whole page."""

    scope: str
    answer: str
    mark: Mark
    word: str
    generated: str
    tool: str
    tenants: tuple[TenantDriftView, ...]


def render_drift_page(compared: Sequence[Compared], *, generated_at: str) -> bytes:
    """The page as HTML in UTF-8; ``generated_at`` is RFC 3339 in UTC."""
    style, script = page_style(), shipped("page.js")
    text = render_template(
        "drift_page.html.j2",
        page=_page(compared, generated_at),
        style=trusted(style),
        script=trusted(script),
        policy=content_security_policy(style, script),
    )
    return (text.lstrip("\n") + "\n").encode("utf-8")


def _page(compared: Sequence[Compared], generated_at: str) -> DriftPage:
    changes = [change for one in compared if one.drift for change in one.drift.changes]
    gaps = any(one.drift is None or one.drift.not_comparable for one in compared)
    mark, word = Mark.PASS, "Nothing changed"
    if any(change.effect is Effect.REGRESSION for change in changes):
        mark, word = Mark.FAIL, "Regression"
    elif changes:
        mark, word = Mark.NOT_APPLICABLE, "No regression"
    elif gaps or not compared:
        mark, word = Mark.UNKNOWN, "Not known"
    return DriftPage(
        scope=compared[0].tenant.name if len(compared) == 1 else count(len(compared), "tenant"),
        answer=_answer(compared),
        mark=mark,
        word=word,
        generated=time_words(generated_at),
        tool=f"auditor {__version__}",
        tenants=tuple(_tenant(place, one) for place, one in enumerate(compared, 1)),
    )


def _answer(compared: Sequence[Compared]) -> str:
    """The first sentence: how many changes in how many of the tenants, and whether they made a rule fail."""
    if not compared:
        return "No tenant was asked about, so nothing is known of changes."
    drifts = [one.drift for one in compared if one.drift is not None]
    one = compared[0].tenant.name if len(compared) == 1 else ""
    if not drifts:
        return f"Whether anything changed in {one or count(len(compared), 'tenant')} is not known."
    changes = [change for drift in drifts for change in drift.changes]
    moved = sum(bool(drift.changes) for drift in drifts)
    left = len(compared) - len(drifts)
    rest = f" {capital(count(left, 'tenant'))} could not be compared." if left else ""
    if not changes:
        comparable = " that could be compared" if any(drift.not_comparable for drift in drifts) else ""
        return f"Nothing{comparable} changed in {one or count(len(drifts), 'tenant')}.{rest}"
    worse = sum(change.effect is Effect.REGRESSION for change in changes)
    turned = f"{in_words(worse) if worse else 'none'} made a rule fail"
    where = one or f"{moved:,} of {count(len(compared), 'tenant')}"
    return f"{capital(count(len(changes), 'change'))} in {where}; {turned}.{rest}"


def _tenant(place: int, one: Compared) -> TenantDriftView:
    if one.drift is None:
        told, note = DriftView(capital(full_stop(f"not compared: {one.cause}")), (), ()), "not compared"
    else:
        told, note = drift_view(one.drift, since=one.since, most=None), count(len(one.drift.changes), "change")
    return TenantDriftView(
        anchor=anchor("tenant", str(place), one.tenant.id),
        name=one.tenant.name,
        id=one.tenant.id,
        note=note,
        drift=told,
        accepted=tuple(_accepted(change, acceptance) for change, acceptance in one.accepted),
    )


def _accepted(change: Change, acceptance: Acceptance) -> AcceptedView:
    until = f", until {time_words(acceptance.until)}" if acceptance.until else ""
    text = f"{acceptance.by} on {time_words(acceptance.at)}: {acceptance.reason}{until}"
    return AcceptedView(change.path, change.kind.value, full_stop(text))
