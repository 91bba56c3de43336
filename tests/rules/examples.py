"""Examples of rules.

A healthy tenant in Graph's shapes (base.yaml), a short patch, and the status that must come of it. ``base-PACK.yaml``
is a patch that makes the tenant healthy for another pack's app; ``pack`` in the tenant says which pack is asked.

``set`` puts a value at a dotted place, ``remove`` takes a member away (Graph's answer did not carry it),
``unknown`` makes a source unread. A file's name begins with the status; its folder names the rule.
"""

import base64
import copy
import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from auditor.evaluate import Evaluator
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.finding import Finding, Status
from auditor.model.graph_objects import (
    Application,
    ApplicationTemplate,
    AppRoleAssignment,
    ConditionalAccessPolicy,
    DirectoryObject,
    OAuth2PermissionGrant,
    Organization,
    ServicePrincipal,
    StsPolicy,
    SynchronizationJob,
)
from auditor.model.result import TenantRef
from auditor.model.rule import Pack
from auditor.model.snapshot import (
    AddressRecord,
    AppSnapshot,
    Instance,
    PolicyRecord,
    Principal,
    PrincipalRecord,
    Snapshot,
)
from auditor.model.times import parse_time
from auditor.rulepack import app_of, load_packs, shipped_ids

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "rules"
STATUSES = {
    "pass": Status.PASS,
    "fail": Status.FAIL,
    "unknown": Status.UNKNOWN,
    "na": Status.NOT_APPLICABLE,
}
UNREAD = {
    "unknown": {
        "source": "emulated",
        "outcome": "denied",
        "cause": "permission was refused",
        "permission": "Some.Read.All",
    }
}


class Example(msgspec.Struct, forbid_unknown_fields=True):
    """One file."""

    why: str
    copy: dict[str, str] = {}
    """New place → the place whose value is copied there, before anything is set."""
    set: dict[str, Any] = {}
    remove: list[str] = []
    unknown: list[str] = []
    count: int | None = None
    """How many findings the rule gives; one where it is not told."""
    statuses: dict[str, str] = {}
    """For several findings of different status: a part of the subject's id or of the reason → status."""
    reason: str | None = None
    """A part of the reason of every finding."""
    observed: str | None = None
    expected: str | None = None
    permission: str | None = None
    """The permission that the causes name."""


@cache
def base(pack_id: str | None = None) -> dict[str, Any]:
    """The tenant that is healthy by a pack, base.yaml's own where none is named. Callers take a copy."""
    value: dict[str, Any] = yaml.load((HERE / "base.yaml").read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader below
    if pack_id is None or pack_id == value["pack"]:
        return value
    return patched(read_example(HERE / f"base-{pack_id}.yaml"), value)


@cache
def packs() -> dict[str, Pack]:
    """Every shipped pack that is about an app, by id."""
    ids = [name for name in shipped_ids(SHIPPED) if app_of(name, shipped=SHIPPED) is not None]
    return {found.id: found for found in load_packs(ids, shipped=SHIPPED)}


def pack(pack_id: str | None = None) -> Pack:
    """A shipped pack, base.yaml's own where none is named."""
    return packs()[pack_id or base()["pack"]]


@cache
def evaluator(pack_id: str | None = None) -> Evaluator:
    return Evaluator([pack(pack_id)])


@cache
def asked_of() -> dict[str, str]:
    """Rule id → the pack by which its examples are judged: its own, and base.yaml's for what several include."""
    own = {rule.id: found.id for found in packs().values() for rule in found.rules if rule.pack == found.id}
    return {**{rule.id: pack().id for rule in pack().rules}, **own}


def example_files() -> list[Path]:
    return sorted(path for path in HERE.glob("*/*.yaml"))


def read_example(path: Path) -> Example:
    return msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), _Loader), Example)  # noqa: S506 - a SafeLoader below


def status_of(path: Path) -> Status:
    return STATUSES[path.name.partition("-")[0]]


