"""Progress without a terminal: a few tenants one by one, many counted at intervals, failures always."""

import pytest

from auditor.cli.progress import INTERVAL_S, Progress, duration
from auditor.model.finding import TenantStatus, Verdict
from auditor.model.result import TenantRef, TenantResult


def tenant(number: int, cause: str | None = None) -> TenantResult:
    status = TenantStatus.FAILED if cause else TenantStatus.COMPLETE
    ref = TenantRef(id=f"id-{number}", name=f"t{number}", cloud="global")
    return TenantResult(ref, status, Verdict.UNKNOWN, (), (), None, None, cause=cause)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_few_have_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(2) as progress:
        progress.finished(tenant(1))
        progress.finished(tenant(2, "refused\x1b[2J"))
    assert capsys.readouterr().err.splitlines() == ["[1/2] t1: complete", "[2/2] t2: failed: refused\\u001b[2J"]


def test_many_are_counted_at_intervals_with_an_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Progress(100, clock=clock) as progress:
        for number in range(1, 51):
            clock.now = number * INTERVAL_S / 25
            progress.finished(tenant(number, "refused" if number == 7 else None))
    assert capsys.readouterr().err.splitlines() == [
        "[7/100] t7: failed: refused",
        "25 of 100 tenants, 1 failed, about 30 s left",
        "50 of 100 tenants, 1 failed, about 20 s left",
        "50 of 100 tenants, 1 failed, about 20 s left",
    ]


def test_what_was_done_before_does_not_count_for_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Progress(100, 80, clock=clock) as progress:
        for number in range(10):
            clock.now += INTERVAL_S
            progress.finished(tenant(number))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "80 of 100 tenants were done before"
    assert lines[-1] == "90 of 100 tenants, about 2 min left"


def test_nothing_is_foretold_from_little(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Progress(100, clock=clock) as progress:
        clock.now = INTERVAL_S
        progress.finished(tenant(1))
    assert set(capsys.readouterr().err.splitlines()) == {"1 of 100 tenants"}


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "1 s"), (59.0, "59 s"), (60, "1 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told
