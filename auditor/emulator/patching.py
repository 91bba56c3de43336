"""How the body of a PATCH and what is stored become one. Source: Microsoft Graph, "Update application"."""

from typing import Any

from auditor.emulator import schema


def merged(current: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """What a PATCH leaves: objects are merged, lists and plain values are replaced."""
    after = dict(current)
    for name, value in body.items():
        if isinstance(value, dict) and isinstance(after.get(name), dict):
            after[name] = merged(after[name], value)
        else:
            after[name] = value
    return after


def with_key_material(current: list[dict[str, Any]], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Credentials of a PATCH body, with the key material that reads withhold put back by ``keyId``."""
    known = {one.get("keyId"): one for one in current}
    kept = []
    for one in given:
        stored = known.get(one.get("keyId"), {})
        key = one.get("key") or stored.get("key")
        filled = {**schema.blank("keyCredential" if "key" in stored or "usage" in one else "passwordCredential"), **one}
        if "key" in filled:
            filled["key"] = key
        kept.append(filled)
    return kept
