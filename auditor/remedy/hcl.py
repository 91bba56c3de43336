"""Terraform's configuration language, as ``terraform fmt`` would write it: two blanks, ``=`` aligned line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.remedy.quote_hcl import quote

_INDENT = "  "


@dataclass(frozen=True)
class Expression:
    """Terraform that is written as it is; never made of a tenant's own text, save through :func:`text_of`."""

    text: str


@dataclass(frozen=True)
class Block:
    """A block with its labels, arguments and inner blocks. One without a type stands for its inner blocks alone."""

    type: str
    labels: Sequence[str]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence["Block"] = ()


def text_of(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Expression):
        return value.text
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    raise TypeError(f"no Terraform value: {type(value).__name__}")


def lines_of(block: Block, depth: int = 0) -> list[str]:
    """The block as lines."""
    if not block.type:
        lines: list[str] = []
        for place, inner in enumerate(block.blocks):
            lines += ([""] if place else []) + lines_of(inner, depth)
        return lines
    pad = _INDENT * depth
    head = " ".join([block.type, *(quote(label) for label in block.labels)])
    lines = [f"{pad}{head} {{"]
    lines += _arguments(block.arguments, depth + 1)
    for place, inner in enumerate(block.blocks):
        lines += ([""] if place or block.arguments else []) + lines_of(inner, depth + 1)
    return [*lines, f"{pad}}}"]


def _arguments(arguments: Mapping[str, Any], depth: int) -> list[str]:
    """Arguments with their ``=`` under one another; an object takes several lines and begins a new alignment."""
    pad = _INDENT * depth
    lines: list[str] = []
    run: list[tuple[str, str]] = []

    def end_run() -> None:
        width = max((len(name) for name, _ in run), default=0)
        lines.extend(f"{pad}{name.ljust(width)} = {text}" for name, text in run)
        run.clear()

    for name, value in arguments.items():
        if isinstance(value, dict):
            end_run()
            lines += [f"{pad}{name} = {{", *_arguments(value, depth + 1), f"{pad}}}"]
        else:
            run.append((name, text_of(value)))
    end_run()
    return lines
