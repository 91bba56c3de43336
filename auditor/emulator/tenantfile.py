"""Tenants from YAML: a compact format in Graph's own names that can still say every property.

A file holds one tenant at its top, or several under ``tenants:``. Objects are written with Graph's property names (any
property of the v1.0 metadata, checked by name and type); the few keys in snake_case are the emulator's own::

    name: contoso                       # how logs and callers call it
    id: 11111111-1111-1111-1111-111111111111
    domain: contoso.example             # default verified domain; user principal names end in it
    licence: premium                    # premium | none (then audit and Conditional Access answer 403)
    unlicensed: [audit]                 # optional: exactly which of audit, conditionalAccess answer 403
    size: 240                           # number of users, for the throttling budget
    now: 2026-11-22T12:00:00Z           # the clock that the file was written for (information)
    expect: {…}   expect_after: {…}     # for tests; not read here
    clients:                            # who may sign in
      - name: auditor
        client_id: 22222222-2222-2222-2222-222222222222
        secret: …                       # client secret; secret_expires: a time
        certificates: [client.pem]      # public PEM: a path beside the file, or the text itself
        federated: [{issuer: …, subject: …, audience: …, public_key: PEM or none for the emulator's issuer}]
        managed_identity: true
        roles: [Application.Read.All]   # application permissions granted
    organization: {displayName: Contoso}
    users:
      - displayName: Adele Vance        # ref adele-vance, UPN adele.vance@domain, mail the same, enabled, Member
      - {ref: guest, displayName: …, userPrincipalName: …, userType: Guest, accountEnabled: false}
    groups:
      - {displayName: Sales, members: [adele-vance], member_count: 40}     # 40 made-up members beside the listed
      - {displayName: Everyone, groupTypes: [DynamicMembership], membershipRule: "…"}
    applications:
      - ref: meetings-app               # id and appId are derived from the ref where they are not given
        displayName: Meetings
        template: Meetings              # display name in the gallery, or applicationTemplateId
        identifierUris: ["https://…"]
        web: {redirectUris: ["https://…"]}
        appRoles: [User, msiam_access]  # names, or Graph's objects
        owners: [adele-vance]
        certificates: […]   secrets: [{name: …, start: …, end: …}]   # as below
        federatedIdentityCredentials: [{name: …, issuer: …, subject: …, audiences: […]}]
    servicePrincipals:
      - ref: meetings
        application: meetings-app       # mirrors are filled in: names, replyUrls, appRoles, template …
        samlSingleSignOnSettings: {relayState: "https://…"}
        certificates:
          - {name: current, not_before: 2025-03-01T00:00:00Z, not_after: 2028-03-01T00:00:00Z,
             algorithm: rsa2048, hash: sha256, custom_key_identifier: sha1, withhold_key: false,
             parts: [sign, verify, password]}
        preferred: current              # certificate whose thumbprint is the preferred one
        secrets: [{name: …, start: …, end: …}]
        owners: [adele-vance]
        assignments:
          - adele-vance                 # default access
          - {principal: sales, role: User, at: 2026-01-05T09:00:00Z}
          - {principal: {id: …, type: User, displayName: …}}   # somebody deleted since
          - {made_up: 100000, role: User}                      # so many made-up users
        grants: [{resource: Microsoft Graph, scope: User.Read, principal: adele-vance}]
        permissions: [{resource: Microsoft Graph, role: User.Read.All}]
        jobs: [{id: …, templateId: …, status: {…}}]
    tokenIssuancePolicies: [{displayName: …, definition: {TokenIssuancePolicy: {…}}, applies_to: [meetings-app]}]
    claimsMappingPolicies: […]
    conditionalAccessPolicies: [{displayName: …, state: enabled, conditions: {…}, sessionControls: {…}}]
    directoryAudits: [{at: …, by: adele-vance, activity: …, target: meetings,
                       modified: [{name: …, old: …, new: …}]}]      # or Graph's objects under raw: […]
    gallery: […]                        # templates in place of the built-in ones
    made_up: {servicePrincipals: 60000} # further service principals
    phases: [{name: after, operations: [{at: …, by: …, patch: meetings, set: {…}}, …]}]   # see phases.py

A name in ``owners``, ``principal`` and the like is a ``ref``, an id, a user principal name or a display name. A text of
the form ``ref:meetings.appId`` stands for that property of another object, anywhere. Ids that are not given are
derived from tenant id and ref, so that the same file gives the same tenant, byte for byte.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from auditor.emulator.directory import Tenant
from auditor.emulator.errors import TenantFileError
from auditor.emulator.loading.builder import build
from auditor.emulator.loading.yaml_source import Block, files_of, load


def load_tenants(path: Path) -> list[Tenant]:
    """Tenants of a file, or of every YAML file in a folder. Raises ``TenantFileError``."""
    found: list[Tenant] = []
    for file in files_of(path):
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TenantFileError(file.name, "", f"cannot be read: {error}") from error
        found.extend(parse_tenants(text, source=file.name, folder=file.parent))
    for key in ("id", "name"):
        seen: set[str] = set()
        for tenant in found:
            value = str(getattr(tenant, key)).lower()
            if value in seen:
                raise TenantFileError(tenant.source, key, f"two tenants have the {key} {value!r}")
            seen.add(value)
    return found


def sample_names() -> list[str]:
    """Names of the sample tenants shipped with the package."""
    return sorted(one.name.removesuffix(".yaml") for one in _samples().iterdir() if one.name.endswith(".yaml"))


def load_samples(*names: str) -> list[Tenant]:
    """Sample tenants of the package by name; all of them where no name is given."""
    found = []
    for name in names or sample_names():
        file = _samples() / f"{name}.yaml"
        if name not in sample_names():
            raise TenantFileError(name, "", f"no such sample tenant; there are {', '.join(sample_names())}")
        found.extend(parse_tenants(file.read_text("utf-8"), source=file.name))
    return found


def parse_tenants(text: str, *, source: str = "tenants.yaml", folder: Path | None = None) -> list[Tenant]:
    """Tenants of a YAML text; ``folder`` is where paths of client certificates begin."""
    top = load(text, source)
    if "tenants" in top:
        block = Block(top, source, "")
        listed = block.blocks("tenants")
        for note in ("expect", "expect_after", "now"):
            block.take(note)
        block.end()
        if not listed:
            raise TenantFileError(source, "tenants", "there is no tenant")
        return [build(one, folder, gallery()) for one in listed]
    return [build(Block(top, source, ""), folder, gallery())]


def _samples() -> Any:
    return files("auditor.emulator") / "tenants"


@cache
def gallery() -> tuple[dict[str, Any], ...]:
    """The built-in application gallery: ``applicationTemplate`` objects."""
    text = (files("auditor.emulator") / "gallery.yaml").read_text("utf-8")
    return tuple(load(text, "gallery.yaml")["templates"])
