"""No file of the repository tells of the machine it was written on, or binds a user to one package index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Written so that no pattern matches itself. A path counts where it begins: after white space, a quote or
# the like, and not in the middle of an address.
TELLTALES = {
    "a path of somebody's machine": r"(?<![\w./:%~-])/(?:home|Users|root|work)/\w",
    "a package registry's host": r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org",
    "an option that names a package index": r"--(?:extra-)?index-url[ =]|--find-links[ =]",
}


@pytest.mark.parametrize("telltale", sorted(TELLTALES))
def test_no_tracked_file_holds(telltale: str, tracked: tuple[str, ...], root: Path) -> None:
    pattern = re.compile(TELLTALES[telltale].encode())
    found = [
        f"{name}:{number}: {line[:120]!r}"
        for name in tracked
        for number, line in enumerate((root / name).read_bytes().splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("telltale", "line"),
    [
        ("a path of somebody's machine", "see /" + "home/someone/auditor"),
        ("a path of somebody's machine", '"/' + 'work/x"'),
        ("a package registry's host", "https://" + "pypi" + ".org/simple"),
        ("an option that names a package index", "--extra-index-" + "url https://example.com"),
    ],
)
def test_the_search_finds_what_it_is_for(telltale: str, line: str) -> None:
    assert re.search(TELLTALES[telltale], line)
