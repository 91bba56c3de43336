"""How assertions are signed, and which claims mapping policies shape them.

An app's own policy decides, else the organization's default, else what Microsoft does without one: sign the
assertion with SHA-256. Source: Microsoft Graph, tokenIssuancePolicy and claimsMappingPolicy; the default is
an inference, and says so.
"""

import json
from typing import Any

from msgspec import UNSET

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import POLICY_READ, not_carried, not_understood
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.graph_objects import StsPolicy
from auditor.model.snapshot import PolicyRecord

_OPTIONS = {name.casefold(): name for name in ("TokenOnly", "ResponseOnly", "ResponseAndToken")}
_ALGORITHMS = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": "rsa-sha256",
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": "rsa-sha1",
    "rsa-sha256": "rsa-sha256",
    "rsa-sha1": "rsa-sha1",
}
_DEFAULT = ("TokenOnly", "rsa-sha256")
_WEAKEST_FIRST = ("ResponseOnly", "rsa-sha1")


def put_signing(evidence: Evidence, context: Context) -> None:
    """``signing.*``."""
    known = context.snapshot.token_issuance_policies
    if isinstance(known, Unknown):
        evidence.miss("signing", known)
        return
    assigned, gaps = _assigned(known.value, context)
    if assigned:
        _put_decision(evidence, assigned, gaps, "the policy assigned to the app")
        return
    if gaps:
        evidence.miss("signing", *gaps)
        return
    policies = [record.policy for record in known.value]
    defaults = [policy for policy in policies if policy.is_organization_default is True]
    if any(policy.is_organization_default is UNSET for policy in policies):
        gaps.append(not_carried("tokenIssuancePolicies", "isOrganizationDefault", POLICY_READ))
    if defaults:
        _put_decision(evidence, defaults, gaps, "the organization's default policy")
    elif gaps:
        evidence.miss("signing", *gaps)
    else:
        option, algorithm = _DEFAULT
        evidence.put("signing.option", option)
        evidence.put("signing.algorithm", algorithm)
        evidence.put(
            "signing.decidedBy", "Microsoft's default, because no token issuance policy is assigned (an inference)"
        )


def put_claims(evidence: Evidence, context: Context) -> None:
    """``claims.policies``: known where a policy is assigned.

    Else unknown, because v1.0 lacks portal-made claims.
    """
    known = context.snapshot.claims_mapping_policies
    if isinstance(known, Unknown):
        evidence.miss("claims.policies", known)
        return
    assigned, gaps = _assigned(known.value, context)
    if any(policy.display_name is UNSET for policy in assigned):
        gaps.append(not_carried("claimsMappingPolicies", "displayName", POLICY_READ))
        assigned = [policy for policy in assigned if policy.display_name is not UNSET]
    if not assigned and not gaps:
        cause = "no claims mapping policy is assigned, and claims made in the admin center are not in Graph v1.0"
        gaps = [Unknown("claimsMappingPolicies", Outcome.NOT_ASKED, cause)]
    evidence.put_list("claims.policies", [_described(policy) for policy in assigned], gaps)


def _assigned(records: tuple[PolicyRecord, ...], context: Context) -> tuple[list[StsPolicy], list[Unknown]]:
    """The policies that apply to the app's service principal or application, and why there may be more."""
    instance = context.instance
    application = instance.application
    ids = {instance.id}
    if isinstance(application, Known):
        ids.add(application.value.id)
    found: list[StsPolicy] = []
    gaps: list[Unknown] = []
    for record in records:
        if isinstance(record.applies_to, Unknown):
            gaps.append(record.applies_to)
        elif any(member.id in ids for member in record.applies_to.value):
            found.append(record.policy)
        elif isinstance(application, Unknown) and any(
            (member.kind or "application") == "application" for member in record.applies_to.value
        ):
            # Assigned to some application, and which one is this app's was not read.
            gaps.append(application)
    return sorted(found, key=lambda policy: policy.id), gaps


def _put_decision(evidence: Evidence, policies: list[StsPolicy], gaps: list[Unknown], words: str) -> None:
    """What the policies say; where several do, the weakest, because any of them may be the one in force.

    ``gaps`` tell why there may be more of them: a weak one is certain all the same, a strong one is not.
    """
    decided: list[tuple[bool, str, str, str]] = []
    for policy in policies:
        signing = _signing_of(policy)
        if isinstance(signing, Unknown):
            evidence.miss("signing", signing)
            return
        name = policy.display_name if isinstance(policy.display_name, str) else policy.id
        decided.append((not any(weak in signing for weak in _WEAKEST_FIRST), *signing, f"{words}, “{name}”"))
    strong, option, algorithm, decided_by = min(decided)
    if strong and gaps:
        evidence.miss("signing", *gaps)
        return
    evidence.put("signing.option", option)
    evidence.put("signing.algorithm", algorithm)
    evidence.put("signing.decidedBy", decided_by)


def _signing_of(policy: StsPolicy) -> tuple[str, str] | Unknown:
    """Signing option and algorithm of a policy's definition; what it leaves out is the default."""
    if not isinstance(policy.definition, tuple):
        return not_carried("tokenIssuancePolicies", "definition", POLICY_READ)
    content: dict[str, Any] = {}
    for text in policy.definition:
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return not_understood("tokenIssuancePolicies", "a policy's definition is no JSON", POLICY_READ)
        inner = parsed.get("TokenIssuancePolicy") if isinstance(parsed, dict) else None
        if not isinstance(inner, dict):
            cause = "a policy's definition holds no TokenIssuancePolicy"
            return not_understood("tokenIssuancePolicies", cause, POLICY_READ)
        content |= inner
    option = _OPTIONS.get(str(content.get("TokenResponseSigningPolicy", _DEFAULT[0])).casefold())
    algorithm = _ALGORITHMS.get(str(content.get("SigningAlgorithm", _DEFAULT[1])).casefold())
    if option is None or algorithm is None:
        name = "SigningAlgorithm" if algorithm is None else "TokenResponseSigningPolicy"
        cause = f"a policy's {name} is none that this version knows"
        return not_understood("tokenIssuancePolicies", cause, POLICY_READ)
    return option, algorithm


def _described(policy: StsPolicy) -> dict[str, Any]:
    name = policy.display_name if isinstance(policy.display_name, str) else None
    return {"id": policy.id, "displayName": name, "label": f"{name or 'no name'} ({policy.id})"}
