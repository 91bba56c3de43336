"""``auditor remediate`` over a store with a recorded scan."""

import argparse
from pathlib import Path

import msgspec
import pytest

from auditor.cli import remediate
from auditor.errors import UserError
from auditor.store import open_store
from tests.remedy.tenants import AT, SCAN, bad, scan_result, tenant_result


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'history.db'}"
    result = scan_result(tenant_result(bad()))
    with open_store(address) as store:
        store.begin_scan(
            result.id,
            started_at=AT,
            tool_name=result.tool_name,
            tool_version=result.tool_version,
            packs=result.packs,
            tenants=[tenant.tenant for tenant in result.tenants],
        )
        for tenant in result.tenants:
            store.record_tenant(result.id, tenant)
        store.finish_scan(result.id, finished_at=AT, verdict=result.verdict)
    return address


def call(*arguments: str) -> int:
    parser = argparse.ArgumentParser(epilog=remediate.EPILOG)
    remediate.configure(parser)
    return remediate.run(parser.parse_args(arguments))


def test_the_files_are_those_of_the_scan(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from auditor.remedy import render

    out = tmp_path / "out"
    assert call("latest", "--store", url, "--out", str(out)) == 0
    captured = capsys.readouterr()
    written = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert written == render(scan_result(tenant_result(bad())))
    assert len(captured.out.splitlines()) == len(written)
    assert "contoso: 16 steps, 0 refused, 0 findings left out" in captured.err


def test_formats_and_tenants_can_be_chosen(url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call(SCAN, "--store", url, "--out", str(out), "--format", "azcli", "--tenant", "contoso") == 0
    assert {path.suffix for path in out.rglob("*") if path.is_file()} == {".sh", ".md", ".json"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--format", "azcly"], "azcli"),
        (["--tenant", "contosso"], "contoso"),
    ],
)
def test_a_wrong_word_is_told_with_the_nearest_right_one(
    url: str, tmp_path: Path, options: list[str], told: str
) -> None:
    with pytest.raises(UserError) as raised:
        call("latest", "--store", url, "--out", str(tmp_path / "out"), *options)
    assert told in raised.value.hint
    assert not (tmp_path / "out").exists()


def test_a_scan_that_there_is_not_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        call("no-such-scan", "--store", url, "--out", str(tmp_path / "out"))


def test_a_tenant_that_could_not_be_read_gets_a_plan_that_says_so() -> None:
    from auditor.remedy import render

    unread = msgspec.structs.replace(tenant_result(bad()), snapshot=None, snapshot_sha256=None)
    files = render(scan_result(unread))
    page = next(content for name, content in files.items() if name.endswith("plan.md")).decode()
    assert "Nothing is planned: the tenant was not read." in page
