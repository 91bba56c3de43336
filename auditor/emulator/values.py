"""Whether a value fits a property of Graph's metadata: for bodies of writes and for tenant files."""

import base64
import binascii
import re
from datetime import datetime
from typing import Any

from auditor.emulator import schema

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_guid(text: object) -> bool:
    """True for a GUID in its usual form, without braces."""
    return isinstance(text, str) and _GUID.fullmatch(text) is not None


def problem(type_name: str, value: dict[str, Any], path: str = "") -> tuple[str, str] | None:
    """Where and why an object does not fit its type: (path, what is wrong); None where it fits."""
    for name, one in value.items():
        if name.startswith("@odata."):
            continue
        here = f"{path}.{name}" if path else name
        prop = schema.property_of(type_name, name)
        if prop is None:
            if type_name in schema.OPEN_TYPES:
                continue
            return here, f"Invalid property '{name}'."
        found = property_problem(prop, one, here)
        if found is not None:
            return found
    return None


def property_problem(prop: schema.Property, value: Any, path: str) -> tuple[str, str] | None:
    """Where and why a value does not fit one property; None where it fits."""
    if prop.collection:
        if not isinstance(value, list):
            return path, f"Expected a collection for property '{prop.name}'."
        for number, member in enumerate(value):
            found = _member_problem(prop, member, f"{path}[{number}]")
            if found is not None:
                return found
        return None
    if value is None:
        return None if prop.nullable else (path, f"Property '{prop.name}' cannot be null.")
    return _member_problem(prop, value, path)


def _member_problem(prop: schema.Property, value: Any, path: str) -> tuple[str, str] | None:
    if prop.type in schema.TYPES:
        if not isinstance(value, dict):
            return path, f"Expected an object of type 'microsoft.graph.{prop.type}' for property '{prop.name}'."
        return problem(prop.type, value, path)
    if not _fits(prop.type, value):
        return path, f"Cannot convert a value to target type 'Edm.{prop.type}' for property '{prop.name}'."
    return None


def _fits(type_name: str, value: Any) -> bool:
    if type_name == "Boolean":
        return isinstance(value, bool)
    if type_name in ("Int32", "Int64"):
        return isinstance(value, int) and not isinstance(value, bool)
    if type_name == "Single":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if type_name == "Guid":
        return is_guid(value)
    if type_name == "DateTimeOffset":
        try:
            return datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            return False
    if type_name == "Binary":
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return False
    return True
