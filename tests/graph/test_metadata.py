"""The collector's requests and structures against Microsoft's own v1.0 metadata (CSDL)."""

import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from auditor.graph import reads, wire
from auditor.graph.asks import Ask
from auditor.graph.catalogue import CATALOGUE
from auditor.model import audit, graph_objects

CSDL = Path(__file__).parents[2].parent / "shared" / "data" / "graph" / "v1.0-subset.csdl"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"

pytestmark = pytest.mark.skipif(not CSDL.is_file(), reason="Microsoft's metadata (../shared/data) is not here")

TYPES: dict[type[msgspec.Struct], str] = {
    graph_objects.KeyCredential: "keyCredential",
    graph_objects.PasswordCredential: "passwordCredential",
    graph_objects.AppRole: "appRole",
    graph_objects.SamlSingleSignOnSettings: "samlSingleSignOnSettings",
    graph_objects.ServicePrincipal: "servicePrincipal",
    graph_objects.RedirectUriSettings: "redirectUriSettings",
    graph_objects.WebApplication: "webApplication",
    graph_objects.Application: "application",
    graph_objects.AppRoleAssignment: "appRoleAssignment",
    graph_objects.OAuth2PermissionGrant: "oAuth2PermissionGrant",
    graph_objects.SynchronizationError: "synchronizationError",
    graph_objects.SynchronizationTaskExecution: "synchronizationTaskExecution",
    graph_objects.SynchronizationQuarantine: "synchronizationQuarantine",
    graph_objects.SynchronizationStatus: "synchronizationStatus",
    graph_objects.SynchronizationJob: "synchronizationJob",
    graph_objects.ConditionalAccessFilter: "conditionalAccessFilter",
    graph_objects.ConditionalAccessApplications: "conditionalAccessApplications",
    graph_objects.ConditionalAccessUsers: "conditionalAccessUsers",
    graph_objects.ConditionalAccessConditionSet: "conditionalAccessConditionSet",
    graph_objects.SessionControl: "conditionalAccessSessionControl",
    graph_objects.ConditionalAccessSessionControls: "conditionalAccessSessionControls",
    graph_objects.ConditionalAccessPolicy: "conditionalAccessPolicy",
    graph_objects.StsPolicy: "tokenIssuancePolicy",
    graph_objects.ApplicationTemplate: "applicationTemplate",
    audit.AuditEvent: "directoryAudit",
    audit.TargetResource: "targetResource",
    audit.ModifiedProperty: "modifiedProperty",
    wire.Found: "servicePrincipal",
    wire.KeyMaterial: "keyCredential",
    wire.Keys: "servicePrincipal",
    wire.OrganizationAnswer: "organization",
    wire.UserAnswer: "user",
    wire.GroupAnswer: "group",
    wire.ServicePrincipalAnswer: "servicePrincipal",
    wire.Identified: "directoryObject",
}
OURS = {("keyCredential", "certificate")}
"""What a structure holds that Graph does not give: the certificate parsed out of ``key``."""
NAVIGATION = {"synchronization": "synchronization", "jobs": "synchronizationJob"}
SINGLETONS = {
    "/auditLogs/directoryAudits": "directoryAudit",
    "/identity/conditionalAccess/policies": "conditionalAccessPolicy",
    "/policies/tokenIssuancePolicies": "tokenIssuancePolicy",
    "/policies/claimsMappingPolicies": "claimsMappingPolicy",
}


@cache
def schema() -> dict[str, ET.Element]:
    root = ET.parse(CSDL).getroot()  # noqa: S314 - Microsoft's file, beside this repository
    kinds = ("EntityType", "ComplexType", "EnumType", "EntityContainer")
    return {str(element.get("Name")): element for kind in kinds for element in root.iter(EDM + kind)}


def properties(name: str) -> dict[str, str]:
    """Property → EDM type, those of base types among them; navigation properties with their targets."""
    element = schema()[name]
    base = element.get("BaseType")
    inherited = properties(base.rsplit(".", 1)[-1]) if base else {}
    own = [*element.iter(EDM + "Property"), *element.iter(EDM + "NavigationProperty")]
    return {**inherited, **{str(found.get("Name")): str(found.get("Type")) for found in own}}


