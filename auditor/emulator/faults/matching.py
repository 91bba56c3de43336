"""Which requests a rule speaks of, and which of those are its turn."""

import base64
import binascii
import json
import random
from fnmatch import fnmatchcase
from urllib.parse import unquote

from msgspec import Struct

from auditor.emulator.wire import Request

SERVICES = ("graph", "signin", "identity")


class Match(Struct, frozen=True):
    """What a request must be; None stands for anything."""

    service: str = "graph"
    tenants: frozenset[str] | None = None
    """Names that the tenant may go by in a request, in lower case: its id, its domain."""
    method: str | None = None
    path: str | None = None
    """Pattern of the path: ``*`` for any characters, ``?`` for one, ``[…]`` for one of several."""
    query: str | None = None
    """Pattern of the query, percent-decoded."""
    part: bool | None = None
    """True for parts of a ``$batch`` alone, False for whole requests alone."""

    def fits(self, request: Request) -> bool:
        """True for a request that the rule speaks of."""
        return (
            request.service == self.service
            and self.part in (None, request.part is not None)
            and self.method in (None, request.method)
            and (self.path is None or fnmatchcase(request.path, self.path))
            and (self.query is None or fnmatchcase(unquote(request.query), self.query))
            and (self.tenants is None or tenant_of(request) in self.tenants)
        )


class Turn(Struct, frozen=True):
    """Which of the requests that fit, counted from 1: ``times`` of them from the ``nth`` on, None for all of these.

    ``share`` takes of those a random part, the same in every run for the same ``seed``. ``per_tenant`` counts the
    requests of each tenant by themselves.
    """

    nth: int = 1
    times: int | None = None
    share: float = 1.0
    seed: int = 0
    per_tenant: bool = False

    def has_come(self, count: int) -> bool:
        """True where it is the turn of the request that is the ``count``-th to fit."""
        if count < self.nth or (self.times is not None and count >= self.nth + self.times):
            return False
        return self.share >= 1 or random.Random(f"{self.seed} {count}").random() < self.share  # noqa: S311 - no secret


class Counter:
    """Counts the requests of one rule."""

    def __init__(self, match: Match, turn: Turn) -> None:
        self._match = match
        self._turn = turn
        self._counts: dict[str | None, int] = {}

    def is_turn(self, request: Request) -> bool:
        """Count the request, if it fits; True where its turn has come."""
        if not self._match.fits(request):
            return False
        key = tenant_of(request) if self._turn.per_tenant else None
        self._counts[key] = count = self._counts.get(key, 0) + 1
        return self._turn.has_come(count)


def tenant_of(request: Request) -> str | None:
    """The tenant that a request speaks of, before anybody has verified it: its token's, or that of its path."""
    if request.service == "graph":
        return _claimed(request.headers.get("authorization", ""))
    segments = request.path.strip("/").split("/")
    return segments[1 if request.service == "identity" and len(segments) > 1 else 0].lower() or None


def _claimed(authorization: str) -> str | None:
    parts = authorization.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    tenant = claims.get("tid") if isinstance(claims, dict) else None
    return tenant.lower() if isinstance(tenant, str) else None
