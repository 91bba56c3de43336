"""Entra sign-in on loopback: metadata, keys, the token endpoint for clients, and a managed identity endpoint.

Interactive sign-in and device codes are not emulated. Sources: Microsoft identity platform, "OAuth 2.0 client
credentials flow", "Error codes"; App Service, "REST endpoint reference" for managed identities; RFC 6749.
"""

import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from auditor.emulator.assertions import ASSERTION_TYPE, check_assertion
from auditor.emulator.directory import Client, Tenant
from auditor.emulator.errors import SignInError
from auditor.emulator.tokens import LIFETIME_S, AccessTokens, Signer
from auditor.emulator.wire import Answer, Request

_COMMON = frozenset({"common", "organizations", "consumers"})


class SignInService:
    """Signs clients of the tenants given in. ``find`` gives the tenant of an id or a verified domain."""

    def __init__(self, find: Callable[[str], Tenant | None], tokens: AccessTokens, workload: Signer) -> None:
        self._find = find
        self._tokens = tokens
        self._workload = workload

    async def handle(self, request: Request) -> Answer:
        """Answer one request."""
        try:
            return self._route(request)
        except SignInError as error:
            return _refusal(request, error)

    def _route(self, request: Request) -> Answer:
        segments = [one for one in request.path.split("/") if one]
        if not segments:
            return _json(404, {"error": "not_found"})
        name, rest = segments[0], tuple(segments[1:])
        if rest == ("discovery", "instance"):
            return self._instance(request, name)
        if rest in (("discovery", "v2.0", "keys"), ("discovery", "keys")):
            return _json(200, {"keys": [self._tokens.signer.jwk]})
        if rest in (("v2.0", ".well-known", "openid-configuration"), (".well-known", "openid-configuration")):
            return self._configuration(request, name)
        if rest in (("oauth2", "v2.0", "token"), ("oauth2", "token")):
            if request.method != "POST":
                raise SignInError(400, "invalid_request", 900561, "The endpoint only accepts POST requests.")
            return self._token(request, name)
        return _json(404, {"error": "not_found"})

    def _tenant(self, name: str) -> Tenant:
        tenant = self._find(name)
        if tenant is None:
            raise SignInError(
                400,
                "invalid_request",
                90002,
                f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into "
                "the correct cloud. Check with your subscription administrator, this may happen if there are no "
                "active subscriptions for the tenant.",
            )
        return tenant

    @staticmethod
    def _instance(request: Request, name: str) -> Answer:
        asked = parse_qs(request.query).get("authorization_endpoint", [""])[0]
        tenant = asked.split("/")[3] if asked.count("/") > 3 else name
        return _json(
            200,
            {
                "tenant_discovery_endpoint": f"{request.base}/{tenant}/v2.0/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [
                    {
                        "preferred_network": request.host,
                        "preferred_cache": request.host,
                        "aliases": [request.host],
                    }
                ],
            },
        )

    def _configuration(self, request: Request, name: str) -> Answer:
        shown = name if name in _COMMON else self._tenant(name).id
        base = f"{request.base}/{shown}"
        issuer = "{tenantid}" if name in _COMMON else shown
        return _json(
            200,
            {
                "issuer": f"{request.base}/{issuer}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code", "id_token", "token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "tenant_region_scope": None,
                "cloud_instance_name": request.host,
            },
        )

    def _token(self, request: Request, name: str) -> Answer:
        form = {key: values[0] for key, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        tenant = self._tenant(name)
        request.tenant = tenant.id
        if "grant_type" not in form:
            raise SignInError(
                400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."
            )
        if form["grant_type"] != "client_credentials":
            raise SignInError(
                400,
                "unsupported_grant_type",
                70003,
                f"The app requested an unsupported grant type '{form['grant_type']}'.",
            )
        client_id = form.get("client_id", "").lower()
        if not client_id:
            raise SignInError(
                400, "invalid_request", 900144, "The request body must contain the following parameter: 'client_id'."
            )
        client = tenant.clients.get(client_id)
        if client is None:
            raise SignInError(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client_id}' was not found in the directory '{tenant.name}'. This can "
                "happen if the application has not been installed by the administrator of the tenant or consented to "
                "by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
            )
        request.client = client_id
        self._authenticate(request, form, tenant, client)
        audience = self._audience(form)
        token = self._tokens.issue(tenant, client, audience=audience)
        return _json(
            200,
            {
                "token_type": "Bearer",
                "expires_in": LIFETIME_S - 1,
                "ext_expires_in": LIFETIME_S - 1,
                "access_token": token,
            },
        )

    def _authenticate(self, request: Request, form: dict[str, str], tenant: Tenant, client: Client) -> None:
        assertion = form.get("client_assertion")
        if assertion is not None:
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise SignInError(
                    400,
                    "invalid_request",
                    900144,
                    "The request body must contain the following parameter: 'client_assertion_type'.",
                )
            audiences = {
                f"{request.base}/{name}{path}".lower()
                for name in (tenant.id, tenant.domain)
                for path in ("", "/v2.0", "/oauth2/v2.0/token", "/oauth2/token")
            }
            check_assertion(assertion, client, audiences, self._workload)
            return
        secret = form.get("client_secret")
        if secret is None:
            raise SignInError(
                401,
                "invalid_client",
                7000218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )
        if client.secret is None or not hmac.compare_digest(secret.encode(), client.secret.encode()):
            raise SignInError(
                401,
                "invalid_client",
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{client.client_id}'.",
            )
        if (
            client.secret_expires is not None
            and datetime.fromisoformat(client.secret_expires).timestamp() < time.time()
        ):
            raise SignInError(
                401,
                "invalid_client",
                7000222,
                f"The provided client secret keys for app '{client.client_id}' are expired.",
            )

    def _audience(self, form: dict[str, str]) -> str:
        scope = form.get("scope") or (f"{form['resource']}/.default" if form.get("resource") else "")
        if not scope:
            raise SignInError(
                400, "invalid_request", 90014, "The required field 'scope' is missing from the credential."
            )
        wanted = next((one for one in scope.split() if one.endswith("/.default")), None)
        if wanted is None:
            raise SignInError(
                400,
                "invalid_scope",
                1002012,
                f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value "
                "with /.default suffixed to the resource identifier (application ID URI).",
            )
        audience = wanted.removesuffix("/.default").rstrip("/")
        if audience not in self._tokens.audiences:
            raise SignInError(
                400,
                "invalid_resource",
                500011,
                f"The resource principal named {audience} was not found in the tenant. This can happen if the "
                "application has not been installed by the administrator of the tenant.",
            )
        return audience


