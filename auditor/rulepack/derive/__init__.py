"""Makes a rule pack of a tutorial's facts, and tells how a tutorial and a pack differ. It reads and writes no file.

It never invents: a rule is there because the page gives grounds for it, and cites them. No app is known here by name.
"""

from auditor.rulepack.derive.assemble import Derivation, derive_pack
from auditor.rulepack.derive.compare import Comparison, Difference, compare_pack
from auditor.rulepack.derive.render import as_json, as_yaml

__all__ = [
    "Comparison",
    "Derivation",
    "Difference",
    "as_json",
    "as_yaml",
    "compare_pack",
    "derive_pack",
]
