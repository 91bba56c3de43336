"""What the rules say, word by word, is what was approved."""

from collections.abc import Callable

import pytest

from tests.rules.examples import HERE
from tests.rules.expected import FILES_OF


@pytest.mark.parametrize(("file", "told"), FILES_OF.items(), ids=list(FILES_OF))
def test_as_approved(file: str, told: Callable[[], list[str]]) -> None:
    assert told() == (HERE / file).read_text(encoding="utf-8").splitlines()
