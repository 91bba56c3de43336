"""``auditor rules derive`` and ``compare``: what is printed, and how each mistake ends."""

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.rulepack.derive.pages import HEAD

STEP = "    a. In the **Identifier** text box, type the URL: `https://sso.northwind.net/sp`\n"


@pytest.fixture
def tutorial(tmp_path: Path) -> Path:
    path = tmp_path / "acme-tutorial.md"
    path.write_text(HEAD.replace("{app}", "Acme") + STEP, encoding="utf-8")
    return path


def test_derive_prints_a_pack_that_check_accepts(run: Run, tutorial: Path) -> None:
    ran = run("rules", "derive", tutorial)
    assert ran.code == 0
    pack = tutorial.with_name("acme.yaml")
    pack.write_text(ran.out, encoding="utf-8")
    assert run("rules", "check", pack).code == 0


def test_derive_as_json(run: Run, tutorial: Path) -> None:
    document = json.loads(run("rules", "derive", tutorial, "--format", "json").out)
    assert document["basic_saml"]["identifier"] == {"kind": "fixed", "values": ["https://sso.northwind.net/sp"]}


def test_derive_reads_standard_input(run: Run, tutorial: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(tutorial.read_bytes())))
    ran = run("rules", "derive", "-", "--name", "Acme Prime")
    assert ran.code == 0
    assert "display_name: Acme Prime" in ran.out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\x7fELF\x00\x00\x01", "binary"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"a" * (50 * 1024 * 1024), "larger than"),
        (None, "cannot be read"),
    ],
    ids=["empty", "binary", "html", "50MB", "absent"],
)
@pytest.mark.parametrize("action", ["derive", "compare"])
def test_what_is_no_tutorial_is_one_line_and_2(
    action: str, content: bytes | None, told: str, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "page.md"
    if content is not None:
        path.write_bytes(content)
    ran = run("rules", action, path)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert told in ran.err


def test_compare_says_whether_values_differ(run: Run, tutorial: Path) -> None:
    pack = tutorial.with_name("acme.yaml")
    pack.write_text(run("rules", "derive", tutorial).out, encoding="utf-8")
    same = run("rules", "compare", tutorial, "--pack", pack)
    assert (same.code, same.out) == (0, "no differences between acme-tutorial.md and the pack acme\n")
    tutorial.write_text(tutorial.read_text(encoding="utf-8").replace("/sp`", "/sp/v2`"), encoding="utf-8")
    other = run("rules", "compare", tutorial, "--pack", pack)
    assert other.code == 1
    assert "the pack expects https://sso.northwind.net/sp, the page gives https://sso.northwind.net/sp/v2" in other.out
    document = json.loads(run("rules", "compare", tutorial, "--pack", pack, "--format", "json").out)
    assert document["equal"] is False
    assert document["differences"][0]["change"] == "changed"


def test_compare_finds_the_shipped_pack_by_the_app(run: Run, tutorial: Path) -> None:
    ran = run("rules", "compare", tutorial)
    assert ran.code == 2
    assert "No shipped pack is about Acme" in ran.err
    tutorial.write_text(HEAD.replace("{app}", "Figma") + STEP, encoding="utf-8")
    assert "the pack figma" in run("rules", "compare", tutorial).out
    assert run("rules", "compare", tutorial, "--pack", "fgma").code == 2
