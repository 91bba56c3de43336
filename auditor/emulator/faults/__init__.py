"""A lab's faults: a script that says which requests go wrong, when, and how; so that any caller can be tried on them.

It stands before the services as middleware, and changes nothing in the directory. The format of a script is told in
``script``; docs/emulator.md is its reference.
"""

from auditor.emulator.faults.applying import Faults
from auditor.emulator.faults.script import FaultScript, load_faults, parse_faults

__all__ = ["FaultScript", "Faults", "load_faults", "parse_faults"]