def patched(example: Example, healthy: dict[str, Any] | None = None) -> dict[str, Any]:
    """The healthy tenant with the example's patch."""
    tenant = copy.deepcopy(base() if healthy is None else healthy)
    for new, old in example.copy.items():
        source, source_name = _holder(tenant, old)
        target, target_name = _holder(tenant, new)
        target[target_name] = copy.deepcopy(source[source_name])
    for place, value in example.set.items():
        holder, name = _holder(tenant, place)
        if isinstance(holder, list) and int(name) == len(holder):
            holder.append(copy.deepcopy(value))
        else:
            holder[int(name) if isinstance(holder, list) else name] = copy.deepcopy(value)
    for place in example.remove:
        holder, name = _holder(tenant, place)
        del holder[int(name) if isinstance(holder, list) else name]
    for place in example.unknown:
        holder, name = _holder(tenant, place)
        holder[name] = UNREAD
    return tenant


def assess(tenant: dict[str, Any], rule: str, using: Evaluator | None = None) -> list[Finding]:
    """The findings of one rule."""
    using = using or evaluator(tenant["pack"])
    assessment = using.assess(snapshot_of(tenant), tenant=tenant_of(tenant), now=now_of(tenant))
    return [finding for finding in assessment.findings if finding.rule == rule]


def now_of(tenant: dict[str, Any]) -> datetime:
    now = parse_time(tenant["now"])
    assert now is not None
    return now


def tenant_of(tenant: dict[str, Any]) -> TenantRef:
    return msgspec.convert(tenant["tenant"], TenantRef)


def snapshot_of(tenant: dict[str, Any]) -> Snapshot:
    """The snapshot that a scan of this tenant would give."""
    instances = tuple(_instance(instance, tenant) for instance in tenant["instances"].values())
    discovery: Any = Known(instances)
    if "discovery" in tenant:
        discovery = _known(tenant["discovery"], object)
    return Snapshot(
        tenant_id=tenant["tenant"]["id"],
        cloud=tenant["tenant"]["cloud"],
        apps=(
            AppSnapshot(
                pack=tenant["pack"],
                templates=_known(tenant["templates"], tuple[ApplicationTemplate, ...]),
                instances=discovery,
                seen=instances if isinstance(discovery, Unknown) else (),
            ),
        ),
        organization=_known(tenant["organization"], Organization),
        conditional_access_policies=_known(tenant["conditionalAccessPolicies"], tuple[ConditionalAccessPolicy, ...]),
        token_issuance_policies=_policies(tenant["tokenIssuancePolicies"]),
        claims_mapping_policies=_policies(tenant["claimsMappingPolicies"]),
        principals=tuple(_principal(object_id, given) for object_id, given in sorted(tenant["principals"].items())),
    )


def certificate(
    name: str, begins: str, ends: str, *, withheld: bool = False, hashed: bool = False, **x509: Any
) -> dict[str, list[dict[str, Any]]]:
    """The three objects of a SAML certificate; ``hashed`` gives the 32-byte form of its identifier."""
    thumbprint = hashlib.sha1(name.encode()).hexdigest().upper()  # noqa: S324 - Entra's thumbprint is SHA-1
    raw = hashlib.sha256(thumbprint.encode()).digest() if hashed else bytes.fromhex(thumbprint)
    shared = {
        "startDateTime": begins,
        "endDateTime": ends,
        "displayName": f"CN={name}",
        "customKeyIdentifier": base64.b64encode(raw).decode(),
    }
    parsed = {
        "thumbprint": thumbprint,
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
        "subject": f"CN={name}",
        "notBefore": begins,
        "notAfter": ends,
        "keyAlgorithm": "RSA",
        "keyBits": 2048,
        "curve": None,
        "signatureHash": "sha256",
        **x509,
    }
    keys = [
        {"keyId": f"{name}-{usage}", "usage": usage, "type": "AsymmetricX509Cert", **shared}
        | ({} if withheld else {"certificate": parsed})
        for usage in ("Sign", "Verify")
    ]
    return {"keyCredentials": keys, "passwordCredentials": [{"keyId": f"{name}-password", **shared}]}


