"""A bundle holds everything that it says, gives the same result back, and is the same bytes from the same scan."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from pathlib import Path

import msgspec
import pytest

from auditor.emulator import Emulator
from auditor.evidence import Bundle, NotABundle, Spool, faults_of
from auditor.evidence.layout import tenant_folder
from auditor.evidence.spool import used
from auditor.job import results_json
from auditor.model.audit import AuditEvent
from auditor.model.canonical import canonical_json
from auditor.model.drift import Actor, Attribution, Candidate, Change, ChangeKind, Drift, Effect
from auditor.model.finding import Subject
from auditor.model.rule import Pack
from tests.evidence.conftest import Made
from tests.evidence.making import changed, unpacked


def test_it_gives_the_very_result_back(made: Made) -> None:
    with Bundle(made.path) as bundle:
        assert bundle.result() == made.result
        assert bundle.results_json == results_json(made.result)
        assert bundle.signature is None


def test_every_file_is_in_the_manifest_with_its_hash_and_size(made: Made) -> None:
    files = unpacked(made.content)
    manifest = json.loads(files["manifest.json"])
    assert manifest["format"] == "entra-saml-auditor evidence"
    assert manifest["scan"] == "evidence-test"
    told = {name: (entry["sha256"], entry["size"]) for name, entry in manifest["files"].items()}
    assert told == {
        name: (hashlib.sha256(content).hexdigest(), len(content))
        for name, content in files.items()
        if name != "manifest.json"
    }
    assert {"README.txt", "scan.json", "results.json", "packs/gotomeeting.json"} <= told.keys()


def test_every_answer_that_the_coverage_tells_of_is_there_as_received(made: Made) -> None:
    files = unpacked(made.content)
    for tenant in made.result.tenants:
        folder = tenant_folder(tenant.tenant.id)
        told = {entry.sha256 for entry in tenant.coverage if entry.sha256}
        kept = {
            name.split("/")[-1].removesuffix(".json"): content
            for name, content in files.items()
            if "/bodies/" in name and name.startswith(folder)
        }
        assert told == kept.keys()
        assert len(told) > 10
        assert {hashlib.sha256(content).hexdigest() for content in kept.values()} == told
        assert hashlib.sha256(files[f"{folder}/snapshot.json"]).hexdigest() == tenant.snapshot_sha256
        coverage = json.loads(files[f"{folder}/coverage.json"])
        assert [(one["request_id"], one["outcome"]) for one in coverage] == [
            (one.request_id, one.outcome.value) for one in tenant.coverage
        ]
        assert f"{folder}/redactions.json" not in files


def test_the_rules_stand_in_it_as_they_were_asked(made: Made, packs: tuple[Pack, ...]) -> None:
    with Bundle(made.path) as bundle:
        assert bundle.packs() == packs
        assert bundle.head.tenants[0].tenant == made.result.tenants[0].tenant


def test_no_token_or_authorization_header_is_in_any_file(made: Made, emulator: Emulator) -> None:
    everything = b"\n".join(unpacked(made.content).values())
    for name in ("contoso", "northwind"):
        client = emulator.client(name)
        assert client.secret is not None
        assert client.secret.encode() not in everything
    assert b"eyJ" not in everything
    assert b"Bearer" not in everything
    assert b"PRIVATE KEY" not in everything


def test_the_order_in_which_tenants_finish_leaves_no_trace(made: Made, tmp_path: Path) -> None:
    assert made.read.bundle(tmp_path) == made.content
    assert made.read.bundle(tmp_path, backwards=True) == made.content


def test_nothing_of_the_machine_is_in_the_archive(made: Made) -> None:
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert stat.S_IMODE(info.external_attr >> 16) == 0o600
        names = archive.namelist()
    assert names[0] == "manifest.json"
    assert names[1:] == sorted(names[1:])


def test_a_good_bundle_has_no_fault(made: Made) -> None:
    assert faults_of(made.path) == ()


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"hello", b"%PDF-1.7"])
def test_what_is_no_bundle_is_said_to_be_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(NotABundle, match="is no zip file"):
        Bundle(path)
    with pytest.raises(NotABundle, match="cannot be read"):
        Bundle(tmp_path / "missing.zip")


def test_a_later_format_is_not_guessed_at(made: Made, tmp_path: Path) -> None:
    def later(files: dict[str, bytes]) -> None:
        files["manifest.json"] = files["manifest.json"].replace(b'"version": 1', b'"version": 2')

    path = tmp_path / "later.zip"
    path.write_bytes(changed(made.content, later))
    with pytest.raises(NotABundle, match="version 2"):
        Bundle(path)


def test_the_spool_leaves_nothing_in_its_folder_and_refuses_two_contents_of_one_name(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.add("b", b"two")
        spool.add("a", b"one")
        spool.add("a", b"one")
        with pytest.raises(ValueError, match="another content"):
            spool.add("a", b"other")
        assert list(spool.contents()) == [("a", b"one"), ("b", b"two")]
        assert list(tmp_path.iterdir()) == []


def test_the_audit_events_that_explain_a_change_are_kept_and_no_others() -> None:
    events = [AuditEvent(id=name) for name in ("z", "matched", "candidate", "other")]
    actor = Actor(kind="user", name="adele.vance@contoso.com", id=None)
    change = Change(
        subject=Subject(type="application", id="1", name="n"),
        path="servicePrincipal.loginUrl",
        kind=ChangeKind.CHANGED,
        before=None,
        after="x",
        effect=Effect.NEUTRAL,
        attribution=Attribution.MATCHED,
        audit_event="matched",
        candidates=(Candidate("candidate", "2026-11-22T08:00:00Z", "Update application", actor, None, "why"),),
    )
    drift = Drift(before_scan="a", before_at="x", after_scan="b", after_at="y", changes=(change,))
    assert [event.id for event in used(events, drift)] == ["candidate", "matched"]
    assert used(events, None) == ()
    assert canonical_json(used(events, None)) == b"[]"


def test_a_tenant_id_that_is_no_name_gets_a_folder_by_hash() -> None:
    assert tenant_folder("11111111-1111-4111-8111-111111111111") == "tenants/11111111-1111-4111-8111-111111111111"
    for odd in ("../../etc", "A/S", "", "x" * 300, "\u202e", "CON.txt", "\ud800"):
        folder = tenant_folder(odd)
        assert folder.isascii()
        assert folder.count("/") == 1
        assert ".." not in folder
    assert msgspec.json.encode(tenant_folder("\ud800"))
