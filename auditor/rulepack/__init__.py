"""Rule packs and waiver files: from YAML to frozen values, or to an error that says what to mend.

This room reads the files that it is pointed at, and nothing else; it never evaluates a rule. A pack with
any problem is not used at all: half a pack would pass what the other half forbids.
"""

from auditor.rulepack.binding import bind_packs, placeholders
from auditor.rulepack.errors import BindError, PackError, Problem, RulepackError, WaiverError, nearest
from auditor.rulepack.load import app_of, lint, load_pack, load_packs, references_in, shipped_ids
from auditor.rulepack.overrides import PackOverrides
from auditor.rulepack.waivers import LoadedWaivers, load_waivers

__all__ = [
    "BindError",
    "LoadedWaivers",
    "PackError",
    "PackOverrides",
    "Problem",
    "RulepackError",
    "WaiverError",
    "app_of",
    "bind_packs",
    "lint",
    "load_pack",
    "load_packs",
    "load_waivers",
    "nearest",
    "placeholders",
    "references_in",
    "shipped_ids",
]