class IdentityService:
    """The endpoint that App Service gives to a managed identity: ``/msi/TENANT/token`` beside Graph."""

    def __init__(self, find: Callable[[str], Tenant | None], tokens: AccessTokens, header: str) -> None:
        self._find = find
        self._tokens = tokens
        self._header = header

    async def handle(self, request: Request) -> Answer:
        """Answer one request with a token of the tenant's managed identity."""
        segments = [one for one in request.path.split("/") if one]
        query = {key: values[0] for key, values in parse_qs(request.query).items()}
        tenant = self._find(segments[1]) if len(segments) == 3 and segments[2] == "token" else None
        if tenant is None:
            return _json(404, {"statusCode": 404, "message": "No such identity endpoint."})
        request.tenant = tenant.id
        if not hmac.compare_digest(request.headers.get("x-identity-header", "").encode(), self._header.encode()):
            return _json(401, {"statusCode": 401, "message": "The X-IDENTITY-HEADER is missing or wrong."})
        resource = query.get("resource", "").rstrip("/")
        if resource not in self._tokens.audiences or query.get("api-version") != "2019-08-01":
            return _json(400, {"statusCode": 400, "message": "The parameters resource and api-version are not valid."})
        wanted = query.get("client_id", "").lower()
        client = next(
            (one for one in tenant.clients.values() if one.managed_identity and wanted in ("", one.client_id)), None
        )
        if client is None:
            return _json(400, {"statusCode": 400, "message": "No User Assigned or Delegated Managed Identity found."})
        request.client = client.client_id
        token = self._tokens.issue(tenant, client, audience=resource)
        return _json(
            200,
            {
                "access_token": token,
                "client_id": client.client_id,
                "expires_on": str(int(time.time()) + LIFETIME_S),
                "resource": resource,
                "token_type": "Bearer",
            },
        )


def _json(status: int, value: dict[str, Any]) -> Answer:
    headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "Pragma": "no-cache"}
    return Answer(status, json.dumps(value).encode(), headers)


def _refusal(request: Request, error: SignInError) -> Answer:
    stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    trace, correlation = str(uuid4()), request.headers.get("client-request-id") or request.id
    return _json(
        error.status,
        {
            "error": error.error,
            "error_description": f"AADSTS{error.number}: {error.message} Trace ID: {trace} "
            f"Correlation ID: {correlation} Timestamp: {stamp}",
            "error_codes": [error.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{request.base}/error?code={error.number}",
        },
    )
