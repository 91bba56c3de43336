"""Which of the configured tenants a run is about: by name, by pattern, less those that are left out.

A name or pattern that no tenant has is an error: a misspelt one must not silently narrow an audit, nor widen it.
"""

from fnmatch import fnmatchcase

from msgspec import Struct

from auditor.config import Config, TenantConfig
from auditor.errors import ConfigError
from auditor.pipeline import select_tenants


class Selection(Struct, frozen=True):
    """What the command line says. All of it empty: every tenant."""

    names: tuple[str, ...] = ()
    """Names or ids, as they are."""
    include: tuple[str, ...] = ()
    """Shell patterns (``*``, ``?``, ``[…]``) for names or ids, without regard to case."""
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.include or self.exclude)


def selected(config: Config, selection: Selection) -> tuple[TenantConfig, ...]:
    """The tenants named or included, without those excluded, in the configuration's order; ConfigError for none."""
    for pattern in (*selection.include, *selection.exclude):
        if not any(_matches(tenant, pattern) for tenant in config.tenants):
            raise ConfigError(
                f"No tenant's name or id matches {pattern!r}.", "Quote patterns, so that no shell eats them."
            )
    chosen = config.tenants
    if selection.names or selection.include:
        named = {tenant.id for tenant in select_tenants(config, selection.names)} if selection.names else set()
        chosen = tuple(
            tenant
            for tenant in config.tenants
            if tenant.id in named or any(_matches(tenant, pattern) for pattern in selection.include)
        )
    kept = tuple(tenant for tenant in chosen if not any(_matches(tenant, pattern) for pattern in selection.exclude))
    if not kept:
        raise ConfigError("No tenant is left to scan.", "The patterns of --exclude leave out all that are chosen.")
    return kept


def _matches(tenant: TenantConfig, pattern: str) -> bool:
    folded = pattern.casefold()
    return fnmatchcase(tenant.name.casefold(), folded) or fnmatchcase(tenant.id, folded)
