"""Reads Microsoft's SAML app tutorials: Markdown in, typed facts out, each with its section, step and page date.

Knows the form of these pages, old and new, and no app by name. Reads no file and no network, and invents nothing.
"""

from auditor.rulepack.tutorial.errors import PatternError, TutorialError
from auditor.rulepack.tutorial.facts import (
    Citation,
    Claim,
    Field,
    FieldFact,
    Initiation,
    Kind,
    Remark,
    Stated,
    TutorialFacts,
    basic_saml,
)
from auditor.rulepack.tutorial.parse import parse_tutorial
from auditor.rulepack.tutorial.pattern import PartType, Pattern, PatternPart, parse_pattern
from auditor.rulepack.tutorial.source import MAX_BYTES

__all__ = [
    "MAX_BYTES",
    "Citation",
    "Claim",
    "Field",
    "FieldFact",
    "Initiation",
    "Kind",
    "PartType",
    "Pattern",
    "PatternError",
    "PatternPart",
    "Remark",
    "Stated",
    "TutorialError",
    "TutorialFacts",
    "basic_saml",
    "parse_pattern",
    "parse_tutorial",
]
