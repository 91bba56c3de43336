"""Sign-in: from a credential in the configuration to an azure-identity credential.

A secret is read from the variable or file that the configuration names when it is needed, handed to azure-identity, and
kept nowhere else. ``logging_enable`` is never set: it has written bodies with keys.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from msgspec import Struct

from auditor.graph.clouds import Cloud
from auditor.graph.errors import MissingSecret
from auditor.model.times import format_time

log = logging.getLogger(__name__)

KINDS = (
    "certificate",
    "client-secret",
    "workload-identity",
    "managed-identity",
    "azure-cli",
    "device-code",
    "interactive",
    "access-token",
)

EARLY_S = 300
"""Seconds before its end from which on a token is not used again."""


class CredentialSpec(Struct, frozen=True):
    """A credential as the configuration names it: where the secret is, never the secret."""

    kind: str
    path: str | None = None
    """PEM or PKCS #12 file of a certificate with its private key."""
    password_env: str | None = None
    env: str | None = None
    """Variable that holds a client secret or an access token."""
    token_file: str | None = None
    """File with a federated token, renewed by the platform."""


class _SyncCredential(Protocol):
    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken: ...

    def close(self) -> None: ...


class GivenToken(AsyncTokenCredential):
    """An access token that somebody else got. It is used as it is, until Graph no longer takes it."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """The token; its true lifetime is not known here."""
        return AccessToken(self._token, int(time.time()) + 3600)

    async def close(self) -> None:
        """Nothing to close."""

    async def __aexit__(self, *details: object) -> None:
        """Nothing to close."""


class Remembered(AsyncTokenCredential):
    """One tenant's credential, asked again only when its token runs out or Graph makes a demand (claims).

    azure-identity's own cache is searched at every request, at a tenth of a millisecond; the token is the same. A
    refresh begins :data:`EARLY_S` before the end, as there.
    """

    def __init__(self, credential: AsyncTokenCredential, clock: Callable[[], float] = time.time) -> None:
        self._credential = credential
        self._clock = clock
        self._tokens: dict[tuple[str, ...], AccessToken] = {}

    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """The token for ``scopes``; azure-identity's errors pass."""
        token = self._tokens.get(scopes)
        if token is None or kwargs.get("claims") or token.expires_on - EARLY_S <= self._clock():
            token = self._tokens[scopes] = await self._credential.get_token(*scopes, **kwargs)
        return token

    async def close(self) -> None:
        """Close the credential and forget its tokens."""
        self._tokens.clear()
        await self._credential.close()

    async def __aexit__(self, *details: object) -> None:
        """Close the credential and forget its tokens."""
        await self.close()


class InThread(AsyncTokenCredential):
    """A credential that azure-identity offers in blocking form alone (a person signs in), run beside the event loop."""

    def __init__(self, credential: _SyncCredential) -> None:
        self._credential = credential

    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """Ask the blocking credential in a thread."""
        return await asyncio.to_thread(self._credential.get_token, *scopes, **kwargs)

    async def close(self) -> None:
        """Close the blocking credential."""
        self._credential.close()

    async def __aexit__(self, *details: object) -> None:
        """Close the blocking credential."""
        self._credential.close()


def check_secret(spec: CredentialSpec, tenant: str, environ: Mapping[str, str]) -> None:
    """Raise :class:`MissingSecret` where the variable or file that ``spec`` names is not there; asks no network."""
    if spec.env is not None and not environ.get(spec.env, "").strip():
        raise MissingSecret(
            f"Tenant {tenant}: the environment variable {spec.env} is not set.",
            f"Set it to the {'access token' if spec.kind == 'access-token' else 'client secret'}, and run again.",
        )
    if spec.password_env is not None and spec.password_env not in environ:
        raise MissingSecret(
            f"Tenant {tenant}: the environment variable {spec.password_env} is not set.",
            f"Set {spec.password_env} to the password of the certificate's file.",
        )
    for name in (spec.path, spec.token_file):
        if name is not None and not os.access(name, os.R_OK):
            what = "certificate" if name == spec.path else "federated token"
            raise MissingSecret(
                f"Tenant {tenant}: the {what} file {name} cannot be read.",
                "Check the path (it is relative to the configuration file) and who may read it.",
            )


def new_credential(
    spec: CredentialSpec,
    *,
    tenant_id: str,
    client_id: str | None,
    cloud: Cloud,
    environ: Mapping[str, str],
    session: aiohttp.ClientSession | None = None,
) -> AsyncTokenCredential:
    """The credential for ``spec``: azure-identity's own, save for a token that is given.

    With ``session``, sign-in goes over its connections and its TLS context, which all tenants of a cloud share; the
    session keeps no cookies and stays open when the credential is closed. Without one, azure-identity opens its own.
    """
    if spec.kind == "access-token":
        return GivenToken(environ[spec.env or ""].strip())
    return Remembered(_azure_credential(spec, tenant_id, client_id, cloud, environ, session))


def _azure_credential(
    spec: CredentialSpec,
    tenant_id: str,
    client_id: str | None,
    cloud: Cloud,
    environ: Mapping[str, str],
    session: aiohttp.ClientSession | None,
) -> AsyncTokenCredential:
    """azure-identity's credential. Imports azure-identity, which takes a tenth of a second."""
    from azure.identity import DeviceCodeCredential, InteractiveBrowserCredential
    from azure.identity import aio as identity

    retries: dict[str, Any] = {"retry_total": 3, "retry_backoff_factor": 0.4}
    verified: dict[str, Any] = {"connection_verify": cloud.ca_file} if cloud.ca_file is not None else {}
    private: dict[str, Any] = {"disable_instance_discovery": True} if cloud.private else {}
    blocking = {"authority": cloud.authority, **private, **retries, **verified}
    signing_in = blocking
    if session is not None and cloud.authority is not None:
        from auditor.graph.signin_transport import SharedTransport

        signing_in = {**blocking, "transport": SharedTransport(session, cloud.authority)}
    client = client_id or ""
    match spec.kind:
        case "client-secret":
            secret = environ[spec.env or ""].strip()
            return identity.ClientSecretCredential(tenant_id, client, secret, **signing_in)
        case "certificate":
            password = environ[spec.password_env] if spec.password_env else None
            return identity.CertificateCredential(
                tenant_id, client, certificate_data=_certificate_bytes(spec), password=password, **signing_in
            )
        case "workload-identity":
            return identity.WorkloadIdentityCredential(
                tenant_id=tenant_id, client_id=client, token_file_path=spec.token_file, **signing_in
            )
        case "managed-identity":
            return identity.ManagedIdentityCredential(client_id=client_id, **retries, **verified)
        case "azure-cli":
            return identity.AzureCliCredential(tenant_id=tenant_id)
        case "device-code":
            return InThread(DeviceCodeCredential(client, prompt_callback=_prompt, tenant_id=tenant_id, **blocking))
        case "interactive":
            return InThread(InteractiveBrowserCredential(client_id=client, tenant_id=tenant_id, **blocking))
        case _:
            raise ValueError(f"unknown kind of credential: {spec.kind!r}")


def _certificate_bytes(spec: CredentialSpec) -> bytes:
    return Path(spec.path or "").read_bytes()


def _prompt(address: str, code: str, expires: datetime) -> None:
    """Tell the person what to do as a message: azure-identity's own prompt goes to standard output, which is data's."""
    log.warning("To sign in, open %s and enter the code %s before %s.", address, code, format_time(expires))
