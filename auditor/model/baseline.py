"""The approved state of a tenant: which scan, by whom, why, until when; and single paths accepted on top of it."""

from msgspec import Struct

from auditor.model.times import parse_time


class Acceptance(Struct, frozen=True):
    """One difference from the baseline that was accepted: this path of this subject, with this value and no other."""

    subject: str
    """Id of the change's subject."""
    path: str
    value_sha256: str
    """Hash of the canonical JSON of the accepted change's kind and value; another value is open again."""
    by: str
    reason: str
    at: str
    until: str | None = None


class Baseline(Struct, frozen=True):
    """A scan approved as a tenant's intended state. Times are RFC 3339 in UTC; ``until`` is when approval lapses."""

    tenant_id: str
    tenant_name: str
    scan: str
    snapshot_sha256: str
    by: str
    reason: str
    at: str
    until: str | None = None
    acceptances: tuple[Acceptance, ...] = ()


def in_force(until: str | None, now: str) -> bool:
    """Whether something that lapses at ``until`` (None: never) still holds at ``now``; both are RFC 3339."""
    if until is None:
        return True
    end, moment = parse_time(until), parse_time(now)
    return end is not None and moment is not None and moment < end
