"""Against the real pages and the truth table that lie beside the repository; skipped, saying so, where they do not."""

import re
import runpy
from pathlib import Path

import pytest

from auditor.rulepack.tutorial import Initiation, Kind, PatternError, basic_saml, parse_pattern, parse_tutorial

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data" / "tutorials"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the tutorials are not in {DATA}")

PAGE_NAME = "gotomeeting-tutorial.md"


def test_the_fields_of_the_page_that_the_shipped_pack_rests_on() -> None:
    facts = parse_tutorial((DATA / PAGE_NAME).read_bytes(), PAGE_NAME)
    assert basic_saml(facts) == {
        "identifier": {"kind": "fixed", "values": ["https://authentication.logmeininc.com/saml/sp"]},
        "reply_url": {"kind": "fixed", "values": ["https://authentication.logmeininc.com/saml/acs"]},
        "sign_on_url": {"kind": "blank", "values": []},
        "relay_state": {
            "kind": "one_of",
            "values": [
                "https://global.gotomeeting.com",
                "https://global.gototraining.com",
                "https://global.gotowebinar.com",
                "https://app.gotoassist.com",
            ],
        },
    }
    places = [(fact.citation.section, fact.citation.step) for fact in facts.fields if fact.citation]
    assert places == [("Configure Microsoft Entra SSO", step) for step in ("5.a", "5.b", "5.d", "5.e")]
    assert facts.undecided == ()


def test_what_that_page_says_around_them() -> None:
    facts = parse_tutorial((DATA / PAGE_NAME).read_bytes(), PAGE_NAME)
    assert facts.date == "2022-11-21"
    assert facts.app_name is not None
    assert (facts.app_name.value, facts.app_name.citation.step) == ("GoToMeeting", "3")
    assert [stated.value for stated in facts.initiations] == [Initiation.IDP]
    assert facts.single_instance == facts.fixed_identifier
    assert facts.single_instance is not None
    assert (facts.single_instance.section, facts.single_instance.step) == ("Scenario description", None)
    assert facts.just_in_time is not None
    assert facts.just_in_time.section == "Create GoToMeeting test user"
    assert facts.automatic_provisioning is not None
    assert facts.automatic_provisioning.value == "citrixgotomeeting-provisioning-tutorial.md"
    assert [(one.value, one.citation.step) for one in facts.certificates] == [("Certificate (Base64)", "6")]
    assert [one.value for one in facts.test_users] == ["B.Simon", "Britta Simon"]
    assert facts.gallery is not None
    assert facts.gallery.section == "Add GoToMeeting from the gallery"
    assert facts.saml_mode is not None
    assert facts.saml_mode.step == "3"
    assert facts.session_control is not None
    assert facts.session_control.section == "Next steps"


def test_agreement_with_the_truth_table() -> None:
    bench = runpy.run_path(str(ROOT / "benchmarks" / "derive.py"))
    rows, _ = bench["compare"](DATA)
    agreed = sum(row.agrees for row in rows)
    assert agreed / len(rows) >= bench["GOAL"], [row for row in rows if not row.agrees]


def test_every_page_is_read_whole_and_every_value_is_printed_on_it() -> None:
    for path in sorted(DATA.glob("**/*.md")):
        text = path.read_text(encoding="utf-8")
        printed = re.sub(r"[\\\s]", "", text)
        facts = parse_tutorial(text, path.name)
        assert [remark for remark in facts.undecided if "was not read" in remark.text] == [], path.name
        for fact in facts.fields:
            assert (fact.citation is None) is (fact.kind is Kind.NONE), (path.name, fact)
            for value in fact.values:
                assert re.sub(r"\s", "", value) in printed, (path.name, value)
        assert len({fact.field for fact in facts.fields}) == len(facts.fields) == 4


def test_every_pattern_of_the_pages_gives_an_expression_that_meets_what_is_bound() -> None:
    refused = []
    for path in sorted(DATA.glob("**/*.md")):
        for fact in parse_tutorial(path.read_bytes(), path.name).fields:
            for value in fact.values:
                pattern = parse_pattern(value, said_pattern=fact.kind is Kind.PATTERN)
                assert pattern.names or fact.kind is not Kind.PATTERN, value
                assert not pattern.names or fact.kind is not Kind.FIXED, value
                try:
                    expression = re.compile(pattern.regex)
                except PatternError:
                    refused.append(value)
                    continue
                guid = "11111111-2222-3333-4444-555555555555"
                sample = {"port": "8443", "guid": guid, "base_url": "https://one.example", "host": "one.example"}
                bound = pattern.bind(
                    {part.name: sample.get(part.type, "northwind") for part in pattern.parts if part.name}
                )
                assert bound.constant is not None
                assert expression.fullmatch(bound.constant), (value, pattern.regex)
    assert len(refused) <= 2, refused
