"""The languages' own parsers, as the tests ask them: a shell, PowerShell's grammar, Terraform's."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import tree_sitter_pwsh
from tree_sitter import Language, Node, Parser

_POWERSHELL = Parser(Language(tree_sitter_pwsh.language()))
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
TERRAFORM = shutil.which("terraform")
_QUOTES = "'\u2018\u2019\u201a\u201b"


def shell_words(script_words: Sequence[str], shell: str = "sh") -> list[str]:
    """What a shell makes of words, one by one; each is printed with NUL after it, which no word can hold."""
    script = "printf '%s\\0' " + " ".join(script_words)
    found = subprocess.run([shell, "-c", script], capture_output=True, check=True, timeout=60).stdout
    return found.decode("utf-8").split("\0")[:-1]


def powershell_tree(script: bytes) -> Node:
    """The tree of a script; fails on any error in it."""
    root = _POWERSHELL.parse(script).root_node
    wrong = [node for node in walk(root) if node.is_error or node.is_missing]
    assert not wrong, [(node.start_point, node.text) for node in wrong[:3]]
    return root


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    for child in node.children:
        yield from walk(child)


def powershell_literals(root: Node) -> list[str]:
    """The values of a tree's string literals in single quotes."""
    values = []
    for node in walk(root):
        if node.type == "verbatim_string_characters":
            assert node.text is not None
            values.append(powershell_value(node.text.decode()))
    return values


def powershell_value(literal: str) -> str:
    """The value of a literal as PowerShell's own tokenizer scans it; fails where it ends early, or does not end.

    The grammar takes the plain quote alone for one, and PowerShell takes five. Source: Tokenizer.ScanStringLiteral and
    CharExtensions.IsSingleQuote of PowerShell.
    """
    assert literal[0] in _QUOTES
    value: list[str] = []
    place = 1
    while place < len(literal):
        character = literal[place]
        if character in _QUOTES:
            if literal[place + 1 : place + 2] not in tuple(_QUOTES):
                break
            place += 1
            character = literal[place]
        value.append(character)
        place += 1
    assert place == len(literal) - 1, "the literal ends early, or not at all"
    return "".join(value)


def hcl_unescaped(text: str) -> str:
    """The value of a quoted string without templates. Source: HCL Native Syntax Specification, "Template Literals"."""
    assert text[0] == text[-1] == '"'

    def character(match: re.Match[str]) -> str:
        found = match[1]
        return chr(int(found[1:], 16)) if found[0] in "uU" else _SHORT[found]

    return _ESCAPE.sub(character, text[1:-1])


def terraform_values(folder: Path, literals: Sequence[str]) -> list[str]:
    """What Terraform itself makes of literals."""
    assert TERRAFORM is not None
    lines = [f'output "o{place}" {{\n  value = {literal}\n}}\n' for place, literal in enumerate(literals)]
    (folder / "main.tf").write_text("".join(lines), encoding="utf-8")
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    for words in (["init", "-input=false"], ["apply", "-auto-approve", "-input=false"], ["output", "-json"]):
        ran = subprocess.run(
            [TERRAFORM, *words], cwd=folder, env=environ, capture_output=True, check=True, text=True, timeout=120
        )
    found = json.loads(ran.stdout)
    return [found[f"o{place}"]["value"] for place in range(len(literals))]
