"""Writes that remediation needs, behind ``writable``: PATCH, certificates, secrets, assignments, owners, grants.

Nothing here is reached unless the emulator was started writable. Source: the reference pages of Microsoft Graph v1.0
for each method.
"""

import hashlib
from typing import Any

from auditor.emulator.context import Context, Reply, split_key
from auditor.emulator.directory import Collection
from auditor.emulator.errors import GraphError, bad_request, not_found
from auditor.emulator.operations import Change
from auditor.emulator.views import show

Row = dict[str, Any]


def answer(context: Context) -> Reply:
    """Carry out a write and answer as Graph does. Raises ``GraphError``."""
    names = [split_key(one)[0].removeprefix("microsoft.graph.") for one in context.segments]
    method = context.request.method
    first, key = _first(context)
    tail = tuple(names[1 if split_key(context.segments[0])[2] is not None else 2 :]) if names else ()
    change = Change(context.tenant, context.actor(), context.now())
    if first in ("servicePrincipals", "applications") and key is not None:
        return _object_write(context, change, first, key, method, tail)
    if first == "oauth2PermissionGrants" and method == "DELETE" and key is not None and not tail:
        context.authorize("write:oauth2PermissionGrants")
        change.remove_grant(key)
        return Reply(status=204)
    if first == "applicationTemplates" and method == "POST" and key is not None and tail == ("instantiate",):
        return _instantiate(context, change, key)
    raise not_allowed()


def not_allowed() -> GraphError:
    """405: the path takes no such method."""
    return GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")


def _first(context: Context) -> tuple[str, str | None]:
    if not context.segments:
        return "", None
    name, key_name, key = split_key(context.segments[0])
    if key is None:
        return name, context.segments[1] if len(context.segments) > 1 else None
    if key_name == "appId":
        collection = context.tenant.service_principals if name == "servicePrincipals" else context.tenant.applications
        found = collection.by("appId", key)
        if not found:
            raise not_found(key)
        return name, str(found[0]["id"])
    return name, key


def _object_write(context: Context, change: Change, first: str, key: str, method: str, tail: tuple[str, ...]) -> Reply:
    tenant = context.tenant
    is_principal = first == "servicePrincipals"
    collection = tenant.service_principals if is_principal else tenant.applications
    object_id = key.lower()
    relation = tail[0] if tail else ""
    if method == "PATCH" and not tail:
        context.authorize("write:applications")
        change.patch(collection, object_id, context.body())
        return Reply(status=204)
    if method == "POST" and tail == ("owners", "$ref"):
        context.authorize("write:owners")
        change.add_owner(object_id, _referenced(context))
        return Reply(status=204)
    if method == "DELETE" and len(tail) == 3 and relation == "owners" and tail[2] == "$ref":
        context.authorize("write:owners")
        change.remove_owner(object_id, context.segments[-2].lower())
        return Reply(status=204)
    if method == "POST" and tail == ("addPassword",):
        return _add_password(context, change, collection, object_id)
    if method == "POST" and tail == ("removePassword",):
        context.authorize("write:credentials")
        change.remove_password(collection, object_id, str(context.body().get("keyId")))
        return Reply(status=204)
    if is_principal and method == "POST" and tail == ("addTokenSigningCertificate",):
        return _add_certificate(context, change, object_id)
    if is_principal and relation in ("appRoleAssignedTo", "appRoleAssignments"):
        return _assignment_write(context, change, object_id, relation, method, tail)
    raise not_allowed()


def _assignment_write(
    context: Context, change: Change, object_id: str, relation: str, method: str, tail: tuple[str, ...]
) -> Reply:
    if method == "DELETE" and len(tail) == 2:
        context.authorize("delete:appRoleAssignments")
        assignment_id = context.segments[-1]
        found = context.tenant.assignments.get(assignment_id)
        side = "resourceId" if relation == "appRoleAssignedTo" else "principalId"
        if found is None or found[side] != object_id:
            raise not_found(assignment_id)
        change.remove_assignment(assignment_id)
        return Reply(status=204)
    if method != "POST" or len(tail) != 1:
        raise not_allowed()
    context.authorize("write:appRoleAssignments")
    body = context.body()
    for name in ("principalId", "resourceId", "appRoleId"):
        if not isinstance(body.get(name), str):
            raise bad_request(f"Property '{name}' is required.")
    made = change.add_assignment(body["principalId"].lower(), body["resourceId"].lower(), body["appRoleId"].lower())
    fragment = f"servicePrincipals('{object_id}')/{relation}/$entity"
    return Reply({"@odata.context": context.metadata(fragment), **made}, 201)


def _add_certificate(context: Context, change: Change, object_id: str) -> Reply:
    context.authorize("write:credentials")
    body = context.body()
    subject = body.get("displayName", "CN=Microsoft Azure Federated SSO Certificate")
    if not isinstance(subject, str) or not subject.startswith("CN="):
        raise bad_request("The displayName of a certificate must start with 'CN='.")
    end = body.get("endDateTime") or f"{int(change.at[:4]) + 3}{change.at[4:]}"
    made = change.add_token_signing_certificate(object_id, subject=subject, not_after=str(end))
    return Reply({"@odata.context": context.metadata("microsoft.graph.selfSignedCertificate"), **made})


def _add_password(context: Context, change: Change, collection: Collection, object_id: str) -> Reply:
    context.authorize("write:credentials")
    given = context.body().get("passwordCredential") or {}
    secret = "emulator-only-" + hashlib.sha256(f"{object_id}{change.correlation_id}".encode()).hexdigest()[:26]
    made = change.add_password(collection, object_id, given, secret)
    return Reply({"@odata.context": context.metadata("microsoft.graph.passwordCredential"), **made})


def _instantiate(context: Context, change: Change, template_id: str) -> Reply:
    context.authorize("write:instantiate")
    name = context.body().get("displayName")
    application, principal = change.instantiate(template_id, name if isinstance(name, str) else "")
    body = {
        "@odata.context": context.metadata("microsoft.graph.applicationServicePrincipal"),
        "application": show("application", application, None, context.held),
        "servicePrincipal": show("servicePrincipal", principal, None, context.held),
    }
    return Reply(body, 201)


def _referenced(context: Context) -> str:
    address = context.body().get("@odata.id")
    if not isinstance(address, str) or "/" not in address:
        raise bad_request("The reference in '@odata.id' is invalid.")
    return address.rstrip("/").rsplit("/", 1)[1].lower()
