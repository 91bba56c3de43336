"""Fault scripts from YAML or TOML: a list of rules, each with what it matches, when its turn is, and what it does.

Under ``faults:`` (in TOML ``[[faults]]``) each rule is a table of

* what a request must be: ``service`` (graph, signin, identity), ``tenant`` (id, name or domain), ``method``, ``path``
  and ``query`` (patterns), ``part`` (true: parts of a ``$batch`` alone; false: whole requests alone);
* which of those: ``nth`` (the first is 1), ``times``, ``share`` with ``seed``, ``per_tenant``;
* what happens: ``delay_s`` before anything else, and an ``action`` with keys of its own, see :data:`ACTIONS`;
* ``name``, by which the request log tells of it.

    faults:
      - {path: "/v1.0/users/*", nth: 3, action: status, status: 429, retry_after: 315}

A mistake is told with the file, the place in it, and the nearest key that there is.
"""

import difflib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from auditor.emulator.errors import FaultFileError
from auditor.emulator.faults import actions
from auditor.emulator.faults.edits import Edit
from auditor.emulator.faults.matching import SERVICES, Match, Turn
from auditor.emulator.loading.yaml_source import Block, load

MAX_DELAY_S = 3600


class Rule(Struct, frozen=True):
    """One fault. ``where`` is its place in the script, ``tenant`` what it calls its tenant there."""

    name: str
    where: str
    tenant: str | None
    match: Match
    turn: Turn
    delay_s: float
    action: actions.Action


class FaultScript(Struct, frozen=True):
    """The rules of a script, in their order. ``source`` is the name of the file."""

    source: str
    rules: tuple[Rule, ...]


class _FaultBlock(Block):
    error_type = FaultFileError

    def amount(self, key: str, default: float | None, least: float, most: float) -> float | None:
        """Take out a number between two."""
        found = self.take(key, default)
        if found is None:
            return None
        if not isinstance(found, int | float) or isinstance(found, bool) or not least <= found <= most:
            raise self.wrong(f"a number from {least:g} to {most:g} was expected, not {found!r}", key)
        return float(found)


