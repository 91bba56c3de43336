"""What a route knows about the request it answers, and what it hands back."""

import json
import re
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from auditor.emulator.audit import Actor
from auditor.emulator.directory import Tenant
from auditor.emulator.errors import bad_request
from auditor.emulator.permissions import authorize

if TYPE_CHECKING:
    from auditor.emulator.service import GraphService
    from auditor.emulator.wire import Request

_KEYED = re.compile(r"([A-Za-z0-9$.]+)\((?:([A-Za-z]+)=)?'((?:[^']|'')*)'\)")


class Reply(NamedTuple):
    """An answer before it is put into bytes: ``value`` as JSON, or ``text`` as plain text, or neither."""

    value: Any = None
    status: int = 200
    text: str | None = None
    headers: dict[str, str] | None = None


class Context:
    """A request on a tenant with the caller's claims."""

    __slots__ = ("claims", "eventual", "held", "request", "resource", "segments", "service", "tenant")

    def __init__(
        self,
        request: "Request",
        tenant: Tenant,
        claims: dict[str, Any],
        service: "GraphService",
        segments: list[str],
    ) -> None:
        self.request = request
        self.tenant = tenant
        self.claims = claims
        self.service = service
        self.held: frozenset[str] = claims["_held"]
        self.segments = segments
        """The path below the version."""
        self.eventual = request.headers.get("consistencylevel", "").lower() == "eventual"
        self.resource = _resource(segments)
        """The collection that throttling counts the request for."""

    def authorize(self, request: str) -> None:
        """Raise 403 unless the token opens a request of ``permissions.PERMISSIONS``."""
        authorize(request, self.held)

    def metadata(self, fragment: str) -> str:
        """A context address for ``@odata.context``."""
        return f"{self.service.metadata_base(self.request)}/$metadata#{fragment}"

    def now(self) -> str:
        """The directory's clock as Graph writes times."""
        return self.service.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def wall(self) -> float:
        """The wall clock (in a reproducible run the directory's), in seconds: what page tokens expire by."""
        return self.service.wall().timestamp()

    def body(self) -> dict[str, Any]:
        """The JSON object in the request's body. Raises Graph's 400 for anything else."""
        try:
            found = json.loads(self.request.body or b"{}")
        except ValueError:
            raise bad_request("Unable to read JSON request payload.", "BadRequest") from None
        if not isinstance(found, dict):
            raise bad_request("Unable to read JSON request payload: an object was expected.", "BadRequest")
        return found

    def actor(self) -> Actor:
        """Who the token stands for."""
        user = self.tenant.users.get(str(self.claims.get("oid"))) if self.claims.get("idtyp") == "user" else None
        if user is not None:
            return Actor("user", user["displayName"], user["id"], None, user["userPrincipalName"])
        return Actor(
            "app", str(self.claims.get("app_displayname")), self.claims.get("oid"), str(self.claims.get("appid"))
        )


def split_key(segment: str) -> tuple[str, str | None, str | None]:
    """A path segment as (name, key property, key): ``users('x')`` has the key property ``id``."""
    found = _KEYED.fullmatch(segment)
    if found is None:
        return segment.removesuffix("()"), None, None
    return found[1], found[2] or "id", found[3].replace("''", "'")


def _resource(segments: list[str]) -> str:
    names = [split_key(one)[0] for one in segments]
    if names[:1] == ["identity"]:
        return "conditionalAccess"
    if names[:1] == ["auditLogs"]:
        return "directoryAudits"
    known = {
        "members",
        "transitiveMembers",
        "appRoleAssignments",
        "owners",
        "appRoleAssignedTo",
        "oauth2PermissionGrants",
    }
    return next((name for name in reversed(names) if name in known), names[0] if names else "")
