"""What changed between two snapshots of a tenant, whether it matters, and who did it.

Pure: frozen values in, frozen values out. Nothing here reads a clock, a file or a network, and nothing may turn what
was not read into a change. The paths are documented in ``docs/drift.md``.
"""

from auditor.drift.apply import apply
from auditor.drift.attribute import attribute, window_between
from auditor.drift.baseline import accept, against
from auditor.drift.compare import compare
from auditor.drift.lifecycle import lifecycle, standings
from auditor.drift.subjects import ids_of_instances

__all__ = [
    "accept",
    "against",
    "apply",
    "attribute",
    "compare",
    "ids_of_instances",
    "lifecycle",
    "standings",
    "window_between",
]
