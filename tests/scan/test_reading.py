"""A scan reads, and does nothing else; it gives the same snapshot over plain HTTP and over TLS."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from auditor import pipeline
from auditor.config import TenantConfig
from auditor.emulator import Emulator
from auditor.errors import UserError
from auditor.fleet import run_scan, scan_each
from auditor.graph.credentials import CredentialSpec
from auditor.model.finding import TenantStatus
from auditor.model.rule import Pack
from tests.scan.conftest import NOW, ScanTenant, lab, run, scan_of, token_tenant


def test_the_log_holds_gets_and_batches_of_gets_alone(emulator: Emulator, scan_tenant: ScanTenant) -> None:
    emulator.clear_log()
    for tenant in emulator.tenants:
        scan_tenant(tenant.name)
    assert emulator.graph_log
    for entry in emulator.graph_log:
        if entry.method == "POST":
            assert entry.path == "/v1.0/$batch"
            assert entry.parts
            assert {part.method for part in entry.parts} == {"GET"}
        else:
            assert entry.method == "GET"


def test_plain_http_and_tls_with_sign_in_give_the_same_snapshot(
    scan_tenant: ScanTenant, packs: tuple[Pack, ...]
) -> None:
    plain = scan_tenant("contoso")
    with Emulator(tls=True, now=lambda: NOW) as secure:
        assert secure.graph_url.startswith("https://")
        client = secure.client("contoso")
        tenant = TenantConfig(
            name="contoso",
            id=secure.tenant("contoso").id,
            cloud=lab(secure),
            client_id=client.client_id,
            credential=CredentialSpec(kind="client-secret", env="SECRET"),
            product="GoToMeeting",
            skip=(),
            audit_retention_days=None,
        )
        (result,) = run(scan_of(packs, [tenant], {"SECRET": str(client.secret)}))
    assert result.status is TenantStatus.COMPLETE
    assert result.snapshot_sha256 == plain.snapshot_sha256


def test_two_scans_of_an_unchanged_tenant_give_one_snapshot(scan_tenant: ScanTenant) -> None:
    assert scan_tenant("fabrikam").snapshot_sha256 == scan_tenant("fabrikam").snapshot_sha256


def test_a_private_authority_that_was_not_named_is_not_trusted(emulator: Emulator, packs: tuple[Pack, ...]) -> None:
    client = emulator.client("contoso")
    cloud = msgspec.structs.replace(lab(emulator), ca_file=None)
    tenant = msgspec.structs.replace(
        token_tenant(emulator, "contoso"),
        cloud=cloud,
        client_id=client.client_id,
        credential=CredentialSpec(kind="client-secret", env="SECRET"),
    )
    with pytest.raises(UserError, match="does not verify"):
        run(scan_of(packs, [tenant], {"SECRET": str(client.secret)}))


def test_every_hash_of_the_coverage_is_that_of_a_body(emulator: Emulator, packs: tuple[Pack, ...]) -> None:
    scan = msgspec.structs.replace(
        scan_of(packs, [token_tenant(emulator, "contoso")], {"TOKEN": emulator.token("contoso")}), keep_bodies=True
    )
    (scanned,) = asyncio.run(run_scan(scan))
    hashes = {entry.sha256 for entry in scanned.result.coverage if entry.outcome == "ok"}
    assert hashes == set(scanned.collection.bodies)
    assert all(json.loads(body) for body in scanned.collection.bodies.values())


def test_the_secret_is_in_no_part_of_the_result(emulator: Emulator, packs: tuple[Pack, ...]) -> None:
    token = emulator.token("contoso")
    scan = msgspec.structs.replace(
        scan_of(packs, [token_tenant(emulator, "contoso")], {"TOKEN": token}), keep_bodies=True
    )
    (scanned,) = asyncio.run(run_scan(scan))
    text = msgspec.json.encode(scanned.result) + b"".join(scanned.collection.bodies.values())
    assert token.encode() not in text
    assert token.rpartition(".")[2].encode() not in text


def test_the_samples_path_is_the_package_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "gotomeeting.yaml").write_text("rules: []")
    monkeypatch.chdir(tmp_path)
    assert pipeline.shipped_folder().resolve() != (tmp_path / "rules").resolve()


def test_an_error_while_recording_comes_out_as_itself(emulator: Emulator, packs: tuple[Pack, ...]) -> None:
    def full(scanned: pipeline.Scanned) -> None:
        raise UserError("history.db: the disk is full.")

    scan = scan_of(packs, [token_tenant(emulator, "contoso")], {"TOKEN": emulator.token("contoso")})
    with pytest.raises(UserError, match="disk is full"):
        asyncio.run(scan_each(scan, full))
