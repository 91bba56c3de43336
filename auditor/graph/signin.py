"""Getting a token: once before the first request, so that a refusal is told as what it is.

The token goes to the configured Graph host and nowhere else: the provider gives none for another address, and the
transport below checks again.
"""

import asyncio
import base64
import re
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError, ServiceResponseError
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)

from auditor.graph.clouds import Cloud
from auditor.graph.errors import ForeignToken, NotVerified, SetupError, SignInRefused, Unreachable
from auditor.graph.permissions import TokenClaims, read_claims

_CODE = re.compile(r"AADSTS\d+")
_HINTS = {
    "AADSTS7000215": "The client secret is wrong: set the variable to the secret's value, not to its id.",
    "AADSTS7000222": "The client secret has expired: make a new one.",
    "AADSTS700016": "The application (client_id) is not known in this tenant: check both, or consent to it there.",
    "AADSTS90002": "The tenant id is not known to this cloud: check id and cloud.",
    "AADSTS700027": "The certificate is not registered with the application, or has expired.",
}


class HostToken(AccessTokenProvider):
    """One tenant's tokens, for addresses of one Graph host alone: any other gets none."""

    def __init__(self, credential: AsyncTokenCredential, cloud: Cloud) -> None:
        self._credential = credential
        self._scope = cloud.scope
        self._below = cloud.graph + "/"
        self._hosts = AllowedHostsValidator([urlsplit(cloud.graph).hostname or ""])

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        """The token for ``uri``, anew where the context carries claims that Graph demands; azure-core's errors pass."""
        if not uri.startswith(self._below):
            return ""
        demanded = (additional_authentication_context or {}).get("claims")
        claims = _demand(demanded) if isinstance(demanded, str) else None
        return (await self._credential.get_token(self._scope, claims=claims, enable_cae=True)).token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        """The Graph host, as kiota asks for it."""
        return self._hosts


def _demand(encoded: str) -> str | None:
    """The claims that an answer's challenge holds; None where they cannot be read, and the second try is as the first.

    They are left out rather than raised: a broken header costs the request, not the tenant.
    """
    try:
        return base64.b64decode(encoded).decode()
    except ValueError:
        return None


def authentication(credential: AsyncTokenCredential, cloud: Cloud) -> BaseBearerTokenAuthenticationProvider:
    """Kiota's provider of bearer tokens, for the cloud's Graph host alone."""
    return BaseBearerTokenAuthenticationProvider(HostToken(credential, cloud))


async def first_token(
    credential: AsyncTokenCredential, cloud: Cloud, tenant_id: str, tenant: str, limit_s: float
) -> TokenClaims | None:
    """Sign in, and read what the token says of itself (None where it is opaque).

    Raises :class:`SignInRefused`, :class:`Unreachable`, :class:`NotVerified`, :class:`ForeignToken`, or
    :class:`SetupError` for a credential that this machine cannot use.
    """
    try:
        async with asyncio.timeout(limit_s):
            token = await credential.get_token(cloud.scope, claims=None, enable_cae=True)
    except TimeoutError as error:
        raise Unreachable(
            f"Tenant {tenant}: {cloud.authority} gave no token in time.", "Check the network and the proxy."
        ) from error
    except ClientAuthenticationError as error:
        raise _refusal(error, tenant) from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise unreachable(f"Tenant {tenant}: sign-in at {cloud.authority}", str(error)) from error
    except AzureError as error:
        raise SignInRefused(f"Tenant {tenant}: sign-in failed ({type(error).__name__}).") from error
    except ValueError as error:
        raise SetupError(
            f"Tenant {tenant}: the credential cannot be used: {str(error)[:200]}",
            "A certificate file must hold the certificate and its private key, in PEM or PKCS #12.",
        ) from error
    claims = read_claims(token.token)
    if claims is not None and claims.tid and claims.tid.lower() != tenant_id.lower():
        raise ForeignToken(
            f"Tenant {tenant}: the access token is for another tenant ({claims.tid[:36]}).",
            f"Get one for {tenant_id}.",
        )
    return claims


def unreachable(what: str, detail: str) -> SetupError:
    """The error for a host that gives no connection: a certificate that does not verify is told apart."""
    if "CERTIFICATE_VERIFY_FAILED" in detail or "certificate verify failed" in detail:
        return NotVerified(
            f"{what}: the TLS certificate does not verify.",
            "For a private authority, name its PEM file as ca_file in the cloud's table.",
        )
    return Unreachable(f"{what}: no connection.", "Check the address, the network and the proxy.")


def _refusal(error: ClientAuthenticationError, tenant: str) -> SetupError | SignInRefused:
    from azure.identity import CredentialUnavailableError

    if isinstance(error, CredentialUnavailableError):
        return SetupError(f"Tenant {tenant}: the credential is not available here.", _first_line(str(error)))
    code = match.group() if (match := _CODE.search(str(error))) else None
    told = f" ({code})" if code else ""
    return SignInRefused(f"Tenant {tenant}: the sign-in was refused{told}.", _HINTS.get(code or "", ""))


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else ""
