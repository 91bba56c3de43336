"""The digest that a channel gets: one for each run that has something new, in plain text.

It holds names of tenants and applications, ids and titles of rules, names of properties, causes in words of ours: never
a value that was read from a tenant. Apprise puts the text into each target's own format (HTML and Markdown escaped).
"""

from collections.abc import Sequence
from itertools import groupby

from msgspec import Struct

from auditor.model.finding import Verdict
from auditor.model.notice import Notice, NoticeKind
from auditor.notify.judgement import Round

MAX_LINES = 40
"""Things told one by one; of more, the number is told."""
_NAME_LENGTH = 80
_WORDS = {
    NoticeKind.FAILURE: "FAIL",
    NoticeKind.REGRESSION: "REGRESSION",
    NoticeKind.CERTIFICATE: "CERTIFICATE",
    NoticeKind.UNREADABLE: "UNREADABLE",
}
_VERDICTS = {
    Verdict.COMPLIANT: "compliant",
    Verdict.NON_COMPLIANT: "not compliant",
    Verdict.UNKNOWN: "unknown",
}


class Message(Struct, frozen=True):
    """Title and body in plain text."""

    title: str
    body: str


def compose(scan: str, verdict: Verdict, judged: Round) -> Message | None:
    """The digest of a round, worst first within each tenant; None where there is nothing new."""
    if not judged.pending:
        return None
    notices = [one.notice for one in judged.pending]
    tenants = {notice.tenant_id for notice in notices}
    worst = max(notices, key=lambda notice: notice.severity.rank).severity
    title = f"auditor: {len(notices)} new in {_counted(len(tenants), 'tenant')}, the worst {worst.value}"
    lines: list[str] = []
    ordered = sorted(notices, key=lambda notice: (notice.tenant.casefold(), notice.tenant_id, -notice.severity.rank))
    for _, group in groupby(ordered[:MAX_LINES], key=lambda notice: notice.tenant_id):
        of_tenant = list(group)
        lines += [inert(of_tenant[0].tenant), *(f"- {_line(notice)}" for notice in of_tenant), ""]
    if len(ordered) > MAX_LINES:
        lines += [f"{len(ordered) - MAX_LINES} more are in the report.", ""]
    lines.append(_since(judged))
    lines.append(f"Scan {scan}, verdict: {_VERDICTS[verdict]}. Values and evidence are in its report.")
    return Message(title=title, body="\n".join(lines))


def inert(text: str) -> str:
    """A tenant's text for a chat or a mail: nothing in it is sent as control, mentions anybody, or becomes a link."""
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    for mark, harmless in (("@", "\uff20"), ("<", "\u2039"), (">", "\u203a"), ("://", "[:]//")):
        shown = shown.replace(mark, harmless)
    return shown if len(shown) <= _NAME_LENGTH else shown[: _NAME_LENGTH - 1] + "…"


def _line(notice: Notice) -> str:
    parts = [_WORDS[notice.kind], notice.severity.value]
    if notice.rule:
        parts.append(notice.rule)
    about = f" ({inert(notice.subject)})" if notice.subject else ""
    return f"{' '.join(parts)}: {notice.told}{about}"


def _since(judged: Round) -> str:
    standing = f"{len(judged.standing)} told before still stand" if judged.standing else "Nothing told before stands"
    over: Sequence[object] = [one for one in judged.over if one.notice.kind is not NoticeKind.REGRESSION]
    return f"{standing}; {f'{len(over)} are resolved' if over else 'none is resolved'} since."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
