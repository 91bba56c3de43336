"""What a unit is to do: when, with which configuration, and where it keeps what it needs. And how values are quoted."""

import json
import re
import shlex
from collections.abc import Sequence

from msgspec import Struct

from auditor.errors import UserError

_AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_EVERY = re.compile(r"(\d{1,2})h", re.ASCII)
_PASSWORD = re.compile(r"://[^/@]*:[^/@]+@|[?&]password=", re.IGNORECASE)
_DIVISORS = (1, 2, 3, 4, 6, 8, 12, 24)
"""Hours that come out even in a day: others would drift in cron, which begins anew each midnight."""


class Timing(Struct, frozen=True):
    """Minute and first hour, and every how many hours from then on; 24 is once a day."""

    hour: int
    minute: int
    every_h: int = 24

    @property
    def cron(self) -> str:
        """The five fields of cron."""
        if self.every_h == 24:
            return f"{self.minute} {self.hour} * * *"
        return f"{self.minute} {'*' if self.every_h == 1 else f'*/{self.every_h}'} * * *"

    @property
    def calendar(self) -> str:
        """The expression of ``systemd.time``, in UTC."""
        hours = f"{self.hour:02}" if self.every_h == 24 else "*" if self.every_h == 1 else f"00/{self.every_h}"
        return f"*-*-* {hours}:{self.minute:02}:00 UTC"


class Plan(Struct, frozen=True):
    """A unit's settings. ``None`` leaves a value to the scheduler's own usual place."""

    timing: Timing
    config: str | None = None
    store: str | None = None
    """Address of the history, without a password."""
    reports: str | None = None
    environment_file: str | None = None
    """A file with lines ``NAME=value``, for its owner alone: what credentials and channels name."""
    program: str = "/usr/local/bin/auditor"
    formats: str = "json,html,pdf,csv"
    version: str = ""
    """The release that a pipeline installs."""
    image: str | None = None
    client_id: str | None = None
    """The application that a workload signs in as, where the platform must know it."""
    connection: str | None = None
    """Azure Pipelines: the service connection that signs in by federation."""

    def scan(self, config: str, store: str, reports: str) -> list[str]:
        """The command, with what the plan leaves open filled in; UserError for a password in the store's address."""
        if _PASSWORD.search(self.store or ""):
            raise UserError(
                "--store holds a password, and a unit holds no secret.",
                "Leave it out, and give it as PGPASSWORD in the environment file or the platform's secret.",
            )
        return [
            self.program,
            "scan",
            *("--config", self.config or config),
            *("--store", self.store or store),
            *("--out", self.reports or reports),
            *("--format", self.formats),
        ]


def parse_at(text: str) -> Timing:
    """``HH:MM`` in UTC, once a day; raises UserError."""
    match = _AT.fullmatch(text)
    if match is None:
        raise UserError(f"--at {text!r} is no time of day.", "Write it as 02:30, in UTC.")
    return Timing(hour=int(match.group(1)), minute=int(match.group(2)))


def parse_every(text: str, minute: int = 30) -> Timing:
    """``6h``: every six hours of the day; raises UserError for hours that a day is no multiple of."""
    match = _EVERY.fullmatch(text)
    hours = int(match.group(1)) if match is not None else 0
    if hours not in _DIVISORS:
        choice = ", ".join(f"{divisor}h" for divisor in _DIVISORS)
        raise UserError(f"--every {text!r} is not known.", f"Valid are: {choice}.")
    return Timing(hour=0, minute=minute, every_h=hours)


def shell(words: Sequence[str]) -> str:
    """Words as a POSIX shell reads them back."""
    return shlex.join(words)


def yaml_text(text: str) -> str:
    """A YAML scalar that reads back as this text: JSON's string, which YAML 1.2 takes as it is."""
    return json.dumps(text)


def indented(text: str, spaces: int) -> str:
    """``text`` with each line that is not empty moved to the right."""
    return "".join(f"{' ' * spaces}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


def one_line(text: str, what: str) -> str:
    """``text``, which must be one line; raises UserError: a line break would begin another setting."""
    if not text.isprintable() or not text:
        raise UserError(f"{what} {text!r} cannot stand in a unit.", "Use a path without control characters.")
    return text
