"""A derived pack as text: YAML for people and the loader, or the values alone as JSON.

Texts go in through :mod:`auditor.rulepack.derive.quoting` and no other way.
"""

import json
from collections.abc import Iterator
from typing import Any

from auditor.rulepack.derive.assemble import Derivation
from auditor.rulepack.derive.quoting import comment, prose, scalar
from auditor.rulepack.tutorial import Remark, basic_saml

_WIDTH = 120
_NEVER_INLINE = frozenset({"rules", "says", "app"})


def as_yaml(derivation: Derivation) -> str:
    """The pack as YAML that loads, with comments for what a person has to decide."""
    pack = derivation.pack
    lines = [
        comment("Derived from a tutorial by `auditor rules derive`. The facts are the tutorial's; the words are ours."),
        comment("Review it before use; docs/deriving.md says how."),
        *(comment(f"undecided: {told(remark)}") for remark in derivation.undecided),
    ]
    if "app" not in pack:
        lines.append(comment("undecided: the app's name; without an app block this pack can only be included"))
    lines += _mapping(pack, 0)
    return "\n".join(lines) + "\n"


def as_json(derivation: Derivation) -> str:
    """``{"basic_saml": …, "pack": …, "undecided": […]}``, the values as the page prints them."""
    value = {
        "basic_saml": basic_saml(derivation.facts),
        "pack": derivation.pack,
        "undecided": [told(remark) for remark in derivation.undecided],
    }
    return json.dumps(value, ensure_ascii=False, indent=2)


def told(remark: Remark) -> str:
    """A remark on one line, with its place on the page."""
    place = remark.citation
    if place is None:
        return remark.text
    where = ", ".join(
        part for part in (place.section, f"step {place.step}" if place.step else "", f"line {place.line}") if part
    )
    return f"{remark.text} ({where})"


def _mapping(value: dict[str, Any], depth: int) -> Iterator[str]:
    pad = " " * depth
    for key, member in value.items():
        if depth == 0 and key in ("app", "rules"):
            yield ""
        yield from _member(f"{pad}{scalar(key)}:", key, member, depth)


def _member(head: str, key: str, member: Any, depth: int) -> Iterator[str]:
    if isinstance(member, str):
        yield (
            f"{head} {prose(member, depth + 2, _WIDTH)}"
            if len(head) + len(member) > _WIDTH - 3
            else (f"{head} {scalar(member)}")
        )
        return
    flow = _flow(member)
    if not isinstance(member, dict | list) or not member or (key not in _NEVER_INLINE and len(head + flow) < _WIDTH):
        yield f"{head} {flow}"
    elif isinstance(member, dict):
        yield head
        yield from _mapping(member, depth + 2)
    else:
        yield head
        yield from _list(member, depth + 2, spaced=key == "rules")


def _list(members: list[Any], depth: int, *, spaced: bool) -> Iterator[str]:
    pad = " " * depth
    for number, member in enumerate(members):
        if spaced and number:
            yield ""
        if isinstance(member, dict) and (spaced or len(pad + _flow(member)) > _WIDTH - 2):
            first, *rest = _mapping(member, depth + 2)
            yield f"{pad}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{pad}- {_flow(member)}"


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(member) for member in value) + "]"
    return json.dumps(value)
