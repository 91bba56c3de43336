"""What the machine formats (SARIF, JUnit, OCSF, OSCAL) share: stable UUIDs, times, JSON, and what was not read.

A pipeline looks at entries and not at the words around them, so that a tenant which could not be read, or not in full,
and a scan of nothing get an entry of their own (:func:`shortfalls`), whatever findings there are. Every text goes
through :func:`~auditor.report.text.visible`: these files end on somebody's screen, and results.json has the exact
values. Nothing here knows of any one format.
"""

import re
import uuid
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from auditor.model.evidence import Outcome
from auditor.model.finding import Finding, Status, TenantStatus, fingerprint
from auditor.model.lifecycle import Standing
from auditor.model.result import ScanResult, TenantRef, TenantResult
from auditor.report.order import tenants_in_order
from auditor.report.text import visible
from auditor.report.words import TENANT_STATUSES, Mark, full_stop, mark_of, moment

READING = "TENANT-READ"
"""The id, in the place of a rule's, under which a shortfall is told."""
READING_TITLE = "The tenant was read in full"
READING_HELP = (
    "What was not read is not known, and is never taken for compliance. The requests and permissions that would "
    "settle it stand in the coverage of results.json; `auditor doctor` holds permissions against what is needed."
)

_NAMESPACE = uuid.UUID("6f1d2f1c-7f0a-5b56-9b5e-2d6a3f0c8e41")
_PLAIN = frozenset(map(chr, range(0x20, 0x7F)))
_ESCAPED_CONTROL = re.compile(rb"\\[bfrtu]")
"""Also found in an escaped backslash before such a letter, which costs time and no more."""
_EPOCH = "1970-01-01T00:00:00Z"


class Shortfall(Struct, frozen=True):
    """A tenant that was not read in full; or, with no tenant, a scan that had none."""

    tenant: TenantRef | None
    status: TenantStatus
    text: str
    fingerprint: str
    """Stable over scans, as a finding's is."""
    at: str


class Tally(Struct, frozen=True):
    """Findings of a tenant by how they stand; they add up to ``total``."""

    total: int
    passed: int
    failed: int
    unknown: int
    waived: int
    not_applicable: int


def shortfalls(result: ScanResult) -> list[Shortfall]:
    """One for each tenant that failed or was read in part, in the order of tenants; one alone for no tenants at all."""
    if not result.tenants:
        text = "No tenant was scanned: nothing is known, and nothing is compliant."
        return [Shortfall(None, TenantStatus.FAILED, text, fingerprint("", READING, ""), result.finished_at)]
    found = (shortfall(tenant, result) for tenant in tenants_in_order(result.tenants))
    return [one for one in found if one is not None]


def shortfall(tenant: TenantResult, result: ScanResult) -> Shortfall | None:
    """What was not read of the tenant; None where it was read in full."""
    if tenant.status is TenantStatus.COMPLETE:
        return None
    gaps = [
        f"{entry.source}: {entry.outcome.value}, {entry.cause or 'no cause was given'}"
        for entry in tenant.coverage
        if entry.outcome is not Outcome.OK
    ]
    causes = [tenant.cause] if tenant.cause else list(dict.fromkeys(gaps))
    why = "; ".join(cause.rstrip(".") for cause in causes) or "no cause was recorded"
    return Shortfall(
        tenant=tenant.tenant,
        status=tenant.status,
        text=full_stop(f"{tenant.tenant.name} {TENANT_STATUSES[tenant.status]}: {why}"),
        fingerprint=fingerprint(visible(tenant.tenant.id), READING, ""),
        at=tenant.finished_at or result.finished_at,
    )


def tally(tenant: TenantResult) -> Tally:
    """How the tenant's findings stand."""
    marks = [mark_of(finding) for finding in tenant.findings]
    return Tally(
        total=len(marks),
        passed=marks.count(Mark.PASS),
        failed=marks.count(Mark.FAIL),
        unknown=marks.count(Mark.UNKNOWN),
        waived=marks.count(Mark.WAIVED),
        not_applicable=marks.count(Mark.NOT_APPLICABLE),
    )


def standing_of(tenant: TenantResult, finding: Finding) -> Standing | None:
    """The finding against earlier scans; None where no history was asked, or it never failed."""
    return tenant.history.standings.get(finding.fingerprint) if tenant.history else None


def is_problem(finding: Finding) -> bool:
    """True for what fails, waived or not, and for what could not be assessed."""
    return finding.status in (Status.FAIL, Status.UNKNOWN)


@lru_cache(maxsize=4096)
def stable_uuid(*parts: str) -> str:
    """A version 5 UUID that follows from ``parts`` alone."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(part.encode("utf-8", "backslashreplace").decode() for part in parts)))


def milliseconds(text: str | None) -> int:
    """Milliseconds since 1970 of a time of the model; 0 where it is none."""
    at = moment(text)
    return int(at.timestamp() * 1000) if at else 0


def utc(text: str | None) -> str:
    """The time as RFC 3339 in UTC, with ``Z`` and whole seconds; the beginning of 1970 where it is none."""
    at = moment(text)
    return f"{at.year:04d}-{at:%m-%dT%H:%M:%SZ}" if at and at.year < 3000 else _EPOCH


def shown(value: Any) -> Any:
    """``value`` (of JSON's types) with every text visible, keys too."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): shown(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [shown(member) for member in value]
    return value  # a number, a flag, None, or a part that is JSON already


def encoded(document: dict[str, Any]) -> msgspec.Raw:
    """A part of a document made JSON early: of many large parts, one at a time is kept as Python's objects."""
    return msgspec.Raw(_json(document))


def json_line(document: dict[str, Any]) -> bytes:
    """The document as one line of JSON in UTF-8, with a line feed at its end."""
    return _json(document) + b"\n"


def json_file(document: dict[str, Any]) -> bytes:
    """The document as JSON in UTF-8, indented by two spaces, with a line feed at its end."""
    return msgspec.json.format(_json(document), indent=2) + b"\n"


def _json(document: dict[str, Any]) -> bytes:
    """The document with every text visible. Most have nothing to write out, which their JSON tells at once."""
    try:
        data = msgspec.json.encode(document)
    except UnicodeEncodeError:  # a lone surrogate, which is written out
        return msgspec.json.encode(shown(document))
    characters = set(data.decode()) - _PLAIN
    if _ESCAPED_CONTROL.search(data) is None and all(visible(one) == one for one in characters):
        return data
    return msgspec.json.encode(shown(document))


def without_empty(document: dict[str, Any]) -> dict[str, Any]:
    """The document without members that are None or empty (text, list, object): most schemas ask for one part."""
    return {key: value for key, value in document.items() if value is not None and value not in ("", [], {}, ())}