def _instance(given: dict[str, Any], tenant: dict[str, Any]) -> Instance:
    service_principal = given["servicePrincipal"]
    if "certificates" in given:
        sets = [certificate(name, **spec) for name, spec in given["certificates"].items()]
        for name in ("keyCredentials", "passwordCredentials"):
            service_principal[name] = [member for credentials in sets for member in credentials[name]]
    application = _known(given["application"], Application)
    return Instance(
        id=given["id"],
        app_id=given["appId"],
        display_name=given["displayName"],
        found_by=tuple(given["foundBy"]),
        service_principal=_known(service_principal, ServicePrincipal),
        application=application,
        default_reply_url=_default_reply_url(application),
        service_principal_owners=_known(given["servicePrincipalOwners"], tuple[DirectoryObject, ...]),
        application_owners=_known(given["applicationOwners"], tuple[DirectoryObject, ...]),
        assignments=_known(given["assignments"], tuple[AppRoleAssignment, ...]),
        app_role_assignments=_known(given["appRoleAssignments"], tuple[AppRoleAssignment, ...]),
        oauth2_permission_grants=_known(given["oauth2PermissionGrants"], tuple[OAuth2PermissionGrant, ...]),
        synchronization_jobs=_known(given["synchronizationJobs"], tuple[SynchronizationJob, ...]),
        notification_users=tuple(_addresses(given["notificationUsers"], tenant["principals"])),
    )


def _default_reply_url(application: Known[Application] | Unknown) -> Known[str | None] | Unknown:
    if isinstance(application, Unknown):
        return application
    web = application.value.web
    urls = web.redirect_uris if web else None
    return Known(urls[0] if isinstance(urls, tuple) and len(urls) == 1 else None)


def _addresses(given: dict[str, Any], principals: dict[str, Any]) -> Iterator[AddressRecord]:
    for address, users in sorted(given.items()):
        if isinstance(users, dict):
            yield AddressRecord(address, _known(users, object))
        else:
            found = tuple(msgspec.convert({"id": user, **principals[user]}, Principal) for user in users)
            yield AddressRecord(address, Known(found))


def _principal(object_id: str, given: dict[str, Any]) -> PrincipalRecord:
    count = given.get("memberCount")
    return PrincipalRecord(
        id=object_id,
        kind=given.get("kind", "user"),
        evidence=_known(given, Principal, id=object_id),
        member_count=_known(count, int) if count is not None else None,
    )


def _policies(given: Any) -> Known[tuple[PolicyRecord, ...]] | Unknown:
    if isinstance(given, dict):
        unread: Unknown = _known(given, object)
        return unread
    return Known(
        tuple(
            PolicyRecord(msgspec.convert(policy, StsPolicy), _known(policy["appliesTo"], tuple[DirectoryObject, ...]))
            for policy in given
        )
    )


def _known(value: Any, kind: Any, **more: Any) -> Any:
    if isinstance(value, dict) and "unknown" in value:
        told = value["unknown"]
        return Unknown(told["source"], Outcome(told["outcome"]), told["cause"], told.get("permission"))
    return Known(msgspec.convert({**value, **more} if more else value, kind))


def _holder(tenant: dict[str, Any], place: str) -> tuple[Any, str]:
    """What holds the member at ``place``, and its name; a name may hold dots where the member is there."""
    holder: Any = tenant
    rest = place
    while True:
        if isinstance(holder, dict) and rest in holder:
            return holder, rest
        name, dot, below = rest.partition(".")
        if not dot:
            return holder, rest
        while isinstance(holder, dict) and name not in holder and "." in below:
            more, _, below = below.partition(".")
            name = f"{name}.{more}"
        holder = holder[int(name)] if isinstance(holder, list) else holder[name]
        rest = below


class _Loader(yaml.SafeLoader):
    """Dates stay text, as in JSON."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
