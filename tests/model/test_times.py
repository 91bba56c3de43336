"""Times: any instant that Graph may write is read exactly, and nothing else is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.model.times import format_time, parse_time

ARABIC = "2026-11-22T12:00:00Z".translate({ord(digit): 0x660 + int(digit) for digit in "0123456789"})
INSTANTS = st.datetimes(min_value=datetime(2, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(INSTANTS, OFFSETS, st.integers(0, 9))
@example(datetime(2028, 2, 29, 23, 59, 59, 999_999, UTC), timezone(timedelta(hours=-12)), 7)
def test_an_instant_is_the_same_by_any_offset_and_to_any_digit(instant: datetime, zone: timezone, digits: int) -> None:
    local = instant.astimezone(zone)
    fraction = f"{local.microsecond:06}000"[:digits]
    offset = local.strftime("%z")
    text = f"{local.year:04}-{local:%m-%dT%H:%M:%S}{'.' if digits else ''}{fraction}{offset[:3]}:{offset[3:]}"
    kept = int(f"{fraction[:6]:0<6}")
    assert parse_time(text) == instant.replace(microsecond=kept)


@given(INSTANTS)
def test_what_is_written_reads_back_to_the_second(instant: datetime) -> None:
    text = format_time(instant)
    assert len(text) == 20
    assert parse_time(text) == instant.replace(microsecond=0)


@given(INSTANTS, INSTANTS)
def test_texts_are_in_the_order_of_their_instants(one: datetime, other: datetime) -> None:
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    assert (format_time(one) < format_time(other)) == (one < other)


@given(st.one_of(st.text(), st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")))
@example("9999-12-31T23:59:59-00:01")
@example("2026-02-29T00:00:00Z")
@example("2026-11-22T23:59:60Z")
@example("2026-11-22T12:00:00+24:00")
@example(ARABIC)
def test_any_text_is_a_time_in_utc_or_never_or_refused(text: str) -> None:
    try:
        moment = parse_time(text)
    except ValueError:
        return
    assert moment is None or moment.utcoffset() == timedelta()


@pytest.mark.parametrize("text", ["2026-02-29T00:00:00Z", "2026-11-22T23:59:60Z", "2026-11-22", ARABIC, ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|range|month|second|day"):
        parse_time(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z", "0001-12-31T23:59:59"])
def test_the_first_year_is_never(text: str) -> None:
    assert parse_time(text) is None


def test_times_without_an_offset_and_in_small_letters_are_utc() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert {parse_time(f"2026-11-22{t}12:00:00{z}") for t in "Tt " for z in ("", "Z", "z")} == {noon}
