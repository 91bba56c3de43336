"""``auditor history``, ``drift`` and ``baseline`` over a store of two real scans' worth of snapshots."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import baseline, drift, history
from auditor.errors import UserError
from auditor.store import open_store
from tests.store import sample as s

VERBS = {module.NAME: module for module in (baseline, drift, history)}
NOW = "2026-11-22T12:00:00Z"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'history.db'}"
    with open_store(address) as store:
        s.whole(store, "s-1", "2026-11-20T12:00:00Z", s.result(1), s.result(2))
        s.whole(store, "s-2", "2026-11-21T12:00:00Z", s.result(1, relay="https://app.gotoassist.com"), s.result(2))
        s.whole(store, "s-3", "2026-11-22T12:00:00Z", s.result(1, relay="<script>alert(1)</script>"), s.result(2))
    return address


@pytest.fixture
def run(url: str, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*arguments: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        verbs = parser.add_subparsers()
        for name, module in VERBS.items():
            verb = verbs.add_parser(name, epilog=module.EPILOG)
            module.configure(verb)
            verb.set_defaults(run=module.run)
        args = parser.parse_args([*arguments, "--store", url])
        code: int = args.run(args)
        return code, capsysbinary.readouterr().out.decode()

    return call


def test_list_and_show(run: Run) -> None:
    _, text = run("history", "list")
    assert [line.split()[0] for line in text.splitlines()] == ["SCAN", "s-1", "s-2", "s-3"]
    code, text = run("history", "show", "s-2")
    assert code == 0
    assert "tenant 1" in text
    assert "1 of 4 open, 1 not assessed; nothing to compare with" in text
    _, text = run("history", "list", "--format", "json")
    assert [scan["id"] for scan in json.loads(text)] == ["s-1", "s-2", "s-3"]


def test_trend(run: Run) -> None:
    _, text = run("history", "trend", "--format", "csv")
    lines = text.splitlines()
    assert lines[0].startswith("scan,at,tenants,compliant")
    assert len(lines) == 4
    _, text = run("history", "trend", "--tenant", "tenant 2", "--format", "json")
    assert [row["open"] for row in json.loads(text)] == [1, 1, 1]
    _, text = run("history", "trend")
    assert text.count("█" * 40) == 3


def test_export_and_prune(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "exported" / "history.jsonl"
    run("history", "export", "latest", "--out", str(target))
    assert len(target.read_bytes().splitlines()) == 4
    with pytest.raises(UserError, match="what to keep"):
        run("history", "prune")
    for keep in ("2", "1"):
        with contextlib.redirect_stderr(io.StringIO()) as told:
            run("history", "prune", "--keep-last", keep)
        assert told.getvalue().startswith("Removed 1 scan with ")
    _, text = run("history", "list")
    assert len(text.splitlines()) == 2


def test_drift_as_text_and_json(run: Run) -> None:
    code, text = run("drift", "--from", "s-1", "--to", "s-2", "--now", NOW)
    assert code == 0
    assert "tenant 1" in text
    assert "1 change since scan s-1" in text
    assert "servicePrincipal.samlSingleSignOnSettings.relayState changed" in text
    assert "after   https://app.gotoassist.com" in text
    assert "nothing changed since scan s-1" in text
    _, text = run("drift", "--from", "s-1", "--to", "s-2", "--format", "json", "--now", NOW)
    document = json.loads(text)
    (change,) = document["tenants"][0]["drift"]
    assert (change["before"], change["after"]) == ("https://global.gotomeeting.com", "https://app.gotoassist.com")
    assert change["attribution"] == "no-matching-event"
    assert document["tenants"][0]["before"] == {"scan": "s-1", "at": "2026-11-20T12:00:00Z"}


def test_effects_are_judged_by_the_rules(run: Run) -> None:
    _, text = run("drift", "--to", "latest", "--format", "json", "--now", NOW)
    (change,) = json.loads(text)["tenants"][0]["drift"]
    assert change["effect"] == "regression"
    assert "GTM-SAML-004" in change["rules"]


def test_exit_codes_of_drift(run: Run) -> None:
    assert run("drift", "--fail-on-drift", "--now", NOW)[0] == 1
    assert run("drift", "--fail-on-drift", "--tenant", "tenant 2", "--now", NOW)[0] == 0
    assert run("drift", "--fail-on-drift", "--to", "s-1", "--now", NOW)[0] == 3


def test_html_shows_hostile_text_as_text(run: Run, tmp_path: Path) -> None:
    run("drift", "--format", "html,json,text", "--out", str(tmp_path / "out"), "--now", NOW)
    page = (tmp_path / "out" / "drift.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src &#39;none&#39;" in page
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"drift.html", "drift.json", "drift.txt"}
    with pytest.raises(UserError, match="standard output"):
        run("drift", "--format", "html,json")


def test_baseline_from_approval_to_clearing(run: Run) -> None:
    path = "servicePrincipal.samlSingleSignOnSettings.relayState"
    run("baseline", "approve", "--tenant", "tenant 1", "--scan", "s-1", "--by", "a", "--reason", "b", "--now", NOW)
    _, text = run("drift", "--baseline", "--to", "s-2", "--now", NOW)
    assert "1 change since the baseline (scan s-1, approved by a" in text
    assert "tenant 2" in text
    assert "not compared: it has no baseline" in text
    with pytest.raises(UserError, match="Nothing changed at"):
        run("baseline", "approve", "--tenant", "tenant 1", "--by", "a", "--reason", "b", "--path", "x", "--now", NOW)
    run(
        "baseline",
        "approve",
        "--tenant",
        "tenant 1",
        "--scan",
        "s-2",
        "--by",
        "a",
        "--reason",
        "ok",
        "--path",
        path,
        "--now",
        NOW,
    )
    _, text = run("drift", "--baseline", "--to", "s-2", "--tenant", "tenant 1", "--now", NOW)
    assert "nothing changed since the baseline" in text
    assert f"ACCEPTED     {path}  by a: ok" in text
    _, text = run("drift", "--baseline", "--to", "s-3", "--tenant", "tenant 1", "--now", NOW)
    assert "1 change since the baseline" in text
    _, text = run("baseline", "show")
    assert "tenant 1" in text
    (document,) = json.loads(run("baseline", "show", "--format", "json")[1])
    assert document["state"]["tenantId"] == s.tenant_id(1)
    assert document["baseline"]["acceptances"][0]["path"] == path
    run("baseline", "clear", "--tenant", "tenant 1", "--by", "a", "--reason", "b")
    assert json.loads(run("baseline", "show", "--format", "json")[1]) == []


def test_an_approval_lapses(run: Run) -> None:
    arguments = ("baseline", "approve", "--tenant", "tenant 1", "--by", "a", "--reason", "b", "--now", NOW, "--until")
    with pytest.raises(UserError, match="not in the future"):
        run(*arguments, "2026-11-22")
    run(*arguments, "2026-11-30")
    _, text = run("drift", "--baseline", "--tenant", "tenant 1", "--now", "2026-11-29T23:59:59Z")
    assert "nothing changed" in text
    _, text = run("drift", "--baseline", "--tenant", "tenant 1", "--now", "2026-11-30T00:00:00Z")
    assert "its baseline lapsed at 2026-11-30T00:00:00Z" in text


def test_names_that_are_not_there(run: Run) -> None:
    for arguments in (
        ("drift", "--tenant", "tenant 9"),
        ("drift", "--from", "nothing"),
        ("history", "show", "nothing"),
    ):
        with pytest.raises(UserError):
            run(*arguments)


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    parser: Any = argparse.ArgumentParser()
    history.configure(parser)
    args = parser.parse_args(["list", "--store", f"sqlite:///{tmp_path / 'none.db'}"])
    with pytest.raises(UserError, match="no history store"):
        history.run(args)
    assert not list(tmp_path.iterdir())