def matches(annotation: str, edm: str) -> bool:
    """Whether a field's annotation, as text, takes what the EDM type brings."""
    inner = re.fullmatch(r"Collection\((.+)\)", edm)
    name = (inner.group(1) if inner else edm).removeprefix("graph.")
    if name == "Edm.Boolean":
        wanted = "bool"
    elif name in ("Edm.Int32", "Edm.Int64"):
        wanted = "int"
    elif name.startswith("Edm.") or schema()[name].tag == EDM + "EnumType":
        wanted = "str"
    else:
        wanted = ""
    listed = "tuple[" in annotation or "Tuple[" in annotation
    return listed == bool(inner) and (wanted in annotation)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_every_field_is_a_property_of_its_type(kind: type[msgspec.Struct]) -> None:
    known = properties(TYPES[kind])
    for field in msgspec.structs.fields(kind):
        if (TYPES[kind], field.encode_name) in OURS:
            continue
        assert field.encode_name in known, f"{TYPES[kind]} has no property {field.encode_name}"
        assert matches(str(field.type), known[field.encode_name]), f"{field.encode_name}: {field.type}"


def test_the_table_holds_every_structure_that_is_decoded() -> None:
    asked = {type_ for ask in asks() for type_ in structures(ask.kind)}
    left_out = {wire.Member, *structures(audit.Initiator), audit.KeyValue}
    assert {kind for kind in asked if kind not in left_out and not kind.__name__.startswith("_")} <= set(TYPES)


def structures(kind: Any) -> set[type[msgspec.Struct]]:
    found: set[type[msgspec.Struct]] = set()
    pending = [kind]
    while pending:
        candidate = pending.pop()
        if isinstance(candidate, type) and issubclass(candidate, msgspec.Struct):
            if candidate not in found and candidate is not graph_objects.X509:
                found.add(candidate)
                pending += [field.type for field in msgspec.structs.fields(candidate)]
        else:
            pending += getattr(candidate, "__args__", ())
    return found


def asks() -> list[Ask[Any]]:
    """One ask of every kind that the collector makes."""
    return [
        reads.organization(),
        reads.conditional_access_policies(),
        reads.token_issuance_policies(),
        reads.token_issuance_policy_applies_to("id"),
        reads.claims_mapping_policies(),
        reads.claims_mapping_policy_applies_to("id"),
        reads.templates("O'Hara"),
        reads.by_identifier("https://x"),
        reads.by_name("x"),
        reads.by_template("id"),
        reads.service_principal("id"),
        reads.service_principal_keys("id"),
        reads.application("id"),
        reads.service_principal_owners("id"),
        reads.application_owners("id"),
        reads.assignments("id"),
        reads.app_role_assignments("id"),
        reads.oauth2_permission_grants("id"),
        reads.synchronization_jobs("id"),
        reads.directory_audits("id"),
        reads.user("id"),
        reads.all_users(),
        reads.users_of_address("a@b.example"),
        reads.group("id"),
        reads.group_members("id"),
        reads.assigned_service_principal("id"),
    ]


def test_every_source_of_the_catalogue_is_asked_and_no_other() -> None:
    assert {ask.source for ask in asks()} == set(CATALOGUE)


@pytest.mark.parametrize("ask", asks(), ids=lambda ask: f"{ask.source}-{ask.kind.__name__}-{len(ask.url)}")
def test_every_path_and_selected_property_is_in_the_metadata(ask: Ask[Any]) -> None:
    url = urlsplit(ask.url)
    kind = resolve(url.path)
    query = parse_qs(url.query)
    known = properties(kind)
    for name in ",".join(query.get("$select", [])).split(","):
        assert not name or name in known, f"{kind} has no property {name}"
    for path in re.findall(r"([A-Za-z]+)(?:/any\(| eq )", query.get("$filter", [""])[0]):
        assert path in known or path in {"n", "t", "id"}, f"{kind} has no property {path}"
    assert set(query) <= {"$select", "$filter", "$top", "$count"}


def resolve(path: str) -> str:
    """The type at a path, walked from the entity container along navigation properties."""
    for prefix, kind in SINGLETONS.items():
        if path == prefix or path.startswith(prefix + "/"):
            return "directoryObject" if path.endswith("/appliesTo") else kind
    first, *rest = path.strip("/").split("/")
    sets = {str(found.get("Name")): str(found.get("EntityType")) for found in schema()["GraphService"]}
    kind = sets[first].rsplit(".", 1)[-1]
    for segment in rest[1:]:
        target = re.sub(r"^Collection\((.+)\)$", r"\1", properties(kind)[segment])
        kind = target.rsplit(".", 1)[-1]
    return kind


def test_literals_cannot_leave_their_quotes() -> None:
    (templates,) = [ask for ask in asks() if ask.source == "applicationTemplates"]
    assert parse_qs(urlsplit(templates.url).query)["$filter"] == ["displayName eq 'O''Hara'"]
