"""What the plan of requests needs of whoever answers them: Microsoft Graph now, or a recording of its answers."""

from collections.abc import Sequence
from typing import Any, Protocol

from auditor.graph.asks import Ask
from auditor.graph.transport import ConnectionFailed
from auditor.model.evidence import Known, Unknown
from auditor.model.result import CoverageEntry


class Reader(Protocol):
    """Answers the reads of the catalogue for one tenant, and keeps what came of them."""

    coverage: list[CoverageEntry]
    bodies: dict[str, bytes]
    gaps: bool

    @property
    def answered(self) -> bool:
        """True once any answer came."""
        ...

    @property
    def connection_fault(self) -> ConnectionFailed | None:
        """The last failure to connect."""
        ...

    async def read(self, asks: Sequence[Ask[Any]]) -> list[Known[Any] | Unknown]:
        """The answers to ``asks``, in the same order."""
        ...

    def not_asked(self, source: str, cause: str) -> Unknown:
        """Record that ``source`` could not be asked."""
        ...
