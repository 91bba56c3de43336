"""Times as Microsoft Graph writes them, and as we write them.

Graph gives RFC 3339 in UTC with no, three or seven fractional digits, and year 0001 for "never".
"""

import re
from datetime import UTC, datetime

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def parse_time(text: str) -> datetime | None:
    """The time in UTC, or None for year 0001 (Graph's "never"). Raises ValueError where ``text`` is no RFC 3339 time.

    A time without an offset is taken as UTC; digits past microseconds are cut off.
    """
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an RFC 3339 time: {text[:40]!r}")
    day, clock, fraction, offset = match.groups()
    if day.startswith("0001-"):
        return None
    zone = "+00:00" if offset in (None, "Z", "z") else offset
    moment = datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{zone}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"a time outside the calendar: {text[:40]!r}") from error


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds: ``2026-11-22T12:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
