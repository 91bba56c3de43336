"""Loading packs: what is shipped, what an organisation builds on it, and every error with its place."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.model.rule import Pack, Scope, Severity
from auditor.rulepack import PackError, PackOverrides, lint, load_pack, load_packs, references_in, shipped_ids

SHIPPED = Path(__file__).parents[2] / "rules"

RULE: dict[str, Any] = {
    "id": "ACME-URL-001",
    "title": "The identifier is the vendor's",
    "severity": "high",
    "group": "saml",
    "requires": ["application.identifierUris"],
    "select": "$.application.identifierUris",
    "expect": {"const": ["https://sso.example/sp"]},
    "citation": {"section": "Basics", "step": 3},
    "risk": "Sign-in fails.",
    "guidance": "Set it.",
    "remedy": "set-identifier",
    "controls": {"nist-800-53r5": ["CM-6"]},
}
PACK: dict[str, Any] = {
    "id": "acme",
    "version": "1",
    "title": "Acme",
    "document": {"title": "How to", "url": "https://docs.example/acme", "date": "2026-01-31"},
    "app": {"display_name": "Acme", "identifier": "https://sso.example/sp"},
    "rules": [RULE],
}


def write(folder: Path, content: dict[str, Any], name: str = "acme.yaml") -> str:
    path = folder / name
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return str(path)


def load(folder: Path, content: dict[str, Any], overrides: PackOverrides | None = None) -> Pack:
    return load_pack(write(folder, content), shipped=SHIPPED, overrides=overrides)


def rule_with(**changes: Any) -> dict[str, Any]:
    rule = {key: value for key, value in {**RULE, **changes}.items() if value is not ...}
    return {**PACK, "rules": [rule]}


def problems_of(folder: Path, content: dict[str, Any] | str) -> list[str]:
    """The problems as text; the loader must refuse the very pack in which the lint finds them."""
    if isinstance(content, str):
        path = str(folder / "acme.yaml")
        Path(path).write_text(content, encoding="utf-8")
    else:
        path = write(folder, content)
    found = lint(path, shipped=SHIPPED)
    assert found
    with pytest.raises(PackError) as caught:
        load_pack(path, shipped=SHIPPED)
    assert caught.value.hint
    assert {str(problem) for problem in found} <= {str(problem) for problem in caught.value.problems}
    return [str(problem) for problem in found]


def test_shipped_pack_holds_both_tables() -> None:
    pack = load_pack("gotomeeting", shipped=SHIPPED)
    assert [rule.id for rule in pack.rules if rule.pack == "gotomeeting"] == [
        "GTM-APP-001",
        "GTM-APP-002",
        "GTM-APP-003",
        "GTM-SSO-001",
        *(f"GTM-SAML-00{number}" for number in range(1, 6)),
        "GTM-CERT-001",
        "GTM-ASG-001",
        "GTM-ASG-002",
        "GTM-ASG-003",
        "GTM-PROV-001",
        "GTM-SES-001",
    ]
    assert len([rule for rule in pack.rules if rule.pack == "saml-baseline"]) == 19
    assert pack.source == "gotomeeting"
    assert pack.skipped == ()


def test_shipped_severities_are_those_of_the_design() -> None:
    severities = {rule.id: rule.severity for rule in load_pack("gotomeeting", shipped=SHIPPED).rules}
    critical = {"GTM-SAML-001", "GTM-SAML-002", "GTM-CERT-001", "SAML-CERT-001"}
    assert {rule for rule, severity in severities.items() if severity is Severity.CRITICAL} == critical
    assert {rule for rule, severity in severities.items() if severity is Severity.INFO} == {
        "GTM-SES-001",
        "SAML-CLM-001",
    }


def test_every_shipped_rule_is_whole() -> None:
    for rule in load_pack("gotomeeting", shipped=SHIPPED).rules:
        assert rule.citation.document
        assert rule.citation.section
        assert (rule.citation.url or "").startswith("https://learn.microsoft.com/")
        assert {"pass", "fail"} <= rule.says.keys(), rule.id
        assert set(rule.controls) == {"nist-800-53r5", "iso-27001-2022", "cis-v8", "soc2"}
        assert all(rule.controls.values())
        if rule.when is not None:
            assert "not_applicable" in rule.says, rule.id


def test_tutorial_rules_cite_the_tutorial() -> None:
    for rule in load_pack("gotomeeting", shipped=SHIPPED).rules:
        if rule.pack == "gotomeeting":
            assert rule.citation.url == "https://learn.microsoft.com/entra/identity/saas-apps/gotomeeting-tutorial"
            assert rule.citation.date == "2022-11-21"


def test_pack_carries_no_sentence_of_the_tutorial() -> None:
    tutorial = Path(__file__).parents[3] / "shared" / "data" / "tutorials" / "gotomeeting-tutorial.md"
    if not tutorial.is_file():
        pytest.skip("the tutorial is not beside the repository")
    page = " ".join(tutorial.read_text(encoding="utf-8").split())
    for rule in load_pack("gotomeeting", shipped=SHIPPED).rules:
        for text in (rule.title, rule.risk, rule.guidance):
            words = text.split()
            for start in range(len(words) - 8):
                assert " ".join(words[start : start + 9]) not in page


def test_shipped_files_pass_their_own_lint() -> None:
    assert {"gotomeeting", "saml-baseline"} <= set(shipped_ids(SHIPPED))
    for name in shipped_ids(SHIPPED):
        assert lint(name, shipped=SHIPPED) == []


def test_own_pack_takes_defaults_from_its_document(tmp_path: Path) -> None:
    pack = load(tmp_path, PACK)
    (rule,) = pack.rules
    assert rule.citation.document == "How to"
    assert rule.citation.step == "3"
    assert rule.citation.url == "https://docs.example/acme"
    assert rule.scope is Scope.INSTANCE
    assert rule.subject == "application"
    assert pack.app.template_name == "Acme"
    assert pack.source == "acme.yaml"


def test_a_page_of_its_own_borrows_no_address(tmp_path: Path) -> None:
    pack = load(tmp_path, rule_with(citation={"section": "S", "document": "Another page"}))
    assert (pack.rules[0].citation.url, pack.rules[0].citation.date) == (None, None)


def test_hash_covers_included_files(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(yaml.safe_dump({**PACK, "id": "base", "app": None}), encoding="utf-8")
    content = {**PACK, "rules": [], "includes": ["./base.yaml"]}
    first = load(tmp_path, content)
    (tmp_path / "base.yaml").write_text(
        yaml.safe_dump({**PACK, "id": "base", "app": None}) + "# more\n", encoding="utf-8"
    )
    assert first.sha256 != load(tmp_path, content).sha256
    assert [rule.pack for rule in first.rules] == ["base"]


def test_stray_file_of_a_shipped_name_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {**PACK, "id": "gotomeeting"}, "gotomeeting.yaml")
    write(tmp_path, {**PACK, "id": "gotomeeting"}, "gotomeeting")
    monkeypatch.chdir(tmp_path)
    assert len(load_pack("gotomeeting", shipped=SHIPPED).rules) == 34
    assert len(load_pack("./gotomeeting.yaml", shipped=SHIPPED).rules) == 1


def test_organisation_overrides_without_copying(tmp_path: Path) -> None:
    override = {
        "SAML-CERT-002": {"parameters": {"days": 60}, "severity": "medium"},
        "GTM-SES-001": {"enabled": False},
    }
    pack = load(
        tmp_path, {"id": "ours", "version": "1", "title": "Ours", "extends": "gotomeeting", "override": override}
    )
    rules = {rule.id: rule for rule in pack.rules}
    assert rules["SAML-CERT-002"].severity is Severity.MEDIUM
    assert rules["SAML-CERT-002"].parameters == {"days": 60}
    assert rules["SAML-CERT-002"].expect == {"type": "number", "exclusiveMinimum": 60}
    assert pack.skipped == ("GTM-SES-001",)
    assert pack.app.display_name == "GoToMeeting"
    assert len(pack.rules) == 34


def test_extending_pack_takes_the_place_of_the_extended(tmp_path: Path) -> None:
    ours = write(tmp_path, {"id": "ours", "version": "1", "title": "Ours", "extends": "gotomeeting"})
    packs = load_packs(["gotomeeting", ours], shipped=SHIPPED)
    assert [pack.id for pack in packs] == ["ours"]


def test_configuration_overrides_come_last() -> None:
    overrides = PackOverrides(skip=("GTM-SES-001",), override={"SAML-CERT-002": {"parameters": {"days": 45}}})
    pack = load_pack("gotomeeting", shipped=SHIPPED, overrides=overrides)
    assert pack.skipped == ("GTM-SES-001",)
    assert next(rule for rule in pack.rules if rule.id == "SAML-CERT-002").parameters == {"days": 45}


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (PackOverrides(skip=("GTM-SES-01",)), "there is no rule 'GTM-SES-01'; did you mean 'GTM-SES-001'?"),
        (PackOverrides(override={"SAML-CERT-02": {"severity": "low"}}), "did you mean 'SAML-CERT-002'?"),
        (PackOverrides(override={"SAML-CERT-002": {"severity": "hihg"}}), "did you mean 'high'?"),
        (
            PackOverrides(override={"SAML-CERT-002": {"parameter": {}}}),
            "there is no such key; did you mean 'parameters'?",
        ),
        (
            PackOverrides(override={"SAML-CERT-002": {"parameters": {"day": 5}}}),
            "no parameter 'day'; did you mean 'days'?",
        ),
        (PackOverrides(override={"SAML-CERT-002": {"parameters": {"days": "60"}}}), "a text stands here"),
        (PackOverrides(override={"SAML-CERT-002": {"parameters": {"days": True}}}), "true or false stands here"),
        (PackOverrides(override={"SAML-CERT-002": {"parameters": {"days": -1}}}), "-1 is below zero"),
        (PackOverrides(override={"SAML-CERT-002": {"enabled": "no"}}), "expected true or false"),
        (PackOverrides(override={"SAML-CERT-002": None}), "it overrides nothing"),
    ],
)
def test_wrong_overrides_are_told(overrides: PackOverrides, told: str) -> None:
    with pytest.raises(PackError, match="configuration") as caught:
        load_pack("gotomeeting", shipped=SHIPPED, overrides=overrides)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (rule_with(selct="$.a"), "key 'selct': there is no such key; did you mean 'select'?"),
        ({**PACK, "rule": []}, "key 'rule': there is no such key; did you mean 'rules'?"),
        ({**PACK, "app": {"display_name": "A", "identifer": "x"}}, "did you mean 'identifier'?"),
        ({**PACK, "rules": [RULE, copy.deepcopy(RULE)]}, "the id ACME-URL-001 is given twice (first at"),
        ({**PACK, "includes": ["saml-baseline"], "rules": [{**RULE, "id": "SAML-CERT-001"}]}, "is given twice"),
        (rule_with(citation=...), "the rule has no citation"),
        (rule_with(citation={"step": "1"}), "'section' is missing"),
        ({**rule_with(citation={"section": "S"}), "document": None}, "names a document"),
        (rule_with(citation={"section": "S", "url": "javascript:alert(1)"}), "is no address to cite"),
        (rule_with(citation={"section": "S", "date": "21.11.2022"}), "is no date"),
        (rule_with(remedy="set-identifer"), "no remedy 'set-identifer'; did you mean 'set-identifier'?"),
        (rule_with(severity="hihg"), "'hihg' is none of them; did you mean 'high'?"),
        (rule_with(severity=...), "'severity' is missing"),
        (rule_with(select="application.identifierUris"), "the JSONPath does not compile"),
        (rule_with(select="$"), "the query names no evidence"),
        (rule_with(select="$.application.identifierUri"), "no path 'application.identifierUri'; did you mean"),
        (rule_with(observe="$.nowhere"), "key 'observe': the evidence document has no path 'nowhere'"),
        (rule_with(requires=["application.identiferUris"]), "did you mean 'application.identifierUris'?"),
        (rule_with(expect=...), "'expect' is missing"),
        (rule_with(expect={}), "accepts everything, so that the rule could never fail"),
        (rule_with(expect={"title": "nothing"}), "accepts everything"),
        (rule_with(expect={"type": "strng"}), "the schema does not compile"),
        (rule_with(expect={"pattern": "("}), "the schema does not compile"),
        (rule_with(expect={"minLenght": 1}), "no keyword 'minLenght'; did you mean 'minLength'?"),
        (rule_with(expect={"items": {"minLenght": 1}}), "no keyword 'minLenght'"),
        (
            rule_with(expect={"pattern": "^https:"}),
            "'pattern' accepts whatever is not a text; expected 'type' beside it",
        ),
        (rule_with(expect={"type": "array", "items": {"minLength": 1}}), "'minLength' accepts whatever is not a text"),
        (rule_with(expect={"anyOf": [{"maximum": 1}, {"type": "null"}]}), "'maximum' accepts whatever is not a number"),
        (rule_with(expect={"format": "uri"}), "'format' asserts nothing"),
        (rule_with(expect={"$ref": "https://example.com/schema"}), "'$ref' points outside the schema"),
        (rule_with(expect={"maxItems": {"$param": "most"}}), "there is no parameter 'most'"),
        (rule_with(parameters={"most": 1}), "nothing uses this parameter"),
        (rule_with(when={"properties": {"certificate": {"type": "object"}}}), "no path 'certificate'"),
        (rule_with(when={"minProperties": 1}), "asks about no path of the document"),
        (rule_with(says={"pass": "It is {application.identiferUris}."}), "did you mean 'application.identifierUris'?"),
        (rule_with(says={"pass": "It is {node.id}."}), "the placeholder {node.id} names nothing"),
        (rule_with(says={"pass": "A { stands here."}), "a brace stands alone"),
        (rule_with(says={"failed": "x"}), "there is no such key; did you mean 'fail'?"),
        (rule_with(each="yes"), "expected true or false"),
        (rule_with(title=""), "it is empty"),
        (rule_with(risk=...), "'risk' is missing"),
        (rule_with(group="SAML"), "'SAML' is no group"),
        (rule_with(id="acme-1"), "'acme-1' is no rule id"),
        (rule_with(subject="user"), "'user' is none of them"),
        (rule_with(scope="tenants"), "did you mean 'tenant'?"),
        (rule_with(controls={"cis-v8": [4.1]}), "quote what looks like a number"),
        ({**PACK, "version": ...}, "'version' is missing"),
        ({**PACK, "id": "Acme Corp"}, "is no pack id"),
        ({**PACK, "rules": ["x"]}, "a text stands in the list"),
        ({**PACK, "rules": {}}, "expected a list of mappings"),
        ({**PACK, "rules": []}, "the pack holds no rule"),
        ({**PACK, "includes": ["saml-baselin"]}, "did you mean 'saml-baseline'?"),
        ({**PACK, "includes": ["./nowhere.yaml"]}, "there is no file"),
        ({**PACK, "includes": ["./acme.yaml"]}, "the pack includes itself"),
        ({**PACK, "override": {"ACME-URL-02": {"severity": "low"}}}, "did you mean 'ACME-URL-001'?"),
        ("rules: [\n", "not YAML"),
        ("a: 1\na: 2\n", "acme.yaml:2: the key 'a' is given twice (first in line 1)"),
        ("a: &x 1\nb: *x\n", "the anchor &x is not accepted"),
        ("<<: {}\n", "merge keys are not accepted"),
        ("a: !!python/object:os.system x\n", "the tag"),
        ("a: 1\n---\nb: 2\n", "a second document begins here"),
        ("- 1\n", "the file holds no mapping"),
        ("[" * 100 + "]" * 100, "nested too deeply"),
        ("? [1]\n: 2\n", "stands as a key"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, content: dict[str, Any] | str, told: str) -> None:
    if isinstance(content, dict):
        content = {key: value for key, value in content.items() if value is not ...}
    problems = problems_of(tmp_path, content)
    assert any(told in problem for problem in problems), problems
    assert all("acme.yaml" in problem for problem in problems)


def test_problems_name_file_line_rule_and_key(tmp_path: Path) -> None:
    path = write(tmp_path, rule_with(selct="$.a", remedy="nothing"))
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    for problem in lint(path, shipped=SHIPPED):
        assert problem.rule == "ACME-URL-001"
        assert problem.line is not None
        assert problem.key is not None
        assert f"{problem.key}:" in lines[problem.line - 1]
        assert problem.expected


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    assert len(problems_of(tmp_path, rule_with(selct="$.a", remedy="nothing", severity="bad", expect={}))) == 4


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\x00", b"a: \x01", b"\x7fELF" * 100])
def test_what_is_no_text_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.yaml").write_bytes(data)
    assert lint(str(tmp_path / "x.yaml"), shipped=SHIPPED)


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"a" * 5_000_000)
    (problem,) = lint(str(tmp_path / "x.yaml"), shipped=SHIPPED)
    assert "5000000 bytes" in problem.message


def test_yaml_words_and_dates_stay_text(tmp_path: Path) -> None:
    pack = load(tmp_path, rule_with(expect={"enum": ["yes", "on", "2026-01-31"]}))
    assert pack.rules[0].expect == {"enum": ["yes", "on", "2026-01-31"]}


def test_included_problems_name_the_included_file(tmp_path: Path) -> None:
    write(tmp_path, {**rule_with(severity="bad"), "id": "base"}, "base.yaml")
    path = write(tmp_path, {**PACK, "rules": [], "includes": ["./base.yaml"]})
    (problem,) = lint(path, shipped=SHIPPED)
    assert problem.file.endswith("base.yaml")


def test_no_pack_is_an_error_and_not_a_pass() -> None:
    with pytest.raises(PackError, match="nothing would be checked"):
        load_packs([], shipped=SHIPPED)


def test_one_id_twice_is_an_error() -> None:
    with pytest.raises(PackError, match="was loaded before it"):
        load_packs(["gotomeeting", "gotomeeting"], shipped=SHIPPED)


def test_a_pack_without_an_app_cannot_be_asked() -> None:
    with pytest.raises(PackError, match="says nothing of an app"):
        load_pack("saml-baseline", shipped=SHIPPED)


def test_unknown_shipped_pack_names_the_nearest() -> None:
    with pytest.raises(PackError, match="did you mean 'gotomeeting'"):
        load_pack("gotometing", shipped=SHIPPED)


def test_references_in_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no rule pack is here"):
        references_in(tmp_path)
    write(tmp_path, PACK, "b.yaml")
    write(tmp_path, PACK, "a.yml")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    assert [Path(reference).name for reference in references_in(tmp_path)] == ["a.yml", "b.yaml"]


@pytest.mark.parametrize(
    "expect",
    [
        {"type": "string", "anyOf": [{"pattern": "^a"}, {"maxLength": 0}]},
        {"type": "string", "not": {"pattern": "x"}},
        {"type": "array", "items": {"type": "string", "pattern": "^https:"}},
        {"enum": [None, ""]},
    ],
)
def test_schemas_that_say_the_type_are_accepted(tmp_path: Path, expect: dict[str, Any]) -> None:
    assert load(tmp_path, rule_with(expect=expect)).rules[0].expect == expect
