"""Parts that tenant files and phases have in common: certificates and role names."""

from typing import Any

from auditor.emulator import certificates, schema, values
from auditor.emulator.directory import DEFAULT_ACCESS
from auditor.emulator.loading.yaml_source import Block


def certificate_spec(block: Block) -> certificates.Spec:
    """The specification of a certificate as ``certificates`` lists it."""
    algorithm = block.choice("algorithm", certificates.ALGORITHMS, "rsa2048")
    spec = certificates.Spec(
        name=block.needed("name"),
        not_before=block.needed("not_before"),
        not_after=block.needed("not_after"),
        algorithm=algorithm,
        hash=block.choice("hash", certificates.HASHES, "sha256"),
        custom_key_identifier=block.choice("custom_key_identifier", certificates.IDENTIFIERS, "sha1"),
        withhold_key=block.flag("withhold_key"),
        parts=tuple(block.texts("parts")) or certificates.PARTS,
        subject=block.text("subject") or certificates.SUBJECT,
    )
    block.end()
    if spec.hash == "sha1" and not algorithm.startswith("rsa"):
        raise block.wrong("only RSA certificates can be signed with sha1 here", "hash")
    for part in spec.parts:
        if part not in certificates.PARTS:
            raise block.wrong(f"expected some of {', '.join(certificates.PARTS)}, not {part!r}", "parts")
    for key, moment in (("not_before", spec.not_before), ("not_after", spec.not_after)):
        if values.property_problem(schema.Property(key, "DateTimeOffset", False, False), moment, key):
            raise block.wrong(f"a time such as 2026-11-22T12:00:00Z was expected, not {moment!r}", key)
    return spec


def role_of(resource: dict[str, Any], name: str | None, block: Block) -> str:
    """The id of an app role by name, value or id; None and ``default`` mean default access."""
    if name is None or name == "default":
        return DEFAULT_ACCESS
    for role in resource.get("appRoles") or ():
        if name in (role.get("displayName"), role.get("value"), role.get("id")):
            return str(role["id"])
    if values.is_guid(name):
        return name
    known = ", ".join(str(role.get("displayName")) for role in resource.get("appRoles") or ())
    raise block.wrong(f"no app role {name!r}; there are: {known or 'none'}", "role")


def access_policy(value: dict[str, Any]) -> dict[str, Any]:
    """A Conditional Access policy with the conditions that Graph always gives."""
    conditions = value.get("conditions") or {}
    applications = conditions.get("applications") or {}
    users = conditions.get("users") or {}
    value["conditions"] = {
        "clientAppTypes": ["all"],
        "servicePrincipalRiskLevels": [],
        "signInRiskLevels": [],
        "userRiskLevels": [],
        "clientApplications": None,
        "devices": None,
        "locations": None,
        "platforms": None,
        **conditions,
        "applications": {
            "includeApplications": [],
            "excludeApplications": [],
            "includeUserActions": [],
            "includeAuthenticationContextClassReferences": [],
            "applicationFilter": None,
            **applications,
        },
        "users": {
            **{f"{side}{kind}": [] for side in ("include", "exclude") for kind in ("Users", "Groups", "Roles")},
            "includeGuestsOrExternalUsers": None,
            "excludeGuestsOrExternalUsers": None,
            **users,
        },
    }
    return value
