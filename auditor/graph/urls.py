"""Addresses of Microsoft Graph as msgraph-sdk builds them, each expanded once and then filled in.

The SDK expands an RFC 6570 template anew for every request, at a third of a millisecond; a scan makes some twenty
addresses a tenant. Percent-encoding works character by character, so an address is the SDK's own text before and after
the value, and the value encoded between; :meth:`Address.expanded` is the slow way, and a test holds the two equal.
Nothing here sends, and nothing reaches an address unencoded.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

Build = Callable[[GraphServiceClient, str], tuple[Any, Any]]
"""From the SDK's client and a value to a request builder and its query parameters (or None)."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_NAMED_PARAMETER = re.compile(r"([?&])%24")
_PLACE = "zzVALUEzz"
"""Stands for the value while an address is expanded: unreserved characters, which the SDK leaves as they are."""


def literal(text: str) -> str:
    """An OData string literal: quotes doubled (OData 4.01, URL conventions, 5.1.1.6.2)."""
    return "'" + text.replace("'", "''") + "'"


def is_id(text: str) -> bool:
    """True where ``text`` can stand in a path as an object's id."""
    return _ID.fullmatch(text) is not None


class Address:
    """One address below ``/v1.0``, open where a value goes; without one, where ``build`` does not use it."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._pieces: list[str] | None = None

    def plain(self) -> str:
        """The address of a request that takes no value."""
        return self._around("")

    def of_id(self, object_id: str) -> str:
        """The address with an object's id in its path. Raises ValueError for what is no id."""
        if not is_id(object_id):
            raise ValueError("not an object's id")
        return self._around(object_id)

    def of_text(self, text: str) -> str:
        """The address with ``text`` in an OData literal of its query."""
        return self._around(text.replace("'", "''"))

    def expanded(self, value: str) -> str:
        """The address as the SDK itself expands it for ``value``."""
        builder, query = self._build(_graph(), value)
        configuration = RequestConfiguration(query_parameters=query) if query is not None else None
        information = builder.to_get_request_information(configuration)
        information.path_parameters["baseurl"] = ""
        # Documentation writes the `$` of system query options plain.
        return _NAMED_PARAMETER.sub(r"\1$", information.url)

    def _around(self, text: str) -> str:
        if self._pieces is None:
            self._pieces = self.expanded(_PLACE).split(_PLACE)
        return quote(text, safe="").join(self._pieces)


@cache
def _graph() -> GraphServiceClient:
    """The SDK's client for building alone: it has no tenant, no token, and a transport that cannot send."""
    nowhere = httpx.AsyncClient(transport=httpx.AsyncBaseTransport())
    return GraphServiceClient(request_adapter=GraphRequestAdapter(AnonymousAuthenticationProvider(), nowhere))