def load_faults(path: Path) -> FaultScript:
    """The script in a file: TOML where its name ends so, else YAML. Raises ``FaultFileError``."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FaultFileError(path.name, "", f"cannot be read: {reason}") from error
    return parse_faults(text, source=path.name)


def parse_faults(text: str, *, source: str = "faults.yaml") -> FaultScript:
    """The script in a text: TOML where ``source`` ends so, else YAML. Raises ``FaultFileError``."""
    if source.endswith(".toml"):
        try:
            top: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise FaultFileError(source, "", f"not TOML: {error}") from error
    else:
        top = load(text, source, FaultFileError)
    return read_faults(top, source=source)


def read_faults(top: dict[str, Any], *, source: str = "script") -> FaultScript:
    """The script that is written as plain values, as a YAML or TOML text would hold them. Raises ``FaultFileError``."""
    block = _FaultBlock(top, source, "")
    rules = tuple(_rule(one) for one in block.blocks("faults"))
    block.end()
    if not rules:
        raise FaultFileError(source, "faults", "there is no fault")
    return FaultScript(source, rules)


def _rule(block: _FaultBlock) -> Rule:
    name = block.text("name") or block.where
    tenant = block.text("tenant")
    match = Match(
        service=block.choice("service", SERVICES, "graph"),
        method=block.text("method"),
        path=block.text("path"),
        query=block.text("query"),
        part=_part(block),
    )
    turn = Turn(
        nth=_whole(block, "nth", 1) or 1,
        times=_whole(block, "times", None),
        share=block.amount("share", 1.0, 0.0, 1.0) or 0.0,
        seed=block.number("seed", 0),
        per_tenant=block.flag("per_tenant"),
    )
    delay = block.amount("delay_s", 0.0, 0, MAX_DELAY_S) or 0.0
    word = block.take("action", "pass" if delay else None)
    if word is None:
        raise block.wrong("this key is required, or delay_s", "action")
    if word not in ACTIONS:
        raise _unknown_action(block, word)
    action = ACTIONS[word](block)
    if match.part and not action.for_parts:
        raise block.wrong(f"a part of a batch has no connection of its own: {word} is for whole requests", "part")
    block.end()
    return Rule(name, block.where, tenant, match, turn, delay, action)


def _part(block: Block) -> bool | None:
    given = "part" in block.value
    found = block.flag("part")
    return found if given else None


def _whole(block: Block, key: str, default: int | None) -> int | None:
    found = block.take(key, default)
    if found is not None and (not isinstance(found, int) or isinstance(found, bool) or found < 1):
        raise block.wrong(f"a whole number from 1 on was expected, not {found!r}", key)
    return found


def _unknown_action(block: Block, word: object) -> FaultFileError:
    near = difflib.get_close_matches(str(word), ACTIONS, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(ACTIONS)}"
    return FaultFileError(block.source, f"{block.where}.action", f"there is no action {word!r}; {hint}")


def _status(block: _FaultBlock) -> actions.Action:
    status = block.take("status")
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        raise block.wrong(f"an HTTP status from 200 to 599 was expected, not {status!r}", "status")
    wish = block.take("retry_after")
    if wish is not None and (isinstance(wish, bool) or not isinstance(wish, int | float | str)):
        raise block.wrong(f"seconds or a text was expected, not {wish!r}", "retry_after")
    headers = block.take("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(one, str) for one in headers.values()):
        raise block.wrong("a table of texts was expected", "headers")
    for name, value in headers.items():
        if not name.isascii() or not name.replace("-", "").isalnum() or "\r" in value or "\n" in value:
            raise block.wrong("this is no header", f"headers.{name}")
    ahead = block.amount("retry_after_date_s", None, -(10**9), 10**9)
    if wish is not None and ahead is not None:
        raise block.wrong("retry_after is given too; give one of them", "retry_after_date_s")
    return actions.Status(
        status=status,
        code=block.text("code"),
        headers=headers,
        body=block.text("body"),
        retry_after=None if wish is None else str(wish),
        retry_after_date_s=ahead,
    )


def _edit(block: _FaultBlock) -> actions.Action:
    edits = [Edit(path) for path in block.texts("remove")]
    edits += [Edit(path, None) for path in block.texts("null")]
    given = block.take("set", {})
    if not isinstance(given, dict):
        raise block.wrong("a table of properties and values was expected", "set")
    edits += [Edit(path, value) for path, value in given.items()]
    if not edits:
        raise block.wrong("one of remove, null, set is required for edit")
    return actions.EditAnswer(tuple(edits))


def _redirect(block: _FaultBlock) -> actions.Action:
    status = block.number("status", 302)
    if status not in (301, 302, 303, 307, 308):
        raise block.wrong(f"a redirect's status was expected, not {status}", "status")
    return actions.Status(status=status, headers={"Location": block.needed("to")}, body="")


ACTIONS: dict[str, Callable[[_FaultBlock], actions.Action]] = {
    "pass": lambda block: actions.Pass(),
    "status": _status,
    "reset": lambda block: actions.Reset(block.choice("when", ("before", "body"), "before") == "body"),
    "truncate": lambda block: actions.Truncate(block.amount("keep", 0.5, 0, 1) or 0.0),
    "html": lambda block: actions.Html(block.number("status", 200)),
    "content-type": lambda block: actions.ContentType(block.needed("type")),
    "empty-page": lambda block: actions.EmptyPage(),
    "repeat-page": lambda block: actions.RepeatPage(),
    "expired-token": lambda block: actions.Status(400, code="Directory_ExpiredPageToken"),
    "redirect": _redirect,
    "next-link": lambda block: actions.NextLink(block.needed("to")),
    "edit": _edit,
}
"""Each action's word, and how its keys are read."""
