"""Directory audit entries, written as Entra writes them when something changes.

Values in ``modifiedProperties`` are JSON within a string, a list even for one value, under the directory's own
property names, which differ from Graph's. Sources: Microsoft Graph, directoryAudit; Microsoft Entra, "Audit log
activities". Which internal names Entra uses for SAML settings is documented in samples only; where no sample was
found the Graph name stands with a capital letter.
"""

import json
from typing import Any, NamedTuple

from auditor.emulator.directory import Tenant

_INTERNAL_NAMES = {
    "identifierUris": "AppIdentifierUri",
    "replyUrls": "AppAddress",
    "servicePrincipalNames": "ServicePrincipalName",
    "homepage": "WwwHomepage",
}
_SUMMARIES = frozenset({"Included Updated Properties", "TargetId.ServicePrincipalNames"})
_RESULT_TYPES = {
    "application": "Application",
    "servicePrincipal": "ServicePrincipal",
    "user": "User",
    "group": "Group",
    "claimsMappingPolicy": "Policy",
    "tokenIssuancePolicy": "Policy",
    "conditionalAccessPolicy": "Policy",
}


class Actor(NamedTuple):
    """Who made a change: ``kind`` is user, app or service; a service is an application without an app id."""

    kind: str
    name: str
    id: str | None = None
    app_id: str | None = None
    user_principal_name: str | None = None


class Modified(NamedTuple):
    """One entry of ``modifiedProperties`` before it is put into JSON; None gives null."""

    name: str
    old: Any
    new: Any


class Target(NamedTuple):
    """One entry of ``targetResources``."""

    type: str
    object: dict[str, Any]
    modified: tuple[Modified, ...] = ()


def record(
    tenant: Tenant,
    *,
    at: str,
    actor: Actor,
    activity: str,
    operation: str,
    targets: tuple[Target, ...],
    category: str = "ApplicationManagement",
    service: str = "Core Directory",
    correlation_id: str | None = None,
) -> dict[str, Any]:
    """Write one entry into the tenant's audit log and return it. ``at`` is RFC 3339 in UTC."""
    correlation = correlation_id or tenant.new_id()
    number = len(tenant.audits) + 1
    return tenant.audits.put(
        {
            "id": f"Directory_{correlation}_{tenant.new_id('audit', str(number))[:5].upper()}_{number:08d}",
            "category": category,
            "correlationId": correlation,
            "result": "success",
            "resultReason": "",
            "activityDisplayName": activity,
            "activityDateTime": at,
            "loggedByService": service,
            "operationType": operation,
            "initiatedBy": _initiator(actor),
            "targetResources": [_target(target) for target in targets],
            "additionalDetails": _details(targets),
        }
    )


def json_list(value: Any) -> str:
    """A value as the audit log spells it: a JSON list in a string, empty for null."""
    listed = value if isinstance(value, list) else ([] if value is None else [value])
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":"))


def changes(old: dict[str, Any], new: dict[str, Any]) -> tuple[Modified, ...]:
    """What differs between two states of an application or service principal, in the log's own names."""
    found: list[Modified] = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if name == "web":
            found.extend(_web_changes(before or {}, after or {}))
        elif name == "replyUrls":
            found.append(Modified("AppAddress", _addresses(before or [], {}), _addresses(after or [], {})))
        elif name not in ("keyCredentials", "passwordCredentials"):
            found.append(Modified(_INTERNAL_NAMES.get(name, name[:1].upper() + name[1:]), before, after))
    old_keys, new_keys = key_descriptions(old), key_descriptions(new)
    if old_keys != new_keys:
        found.append(Modified("KeyDescription", old_keys, new_keys))
    return tuple(found)


def key_descriptions(value: dict[str, Any]) -> list[str]:
    """Keys and secrets of an object as ``KeyDescription`` lists them."""
    listed = [
        (key.get("keyId"), key.get("type"), key.get("usage"), key.get("displayName"))
        for key in value.get("keyCredentials") or ()
    ] + [
        (secret.get("keyId"), "Password", "Verify", secret.get("displayName"))
        for secret in value.get("passwordCredentials") or ()
    ]
    return [
        f"[KeyIdentifier={key_id},KeyType={kind},KeyUsage={usage},DisplayName={name or ''}]"
        for key_id, kind, usage, name in listed
    ]


def with_summary(modified: tuple[Modified, ...], names: str | None = None) -> tuple[Modified, ...]:
    """The changes followed by the entry that names them, as Entra adds it to every update."""
    summary = [Modified("Included Updated Properties", None, ", ".join(one.name for one in modified))]
    if names is not None:
        summary.append(Modified("TargetId.ServicePrincipalNames", None, names))
    return (*modified, *summary)


def _web_changes(before: dict[str, Any], after: dict[str, Any]) -> list[Modified]:
    found = []

    def listed(web: dict[str, Any]) -> list[dict[str, Any]]:
        order = {one.get("uri"): one.get("index") for one in web.get("redirectUriSettings") or ()}
        return _addresses(web.get("redirectUris") or [], order)

    if listed(before) != listed(after):
        found.append(Modified("AppAddress", listed(before), listed(after)))
    for name, internal in (("homePageUrl", "WwwHomepage"), ("logoutUrl", "LogoutUrl")):
        if before.get(name) != after.get(name):
            found.append(Modified(internal, before.get(name), after.get(name)))
    return found


def _addresses(urls: list[str], order: dict[Any, Any]) -> list[dict[str, Any]]:
    return [
        {
            "AddressType": 0,
            "Address": url,
            "ReplyAddressClientType": 1,
            "ReplyAddressIndex": order.get(url),
            "IsReplyAddressDefault": order.get(url) == 0,
        }
        for url in urls
    ]


def _initiator(actor: Actor) -> dict[str, Any]:
    if actor.kind == "user":
        return {
            "app": None,
            "user": {
                "id": actor.id,
                "displayName": None,
                "userPrincipalName": actor.user_principal_name,
                "ipAddress": "192.0.2.10",
            },
        }
    return {
        "user": None,
        "app": {
            "appId": actor.app_id if actor.kind == "app" else None,
            "displayName": actor.name,
            "servicePrincipalId": actor.id,
            "servicePrincipalName": None,
        },
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "id": target.object.get("id"),
        "displayName": target.object.get("displayName"),
        "type": _RESULT_TYPES.get(target.type, "Other"),
        "userPrincipalName": target.object.get("userPrincipalName"),
        "groupType": "azureAD" if target.type == "group" else None,
        "modifiedProperties": [
            {"displayName": one.name, "oldValue": _spell(one.name, one.old), "newValue": _spell(one.name, one.new)}
            for one in target.modified
        ],
    }


def _spell(name: str, value: Any) -> str | None:
    """JSON in a string: a list for a property of the target, a plain value for what names another object."""
    if name in _SUMMARIES or "." in name:
        return None if value is None else json.dumps(value, ensure_ascii=False)
    return json_list(value)


def _details(targets: tuple[Target, ...]) -> list[dict[str, Any]]:
    details = [{"key": "User-Agent", "value": "EvoSTS"}]
    app_id = next((target.object["appId"] for target in targets if target.object.get("appId")), None)
    if app_id is not None:
        details.append({"key": "AppId", "value": app_id})
    return details
