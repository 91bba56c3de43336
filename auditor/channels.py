"""What a configuration says of those who hear of a scan: ``[[notify]]``, ``[metrics]``, ``[healthcheck]``.

Addresses are secrets: the file names the environment variables that hold them.
"""

from pathlib import Path
from typing import Any

from msgspec import Struct

from auditor.model.notice import NoticeKind
from auditor.model.rule import Severity
from auditor.notify.judgement import Wanted
from auditor.toml import Table, nearest

_NOTIFY = ("url_env", "on", "min_severity")
_HEALTHCHECK = ("url_env", "success")
_EXIT_CODES = range(5)


class Channel(Struct, frozen=True):
    """One ``[[notify]]`` table: where to tell (a variable's name), and what."""

    url_env: str
    wanted: Wanted = Wanted()


class Healthcheck(Struct, frozen=True):
    """The ``[healthcheck]`` table. ``success``: the exit codes that are told as success; all others are a failure."""

    url_env: str
    success: tuple[int, ...] = (0, 1, 3)


def read_channels(path: Path, top: Table) -> tuple[Channel, ...]:
    """Every ``[[notify]]`` table; raises ConfigError for what cannot be meant."""
    listed = top.take("notify", list, "a list of tables: write [[notify]]") or []
    channels: list[Channel] = []
    for number, content in enumerate(listed, 1):
        table = Table(path, f"[[notify]] number {number}", content, _NOTIFY)
        channel = Channel(_variable(table), Wanted(_kinds(table), _severity(table)))
        if channel.url_env in {earlier.url_env for earlier in channels}:
            raise table.error(f"url_env {channel.url_env} is another channel's, too.", "Write one table for each.")
        channels.append(channel)
    return tuple(channels)


def read_textfile(path: Path, top: Table, folder: Path) -> Path | None:
    """``[metrics] textfile``, relative to ``folder``."""
    content = top.take("metrics", dict, "a table")
    if content is None:
        return None
    table = Table(path, "[metrics]", content, ("textfile",))
    textfile = table.needed("textfile")
    if not textfile.endswith(".prom"):
        raise table.error("textfile must end in .prom.", "node_exporter reads no other name.")
    return folder / textfile


def read_healthcheck(path: Path, top: Table) -> Healthcheck | None:
    """``[healthcheck]``."""
    content = top.take("healthcheck", dict, "a table")
    if content is None:
        return None
    table = Table(path, "[healthcheck]", content, _HEALTHCHECK)
    codes: list[Any] | None = table.take("success", list, "a list of exit codes")
    if codes is None:
        return Healthcheck(_variable(table))
    if not codes or not all(
        isinstance(code, int) and not isinstance(code, bool) and code in _EXIT_CODES for code in codes
    ):
        raise table.error("success must be a list of exit codes from 0 to 4.")
    return Healthcheck(_variable(table), tuple(codes))


def _variable(table: Table) -> str:
    """The name of an environment variable; an address in its place is a secret where none may stand, and not told."""
    name = table.needed("url_env")
    if not name.isidentifier() or not name.isascii():
        raise table.error("url_env must be the name of an environment variable, not the address itself.")
    return name


def _kinds(table: Table) -> tuple[NoticeKind, ...]:
    names = table.texts("on")
    if names is None:
        return tuple(NoticeKind)
    known = [kind.value for kind in NoticeKind]
    for name in names:
        if name not in known:
            raise table.error(f"on names an unknown kind {name!r}.", nearest(name, known))
    if not names:
        raise table.error("on is empty.", f"Valid are: {', '.join(known)}.")
    return tuple(kind for kind in NoticeKind if kind.value in names)


def _severity(table: Table) -> Severity:
    name = table.text("min_severity") or Severity.LOW.value
    known = [severity.value for severity in Severity]
    if name not in known:
        raise table.error(f"min_severity {name!r} is not known.", nearest(name, known))
    return Severity(name)
