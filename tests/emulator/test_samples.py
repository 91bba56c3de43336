"""The answers beside those that Microsoft Graph documentation prints: same envelope, same kinds of values."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.emulator import schema
from tests.emulator.conftest import GOTOMEETING, Caller

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "graph" / "samples"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="Microsoft's samples are not beside the repository")

PRINCIPAL = f"/servicePrincipals/{GOTOMEETING}"
NOT_IN_V1 = {"endpoints", "publisherName", "organizationId", "createdDateTime"}
"""Printed in samples of service principals, and not in the metadata of v1.0."""


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text("utf-8"))


def kind(value: Any) -> str:
    return {bool: "boolean", str: "text", int: "number", float: "number", list: "list", dict: "object"}.get(
        type(value), "null"
    )


def compare(ours: dict[str, Any], printed: dict[str, Any], type_name: str) -> None:
    """Every property printed is one of ours, and where both have a value the two are of one kind."""
    names = {name.lower(): name for name in ours}
    for name, value in printed.items():
        if name.startswith("@") or (name not in schema.TYPES[type_name].properties and name in NOT_IN_V1):
            continue
        if name not in schema.TYPES[type_name].properties:
            assert type_name in ("group", "organization", "user", "directoryAudit"), f"{type_name}.{name} is not served"
            continue
        assert name.lower() in names, f"{type_name}.{name} is missing"
        mine = ours[names[name.lower()]]
        assert kind(mine) == kind(value) or None in (mine, value), f"{type_name}.{name}"


@pytest.mark.parametrize(
    ("file", "path", "type_name"),
    [
        ("v1.0__serviceprincipal-get__1__200.json", f"/servicePrincipals/{GOTOMEETING}", "servicePrincipal"),
        ("v1.0__user-get__1__200.json", "/users/adele.vance@contoso.example", "user"),
        ("v1.0__organization-get__1__200.json", "/organization/11111111-1111-4111-8111-111111111111", "organization"),
    ],
)
def test_single_objects(contoso: Caller, file: str, path: str, type_name: str) -> None:
    compare(contoso(path).json(), sample(file), type_name)


@pytest.mark.parametrize(
    ("file", "path", "type_name"),
    [
        ("v1.0__serviceprincipal-list__1__200.json", "/servicePrincipals", "servicePrincipal"),
        ("v1.0__application-list__1__200.json", "/applications", "application"),
        ("v1.0__applicationtemplate-list__1__200.json", "/applicationTemplates", "applicationTemplate"),
        ("v1.0__directoryaudit-list__1__200.json", "/auditLogs/directoryAudits", "directoryAudit"),
        (
            "v1.0__conditionalaccessroot-list-policies__1__200.json",
            "/identity/conditionalAccess/policies",
            "conditionalAccessPolicy",
        ),
        ("v1.0__claimsmappingpolicy-list__1__200.json", "/policies/claimsMappingPolicies", "claimsMappingPolicy"),
        ("v1.0__oauth2permissiongrant-list__1__200.json", "/oauth2PermissionGrants", "oAuth2PermissionGrant"),
        ("manual__v1.0__appRoleAssignedTo__200.json", f"{PRINCIPAL}/appRoleAssignedTo", "appRoleAssignment"),
        (
            "manual__v1.0__synchronization-list-jobs__200.json",
            f"{PRINCIPAL}/synchronization/jobs",
            "synchronizationJob",
        ),
    ],
)  # fmt: skip
def test_lists(contoso: Caller, file: str, path: str, type_name: str) -> None:
    printed, body = sample(file), contoso(path).json()
    assert next(iter(body)) == "@odata.context"
    assert list(body)[-1] == "value"
    for one in printed["value"]:
        compare(body["value"][0], one, type_name)


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("manual__error__404__Request_ResourceNotFound.json", "/users/5b31c38c-2584-42f0-aa47-657fb3a84230"),
        ("error__na__Request_BadRequest__5.json", "/users/$count"),
    ],
)
def test_errors(contoso: Caller, file: str, path: str) -> None:
    ours, printed = contoso(path).json()["error"], sample(file)["error"]
    assert (ours["code"], ours["message"]) == (printed["code"], printed["message"])
    assert set(ours["innerError"]) == set(printed["innerError"])


@pytest.mark.parametrize(
    ("file", "tenant", "roles", "path"),
    [
        ("manual__error__403__Authorization_RequestDenied.json", "contoso", [], "/users"),
        (
            "error__na__Authentication_RequestFromNonPremiumTenantOrB2CTenant__10.json",
            "northwind",
            ["AuditLog.Read.All"],
            "/auditLogs/directoryAudits",
        ),
    ],
)
def test_refusals(contoso: Caller, file: str, tenant: str, roles: list[str], path: str) -> None:
    printed = sample(file)["error"]
    with Caller(contoso.emulator, tenant, roles) as caller:
        ours = caller(path).json()["error"]
    assert (ours["code"], ours["message"]) == (printed["code"], printed["message"])


def test_a_new_certificate(contoso: Caller) -> None:
    printed = sample("v1.0__serviceprincipal-addtokensigningcertificate__1__200.json")
    assert {name for name in printed if name[0] != "@"} == set(schema.TYPES["selfSignedCertificate"].properties)
