"""Graph's throttling limits as a token bucket for each tenant; the figures stand in one table.

Source: Microsoft Graph, "Microsoft Graph service-specific throttling limits" (figures age). Conditional Access gives no
Retry-After.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

from auditor.emulator.errors import GraphError


class Limit(NamedTuple):
    """So many units in so many seconds; ``per_client`` says whether applications have a bucket each."""

    units: float
    seconds: float
    per_client: bool
    retry_after: bool


IDENTITY_LIMITS = ((50, 3500), (500, 5000))
"""Resource units in ten seconds for tenants with fewer than so many users; ``LARGE_TENANT`` for larger ones."""
LARGE_TENANT = 8000
OTHER_LIMITS = {
    "directoryAudits": Limit(5, 10, per_client=True, retry_after=True),
    "conditionalAccess": Limit(1, 1, per_client=False, retry_after=False),
    "keyCredentials": Limit(150, 60, per_client=False, retry_after=True),
}
COSTS = {
    "applications": 2,
    "oauth2PermissionGrants": 2,
    "members": 3,
    "transitiveMembers": 5,
    "appRoleAssignments": 2,
    "users": 2,
}


def cost_of(resource: str, query: str) -> int:
    """Resource units of one request: ``resource`` is the last collection in its path."""
    cost = COSTS.get(resource, 1)
    if "$select=" in query or "%24select=" in query.lower():
        cost -= 1
    if "$expand=" in query or "%24expand=" in query.lower():
        cost += 1
    top = query.lower().replace("%24", "$").partition("$top=")[2].partition("&")[0]
    if top.isdigit() and int(top) < 20:
        cost -= 1
    return max(1, cost)


class Throttle:
    """Buckets that fill with time; ``clock`` is in seconds and monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def spend(self, tenant_id: str, client_id: str, users: int, resource: str, query: str) -> None:
        """Take what a request costs. Raises Graph's 429 where the bucket does not hold enough."""
        limits: list[tuple[str, Limit, float]] = []
        if resource in OTHER_LIMITS:
            limits.append((resource, OTHER_LIMITS[resource], 1))
        else:
            units = next((units for below, units in IDENTITY_LIMITS if users < below), LARGE_TENANT)
            limits.append(("identity", Limit(units, 10, True, True), cost_of(resource, query)))
        if "keycredentials" in query.lower():
            limits.append(("keyCredentials", OTHER_LIMITS["keyCredentials"], 1))
        for name, limit, cost in limits:
            self._take((name, tenant_id, client_id) if limit.per_client else (name, tenant_id), limit, cost)

    def _take(self, key: tuple[str, ...], limit: Limit, cost: float) -> None:
        now = self._clock()
        level, since = self._buckets.get(key, (limit.units, now))
        level = min(limit.units, level + (now - since) * limit.units / limit.seconds)
        if level < cost:
            self._buckets[key] = (level, now)
            wait = max(1, math.ceil((cost - level) * limit.seconds / limit.units))
            headers = {"Retry-After": str(wait)} if limit.retry_after else {}
            raise GraphError(429, "TooManyRequests", "Please retry again later.", headers)
        self._buckets[key] = (level - cost, now)
