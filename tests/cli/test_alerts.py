"""A scan and those who hear of it, end to end: the emulator below, a webhook on loopback above."""

import json
import os
import stat
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from auditor.alerts import _parts_of
from auditor.cli.watched import Watched
from auditor.config import load
from auditor.emulator import Emulator
from tests.cli.conftest import Lab, Run
from tests.notify.conftest import Webhook, webhook

__all__ = ["webhook"]


@pytest.fixture
def config(lab: Lab, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lab's configuration, with a channel, metrics and a healthcheck."""
    monkeypatch.setenv("LAB_CHANNEL", webhook.apprise)
    monkeypatch.setenv("LAB_PING", webhook.url.replace("canary-path", "canary-ping"))
    (lab.folder / "textfile").mkdir()
    text = lab.config.read_text("utf-8") + (
        '[[notify]]\nurl_env = "LAB_CHANNEL"\n'
        '[metrics]\ntextfile = "textfile/auditor.prom"\n'
        '[healthcheck]\nurl_env = "LAB_PING"\n'
    )
    lab.config.write_text(text, encoding="utf-8")
    return lab.config


def scan(run: Run, config: Path, *more: str) -> tuple[int, str]:
    ran = run("scan", "--config", config, "--format", "json", "--out", config.parent / "out", *more)
    return ran.code, ran.err


def results(config: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((config.parent / "out" / "results.json").read_text("utf-8"))["scan"]
    return found


def metrics(config: Path) -> dict[str, float]:
    text = (config.parent / "textfile" / "auditor.prom").read_text("utf-8")
    return {one.name: one.value for family in text_string_to_metric_families(text) for one in family.samples}


def test_a_second_run_is_silent_and_the_pings_tell_how_each_ended(run: Run, config: Path, webhook: Webhook) -> None:
    assert scan(run, config, "--tenant", "contoso", "--tenant", "fabrikam")[0] == 1
    (first,) = webhook.messages()
    assert first["title"].endswith("new in 1 tenant, the worst critical")
    assert "fabrikam\n- " in first["message"]
    assert "GTM-SAML-001" in first["message"]
    assert scan(run, config, "--tenant", "contoso", "--tenant", "fabrikam")[0] == 1
    assert len(webhook.bodies) == 1
    pings = [path for path in webhook.paths if "ping" in path]
    assert pings == ["/canary-ping-token/start", "/canary-ping-token"] * 2
    assert results(config)["warnings"] == []
    assert metrics(config)["auditor_run_exit_code"] == 1
    assert stat.S_IMODE((config.parent / "textfile" / "auditor.prom").stat().st_mode) == 0o644
    assert [path.name for path in (config.parent / "textfile").iterdir()] == ["auditor.prom"]


def test_what_is_resolved_and_comes_back_is_told_again(
    run: Run, config: Path, webhook: Webhook, emulator: Emulator
) -> None:
    client = emulator.client("contoso")
    granted = client.roles
    arguments = ("--tenant", "contoso")
    scan(run, config, *arguments)
    told = len(webhook.bodies)
    try:
        for roles, new in (((), 1), (granted, 1), ((), 2)):
            emulator.set_roles("contoso", None, roles)
            scan(run, config, *arguments)
            assert len(webhook.bodies) == told + new
    finally:
        emulator.set_roles("contoso", None, granted)
    assert "UNREADABLE" in webhook.messages()[-1]["message"]


def test_a_webhook_that_fails_costs_nothing_but_a_warning(run: Run, config: Path, webhook: Webhook) -> None:
    webhook.status = 500
    code, err = scan(run, config, "--tenant", "fabrikam")
    assert code == 1
    assert "The notification to LAB_CHANNEL was not delivered" in err
    assert "The healthcheck LAB_PING was not reached: it answered with status 500." in err
    assert "canary" not in err
    warnings = results(config)["warnings"]
    assert isinstance(warnings, list)
    assert len(warnings) == 2
    webhook.status = 200
    webhook.bodies.clear()
    scan(run, config, "--tenant", "fabrikam")
    assert "GTM-SAML-001" in webhook.messages()[0]["message"]
    assert results(config)["warnings"] == []


def test_a_variable_that_is_not_set_is_told(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_CHANNEL")
    monkeypatch.delenv("LAB_PING")
    code, err = scan(run, config, "--tenant", "fabrikam")
    assert code == 1
    assert err.count("the environment variable is not set") == 3


def test_a_scan_that_cannot_begin_says_fail_and_leaves_its_exit_code(
    run: Run, config: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_SECRET_CONTOSO")
    assert scan(run, config, "--tenant", "contoso")[0] == 2
    assert [path.rpartition("/")[2] for path in webhook.paths] == ["start", "fail"]
    assert metrics(config)["auditor_run_exit_code"] == 2


def test_without_history_nothing_is_sent_and_that_is_told(run: Run, config: Path, webhook: Webhook) -> None:
    code, err = scan(run, config, "--tenant", "fabrikam", "--no-history")
    assert code == 1
    assert "without the history" in err
    assert webhook.bodies == []
    assert not (config.parent / "auditor.db").exists()


def test_a_folder_that_is_not_there_costs_the_metrics_alone(run: Run, config: Path) -> None:
    (config.parent / "textfile").rmdir()
    code, err = scan(run, config, "--tenant", "fabrikam")
    assert code == 1
    assert "No metrics were written" in err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143), (RuntimeError(), 4)])
def test_a_run_that_is_cut_off_says_fail_with_the_code_that_it_ends_with(
    config: Path, webhook: Webhook, error: BaseException, code: int
) -> None:
    with pytest.raises(type(error)), Watched(load(config), dict(os.environ)):
        raise error
    assert [path.rpartition("/")[2] for path in webhook.paths] == ["start", "fail"]
    assert metrics(config)["auditor_run_exit_code"] == code


def test_a_password_in_an_address_is_protected_as_written_and_decoded() -> None:
    assert {"p%40ssword-canary", "p@ssword-canary"} <= set(
        _parts_of("mailtos://auditor:p%40ssword-canary@mail.contoso.example")
    )
