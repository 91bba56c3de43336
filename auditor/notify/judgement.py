"""What a channel has yet to hear: what holds now, against what it was told. Pure.

A thing is told once and then not again until it was seen to be over; if it comes back after that, it is new.
"""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from auditor.model.notice import Notice, NoticeKind, Remembered
from auditor.model.result import TenantResult
from auditor.model.rule import Severity
from auditor.notify.notices import is_over, notices_of


class Wanted(Struct, frozen=True):
    """What one channel wants to hear of."""

    kinds: tuple[NoticeKind, ...] = tuple(NoticeKind)
    min_severity: Severity = Severity.LOW

    def wants(self, notice: Notice) -> bool:
        """Whether this is for the channel."""
        return notice.kind in self.kinds and notice.severity.rank >= self.min_severity.rank


class Round(Struct, frozen=True):
    """One channel after one scan.

    ``pending`` is to be delivered, what an earlier round failed to deliver among it; ``standing`` was told and still
    holds, or could not be looked at; ``over`` was told and is resolved; ``withdrawn`` is over and never was delivered.
    """

    pending: tuple[Remembered, ...] = ()
    standing: tuple[Remembered, ...] = ()
    over: tuple[Remembered, ...] = ()
    withdrawn: tuple[Remembered, ...] = ()

    def delivered(self, at: str) -> tuple[Remembered, ...]:
        """What was pending, as told at ``at``."""
        return tuple(msgspec.structs.replace(one, told_at=at) for one in self.pending)


def judge(known: Sequence[Remembered], tenants: Iterable[TenantResult], wanted: Wanted, at: str) -> Round:
    """The round of a channel that remembers ``known``; ``at`` is this scan's time.

    What is remembered of tenants that were not scanned stands as it is.
    """
    pending: list[Remembered] = []
    standing: list[Remembered] = []
    over: list[Remembered] = []
    withdrawn: list[Remembered] = []
    remembered: dict[str, dict[tuple[str, str, str], Remembered]] = {}
    for one in known:
        remembered.setdefault(one.notice.tenant_id, {})[one.notice.identity] = one
    for tenant in tenants:
        before = remembered.pop(tenant.tenant.id, {})
        for notice in filter(wanted.wants, notices_of(tenant)):
            earlier = before.pop(notice.identity, None)
            if earlier is None or earlier.told_at is None:
                first_at = at if earlier is None else earlier.first_at
                pending.append(Remembered(notice=notice, first_at=first_at))
            else:
                standing.append(earlier)
        for earlier in before.values():
            undelivered_event = earlier.told_at is None and earlier.notice.kind is NoticeKind.REGRESSION
            if undelivered_event and wanted.wants(earlier.notice):
                pending.append(earlier)
            elif earlier.told_at is None:
                withdrawn.append(earlier)
            else:
                (over if is_over(earlier.notice, tenant) else standing).append(earlier)
    standing += [one for rest in remembered.values() for one in rest.values() if one.told_at is not None]
    return Round(tuple(pending), tuple(standing), tuple(over), tuple(withdrawn))
