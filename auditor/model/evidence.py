"""Whether a piece of evidence was read, and if not, why.

Everything that a scan asked for is either :class:`Known` or :class:`Unknown`. The two are told apart by type, so that
code which forgets the second case does not type-check. Nothing here may turn an unknown into a value.
"""

from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Outcome(StrEnum):
    """How asking for a source ended; the values are those of ``coverage[].outcome`` in results.json."""

    OK = "ok"
    DENIED = "denied"
    NOT_LICENSED = "not_licensed"
    NOT_FOUND = "not_found"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    INVALID = "invalid"
    FAILED = "failed"
    NOT_ASKED = "not_asked"


class Unknown(Struct, frozen=True, tag="unknown", tag_field="state", omit_defaults=True):
    """Evidence that was not read.

    ``cause`` is one sentence for a person, free of request ids and times, because it is part of the snapshot's
    canonical form. ``permission`` is the least Microsoft Graph permission that the source needs, where it needs one.
    """

    source: str
    outcome: Outcome
    cause: str
    permission: str | None = None


class Known(Struct, Generic[T], frozen=True, tag="known", tag_field="state"):
    """Evidence that was read; an empty value is a fact, not a gap."""

    value: T
