"""Microsoft Graph as a caller meets it: authentication, tenant, version, errors, headers and ``$batch``.

What a path means is decided in ``routes``. Source: Microsoft Graph, "Error responses and resource types", "Combine
multiple requests in one HTTP call using JSON batching".
"""

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from auditor.emulator import routes
from auditor.emulator.context import Context, Reply
from auditor.emulator.directory import Tenant
from auditor.emulator.errors import GraphError, bad_request
from auditor.emulator.requestlog import Part
from auditor.emulator.throttle import Throttle
from auditor.emulator.tokens import AccessTokens
from auditor.emulator.wire import Answer, Request

MAX_PARTS = 20
JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

_encode = msgspec.json.Encoder().encode


class GraphService:
    """Answers Graph requests for the tenants given."""

    def __init__(
        self,
        tenants: dict[str, Tenant],
        tokens: AccessTokens,
        *,
        now: Callable[[], datetime],
        writable: bool,
        throttle: Throttle | None,
        skip_token_lifetime_s: float | None = None,
        reproducible: bool = False,
    ) -> None:
        self.tenants = tenants
        self.tokens = tokens
        self.now = now
        self.writable = writable
        self.throttle = throttle
        self.skip_token_lifetime_s = skip_token_lifetime_s
        self._repeats: Counter[str] | None = Counter() if reproducible else None
        self.through: Callable[[Request], Awaitable[Answer]] = self.handle

    async def handle(self, request: Request) -> Answer:
        """Answer one request, or one part of a batch."""
        try:
            context = self._authenticate(request)
            if context.segments == ["$batch"]:
                return self._finish(request, await self._batch(context))
            if self.throttle is not None:
                self.throttle.spend(
                    context.tenant.id, request.client or "", context.tenant.size, context.resource, request.query
                )
            return self._finish(request, routes.answer(context))
        except GraphError as error:
            return self._refuse(request, error)

    def _authenticate(self, request: Request) -> Context:
        version, _, rest = request.path.lstrip("/").partition("/")
        if version != "v1.0":
            if version == "beta":
                raise GraphError(400, "BadRequest", "Invalid version: beta")
            raise GraphError(400, "BadRequest", f"Invalid version: {version[:60]}")
        claims = self.tokens.verify(request.headers.get("authorization"))
        tenant = self.tenants.get(claims.get("tid", ""))
        if tenant is None:
            raise GraphError(
                401, "InvalidAuthenticationToken", "The identity of the calling application could not be established."
            )
        request.tenant, request.client = tenant.id, claims.get("appid")
        if self._repeats is not None:
            self._derive_id(request, self._repeats)
        if request.method != "GET" and not self.writable and rest.strip("/") != "$batch":
            raise GraphError(
                405,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
                {"Allow": "GET"},
            )
        return Context(request, tenant, claims, self, [one for one in rest.split("/") if one])

    @staticmethod
    def _derive_id(request: Request, repeats: Counter[str]) -> None:
        """Give the request an id that depends on what is asked, and on how often it was asked before, alone."""
        asked = f"{request.tenant} {request.client} {request.method} {request.path}?{request.query}"
        asked += sha256(request.body).hexdigest() if request.body else ""
        repeats[asked] += 1
        request.id = str(uuid5(NAMESPACE_URL, f"{asked} {repeats[asked]}"))

    def _finish(self, request: Request, reply: Reply) -> Answer:
        headers = self._headers(request)
        if reply.headers:
            headers.update(reply.headers)
        if reply.text is not None:
            headers["Content-Type"] = "text/plain"
            return Answer(reply.status, reply.text.encode(), headers)
        if reply.value is None:
            return Answer(reply.status, b"", headers)
        headers["Content-Type"] = JSON_TYPE
        return Answer(reply.status, _encode(reply.value), headers)

    def _refuse(self, request: Request, error: GraphError) -> Answer:
        headers = self._headers(request) | error.headers
        headers["Content-Type"] = "application/json"
        body = {
            "error": {
                "code": error.code,
                "message": error.message,
                "innerError": {
                    "date": self.wall().strftime("%Y-%m-%dT%H:%M:%S"),
                    "request-id": request.id,
                    "client-request-id": headers["client-request-id"] if self._repeats is None else request.id,
                },
            }
        }
        return Answer(error.status, _encode(body), headers)

    def wall(self) -> datetime:
        """The wall clock; in a reproducible run the directory's, so that no byte depends on the hour."""
        return datetime.now(UTC) if self._repeats is None else self.now()

    def metadata_base(self, request: Request) -> str:
        """Where context addresses begin: the host that the caller used, or a fixed one in a reproducible run."""
        return f"{request.base}/v1.0" if self._repeats is None else "https://graph.microsoft.com/v1.0"

    @staticmethod
    def _headers(request: Request) -> dict[str, str]:
        return {
            "request-id": request.id,
            "client-request-id": request.headers.get("client-request-id") or request.id,
            "OData-Version": "4.0",
            "Cache-Control": "no-cache",
        }

    async def _batch(self, context: Context) -> Reply:
        request = context.request
        if request.parent is not None:
            raise bad_request("A batch request cannot contain another batch request.", "BadRequest")
        if request.method != "POST":
            raise GraphError(
                405,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
                {"Allow": "POST"},
            )
        parts = _parts_of(request.body)
        answers: dict[str, dict[str, Any]] = {}
        for part in parts:
            answers[part["id"]] = await self._part(context, part, answers)
        responses = list(answers.values())
        random.Random(request.body).shuffle(responses)  # noqa: S311 - an order that tests can repeat, no secret
        return Reply({"responses": responses})

    async def _part(self, context: Context, part: dict[str, Any], before: dict[str, dict[str, Any]]) -> dict[str, Any]:
        outer = context.request
        method, url = part["method"].upper(), part["url"]
        path, _, query = url.partition("?")
        headers = {str(name).lower(): str(value) for name, value in (part.get("headers") or {}).items()}
        headers.setdefault("authorization", outer.headers.get("authorization", ""))
        body = json.dumps(part["body"]).encode() if "body" in part else b""
        version = "" if path.startswith(("/v1.0/", "/beta/")) else "/v1.0/"
        inner = Request(
            "graph",
            method,
            version + (path.lstrip("/") if version else path),
            query,
            headers,
            body,
            outer.scheme,
            outer.host,
        )
        inner.part, inner.parent = part["id"], outer
        failed = next((one for one in part.get("dependsOn") or () if before[one]["status"] >= 400), None)
        if failed is not None:
            answer = self._refuse(
                inner, GraphError(424, "FailedDependency", "A request on which this request depended has failed.")
            )
        else:
            answer = await self.through(inner)
        outer.parts.append(Part(part["id"], method, url, answer.status, inner.fault))
        content = answer.headers.get("Content-Type", "")
        found: dict[str, Any] = {"id": part["id"], "status": answer.status, "headers": answer.headers}
        if answer.body:
            found["body"] = msgspec.Raw(answer.body) if "json" in content else answer.body.decode()
        return found


