"""What ``auditor doctor`` looks at: the machine, the rule packs, and each tenant's credential, permissions and Graph.

It signs in and asks Graph one question (the gallery, which needs no permission); it reads nothing of a tenant.
"""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from auditor import job, pipeline
from auditor.config import Config, TenantConfig
from auditor.errors import UserError
from auditor.graph.catalogue import CATALOGUE, needed_permissions
from auditor.graph.permissions import TokenClaims, can_write
from auditor.graph.probe import probe
from auditor.model.rule import Pack

_BUDGET_S = 30.0


class Check(Struct, frozen=True):
    """One thing that was looked at. ``state`` is ``ok``, ``warning`` or ``error``."""

    what: str
    state: str
    told: str
    hint: str = ""


def examine(config: Config, tenants: Sequence[TenantConfig], environ: Mapping[str, str]) -> list[Check]:
    """Every check, in order: the machine, the packs, then tenant by tenant."""
    checks = [_pdf_libraries()]
    try:
        packs = job.rule_packs(config)
    except UserError as error:
        return [*checks, Check("rule packs", "error", error.message, error.hint)]
    rules = sum(len(pack.rules) for pack in packs)
    checks.append(Check("rule packs", "ok", f"{', '.join(pack.id for pack in packs)}: {rules} rules load"))
    return checks + asyncio.run(_all_tenants(tenants, packs, environ))


def _pdf_libraries() -> Check:
    try:
        import weasyprint
    except OSError as error:
        return Check(
            "native libraries",
            "error",
            f"WeasyPrint cannot load one: {str(error).splitlines()[0]}",
            "On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0.",
        )
    return Check("native libraries", "ok", f"WeasyPrint {weasyprint.__version__} loads, so PDF reports can be made")


async def _all_tenants(
    tenants: Sequence[TenantConfig], packs: Sequence[Pack], environ: Mapping[str, str]
) -> list[Check]:
    gathered = await asyncio.gather(*(_tenant(tenant, packs[0].app.template_name, environ) for tenant in tenants))
    return [check for checks in gathered for check in checks]


async def _tenant(tenant: TenantConfig, template: str, environ: Mapping[str, str]) -> list[Check]:
    name = f"tenant {tenant.name}"
    probed = await probe(pipeline.target_of(tenant), template, environ, _BUDGET_S)
    error = probed.error
    if not probed.credential_ready:
        return [Check(f"{name}, credential", "error", error.message if error else "", error.hint if error else "")]
    checks = [Check(f"{name}, credential", "ok", f"{tenant.credential.kind} is in place")]
    if error is not None:
        return [*checks, Check(f"{name}, sign-in", "error", error.message, error.hint)]
    checks.append(Check(f"{name}, sign-in", "ok", "there is a token for this tenant"))
    checks += _permissions(name, probed.claims)
    graph = tenant.cloud.graph
    if probed.graph_cause is not None:
        return [*checks, Check(f"{name}, Microsoft Graph", "error", f"{graph}: {probed.graph_cause}")]
    return [*checks, Check(f"{name}, Microsoft Graph", "ok", f"{graph} answers")]


def _permissions(name: str, claims: TokenClaims | None) -> list[Check]:
    if claims is None:
        told = "the token does not tell its permissions"
        return [Check(f"{name}, permissions", "warning", told, f"Needed: {', '.join(needed_permissions())}.")]
    held = set(claims.permissions)
    checks: list[Check] = []
    for permission in needed_permissions():
        sources = [source for source in CATALOGUE.values() if source.permission == permission]
        if permission in held or all(held & set(source.also) for source in sources):
            continue
        purposes = "; ".join(source.purpose for source in sources)
        told = f"{permission} is not held, so that this stays unknown: {purposes}"
        hint = "A directory role of the account may give it all the same." if claims.delegated else ""
        checks.append(Check(f"{name}, permissions", "warning", told, hint))
    writing = [permission for permission in claims.permissions if can_write(permission)]
    if writing:
        told = f"the token can write ({', '.join(writing)}); reading needs none of these"
        checks.append(Check(f"{name}, permissions", "warning", told))
    return checks or [Check(f"{name}, permissions", "ok", "all that a full scan needs, and nothing that writes")]
