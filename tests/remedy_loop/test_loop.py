"""Scan, run the script, scan again: clean. Run it again: nothing. Run the rollback, scan again: as before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.model.plan import Plan, Step
from tests.remedy_loop.lab import AZ, GOTO, Lab, answers, document, failing, hash_without_new_ids

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not AZ.is_file(), reason=f"the Azure CLI is not installed at {AZ} (make azcli)"),
]

OWNER = "adele-vance"
RELAY = "https://global.gotowebinar.com"


def _application(tenant: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = tenant["applications"][0]
    return found


def _principal(tenant: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = tenant["servicePrincipals"][0]
    return found


def _certificate(name: str, begins: str, ends: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "not_before": f"{begins}T00:00:00Z", "not_after": f"{ends}T00:00:00Z", **more}


CURRENT = _certificate("current", "2025-03-01", "2028-03-01")
OLD = _certificate("old", "2022-03-01", "2025-03-01")
OTHER = _certificate("other", "2025-06-01", "2028-06-01", custom_key_identifier="sha256-hex")


class Case:
    """A remedy: how to need it, which rules then fail, which drift paths it may leave, what a person answers."""

    def __init__(
        self,
        spoil: Callable[[dict[str, Any]], object],
        rules: set[str],
        paths: tuple[str, ...],
        *,
        answer: str | None = None,
        product: str | None = "GoToMeeting",
        undone: bool = True,
    ) -> None:
        self.spoil = spoil
        self.rules = rules
        self.paths = paths
        self.answer = answer
        self.product = product
        self.undone = undone


CASES: dict[str, Case] = {
    "set-identifier": Case(
        lambda tenant: _application(tenant).update(
            identifierUris=["https://login.citrixonline.com/saml/sp", "https://it's.example/$(id)"]
        ),
        {"GTM-SAML-001"},
        ("application.identifierUris[",),
    ),
    "set-reply-urls": Case(
        lambda tenant: _application(tenant)["web"].update(
            redirectUris=["https://authentication.logmeininc.com/saml/acs", "https://other.example/acs"],
            redirectUriSettings=[
                {"uri": "https://authentication.logmeininc.com/saml/acs", "index": 1},
                {"uri": "https://other.example/acs", "index": 0},
            ],
        ),
        {"GTM-SAML-002"},
        ("application.web.redirectUris[", "application.defaultReplyUrl"),
    ),
    "clear-sign-on-url": Case(
        lambda tenant: _principal(tenant).update(loginUrl="https://sign-on.example/?a='b'&c=`d`"),
        {"GTM-SAML-003"},
        ("servicePrincipal.loginUrl",),
    ),
    "set-relay-state": Case(
        lambda tenant: _principal(tenant)["samlSingleSignOnSettings"].update(
            relayState="https://“x”.example/${y}\n'z'"
        ),
        {"GTM-SAML-004", "GTM-SAML-005"},
        ("servicePrincipal.samlSingleSignOnSettings.relayState",),
    ),
    "set-relay-state by answer": Case(
        lambda tenant: _principal(tenant)["samlSingleSignOnSettings"].update(relayState=None),
        {"GTM-SAML-004"},
        ("servicePrincipal.samlSingleSignOnSettings.relayState",),
        answer=RELAY,
        product=None,
    ),
    "set-sso-mode": Case(
        lambda tenant: _principal(tenant).update(preferredSingleSignOnMode="password"),
        {"GTM-SSO-001"},
        ("servicePrincipal.preferredSingleSignOnMode",),
    ),
    "set-preferred-certificate": Case(
        lambda tenant: _principal(tenant).update(preferred=None, preferredTokenSigningKeyThumbprint="0" * 40),
        {"SAML-CERT-004"},
        ("servicePrincipal.preferredTokenSigningKeyThumbprint",),
    ),
    "set-notification-addresses": Case(
        lambda tenant: _principal(tenant).update(notificationEmailAddresses=[]),
        {"SAML-CERT-005"},
        ("servicePrincipal.notificationEmailAddresses[",),
        answer="sso@contoso.example,alerts@contoso.example",
    ),
    "require-assignment": Case(
        lambda tenant: _principal(tenant).update(appRoleAssignmentRequired=False),
        {"SAML-ACC-002"},
        ("servicePrincipal.appRoleAssignmentRequired",),
    ),
    "enable-service-principal": Case(
        lambda tenant: _principal(tenant).update(accountEnabled=False),
        {"SAML-ACC-001"},
        ("servicePrincipal.accountEnabled",),
    ),
    "remove-assignment": Case(
        lambda tenant: _principal(tenant)["assignments"].append({"principal": "b-simon", "role": "User"}),
        {"GTM-ASG-002", "SAML-ACC-003"},
        ("assignments[", "principals["),
    ),
    "remove-assignment of a deleted user": Case(
        lambda tenant: _principal(tenant)["assignments"].append(
            {
                "principal": {
                    "id": "deadbeef-0000-4000-8000-000000000001",
                    "type": "User",
                    "displayName": "Gone (user, deleted, c0000000-0000-4000-8000-000000000001)",
                },
                "role": "User",
            }
        ),
        {"SAML-ACC-003"},
        ("assignments[", "principals["),
        undone=False,
    ),
    "add-owner": Case(
        lambda tenant: _principal(tenant).update(owners=[]),
        {"SAML-OWN-001"},
        ("servicePrincipal.owners[", "principals["),
        answer=OWNER,
    ),
    "remove-credential": Case(
        lambda tenant: _application(tenant).update(
            secrets=[{"name": "it's old", "start": "2025-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z"}]
        ),
        {"SAML-CRED-001"},
        ("credentials[",),
        undone=False,
    ),
    "remove-credential that is a key": Case(
        lambda tenant: _application(tenant).update(
            certificates=[_certificate("stray", "2025-01-01", "2027-01-01", parts=["verify"])]
        ),
        {"SAML-CRED-001"},
        ("credentials[",),
    ),
    "remove-expired-certificate": Case(
        lambda tenant: _principal(tenant).update(certificates=[OLD, CURRENT]),
        {"SAML-CERT-008"},
        ("certificates[",),
        undone=False,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_remedy_there_again_and_back(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    tenant = document()
    case.spoil(tenant)
    with Lab(tenant, tmp_path, product=case.product) as lab:
        first = lab.scan()
        assert failing(first) == case.rules
        plan = lab.plan(first)
        scripts = lab.write(plan)
        given = answers(plan, _answers(name, case, lab))

        dry = lab.run(scripts / "apply.sh", *given)
        assert dry.returncode == 0, dry.stdout + dry.stderr
        assert "Dry run" in dry.stdout
        assert lab.writes() == []

        applied = lab.run(scripts / "apply.sh", "--apply", *given)
        assert applied.returncode == 0, applied.stdout + applied.stderr
        after = lab.scan()
        assert failing(after) == set()
        drift = lab.drift(first, after)
        assert drift
        assert [change.path for change in drift if not change.path.startswith(case.paths)] == []

        sent = lab.writes()
        again = lab.run(scripts / "apply.sh", "--apply", *given)
        assert again.returncode == 0, again.stdout + again.stderr
        assert lab.writes() == sent
        assert lab.scan().snapshot_sha256 == after.snapshot_sha256

        rolled_back = lab.run(scripts / "rollback.sh", "--apply")
        if not case.undone:
            assert rolled_back.returncode == 3, rolled_back.stdout + rolled_back.stderr
            assert "CANNOT BE UNDONE" in rolled_back.stdout
            assert lab.writes() == sent
            return
        assert rolled_back.returncode == 0, rolled_back.stdout + rolled_back.stderr
        back = lab.scan()
        assert hash_without_new_ids(back.snapshot) == hash_without_new_ids(first.snapshot)
        if name != "remove-assignment":
            assert back.snapshot_sha256 == first.snapshot_sha256
        sent = lab.writes()
        assert lab.run(scripts / "rollback.sh", "--apply").returncode == 0
        assert lab.writes() == sent


def _answers(name: str, case: Case, lab: Lab) -> dict[str, str]:
    if case.answer is None:
        return {}
    answer = case.answer
    if answer == OWNER:
        answer = lab.tenant.references[OWNER].upper()
    return {name.partition(" by ")[0]: answer}


def _rotating(spoiled: dict[str, Any], *certificates: dict[str, Any], preferred: str) -> dict[str, Any]:
    _principal(spoiled).update(certificates=list(certificates), preferred=preferred)
    return spoiled


def test_a_rotation_in_three_stages_and_back(tmp_path: Path) -> None:
    expired = _certificate("expired", "2023-03-01", "2026-03-01")
    with Lab(_rotating(document(), expired, OLD, preferred="expired"), tmp_path) as lab:
        first = lab.scan()
        assert failing(first) == {"SAML-CERT-001", "SAML-CERT-008"}
        plan: Plan = lab.plan(first)
        scripts = lab.write(plan)
        assert sorted(path.name for path in scripts.glob("apply*")) == [
            "apply-2-activate.sh",
            "apply-3-remove-expired.sh",
            "apply.sh",
        ]

        too_early = lab.run(scripts / "apply-2-activate.sh", "--apply", "--confirmed")
        assert too_early.returncode == 3
        assert "NOT ANSWERED" in too_early.stdout
        too_early = lab.run(scripts / "apply-3-remove-expired.sh", "--apply")
        assert too_early.returncode == 1
        assert "activate first" in too_early.stdout
        assert lab.writes() == []

        created = lab.run(scripts / "apply.sh", "--apply")
        assert created.returncode == 3, created.stdout + created.stderr  # the upload is left to a person
        (exported,) = scripts.glob("state-*/certificate-*.cer")
        assert exported.read_text().startswith("-----BEGIN CERTIFICATE-----\n")
        made = lab.scan()
        assert {change.path.partition("[")[0] for change in lab.drift(first, made)} == {"certificates"}
        sent = lab.writes()
        assert len(sent) == 1
        assert lab.run(scripts / "apply.sh", "--apply").returncode == 3
        assert lab.writes() == sent

        unconfirmed = lab.run(scripts / "apply-2-activate.sh", "--apply")
        assert unconfirmed.returncode == 3
        assert "NOT CONFIRMED" in unconfirmed.stdout
        activated = lab.run(scripts / "apply-2-activate.sh", "--apply", "--confirmed")
        assert activated.returncode == 0, activated.stdout + activated.stderr
        active = lab.scan()
        assert failing(active) == {"SAML-CERT-008"}
        paths = {change.path for change in lab.drift(made, active)}
        assert paths == {"servicePrincipal.preferredTokenSigningKeyThumbprint"}

        early = lab.run(scripts / "rollback.sh", "--apply")
        assert early.returncode == 1
        assert "take the activation back first" in early.stdout
        back = lab.run(scripts / "rollback-2-activate.sh", "--apply")
        assert back.returncode == 0, back.stdout + back.stderr
        assert lab.scan().snapshot_sha256 == made.snapshot_sha256
        back = lab.run(scripts / "rollback.sh", "--apply")
        assert back.returncode == 0, back.stdout + back.stderr
        assert lab.scan().snapshot_sha256 == first.snapshot_sha256


def test_a_rotation_ends_with_nothing_expired(tmp_path: Path) -> None:
    expired = _certificate("expired", "2023-03-01", "2026-03-01")
    with Lab(_rotating(document(), expired, preferred="expired"), tmp_path) as lab:
        plan = lab.plan()
        scripts = lab.write(plan)
        assert lab.run(scripts / "apply.sh", "--apply").returncode == 3
        assert lab.run(scripts / "apply-2-activate.sh", "--apply", "--confirmed").returncode == 0
        removed = lab.run(scripts / "apply-3-remove-expired.sh", "--apply")
        assert removed.returncode == 0, removed.stdout + removed.stderr
        assert failing(lab.scan()) == set()
        lost = lab.run(scripts / "rollback-3-remove-expired.sh", "--apply")
        assert lost.returncode == 3
        assert "CANNOT BE UNDONE" in lost.stdout


def test_the_certificate_that_a_person_names(tmp_path: Path) -> None:
    tenant = document()
    _principal(tenant).update(certificates=[CURRENT, OTHER], preferred=None)
    with Lab(tenant, tmp_path) as lab:
        first = lab.scan()
        assert failing(first) == {"SAML-CERT-004"}
        plan = lab.plan(first)
        (step,) = plan.steps
        assert isinstance(step, Step)
        assert step.question is not None
        choices = step.question.choices
        assert len(choices) == 2
        scripts = lab.write(plan)
        wrong = lab.run(scripts / "apply.sh", "--apply", "--answer", "1=" + "A" * 40)
        assert wrong.returncode == 2
        assert lab.run(scripts / "apply.sh", "--apply", "--answer", f"1={choices[0].lower()}").returncode == 0
        assert failing(lab.scan()) == set()
        assert lab.run(scripts / "rollback.sh", "--apply").returncode == 0
        assert lab.scan().snapshot_sha256 == first.snapshot_sha256


def test_everything_at_once(tmp_path: Path) -> None:
    tenant = document()
    chosen = [name for name, case in CASES.items() if case.undone and " " not in name]
    for name in chosen:
        if name not in ("set-preferred-certificate",):
            CASES[name].spoil(tenant)
    with Lab(tenant, tmp_path) as lab:
        first = lab.scan()
        plan = lab.plan(first)
        scripts = lab.write(plan)
        given = answers(
            plan,
            {"set-notification-addresses": "sso@contoso.example", "add-owner": lab.tenant.references[OWNER]},
        )
        applied = lab.run(scripts / "apply.sh", "--apply", *given)
        assert applied.returncode == 0, applied.stdout + applied.stderr
        assert failing(lab.scan()) == set()
        back = lab.run(scripts / "rollback.sh", "--apply")
        assert back.returncode == 0, back.stdout + back.stderr
        assert hash_without_new_ids(lab.scan().snapshot) == hash_without_new_ids(first.snapshot)
        assert GOTO in {step.instance.id for step in plan.steps}
