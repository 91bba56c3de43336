"""What was told to whom, in both databases."""

import msgspec

from auditor.model.notice import Notice, NoticeKind, Remembered
from auditor.model.rule import Severity
from auditor.store import Store, open_store

AT = "2026-11-22T12:00:00Z"


def remembered(key: str, *, told: bool = False, tenant: str = "t-1") -> Remembered:
    notice = Notice(NoticeKind.FAILURE, tenant, "contoso", key, Severity.HIGH, "R-1", "A title", "GoToMeeting \u202e")
    return Remembered(notice, first_at=AT, told_at=AT if told else None)


def test_what_is_kept_comes_back_and_is_replaced_by_what_is_kept_of_the_same(store: Store) -> None:
    store.remember_notices("A", [remembered("k-1"), remembered("k-2")])
    assert store.notices("A") == (remembered("k-1"), remembered("k-2"))
    store.remember_notices("A", [remembered("k-1", told=True)])
    assert store.notices("A") == (remembered("k-1", told=True), remembered("k-2"))


def test_channels_and_tenants_are_apart(store: Store) -> None:
    store.remember_notices("A", [remembered("k-1"), remembered("k-1", tenant="t-2")])
    store.remember_notices("B", [remembered("k-1", told=True)])
    store.remember_notices("A", (), [remembered("k-1")])
    assert store.notices("A") == (remembered("k-1", tenant="t-2"),)
    assert store.notices("B") == (remembered("k-1", told=True),)
    assert store.notices("C") == ()


def test_keeping_and_forgetting_is_one_step(store: Store) -> None:
    store.remember_notices("A", [remembered("k-1")])
    store.remember_notices("A", [remembered("k-2")], [remembered("k-1")])
    assert [one.notice.key for one in store.notices("A")] == ["k-2"]


def test_it_lasts(address: str) -> None:
    kept = msgspec.structs.replace(remembered("k-1"), told_at=AT)
    with open_store(address) as store:
        store.remember_notices("A", [kept])
    with open_store(address, create=False) as store:
        assert store.notices("A") == (kept,)
