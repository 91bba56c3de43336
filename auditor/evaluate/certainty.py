"""What a schema's verdict on an incomplete list is worth.

An incomplete list holds members that are certain, and may lack others. Some schemas refuse it whatever else
comes (two guests are more than none), some accept it whatever else comes (one owner is at least one). Every
other verdict is none.
"""

from typing import Any

_ANNOTATIONS = frozenset({"type", "title", "description", "$comment"})
_REFUSES = frozenset({"maxItems", "items"}) | _ANNOTATIONS
_ACCEPTS = frozenset({"minItems"}) | _ANNOTATIONS


def refusal_is_certain(schema: dict[str, Any]) -> bool:
    """True where a list that the schema refuses is refused with more members, too.

    Members themselves may be incomplete, with properties missing that were not read; so a schema for
    members may only speak of the properties that are there.
    """
    if not schema.keys() <= _REFUSES:
        return False
    members = schema.get("items", {})
    return isinstance(members, dict) and members.keys() <= (_ANNOTATIONS | {"properties"})


def acceptance_is_certain(schema: dict[str, Any]) -> bool:
    """True where a list that the schema accepts is accepted with more members, too."""
    return schema.keys() <= _ACCEPTS
