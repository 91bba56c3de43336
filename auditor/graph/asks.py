"""What is asked of Graph, and what a first answer to it means: values and pure functions, shared by whoever answers.

Nothing here sends or remembers.
"""

from typing import Any, Generic, TypeVar

from msgspec import Struct

from auditor.model.evidence import Known, Unknown

T = TypeVar("T")

NO_SUCH_OBJECT = "Request_ResourceNotFound"
"""Graph's error code for an object that the directory does not have."""


class Ask(Struct, Generic[T], frozen=True):
    """One read of the catalogue: an object of ``kind``, or with ``many`` a collection of them."""

    source: str
    url: str
    """Relative to ``/v1.0``: path and query, as built by msgraph-sdk's request builders."""
    kind: type[T]
    many: bool = False
    advanced: bool = False
    """True for an advanced query: ``ConsistencyLevel: eventual`` goes along, on every page."""
    first_page: bool = False
    """True where the first page says all that is wanted (its count)."""
    may_be_deleted: bool = False
    """True where the directory's "no such object" is an answer: it gives ``Known(None)``, a deleted object."""

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the request, the token apart."""
        return {"ConsistencyLevel": "eventual"} if self.advanced else {}


class Collected(Struct, Generic[T], frozen=True):
    """The members of a collection, each once, and their number where the service told it.

    Of an ask for the first page alone, ``members`` are that page, and ``count`` may be None.
    """

    members: tuple[T, ...]
    count: int | None = None


DELETED = object()
"""Stands for the directory's answer that an object asked for by id is not there."""


def has_more(ask: Ask[Any], first: Any) -> bool:
    """True where a collection goes on after its first answer, and the rest is wanted."""
    return (
        not ask.first_page and not isinstance(first, Unknown) and first is not DELETED and first.next_link is not None
    )


def reading(ask: Ask[Any], first: Any) -> Known[Any] | Unknown:
    """The reading that a first answer is, where no further page is wanted."""
    if isinstance(first, Unknown):
        return first
    if first is DELETED:
        return Known(None)
    if not ask.many:
        return Known(first)
    if ask.first_page:
        complete = len(first.value) if first.next_link is None else None
        return Known(Collected(members=tuple(first.value), count=complete if first.count is None else first.count))
    members = {identity(member): member for member in first.value}
    return Known(Collected(members=tuple(members.values()), count=first.count))


def identity(member: Any) -> Any:
    """What a member is the same by: its id, or itself where it has none."""
    object_id = getattr(member, "id", None)
    return object_id if isinstance(object_id, str) else member
