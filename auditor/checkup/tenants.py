"""Each tenant: whether its credential works, what the token holds, what it lacks and what that costs."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from auditor import pipeline
from auditor.checkup.check import Check
from auditor.config import Config, TenantConfig
from auditor.evaluate.costs import rules_by_permission
from auditor.graph.catalogue import CATALOGUE, needed_permissions, permission_of
from auditor.graph.consent import consent_for
from auditor.graph.permissions import TokenClaims, can_write
from auditor.graph.probe import probe
from auditor.model.rule import Pack

_BUDGET_S = 30.0
_FEW = 6
"""So many rules are named in a line; JSON has them all."""

Costs = Mapping[str, tuple[str, ...]]
"""Permission → ids of the rules that are unknown without it."""


async def all_tenants(
    config: Config, tenants: Sequence[TenantConfig], packs: Sequence[Pack], environ: Mapping[str, str]
) -> list[Check]:
    """The checks of every tenant, in the configuration's order; so many at once as a scan would read."""
    costs = rules_by_permission(packs, permission_of, datetime.now(UTC))
    template = packs[0].app.template_name
    gate = asyncio.Semaphore(config.max_concurrency)

    async def one(tenant: TenantConfig) -> list[Check]:
        async with gate:
            return await _tenant(tenant, template, costs, environ)

    gathered = await asyncio.gather(*(one(tenant) for tenant in tenants))
    return [check for checks in gathered for check in checks]


async def _tenant(tenant: TenantConfig, template: str, costs: Costs, environ: Mapping[str, str]) -> list[Check]:
    def check(what: str, state: str, told: str, hint: str = "") -> Check:
        return Check(f"tenant {tenant.name}, {what}", state, told, hint, tenant=tenant.id)

    probed = await probe(pipeline.target_of(tenant), template, environ, _BUDGET_S)
    error = probed.error
    if not probed.credential_ready:
        return [check("credential", "error", error.message if error else "", error.hint if error else "")]
    checks = [check("credential", "ok", f"{tenant.credential.kind} is in place")]
    if error is not None:
        return [*checks, check("sign-in", "error", error.message, error.hint)]
    checks.append(check("sign-in", "ok", "there is a token for this tenant"))
    checks += _permissions(tenant, probed.claims, costs)
    graph = tenant.cloud.graph
    if probed.graph_cause is not None:
        return [*checks, check("Microsoft Graph", "error", f"{graph}: {probed.graph_cause}")]
    return [*checks, check("Microsoft Graph", "ok", f"{graph} answers")]


def missing_of(claims: TokenClaims) -> tuple[str, ...]:
    """The permissions that a full scan needs and the token does not name, nor a higher one that gives the same."""
    held = set(claims.permissions)
    return tuple(
        permission
        for permission in needed_permissions()
        if permission not in held
        and not all(held & set(source.also) for source in CATALOGUE.values() if source.permission == permission)
    )


def _permissions(tenant: TenantConfig, claims: TokenClaims | None, costs: Costs) -> list[Check]:
    name = f"tenant {tenant.name}, permissions"
    if claims is None:
        told = "the token does not tell its permissions"
        return [Check(name, "warning", told, f"Needed: {', '.join(needed_permissions())}.", tenant=tenant.id)]
    missing = missing_of(claims)
    checks = [Check(name, "ok", f"held: {', '.join(claims.permissions) or 'none'}", tenant=tenant.id)]
    checks += [_lacking(name, tenant, permission, costs.get(permission, ()), claims) for permission in missing]
    if missing:
        consent = consent_for(
            missing,
            kind=tenant.credential.kind,
            tenant_id=tenant.id,
            client_id=tenant.client_id,
            cloud=tenant.cloud,
            claims=claims,
        )
        told = f"to give {'it' if len(missing) == 1 else f'these {len(missing)}'}"
        checks.append(
            Check(
                f"tenant {tenant.name}, consent",
                "warning",
                told,
                consent.told,
                tenant=tenant.id,
                url=consent.url,
                commands=consent.commands,
            )
        )
    writing = [permission for permission in claims.permissions if can_write(permission)]
    if writing:
        told = f"the token can write ({', '.join(writing)}); reading needs none of these"
        checks.append(Check(name, "warning", told, "Take them away.", tenant=tenant.id))
    if not missing and not writing:
        checks.append(Check(name, "ok", "all that a full scan needs, and nothing that writes", tenant=tenant.id))
    return checks


def _lacking(name: str, tenant: TenantConfig, permission: str, costs: tuple[str, ...], claims: TokenClaims) -> Check:
    rules = tuple(rule for rule in costs if rule not in tenant.skip)
    purposes = "; ".join(source.purpose for source in CATALOGUE.values() if permission in source.permissions)
    named = ", ".join(rules[:_FEW]) + (f" and {len(rules) - _FEW} more" if len(rules) > _FEW else "")
    cost = f"{len(rules)} rules are unknown: {named}" if len(rules) > 1 else f"{named or 'no rule'} is unknown"
    return Check(
        name,
        "warning",
        f"{permission} is not held; without it {cost} ({purposes})",
        "A directory role of the account may give it all the same." if claims.delegated else "",
        tenant=tenant.id,
        permission=permission,
        rules=rules,
    )
