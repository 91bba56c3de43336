"""Sign-in over connections that all tenants of a cloud share: azure-identity's requests on our session.

A credential's own transport costs a tenant a TLS context and a handshake, some 20 ms of CPU. This one knows no token
and no secret beyond the request that it carries, and goes to the cloud's authority alone.
"""

from typing import Any
from urllib.parse import urlsplit

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport

from auditor.graph.errors import Refused
from auditor.graph.transport import proxy_options


class SharedTransport(AioHttpTransport):  # type: ignore[misc]  # azure-core gives the name by a module __getattr__
    """azure-core's aiohttp transport over a session that it does not own, to one ``authority`` (scheme and host)."""

    def __init__(self, session: aiohttp.ClientSession, authority: str) -> None:
        super().__init__(session=session, session_owner=False)
        parts = urlsplit(authority)
        self._origin = (parts.scheme, parts.netloc)
        self._proxy = proxy_options(parts.scheme, parts.hostname or "")

    async def send(self, request: Any, **options: Any) -> Any:
        """Send a sign-in request; raises :class:`Refused`, before anything is sent, where it is for another host."""
        parts = urlsplit(request.url)
        if (parts.scheme, parts.netloc) != self._origin:
            raise Refused(f"A sign-in request to another host was refused: {parts.scheme}://{parts.hostname}.")
        return await super().send(request, **self._proxy, **options)
