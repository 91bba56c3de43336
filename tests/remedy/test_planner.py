"""What is planned, merged, refused, left to a person and left out."""

import json
from typing import Any

import msgspec
import pytest

from auditor.model.evidence import Known
from auditor.model.finding import Finding, Status, Subject
from auditor.model.plan import AnswerKind, Hole, Manual, MemberLook, Request, RestoreKeys, Step, WithoutCredentials
from auditor.model.remedies import REMEDIES
from auditor.model.result import TenantResult
from auditor.model.rule import Waiver
from auditor.remedy.people import known_principals, named_principals
from auditor.remedy.planner import PLANNERS, plan
from tests.remedy.tenants import (
    ADELE,
    APPLICATION,
    AT,
    GOTO,
    SCAN,
    bad,
    by_hand,
    planned,
    steps,
    tenant_result,
    with_findings,
)
from tests.rules import examples

SP = "instances.goto.servicePrincipal"
APP = "instances.goto.application"


def the_step(found: Any, remedy: str) -> Step:
    (step,) = steps(found, remedy)
    return step


def body_of(step: Step) -> Any:
    assert isinstance(step.change, Request)
    return json.loads("".join(part if isinstance(part, str) else "ANSWER" for part in step.change.body or ()))


def test_every_remedy_has_a_planner() -> None:
    assert set(PLANNERS) == set(REMEDIES)


def test_a_healthy_tenant_has_nothing_to_do() -> None:
    found = planned()
    assert found.steps == ()
    assert found.refused == ()


def test_a_tenant_that_was_not_read_has_no_steps() -> None:
    result = msgspec.structs.replace(tenant_result(bad()), snapshot=None, snapshot_sha256=None)
    assert plan(result, scan=SCAN, at=AT).steps == ()


def test_every_remedy_can_be_planned() -> None:
    no_certificate = planned(
        {f"{SP}.keyCredentials": [], f"{SP}.passwordCredentials": [], f"{SP}.preferredTokenSigningKeyThumbprint": None}
    )
    found = {step.remedy for changes in (bad(), bad(None)) for step in steps(planned(changes))}
    assert found | {step.remedy for step in steps(no_certificate)} == set(REMEDIES)


def test_the_same_result_gives_the_same_plan_whatever_the_order_of_findings() -> None:
    result = tenant_result(bad())
    turned = with_findings(result, *reversed(result.findings))
    assert plan(result, scan=SCAN, at=AT) == plan(turned, scan=SCAN, at=AT)


def test_numbers_are_consecutive_and_stages_follow_one_another() -> None:
    found = planned(bad())
    assert [step.number for step in found.steps] == list(range(1, len(found.steps) + 1))
    assert [step.stage for step in found.steps] == sorted(step.stage for step in found.steps)
    assert [stage.number for stage in found.stages] == [1, 2, 3]


def test_what_opens_the_door_comes_last_in_its_stage() -> None:
    first = [step for step in steps(planned(bad())) if step.stage == 1]
    assert [step.remedy for step in first[-2:]] == ["require-assignment", "enable-service-principal"]
    assert first[0].remedy == "remove-credential"


def test_a_step_says_all_that_a_reviewer_needs() -> None:
    step = the_step(planned(bad()), "set-identifier")
    assert step.target == Subject("application", APPLICATION, "GoToMeeting")
    assert step.before.text == ('["https://login.citrixonline.com/saml/sp"]',)
    assert step.after.text == ('["https://authentication.logmeininc.com/saml/sp"]',)
    assert isinstance(step.change, Request)
    assert (step.change.method, step.change.path) == ("PATCH", (f"/applications/{APPLICATION}",))
    assert body_of(step) == {"identifierUris": ["https://authentication.logmeininc.com/saml/sp"]}
    assert isinstance(step.undo.change, Request)
    assert "citrixonline" in str(step.undo.change.body)
    assert step.permission == "Application.ReadWrite.All"
    assert step.risk.cuts_sign_in
    assert [reason.rule for reason in step.because] == ["GTM-SAML-001"]
    assert step.because[0].citation.step == "5.a"


def test_reply_urls_keep_their_default_in_the_rollback() -> None:
    step = the_step(planned(bad()), "set-reply-urls")
    assert isinstance(step.undo.change, Request)
    undo = json.loads(str((step.undo.change.body or ("",))[0]))
    assert undo["web"]["redirectUriSettings"] == [
        {"uri": "https://a.example/acs", "index": 1},
        {"uri": "https://b.example/acs", "index": 0},
    ]