def _parts_of(body: bytes) -> list[dict[str, Any]]:
    """The parts of a batch, checked as a whole: one wrong part refuses the batch."""
    try:
        parts = json.loads(body)["requests"]
    except (ValueError, KeyError, TypeError):
        raise bad_request("Invalid batch payload format.", "BadRequest") from None
    if not isinstance(parts, list) or not parts:
        raise bad_request("Invalid batch payload format.", "BadRequest")
    if len(parts) > MAX_PARTS:
        raise bad_request(
            f"Number of batch request steps exceeds the maximum value of {MAX_PARTS}.", "MaximumValueExceeded"
        )
    ids: list[str] = []
    for part in parts:
        if not isinstance(part, dict) or not all(isinstance(part.get(name), str) for name in ("id", "method", "url")):
            raise bad_request("Invalid batch payload format: a request needs id, method and url.", "BadRequest")
        if part["id"] in ids:
            raise bad_request(f"Request Id '{part['id']}' is not unique.", "BadRequest")
        if part["url"].startswith(("http:", "https:")):
            raise bad_request("Invalid batch payload format: url must be relative.", "BadRequest")
        for other in part.get("dependsOn") or ():
            if other not in ids:
                raise bad_request(
                    f"Request '{part['id']}' depends on '{other}', which does not come before it.", "BadRequest"
                )
        ids.append(part["id"])
    return parts
