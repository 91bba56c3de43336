"""The garbage collector during a fleet: it still collects, and is as before afterwards, whatever happened."""

import gc
import weakref

import pytest

from auditor.fleet.garbage import YOUNG, rarely_collected


class Cycle:
    def __init__(self) -> None:
        self.itself = self


def test_settings_come_back_even_after_an_error() -> None:
    before = gc.get_threshold()

    def fail() -> None:
        with rarely_collected():
            assert gc.get_threshold()[0] == YOUNG
            assert gc.isenabled()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_cycles_are_freed_after_so_many_new_containers() -> None:
    with rarely_collected():
        gone = weakref.ref(Cycle())
        kept = [[number] for number in range(YOUNG + 10_000)]
        assert gone() is None
    assert len(kept) > YOUNG
