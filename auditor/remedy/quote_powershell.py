"""The one way by which text gets into a PowerShell script.

Within single quotes nothing is expanded. PowerShell takes four typographic quotes (U+2018 to U+201B) for the same
character as the plain one, so that each of the five is doubled. Source: about_Quoting_Rules; the tokenizer's
``CharExtensions.IsSingleQuote``.
"""

import re

_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")


def quote(text: str) -> str:
    """``text`` as one string literal of a PowerShell script, line ends and all."""
    return "'" + _QUOTES.sub(r"\1\1", text) + "'"
