"""docs/rules.md, held against the code: every path, key, remedy; its examples load."""

import re
from pathlib import Path

import yaml

from auditor.model.document import PATHS
from auditor.model.remedies import REMEDIES
from auditor.rulepack import lint, load_pack, load_waivers
from auditor.rulepack.app import APP_KEYS
from auditor.rulepack.build import CITATION_KEYS, RULE_KEYS
from auditor.rulepack.load import PACK_KEYS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_table_of_paths_is_the_documents() -> None:
    rows = re.findall(
        r"^\| `([\w.]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.partition("## The evidence")[2], re.MULTILINE
    )
    told = {path: (kind, meaning) for path, kind, meaning, _ in rows}
    assert told == {path: (str(entry.kind), entry.meaning) for path, entry in PATHS.items()}
    assert list(told) == list(PATHS)


def test_every_key_and_remedy_is_told() -> None:
    for word in (*RULE_KEYS, *PACK_KEYS, *APP_KEYS, *CITATION_KEYS, *REMEDIES):
        assert re.search(rf"\b{re.escape(word)}\b", PAGE), word


def test_the_examples_load(tmp_path: Path) -> None:
    pack, rule, extended, waivers = BLOCKS
    whole = {**yaml.safe_load(pack), "rules": yaml.safe_load(rule)}
    whole["document"]["date"] = str(whole["document"]["date"])
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    assert lint(str(tmp_path / "acme.yaml"), shipped=ROOT / "rules") == []
    (tmp_path / "ours.yaml").write_text(extended, encoding="utf-8")
    ours = load_pack(str(tmp_path / "ours.yaml"), shipped=ROOT / "rules")
    assert ours.skipped == ("GTM-SES-001",)
    (tmp_path / "waivers.yaml").write_text(waivers, encoding="utf-8")
    loaded = load_waivers(tmp_path / "waivers.yaml")
    assert len(loaded.waivers) == 1
    assert loaded.warnings == ()
