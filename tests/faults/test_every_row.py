"""The list of faults and the tests, held together: no row without a test, no test for a row that there is not."""

import ast
from pathlib import Path

import pytest

from tests.faults.rows import ROWS

TESTS = Path(__file__).parents[1]


def marked(source: str) -> set[object]:
    """The rows that the tests of a file say they hold: by a decorator of a test or its class, or for all of the file.

    A mark on what is no test, or in a file without any, counts for nothing.
    """
    found: set[object] = set()
    tree = ast.parse(source)
    has_tests = any(_is_test(node) for node in ast.walk(tree))
    for node in ast.walk(tree):
        if _is_test(node) and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found |= {row for decorator in node.decorator_list for row in _rows(decorator)}
    for statement in tree.body:
        named = isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in statement.targets
        )
        if named and has_tests and isinstance(statement, ast.Assign):
            found |= {row for node in ast.walk(statement.value) for row in _rows(node)}
    return found


def _is_test(node: ast.AST) -> bool:
    return (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")) or (
        isinstance(node, ast.ClassDef) and node.name.startswith("Test")
    )


def _rows(node: ast.AST) -> set[object]:
    if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("pytest.mark.fault", "mark.fault"):
        return set()
    return {ast.literal_eval(argument) for argument in node.args}


def held() -> dict[object, list[str]]:
    """Row → the files whose tests hold it."""
    found: dict[object, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for row in marked(path.read_text(encoding="utf-8")):
            found.setdefault(row, []).append(path.relative_to(TESTS).as_posix())
    return found


def test_the_list_is_whole() -> None:
    assert list(ROWS) == list(range(1, 25))
    assert len(set(ROWS.values())) == len(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_test(row: int) -> None:
    assert held().get(row), f"no test holds row {row}: {ROWS[row]}"


def test_no_test_holds_a_row_that_there_is_not() -> None:
    assert set(held()) <= set(ROWS), "see tests/faults/rows.py"


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("@pytest.mark.fault(3)\ndef test_a(): pass", {3}),
        ("@pytest.mark.fault(3)\n@pytest.mark.fault(4)\ndef test_a(): pass", {3, 4}),
        ("class TestA:\n    @pytest.mark.fault(5)\n    async def test_a(self): pass", {5}),
        ("pytestmark = [pytest.mark.fault(6), pytest.mark.slow]\ndef test_a(): pass", {6}),
        ("pytestmark = pytest.mark.fault(6)", set()),
        ("@pytest.mark.fault(3)\ndef helper(): pass", set()),
        ("# @pytest.mark.fault(3)\ndef test_a(): pass", set()),
        ("@pytest.mark.slow(3)\ndef test_a(): pass", set()),
    ],
)
def test_a_mark_counts_where_it_stands_on_a_test(source: str, rows: set[object]) -> None:
    assert marked(source) == rows
