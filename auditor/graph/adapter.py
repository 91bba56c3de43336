"""msgraph-sdk's request adapter, straight on a transport.

The stock adapter sends through httpx's client, which merges addresses, looks for cookies, redirects and hooks, and
through spans for a tracer that nobody set: half the CPU of a request, for nothing that is wanted here. What stays is
the SDK's: authentication, and the second try with claims where Graph demands them (continuous access evaluation).
"""

from functools import lru_cache
from typing import Any

import httpx
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.request_information import RequestInformation
from msgraph.graph_request_adapter import GraphRequestAdapter

from auditor.graph.errors import Refused


class TransportAdapter(GraphRequestAdapter):
    """Sends through ``transport`` alone; whoever owns it closes it. ``timeout`` is for connecting and for reading."""

    def __init__(
        self, authentication: AuthenticationProvider, transport: httpx.AsyncBaseTransport, timeout: httpx.Timeout
    ) -> None:
        super().__init__(authentication, _no_client())
        self._transport = transport
        self._extensions = {"timeout": timeout.as_dict()}

    async def exchange(self, request: RequestInformation) -> httpx.Response:
        """The whole answer to ``request``, whatever its status; raises what the transport and the sign-in raise."""
        return await self.get_http_response_message(request, None)

    async def get_http_response_message(
        self, request_info: RequestInformation, parent_span: Any, claims: str = ""
    ) -> httpx.Response:
        """The same, with the ``claims`` of an earlier demand; kiota calls this for the second try."""
        context = {self.CLAIMS_KEY: claims} if claims else {}
        await self._authentication_provider.authenticate_request(request_info, context)
        if request_info.http_method is None:
            raise ValueError("a request needs a method")
        response = await self._transport.handle_async_request(
            httpx.Request(
                request_info.http_method.value,
                _parsed(request_info.url),
                headers=request_info.request_headers,
                content=request_info.content,
                extensions=self._extensions,
            )
        )
        if response.status_code == 401 and not claims:
            response = await self.retry_cae_response_if_required(response, request_info, claims)
        return response


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """The address of a batch is the same for all tenants of a cloud. Raises Refused: a nextLink can be anything."""
    try:
        parsed = httpx.URL(url)
        named = bool(parsed.host)  # decoded as late as this
    except (httpx.InvalidURL, ValueError) as error:  # ValueError: IDNA and Unicode
        raise Refused(f"An address that cannot be one was refused ({type(error).__name__}).") from error
    if not named:
        raise Refused("An address without a host was refused.")
    return parsed


@lru_cache(maxsize=1)
def _no_client() -> httpx.AsyncClient:
    """What the stock adapter asks for and this one never uses: a client that cannot send."""
    return httpx.AsyncClient(transport=httpx.AsyncBaseTransport())
