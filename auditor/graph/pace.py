"""Pacing: no scan asks a tenant for more than Graph's documented limits, so that its own doing does not throttle it.

Every limit is kept as "at most so many units in any window of so many seconds", which holds whether the service counts
by fixed windows, by sliding ones or by a bucket. A reservation is arithmetic on a few numbers: far from the limits
nothing waits. Limits belong to one application in one tenant, and so does a :class:`Pace`. What other programs spend in
the same tenant is not known here; the retry budget is there for that.

Source: Microsoft Graph, "Service-specific throttling limits". Figures age: they stand in this file alone.
"""

import re
import time
from collections import deque
from collections.abc import Callable, Iterable

from msgspec import Struct


class Limit(Struct, frozen=True):
    """So many units in any so many seconds."""

    units: int
    seconds: float


RESOURCE_UNITS = Limit(3_500, 10)
"""For a tenant under 50 users. Larger ones have 5,000, past 500 users 8,000; how large it is, a scan does not know."""

KEY_CREDENTIALS = Limit(150, 60)
"""Requests that select ``keyCredentials`` on a single object."""

OTHER_LIMITS = {
    "directoryAudits": Limit(5, 10),
    "conditionalAccessPolicies": Limit(1, 1),
}
"""Requests to services with limits of their own, which cost no resource units. By source of the catalogue."""

COSTS = {
    "application": 2,
    "applicationOwners": 2,
    "appRoleAssignments": 2,
    "assignments": 2,
    "groupMembers": 5,
    "notificationUsers": 2,
    "oauth2PermissionGrants": 2,
    "users": 2,
}
"""Resource units of a source's request before its query is looked at; one where it is not here."""

MARGIN_S = 0.1
"""Added to every window: requests do not arrive as evenly as they were sent."""

_ONE_OBJECT = frozenset({"servicePrincipal", "servicePrincipalKeys"})
_TOP = re.compile(r"[?&]\$top=(\d+)")


def units_of(source: str, url: str) -> int:
    """Resource units of one request: ``$select`` takes one off, ``$top`` under 20 another; one is the least."""
    units = COSTS.get(source, 1)
    if "$select=" in url:
        units -= 1
    if "$expand=" in url:
        units += 1
    if (top := _TOP.search(url)) is not None and int(top.group(1)) < 20:
        units -= 1
    return max(1, units)


class Pace:
    """The limits of one application in one tenant. ``clock`` is in seconds and monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._units = _Window(RESOURCE_UNITS)
        self._keys = _Window(KEY_CREDENTIALS)
        self._others = {source: _Window(limit) for source, limit in OTHER_LIMITS.items()}

    def reserve(self, source: str, url: str) -> float:
        """Seconds to wait before a request of ``source`` for ``url`` may go out; the room is taken by asking.

        Reservations of one limit are served in the order in which they are made.
        """
        now = self._clock()
        spending = list(self._spending(source, url))
        at = now
        for window, units in spending:
            at = window.earliest(at, units)
        for window, units in spending:
            window.spend(at, units)
        return at - now

    def _spending(self, source: str, url: str) -> Iterable[tuple["_Window", int]]:
        if source in self._others:
            yield self._others[source], 1
            return
        yield self._units, units_of(source, url)
        if source in _ONE_OBJECT and "keyCredentials" in url:
            yield self._keys, 1


class _Window:
    def __init__(self, limit: Limit) -> None:
        self._units = limit.units
        self._span = limit.seconds + MARGIN_S
        self._spent = 0
        self._spending: deque[tuple[float, int]] = deque()

    def earliest(self, now: float, units: int) -> float:
        """When ``units`` may be spent: ``now``, or when enough of what was spent before has left the window."""
        at = max(now, self._spending[-1][0]) if self._spending else now
        spent = self._spent
        for when, cost in self._spending:
            if when + self._span > at:
                if spent + units <= self._units:
                    break
                at = when + self._span
            spent -= cost
        return at

    def spend(self, at: float, units: int) -> None:
        """Count ``units`` as spent at ``at``, and forget what has left the window by then."""
        self._spending.append((at, units))
        self._spent += units
        while self._spending[0][0] + self._span <= at:
            self._spent -= self._spending.popleft()[1]
