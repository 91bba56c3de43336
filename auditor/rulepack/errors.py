"""What is wrong with a rule pack or a waiver file, told so that a person can mend it.

RulepackError
├── PackError        a pack cannot be loaded: every problem of its file, first things first
├── WaiverError      a waiver file cannot be read at all
└── BindError        a tenant's binding fits no placeholder of the packs in use
"""

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One thing to mend: where it stands, what is wrong, what was expected."""

    file: str
    message: str
    rule: str | None = None
    key: str | None = None
    line: int | None = None
    """Line of the file, from 1; None for what stands in no file (a configuration's override)."""
    expected: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        about = [f"rule {self.rule}" if self.rule else "", f"key {self.key!r}" if self.key else ""]
        told = ": ".join([place, *(part for part in about if part), self.message])
        return f"{told}; expected {self.expected}" if self.expected else told


class RulepackError(Exception):
    """Base of this room's errors. ``hint`` says what to do next."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class PackError(RulepackError):
    """A pack that must not be used. ``problems`` holds every one that was found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem], hint: str = "") -> None:
        self.problems = tuple(problems)
        file = self.problems[0].file
        super().__init__(
            "\n".join(str(problem) for problem in self.problems),
            hint or f"mend the file and run: auditor rules check {file}",
        )


class BindError(RulepackError):
    """A binding that no pack has a place for, that several have, or whose value cannot stand there."""


class WaiverError(RulepackError):
    """A waiver file that cannot be read; nothing is waived by guess."""


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the known word that is most like ``word``, else nothing."""
    by_fold = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f"; did you mean {by_fold[close[0]]!r}?" if close else ""
