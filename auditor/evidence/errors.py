"""What can be wrong with a bundle, as types that the command line tells in a line.

UserError
└── EvidenceError
    ├── NotABundle     the file is no bundle at all
    └── Tampered       the bundle is not what was written
"""

from collections.abc import Sequence

from msgspec import Struct

from auditor.errors import UserError


class Fault(Struct, frozen=True):
    """One thing that is wrong, and the file of the bundle that it is wrong with."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"{printable(self.file)}: {self.what}"


class EvidenceError(UserError):
    """Base."""


class NotABundle(EvidenceError):
    """The file is no zip archive, or one without a manifest of ours."""


class Tampered(EvidenceError):
    """The bundle is not what was written; ``faults`` names each file."""

    def __init__(self, path: str, faults: Sequence[Fault]) -> None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(
            f"{path}: is not as it was written: {faults[0]}{more}.",
            "Nothing of it was used; auditor verify lists everything that is wrong with it.",
        )
        self.faults = tuple(faults)


def printable(name: str) -> str:
    """A name from an archive that anybody may have made: control characters shown, and no longer than a line."""
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in name[:200])
    return shown + ("…" if len(name) > 200 else "")
