"""The one way by which text gets into a Terraform file.

Everything but plain printable ASCII is written as a Unicode escape: a file in ASCII reads the same in every editor,
and no text looks like what it is not. ``$`` and ``%`` before a brace, or before another of their kind, are escaped so
too, because a scanner looks for templates before it reads escapes. Terraform holds strings in Unicode's form NFC, so a
text in another form comes out as its NFC. Source: HCL Native Syntax Specification, "Quoted Template Expressions".
"""

import re

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_ESCAPED = re.compile(r'[^\x20-\x7e]|["\\]|\$(?=[${])|%(?=[%{])')


def quote(text: str) -> str:
    """``text`` as one quoted string of a Terraform file."""
    return '"' + _ESCAPED.sub(lambda match: _escape(match.group()), text) + '"'


def _escape(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