def test_relay_state_comes_from_the_declared_product() -> None:
    changes = {f"{SP}.samlSingleSignOnSettings.relayState": "https://global.gotowebinar.com/"}
    step = the_step(planned(changes), "set-relay-state")
    assert step.question is None
    assert step.after.text == ('["https://global.gotomeeting.com"]',)
    assert {reason.rule for reason in step.because} == {"GTM-SAML-004", "GTM-SAML-005"}


def test_relay_state_without_a_product_is_asked() -> None:
    step = the_step(planned(bad()), "set-relay-state")
    assert step.question is not None
    assert step.question.kind is AnswerKind.URL
    assert "https://app.gotoassist.com" in step.question.choices
    assert any(isinstance(part, Hole) for part in step.after.text or ())


def test_relay_state_that_was_null_goes_back_to_null() -> None:
    step = the_step(planned({f"{SP}.samlSingleSignOnSettings": None}), "set-relay-state")
    assert isinstance(step.undo.change, Request)
    assert step.undo.change.body == ('{"samlSingleSignOnSettings":null}',)


def test_rules_that_contradict_one_another_are_refused() -> None:
    result = tenant_result({f"{APP}.identifierUris": ["urn:old"]})
    (failed,) = [finding for finding in result.findings if finding.rule == "GTM-SAML-001"]
    other = msgspec.structs.replace(failed, rule="ORG-001", expected="urn:organisation", fingerprint="f" * 32)
    found = plan(with_findings(result, failed, other), scan=SCAN, at=AT)
    assert found.steps == ()
    (refusal,) = found.refused
    assert refusal.remedy == "set-identifier"
    assert set(refusal.rules) == {"GTM-SAML-001", "ORG-001"}


def test_an_identifier_is_not_given_to_two_applications() -> None:
    twin = examples.patched(examples.Example(why=""))["instances"]["goto"]
    twin = json.loads(json.dumps(twin, default=str).replace("0-000000000001", "0-000000000002"))
    twin["notificationUsers"] = {}
    found = planned({"instances.twin": twin, f"{APP}.identifierUris": ["urn:other"]})
    refusals = [refusal for refusal in found.refused if refusal.remedy == "set-identifier"]
    assert [refusal.subject.id for refusal in refusals] == [APPLICATION]
    assert not steps(found, "set-identifier")
    assert any(step.because[0].rule == "GTM-APP-003" for step in by_hand(found))


def test_a_value_that_is_no_address_is_left_to_a_person() -> None:
    result = tenant_result({f"{APP}.identifierUris": ["urn:old"]})
    (failed,) = [finding for finding in result.findings if finding.rule == "GTM-SAML-001"]
    vague = msgspec.structs.replace(failed, expected="whatever the vendor says")
    found = plan(with_findings(result, vague), scan=SCAN, at=AT)
    (step,) = found.steps
    assert isinstance(step, Manual)
    assert step.words == failed.guidance


def test_a_failure_with_no_remedy_is_a_step_in_words_in_its_place() -> None:
    found = planned({"instances.goto.assignments": [], f"{SP}.appRoleAssignmentRequired": False})
    words = by_hand(found)
    assert [step.because[0].rule for step in words] == ["GTM-ASG-001", "SAML-ACC-002"]
    assert "lock everybody out" in words[1].words
    assert not steps(found, "require-assignment")


def test_assignment_is_not_required_where_the_plan_removes_the_last_assignment() -> None:
    changes = {f"{SP}.appRoleAssignmentRequired": False, f"principals.{ADELE}.accountEnabled": False}
    assert steps(planned(changes), "require-assignment")
    alone = examples.patched(examples.Example(why=""))["instances"]["goto"]["assignments"][:1]
    found = planned(changes | {"instances.goto.assignments": alone})
    assert steps(found, "remove-assignment")
    assert not steps(found, "require-assignment")
    assert any("lock everybody out" in step.words for step in by_hand(found))


def test_assignment_is_not_required_while_nobody_knows_who_is_assigned() -> None:
    found = planned({f"{SP}.appRoleAssignmentRequired": False}, unknown=("instances.goto.assignments",))
    assert not steps(found, "require-assignment")
    assert any("could not be read" in step.words for step in by_hand(found))


def test_an_app_that_is_absent_is_added_by_hand() -> None:
    (step,) = planned({"instances": {}}).steps
    assert isinstance(step, Manual)
    assert step.because[0].rule == "GTM-APP-001"


