"""Where evidence waits while a scan runs: on disk and out of sight, so that a fleet's answers never share the memory.

The file has no name from the moment it is made (POSIX), so that a killed process leaves nothing behind.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from auditor.errors import OutputError
from auditor.evidence.layout import FileEntry, Redaction, body_name, tenant_folder
from auditor.evidence.redact import redacted
from auditor.model.audit import AuditEvent
from auditor.model.canonical import canonical_json, sha256_hex
from auditor.model.drift import Drift
from auditor.model.result import TenantResult


class Spool:
    """Files to be put in a bundle, by name; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is where there is room; raises :class:`OutputError` where nothing can be written there."""
        self._folder = folder
        try:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as the spool
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written to: {error.strerror}.") from error
        self._places: dict[str, tuple[int, FileEntry]] = {}
        self._end = 0

    def add(self, name: str, content: bytes) -> None:
        """Keep ``content`` under ``name``; the same again is no matter, another content under a name ValueError."""
        entry = FileEntry(sha256_hex(content), len(content))
        before = self._places.get(name)
        if before is not None:
            if before[1] != entry:
                raise ValueError(f"{name} is in the bundle already, with another content")
            return
        try:
            self._file.seek(self._end)
            self._file.write(content)
        except OSError as error:
            raise OutputError(f"{self._folder}: the evidence cannot be kept: {error.strerror}.") from error
        self._places[name] = (self._end, entry)
        self._end += len(content)

    def keep(self, result: TenantResult, bodies: Mapping[str, bytes], events: Sequence[AuditEvent]) -> None:
        """One tenant's evidence as it finishes; ``bodies`` by the hash as received, of ``events`` those that count."""
        folder = tenant_folder(result.tenant.id)
        redactions: list[Redaction] = []
        for received, body in sorted(bodies.items()):
            kept, removed = redacted(body)
            if removed:
                redactions.append(Redaction(received, sha256_hex(kept), removed))
            self.add(body_name(folder, received), kept)
        if redactions:
            self.add(f"{folder}/redactions.json", canonical_json(redactions))
        if result.snapshot is not None:
            self.add(f"{folder}/snapshot.json", canonical_json(result.snapshot))
        self.add(f"{folder}/coverage.json", canonical_json(result.coverage))
        self.add(f"{folder}/audit-events.json", canonical_json(used(events, result.drift)))

    @property
    def files(self) -> dict[str, FileEntry]:
        """Every file, by name, sorted."""
        return {name: self._places[name][1] for name in sorted(self._places)}

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of every file, sorted by name; one at a time is in memory."""
        for name in sorted(self._places):
            place, entry = self._places[name]
            self._file.seek(place)
            yield name, self._file.read(entry.size)

    def close(self) -> None:
        """Let go of everything."""
        self._file.close()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def used(events: Sequence[AuditEvent], drift: Drift | None) -> tuple[AuditEvent, ...]:
    """Those of ``events`` that a change is explained by, or might be, sorted by id."""
    named: set[str | None] = set()
    for change in drift.changes if drift is not None else ():
        named |= {change.audit_event, *(candidate.audit_event for candidate in change.candidates)}
    return tuple(sorted((event for event in events if event.id in named), key=lambda event: event.id))
