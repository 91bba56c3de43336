"""The shipped folders are found by where the package lies, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.resources import DISTRIBUTION, ResourceMissingError, locate, rules_dir, templates_dir

CHECKOUT = f'[project]\nname = "{DISTRIBUTION}"\n'


def package_with(root: Path, *folders: str, pyproject: str | None = None) -> Path:
    package = root / "auditor"
    package.mkdir()
    for folder in folders:
        (root / folder).mkdir(parents=True)
    if pyproject is not None:
        (root / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    return package


def test_a_wheel_carries_the_folder_inside_the_package(tmp_path: Path) -> None:
    package = package_with(tmp_path, "auditor/_data/rules")
    assert locate("rules", package) == package / "_data" / "rules"


def test_a_checkout_has_the_folder_at_its_top(tmp_path: Path) -> None:
    package = package_with(tmp_path, "rules", pyproject=CHECKOUT)
    assert locate("rules", package) == tmp_path / "rules"


def test_the_packaged_folder_wins_over_one_beside_it(tmp_path: Path) -> None:
    package = package_with(tmp_path, "auditor/_data/rules", "rules", pyproject=CHECKOUT)
    assert locate("rules", package) == package / "_data" / "rules"


@pytest.mark.parametrize(
    "pyproject",
    [None, "", "not toml [", '[project]\nname = "another-project"\n'],
    ids=["none", "empty", "broken", "another"],
)
def test_a_folder_beside_an_installed_package_is_somebody_elses(tmp_path: Path, pyproject: str | None) -> None:
    package = package_with(tmp_path, "rules", pyproject=pyproject)
    with pytest.raises(ResourceMissingError, match="install entra-saml-auditor again"):
        locate("rules", package)


def test_a_file_is_not_the_folder(tmp_path: Path) -> None:
    package = package_with(tmp_path, "auditor/_data", pyproject=CHECKOUT)
    (package / "_data" / "rules").write_text("", encoding="utf-8")
    with pytest.raises(ResourceMissingError, match="'rules'"):
        locate("rules", package)


def test_the_current_folder_is_never_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here / "rules", here / "auditor" / "_data" / "rules", elsewhere):
        folder.mkdir(parents=True)
    (here / "pyproject.toml").write_text(CHECKOUT, encoding="utf-8")
    monkeypatch.chdir(here)
    with pytest.raises(ResourceMissingError):
        locate("rules", package_with(elsewhere))


@pytest.mark.parametrize("folder", [rules_dir, templates_dir])
def test_this_installation_has_both_folders_and_something_in_them(folder: Callable[[], Path]) -> None:
    assert any(path.is_file() for path in folder().rglob("*"))
