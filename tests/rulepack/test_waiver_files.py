"""Waiver files: every entry waives, or is told; none is passed over."""

from pathlib import Path

import pytest

from auditor.rulepack import WaiverError, load_waivers

WHOLE = """\
- rule: SAML-ACC-004
  tenant: contoso
  subject: "*"
  owner: adele.vance@contoso.com
  reason: The auditors of Fabrikam need it.
  ticket: CHG-1
  expires: 2027-01-31
  observed: |
    Megan Bowen (user, 9)
    Alex Wilber (user, 8)
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "waivers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [WHOLE, "waivers:\n" + WHOLE])
def test_a_list_or_a_mapping_with_one(tmp_path: Path, text: str) -> None:
    loaded = load_waivers(write(tmp_path, text))
    assert loaded.warnings == ()
    (waiver,) = loaded.waivers
    assert waiver.expires == "2027-01-31"
    assert waiver.observed == "Megan Bowen (user, 9)\nAlex Wilber (user, 8)"


@pytest.mark.parametrize("text", ["", "waivers:\n", "[]\n"])
def test_an_empty_file_waives_nothing(tmp_path: Path, text: str) -> None:
    loaded = load_waivers(write(tmp_path, text))
    assert (loaded.waivers, loaded.warnings) == ((), ())


@pytest.mark.parametrize("field", ["rule", "tenant", "subject", "owner", "reason", "ticket", "expires", "observed"])
def test_a_missing_field_is_a_warning_that_names_it(tmp_path: Path, field: str) -> None:
    lines = [line for line in WHOLE.splitlines() if field not in line.split(":")[0]]
    if field == "rule":
        lines[0] = "- " + lines[0].strip()
    if field == "observed":
        lines = lines[:-2]
    loaded = load_waivers(write(tmp_path, "\n".join(lines) + "\n"))
    assert loaded.waivers == ()
    (warning,) = loaded.warnings
    assert f"'{field}' is missing" in warning
    assert warning.startswith("waivers.yaml:1: ")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2027-01-31", "31.01.2027", "instead of a date"),
        ("2027-01-31", "2027-02-30", "instead of a date"),
        ("2027-01-31", "20270131", "'expires' is no date"),
        ("  ticket: CHG-1", "  tickt: CHG-1", "there is no field 'tickt'; did you mean 'ticket'?"),
        ("CHG-1", "''", "'ticket' is empty"),
        ("contoso\n", "[contoso]\n", "'tenant' is a list instead of a text"),
    ],
)
def test_what_is_wrong_is_a_warning(tmp_path: Path, old: str, new: str, told: str) -> None:
    loaded = load_waivers(write(tmp_path, WHOLE.replace(old, new)))
    assert loaded.waivers == ()
    assert told in loaded.warnings[0]


def test_one_bad_entry_does_not_lift_the_others(tmp_path: Path) -> None:
    loaded = load_waivers(write(tmp_path, "- just text\n" + WHOLE))
    assert len(loaded.waivers) == 1
    assert loaded.warnings == ("waivers.yaml:1: this waiver waives nothing: a text stands here instead of a waiver",)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("null", "(blank)"), ("false", "false"), ("5", "5"), ("''", ""), ("' '", " "), ('"a\\nb"', "a\nb")],
)
def test_observed_is_kept_as_findings_write_it(tmp_path: Path, given: str, kept: str) -> None:
    head, _, _ = WHOLE.partition("  observed")
    loaded = load_waivers(write(tmp_path, f"{head}  observed: {given}\n"))
    assert loaded.waivers[0].observed == kept


@pytest.mark.parametrize("text", ["- [", "a: 1\n", "waiver: []\n", "text\n", "- rule: a\n  rule: b\n"])
def test_a_file_that_is_something_else_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(WaiverError) as caught:
        load_waivers(write(tmp_path, text))
    assert caught.value.hint


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match="cannot be read"):
        load_waivers(tmp_path / "waivers.yaml")