def test_nothing_is_planned_for_what_is_unknown_and_it_says_so() -> None:
    found = planned(unknown=("instances.goto.application",))
    assert not steps(found)
    assert {left.rule for left in found.left_out if left.why == "unknown"} >= {"GTM-SAML-001", "GTM-SAML-002"}


def test_nothing_is_planned_for_what_is_waived_and_it_says_so() -> None:
    waiver = Waiver(
        rule="SAML-ACC-001",
        tenant="*",
        subject="*",
        owner="sec@contoso.com",
        reason="being retired",
        ticket="T-1",
        expires="2026-12-31",
        observed="false",
    )
    found = planned({f"{SP}.accountEnabled": False}, waivers=(waiver,))
    assert found.steps == ()
    (left,) = [left for left in found.left_out if left.why == "waived"]
    assert left.rule == "SAML-ACC-001"
    assert "being retired" in left.words


# -- certificates -------------------------------------------------------------------------------------------------


def test_a_rotation_has_three_stages_and_settles_what_else_is_wrong_with_certificates() -> None:
    found = planned(bad())
    rotation = [step for step in steps(found) if step.stage > 1 or step.leaves]
    assert [(step.stage, step.remedy) for step in rotation] == [
        (1, "rotate-certificate"),
        (2, "rotate-certificate"),
        (3, "remove-expired-certificate"),
    ]
    create, activate, remove = rotation
    assert activate.question is not None
    assert activate.question.kept_by == create.number
    assert activate.confirm
    assert remove.guard is not None
    assert not remove.guard.holds_where_one
    assert remove.undo.change is None
    assert body_of(create)["endDateTime"] == "2029-11-22T12:00:00Z"
    assert body_of(create)["displayName"].startswith("CN=")
    assert "SAML-CERT-008" not in {reason.rule for reason in activate.because}
    assert "SAML-CERT-008" in {reason.rule for reason in remove.because}
    upload = [step for step in by_hand(found) if step.number == create.number + 1]
    assert "Upload" in upload[0].title


def test_a_rotation_of_a_leap_day_ends_on_the_day_before() -> None:
    found = plan(tenant_result(bad()), scan=SCAN, at="2028-02-29T12:00:00Z")
    create = next(step for step in steps(found) if step.leaves)
    assert body_of(create)["endDateTime"] == "2031-02-28T12:00:00Z"


def test_the_only_valid_certificate_is_named_and_several_are_asked() -> None:
    assert the_step(planned(bad(None)), "set-preferred-certificate").question is None
    several = {
        "instances.goto.certificates": {
            name: {"begins": "2025-01-01T00:00:00Z", "ends": "2028-01-01T00:00:00Z"} for name in ("one", "two")
        },
        f"{SP}.preferredTokenSigningKeyThumbprint": None,
    }
    step = the_step(planned(several), "set-preferred-certificate")
    assert step.question is not None
    assert len(step.question.choices) == 2


def test_an_expired_certificate_goes_with_all_its_parts() -> None:
    step = the_step(planned(bad(None)), "remove-expired-certificate")
    assert isinstance(step.change, WithoutCredentials)
    assert step.change.values == ("old-Sign", "old-Verify", "old-password")
    assert step.change.lists == ("keyCredentials", "passwordCredentials")
    assert step.undo.change is None
    assert "cannot be put back" in step.undo.words


# -- credentials --------------------------------------------------------------------------------------------------


def test_a_secret_is_removed_for_good_and_a_key_can_come_back() -> None:
    key, secret = steps(planned(bad()), "remove-credential")
    assert isinstance(key.undo.change, RestoreKeys)
    assert isinstance(secret.change, Request)
    assert secret.change.path == (f"/applications/{APPLICATION}/removePassword",)
    assert secret.undo.change is None


def test_a_token_encryption_key_is_left_to_a_person() -> None:
    changes = bad() | {f"{APP}.tokenEncryptionKeyId": "0d0d0d0d-0000-4000-8000-000000000002"}
    found = planned(changes)
    assert [step.title for step in steps(found, "remove-credential")] == ["Remove a client secret of the application"]
    assert any("encrypts the assertions" in step.words for step in by_hand(found))


# -- people -------------------------------------------------------------------------------------------------------


