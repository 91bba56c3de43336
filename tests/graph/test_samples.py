"""Microsoft's own sample answers, as printed in the documentation of Microsoft Graph v1.0, decode."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.graph.decode import decode_error, decode_object, decode_page
from auditor.graph.wire import Found, GroupAnswer, Member, OrganizationAnswer, UserAnswer
from auditor.model.audit import AuditEvent
from auditor.model.graph_objects import (
    Application,
    ApplicationTemplate,
    AppRoleAssignment,
    ConditionalAccessPolicy,
    OAuth2PermissionGrant,
    ServicePrincipal,
    StsPolicy,
    SynchronizationJob,
)

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "graph" / "samples"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="Microsoft's sample answers (../shared/data) are not here")

KINDS: dict[str, Any] = {
    "application-get": Application,
    "application-list": Application,
    "application-list-tokenissuancepolicies": StsPolicy,
    "applicationtemplate-get": ApplicationTemplate,
    "applicationtemplate-list": ApplicationTemplate,
    "claimsmappingpolicy-get": StsPolicy,
    "claimsmappingpolicy-list": StsPolicy,
    "claimsmappingpolicy-list-appliesto": Member,
    "conditionalaccesspolicy-get": ConditionalAccessPolicy,
    "conditionalaccessroot-list-policies": ConditionalAccessPolicy,
    "directoryaudit-get": AuditEvent,
    "directoryaudit-list": AuditEvent,
    "group-get": GroupAnswer,
    "group-list-members": Member,
    "group-list-transitivemembers": Member,
    "oauth2permissiongrant-get": OAuth2PermissionGrant,
    "oauth2permissiongrant-list": OAuth2PermissionGrant,
    "organization-get": OrganizationAnswer,
    "organization-list": OrganizationAnswer,
    "serviceprincipal-get": ServicePrincipal,
    "serviceprincipal-list": ServicePrincipal,
    "serviceprincipal-list-approleassignedto": AppRoleAssignment,
    "serviceprincipal-list-approleassignments": AppRoleAssignment,
    "serviceprincipal-list-claimsmappingpolicies": StsPolicy,
    "serviceprincipal-list-oauth2permissiongrants": OAuth2PermissionGrant,
    "serviceprincipal-list-owners": Member,
    "synchronization-synchronizationjob-get": SynchronizationJob,
    "synchronization-list-jobs": SynchronizationJob,
    "appRoleAssignedTo": AppRoleAssignment,
    "tokenissuancepolicy-get": StsPolicy,
    "tokenissuancepolicy-list-appliesto": Member,
    "user-get": UserAnswer,
}
FILES = sorted(
    file
    for file in (SAMPLES.glob("*.json") if SAMPLES.is_dir() else ())
    if set(file.stem.split("__")) & set(KINDS) and file.stem.endswith("__200")
)


def kind_of(file: Path) -> Any:
    parts = file.stem.split("__")
    return KINDS[next(part for part in parts if part in KINDS)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_sample_answer_decodes(file: Path) -> None:
    body = json.loads(file.read_text(encoding="utf-8"))
    kind = kind_of(file)
    members = body["value"] if isinstance(body.get("value"), list) else [body]
    for member in members:
        if "id" not in member:  # a $select that leaves the id out: this program always asks for it
            member["id"] = "not-selected"
    page = decode_page(json.dumps({"value": members}).encode(), kind)
    assert len(page.value) == len(members)
    for member, read in zip(members, page.value, strict=True):
        assert read.id == member["id"]
        assert decode_object(json.dumps(member).encode(), kind) == read


def test_every_kind_of_the_table_has_a_sample() -> None:
    assert {kind_of(file) for file in FILES} == set(KINDS.values())


def test_properties_are_taken_from_the_sample() -> None:
    text = (SAMPLES / "v1.0__conditionalaccesspolicy-get__1__200.json").read_bytes()
    policy = decode_object(text, ConditionalAccessPolicy)
    assert policy.state == "disabled"
    assert policy.session_controls is not None
    page = decode_page((SAMPLES / "v1.0__directoryaudit-list__1__200.json").read_bytes(), AuditEvent)
    assert page.value[0].initiated_by is not None
    page_of_templates = decode_page(
        (SAMPLES / "concepts__application-saml-sso-configure-api__1__200.json").read_bytes(), ApplicationTemplate
    )
    assert page_of_templates.value[0].display_name == "AWS Single Sign-on"
    listed = decode_page((SAMPLES / "v1.0__serviceprincipal-list-owners__1__200.json").read_bytes(), Found)
    assert [found.id for found in listed.value] == ["id-value"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("manual__error__403__Authorization_RequestDenied.json", "Authorization_RequestDenied"),
        ("manual__error__404__Request_ResourceNotFound.json", "Request_ResourceNotFound"),
        ("concepts__throttling__1__429.json", "TooManyRequests"),
    ],
)
def test_errors_decode(name: str, code: str) -> None:
    assert decode_error((SAMPLES / name).read_bytes()).code == code
