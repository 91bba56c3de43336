"""Which tenants a run is about: names, patterns, and what is left out."""

import msgspec
import pytest

from auditor.config import Config, load
from auditor.emulator import Emulator
from auditor.errors import ConfigError
from auditor.fleet.select import Selection, selected
from tests.fleet.conftest import make_fleet

NAMES = ("emea-contoso", "emea-contoso-test", "EMEA-fabrikam", "apac-northwind", "odd[1]*")


@pytest.fixture(scope="module")
def config(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Config:
    loaded = load(make_fleet(tmp_path_factory.mktemp("select"), emulator, len(NAMES)).config)
    renamed = zip(loaded.tenants, NAMES, strict=True)
    return msgspec.structs.replace(
        loaded, tenants=tuple(msgspec.structs.replace(tenant, name=name) for tenant, name in renamed)
    )


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), NAMES),
        (Selection(include=("emea-*",)), NAMES[:3]),
        (Selection(include=("emea-*",), exclude=("*-TEST",)), (NAMES[0], NAMES[2])),
        (Selection(names=("apac-northwind",), include=("*fabrikam",)), (NAMES[2], NAMES[3])),
        (Selection(names=("odd[1]*",)), NAMES[4:]),
        (Selection(exclude=("?mea*", "odd*")), (NAMES[3],)),
    ],
)
def test_what_is_selected(config: Config, selection: Selection, expected: tuple[str, ...]) -> None:
    assert tuple(tenant.name for tenant in selected(config, selection)) == expected


def test_a_pattern_for_ids(config: Config) -> None:
    wanted = config.tenants[1]
    assert selected(config, Selection(include=(f"{wanted.id[:13].upper()}*",))) == (wanted,)


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        (Selection(include=("emae-*",)), "'emae-*'"),
        (Selection(exclude=("emae-*",)), "'emae-*'"),
        (Selection(names=("apac-northwnd",)), "Did you mean 'apac-northwind'"),
        (Selection(names=("apac-northwind",), exclude=("apac-*",)), "No tenant is left"),
    ],
)
def test_nothing_is_never_everything(config: Config, selection: Selection, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        selected(config, selection)
    assert told in str(caught.value)
