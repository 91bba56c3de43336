"""The words of the reports for the model's values: marks, severities, outcomes, counts, times. No sentence is built.

Times are UTC and say so; a date can have its distance from now.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from auditor.model.evidence import Outcome
from auditor.model.finding import Finding, Status, TenantStatus, Verdict
from auditor.model.rule import Severity
from auditor.model.times import parse_time

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Mark(Enum):
    """How a finding or a rule stands in a report, from the worst: its key in styles, its word, its shape.

    A shape is a glyph that the packaged fonts have; it never stands without the word.
    """

    FAIL = ("fail", "Fail", "×")
    UNKNOWN = ("unknown", "Unknown", "?")
    WAIVED = ("waived", "Waived", "□")
    PASS = ("pass", "Pass", "✓")
    NOT_APPLICABLE = ("na", "Not applicable", "–")

    @property
    def key(self) -> str:
        """Name in class attributes and in the filter."""
        return self.value[0]

    @property
    def word(self) -> str:
        """What a person reads."""
        return self.value[1]

    @property
    def shape(self) -> str:
        """The glyph beside the word."""
        return self.value[2]


_MARKS = {
    Status.PASS: Mark.PASS,
    Status.FAIL: Mark.FAIL,
    Status.UNKNOWN: Mark.UNKNOWN,
    Status.NOT_APPLICABLE: Mark.NOT_APPLICABLE,
}

SEVERITY_SHAPES = {
    Severity.CRITICAL: "◆",
    Severity.HIGH: "▲",
    Severity.MEDIUM: "■",
    Severity.LOW: "▽",
    Severity.INFO: "○",
}

VERDICTS = {
    Verdict.COMPLIANT: (Mark.PASS, "Compliant"),
    Verdict.NON_COMPLIANT: (Mark.FAIL, "Not compliant"),
    Verdict.UNKNOWN: (Mark.UNKNOWN, "Not known"),
}

TENANT_STATUSES = {
    TenantStatus.COMPLETE: "read in full",
    TenantStatus.PARTIAL: "read in part",
    TenantStatus.FAILED: "could not be read",
}

OUTCOMES = {
    Outcome.OK: "read",
    Outcome.DENIED: "denied",
    Outcome.NOT_LICENSED: "not licensed",
    Outcome.NOT_FOUND: "not found",
    Outcome.THROTTLED: "throttled",
    Outcome.TIMEOUT: "timed out",
    Outcome.INVALID: "answer not valid",
    Outcome.FAILED: "failed",
    Outcome.NOT_ASKED: "not asked",
}

GROUPS = {
    "application": "Application",
    "saml": "SAML",
    "certificate": "Certificate",
    "access": "Access",
    "provisioning": "Provisioning",
    "session": "Session",
}

SUBJECT_TYPES = {"tenant": "tenant", "application": "application", "servicePrincipal": "service principal"}


def mark_of(finding: Finding) -> Mark:
    """A waived failure is marked as such; it never looks like a pass."""
    if finding.status is Status.FAIL and finding.waiver is not None:
        return Mark.WAIVED
    return _MARKS[finding.status]


def group_title(group: str) -> str:
    """The heading of a group of rules."""
    return GROUPS.get(group, group[:1].upper() + group[1:])


def count(number: int, singular: str, plural: str | None = None) -> str:
    """``3 rules``, ``1 rule``, ``no rules``."""
    word = singular if number == 1 else plural or f"{singular}s"
    return f"no {word}" if number == 0 else f"{number:,} {word}"


def in_words(number: int) -> str:
    """A number up to ten as a word, else in digits."""
    return _SMALL[number] if number < len(_SMALL) else f"{number:,}"


def listed(parts: Sequence[str], most: int = 5) -> str:
    """``a, b and c``; of more than ``most``, the rest is counted."""
    shown = list(parts[:most])
    if len(parts) > most:
        shown.append(f"{len(parts) - most:,} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def capital(sentence: str) -> str:
    """With a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]


def full_stop(sentence: str) -> str:
    """With one full stop at its end."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def moment(text: str | None) -> datetime | None:
    """A time of the model in UTC; None where there is none, or none that can be read."""
    try:
        return parse_time(text) if text else None
    except ValueError:
        return None


def time_words(text: str | None) -> str:
    """``2026-11-22 12:00 UTC``; what is no time comes back as it is."""
    at = moment(text)
    return f"{date_words(at)} {at:%H:%M} UTC" if at else text or ""


def date_words(at: datetime) -> str:
    """``2026-11-22``, four digits of year on every platform."""
    return f"{at.year:04d}-{at.month:02d}-{at.day:02d}"


def distance_words(at: datetime, now: datetime) -> str:
    """How far ``at`` is from now, in whole days or, past three years, in years: ``in 28 days``, ``4 days ago``."""
    days = (at.date() - now.date()).days
    if days == 0:
        return "today"
    size = abs(days)
    told = count(size, "day") if size <= 1095 else f"{int(size / 365.2425):,} years"
    return f"in {told}" if days > 0 else f"{told} ago"
