"""Placeholders bound to a tenant's values: constants, for that tenant alone; and every mistake told."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from auditor.model.rule import Binding, Pack, Rule
from auditor.rulepack import BindError, bind_packs, lint, load_packs, placeholders
from tests.rulepack.derive.pages import SHIPPED


def packs(*names: str) -> tuple[Pack, ...]:
    return load_packs(names, shipped=SHIPPED)


def rule(pack: Pack, name: str) -> Rule:
    return next(rule for rule in pack.rules if rule.id == name)


def test_placeholders_are_named() -> None:
    (figma,) = packs("figma")
    assert list(placeholders(figma)) == ["org_saml_config_id"]
    assert len(placeholders(figma)["org_saml_config_id"]) == 3
    assert placeholders(packs("gotomeeting")[0]) == {}


def test_a_bound_pattern_is_a_constant() -> None:
    (figma,) = bind_packs(packs("figma"), [Binding("org_saml_config_id", "4711")])
    assert rule(figma, "FIGMA-SAML-001").expect == {"const": ["https://www.figma.com/saml/4711"]}
    assert rule(figma, "FIGMA-SAML-001").expected is None
    assert rule(figma, "FIGMA-SAML-002").expect == {"const": ["https://www.figma.com/saml/4711/consume"]}
    sign_on = rule(figma, "FIGMA-SAML-003")
    assert sign_on.expect == {"anyOf": [{"enum": [None, ""]}, {"const": "https://www.figma.com/saml/4711/start"}]}
    assert sign_on.expected == "https://www.figma.com/saml/4711/start\n(blank)"
    assert sign_on.patterns == ()


def test_a_binding_only_ever_tightens() -> None:
    (free,) = packs("amazon-managed-grafana")
    (half,) = bind_packs([free], [Binding("region", "eu-west-1")])
    before, after = (rule(pack, "GRAFANA-SAML-001") for pack in (free, half))
    accepted = ["https://g-1.grafana-workspace.eu-west-1.amazonaws.com/saml/metadata"]
    other = ["https://g-1.grafana-workspace.us-east-1.amazonaws.com/saml/metadata"]
    assert jsonschema_rs.is_valid(before.expect, accepted)
    assert jsonschema_rs.is_valid(before.expect, other)
    assert jsonschema_rs.is_valid(after.expect, accepted)
    assert not jsonschema_rs.is_valid(after.expect, other)
    assert after.expected == "https://<namespace>.grafana-workspace.eu-west-1.amazonaws.com/saml/metadata"
    (whole,) = bind_packs([half], [Binding("namespace", "g-1")])
    assert rule(whole, "GRAFANA-SAML-001").expect == {"const": accepted}


def test_nothing_else_changes() -> None:
    (before,) = packs("figma")
    (after,) = bind_packs([before], [Binding("org_saml_config_id", "4711")])
    touched = {one.id for one, other in zip(before.rules, after.rules, strict=True) if one != other}
    assert touched == {"FIGMA-SAML-001", "FIGMA-SAML-002", "FIGMA-SAML-003"}
    assert bind_packs([before], []) == (before,)


@pytest.mark.parametrize(
    ("names", "binding", "told", "hint"),
    [
        (["figma"], Binding("org_saml_config", "1"), "did you mean 'org_saml_config_id'", "org_saml_config_id"),
        (["figma"], Binding("org_saml_config_id", "1", "fgma"), "did you mean 'figma'", "figma"),
        (["figma"], Binding("org_saml_config_id", "a/b"), "cannot stand for 'org_saml_config_id'", "Mend"),
        (["gotomeeting"], Binding("subdomain", "a"), "no placeholder 'subdomain'", "None of the packs has any"),
        (["figma", "pagerduty"], Binding("tenant_name", "a", "figma"), "in the pack figma", "org_saml_config_id"),
    ],
)
def test_mistakes_are_told(names: list[str], binding: Binding, told: str, hint: str) -> None:
    with pytest.raises(BindError) as caught:
        bind_packs(packs(*names), [binding])
    assert told in str(caught.value)
    assert hint in caught.value.hint


def test_a_placeholder_of_two_packs_needs_the_pack(tmp_path: Path) -> None:
    text = (SHIPPED / "pagerduty.yaml").read_text(encoding="utf-8").replace("PAGERDUTY-", "OTHER-")
    (tmp_path / "other.yaml").write_text(text.replace("id: pagerduty", "id: other"), encoding="utf-8")
    both = packs("pagerduty", str(tmp_path / "other.yaml"))
    with pytest.raises(BindError, match="several packs have this placeholder") as caught:
        bind_packs(both, [Binding("tenant_name", "contoso")])
    assert "bind.pagerduty.tenant_name" in caught.value.hint
    first, second = bind_packs(both, [Binding("tenant_name", "contoso", "other")])
    assert first == both[0]
    assert rule(second, "OTHER-SAML-001").expect == {"const": ["https://contoso.pagerduty.com"]}


@pytest.mark.parametrize(
    ("patterns", "told"),
    [
        (["https://<tenant-name>.pagerduty.com/other"], "is not in 'expect'"),
        (["https://pagerduty.com"], "has no placeholder"),
        (["<a><b>" * 20], "cannot be made into a pattern"),
    ],
)
def test_patterns_are_held_against_the_schema(patterns: list[str], told: str, tmp_path: Path) -> None:
    text = (SHIPPED / "pagerduty.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    printed = 'patterns: ["https://<tenant-name>.pagerduty.com"]'
    path.write_text(text.replace(printed, f"patterns: {json.dumps(patterns)}", 1), encoding="utf-8")
    (problem,) = lint(str(path), shipped=SHIPPED)
    assert (problem.key, problem.rule) == ("patterns", "PAGERDUTY-SAML-001")
    assert told in problem.message
