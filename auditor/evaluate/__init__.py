"""Evaluation: what the rules say of a snapshot. Pure: no files, no network, no clock of its own.

Nothing here may turn missing evidence into a pass, and nothing here knows an app by name: what is special
about one stands in its rule pack.
"""

from auditor.evaluate.evaluator import Evaluator, evaluate, unassessed
from auditor.evaluate.waivers import waivers_of_no_tenant

__all__ = ["Evaluator", "evaluate", "unassessed", "waivers_of_no_tenant"]
