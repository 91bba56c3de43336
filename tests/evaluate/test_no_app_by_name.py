"""What is special about an app stands in data: no code of the product names one."""

from pathlib import Path

import pytest

from auditor.rulepack import app_of, shipped_ids
from tests.rules.examples import SHIPPED

CODE = sorted((Path(__file__).parents[2] / "auditor").rglob("*.py"))
DEFAULTS = (SHIPPED / "default.toml").read_text(encoding="utf-8")
APPS = [app for name in shipped_ids(SHIPPED) if f'"{name}"' in DEFAULTS and (app := app_of(name, shipped=SHIPPED))]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(CODE[0].parents[1])))
def test_no_code_names_an_app(path: Path) -> None:
    text = path.read_text(encoding="utf-8").casefold()
    for app in APPS:
        hosts = [value["host"] for value in app.known_values]
        words = {app.display_name, *app.products, "logmeininc", *hosts}
        assert not [word for word in words if word.casefold() in text]


def test_apps_are_looked_for() -> None:
    assert APPS
