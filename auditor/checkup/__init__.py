"""What ``auditor doctor`` looks at: the machine, the packs, the history, who is told, and each tenant.

It signs in and asks Graph one question (the gallery, which needs no permission); it reads nothing of a tenant, sends no
message, and writes nothing, save that a history of an earlier version is brought up to date.
"""

import asyncio
from collections.abc import Mapping, Sequence

from auditor import job
from auditor.checkup.check import Check
from auditor.checkup.machine import channels, history, pdf_libraries
from auditor.checkup.tenants import all_tenants
from auditor.config import Config, TenantConfig
from auditor.errors import UserError

__all__ = ["Check", "examine"]


def examine(config: Config, tenants: Sequence[TenantConfig], environ: Mapping[str, str]) -> list[Check]:
    """Every check, in order: the machine, the packs, the history, who is told, then tenant by tenant."""
    checks = [pdf_libraries()]
    try:
        packs = job.rule_packs(config)
    except UserError as error:
        return [*checks, Check("rule packs", "error", error.message, error.hint)]
    rules = sum(len(pack.rules) for pack in packs)
    checks.append(Check("rule packs", "ok", f"{', '.join(pack.id for pack in packs)}: {rules} rules load"))
    checks.append(history(config.store))
    checks += channels(config, environ)
    return checks + asyncio.run(all_tenants(config, tenants, packs, environ))