def test_one_assignment_of_a_principal_that_two_rules_object_to_is_one_step() -> None:
    changes = {
        "instances.goto.assignments.0.principalDisplayName": "B.Simon",
        f"principals.{ADELE}.displayName": "B.Simon",
        f"principals.{ADELE}.accountEnabled": False,
    }
    step = the_step(planned(changes), "remove-assignment")
    assert {reason.rule for reason in step.because} == {"GTM-ASG-002", "SAML-ACC-003"}
    assert step.permission == "AppRoleAssignment.ReadWrite.All"
    assert isinstance(step.look, MemberLook)
    assert isinstance(step.change, Request)
    assert step.change.path == (f"/servicePrincipals/{GOTO}/appRoleAssignedTo/as-1",)
    assert step.undo.state is not None
    assert step.undo.state.text is None


def test_a_deleted_principal_cannot_be_assigned_again() -> None:
    changes = {"principals": {ADELE: {"kind": "user", "exists": False}}}
    result = tenant_result()
    deleted = tenant_result(changes)
    assert result.snapshot != deleted.snapshot
    found = plan(deleted, scan=SCAN, at=AT)
    step = the_step(found, "remove-assignment")
    assert step.undo.change is None
    assert not step.risk.cuts_sign_in


@pytest.mark.parametrize(
    ("name", "observed"),
    [
        ("Adele Vance", "Adele Vance (user, disabled, {other})"),
        ("Adele Vance", "Adele Vance (user, disabled, {adele})\nsomething more"),
        ("Adele Vance", "Adele Vance (user, disabled, {adele}) "),
        ("x\nGoToMeeting users (group, {other})", "x\nGoToMeeting users (group, {other}) (user, {adele})\n"),
        ("Adele Vance", ""),
    ],
)
def test_a_name_that_imitates_another_line_decides_nothing(name: str, observed: str) -> None:
    other = "eeeeeeee-0000-4000-8000-000000000001"
    result = tenant_result(
        {
            "instances.goto.assignments.0.principalDisplayName": name.format(other=other),
            f"principals.{ADELE}.accountEnabled": False,
        }
    )
    assert _named(result, observed.format(other=other, adele=ADELE)) is None


def _named(result: TenantResult, observed: str) -> tuple[str, ...] | None:
    assert result.snapshot is not None
    assignments = result.snapshot.apps[0].present[0].assignments
    assert isinstance(assignments, Known)
    return named_principals(observed, assignments.value, known_principals(result.snapshot))


@pytest.mark.timeout(60)
def test_very_many_assignments_are_planned_in_one_pass() -> None:
    number = 20_000
    changes: dict[str, Any] = {
        "instances.goto.assignments": [
            {
                "id": f"as-{place}",
                "appRoleId": "18d14569-c3bd-439b-9a66-3a2aee01d14f",
                "principalId": f"0e0e0e0e-0000-4000-8000-{place:012}",
                "principalType": "User",
                "principalDisplayName": f"User {place}",
                "resourceId": GOTO,
            }
            for place in range(number)
        ],
        "principals": {
            f"0e0e0e0e-0000-4000-8000-{place:012}": {
                "kind": "user",
                "displayName": f"User {place}",
                "userPrincipalName": f"u{place}@contoso.com",
                "accountEnabled": place % 100 != 0,
                "userType": "Member",
            }
            for place in range(number)
        },
        "instances.goto.notificationUsers": {},
        f"{SP}.notificationEmailAddresses": [],
    }
    assert len(steps(planned(changes), "remove-assignment")) == number // 100


def test_a_hostile_name_is_found_letter_by_letter() -> None:
    name = "x\nGoToMeeting users (group, eeeeeeee-0000-4000-8000-000000000001)"
    changes = {
        "instances.goto.assignments.0.principalDisplayName": name,
        f"principals.{ADELE}.accountEnabled": False,
    }
    step = the_step(planned(changes), "remove-assignment")
    assert isinstance(step.look, MemberLook)
    assert dict(step.look.where)["principalId"] == (ADELE,)


def test_ids_that_cannot_stand_in_a_path_are_left_to_a_person() -> None:
    changes = {"instances.goto.assignments.0.id": "../x'", f"principals.{ADELE}.accountEnabled": False}
    found = planned(changes)
    assert not steps(found, "remove-assignment")
    assert [step.because[0].rule for step in by_hand(found)] == ["SAML-ACC-003"]


def test_only_failures_are_planned() -> None:
    result = tenant_result(bad())
    passed: list[Finding] = [
        msgspec.structs.replace(finding, status=Status.PASS) for finding in result.findings if finding.remedy
    ]
    assert plan(with_findings(result, *passed), scan=SCAN, at=AT).steps == ()
