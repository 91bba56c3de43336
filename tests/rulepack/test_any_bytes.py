"""Any bytes at all end in problems or in a pack, never in a crash."""

import contextlib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.rulepack import PackError, WaiverError, lint, load_waivers
from auditor.rulepack.yamltree import read_tree

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "rules"
PACK = (SHIPPED / "saml-baseline.yaml").read_bytes()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.binary(max_size=300))
def test_binary(data: bytes) -> None:
    with contextlib.suppress(PackError):
        assert read_tree(data, "x.yaml").file == "x.yaml"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, len(PACK)), length=st.integers(0, 40), put=st.binary(max_size=6))
def test_a_pack_with_something_cut_out(tmp_path: Path, start: int, length: int, put: bytes) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(PACK[:start] + put + PACK[start + length :])
    for problem in lint(str(path), shipped=SHIPPED):
        assert str(problem)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_any_structure(tmp_path: Path, value: object) -> None:
    import json

    path = tmp_path / "x.yaml"
    path.write_text(json.dumps({"id": "x", "version": "1", "title": "x", "app": value, "rules": [value, value]}))
    assert lint(str(path), shipped=SHIPPED)
    path.write_text(json.dumps([value, {"rule": value}]))
    with contextlib.suppress(WaiverError):
        assert len(load_waivers(path).warnings) == 2
