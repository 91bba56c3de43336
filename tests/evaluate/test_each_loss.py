"""Every single property of every example lost, one at a time: a verdict becomes unknown, and never another verdict."""

import pytest

from tests.evaluate.mutations import without
from tests.evaluate.test_laws import FILES, assessed, check_only_knowledge_was_lost, example


@pytest.mark.parametrize("number", range(len(FILES)), ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_each_single_loss(number: int) -> None:
    tenant, snapshot, places = example(number)
    before = assessed(tenant, snapshot)
    for place in places:
        check_only_knowledge_was_lost(before, assessed(tenant, without(snapshot, place)))
