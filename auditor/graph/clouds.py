"""Where each Microsoft cloud signs in and where its Graph is.

Source: Microsoft Graph, "National cloud deployments"; Microsoft Entra, "National clouds".
"""

import ipaddress
from urllib.parse import urlsplit

from msgspec import Struct


class Cloud(Struct, frozen=True):
    """One cloud. ``graph`` and ``authority`` are scheme and host (and port), with no path."""

    name: str
    graph: str
    authority: str | None
    audience: str
    """Resource whose ``/.default`` scope is asked for; the token's audience."""
    ca_file: str | None = None
    """PEM file of the authority that signed a private host's certificate."""
    private: bool = False
    """True for a cloud that the configuration adds: instance discovery does not know it."""

    @property
    def scope(self) -> str:
        """The scope of application permissions."""
        return f"{self.audience}/.default"


_CLOUDS = (
    Cloud("global", "https://graph.microsoft.com", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
    Cloud("usgov", "https://graph.microsoft.us", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
    Cloud(
        "usgov-dod",
        "https://dod-graph.microsoft.us",
        "https://login.microsoftonline.us",
        "https://dod-graph.microsoft.us",
    ),
    Cloud(
        "china",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
    ),
)
BUILT_IN = {cloud.name: cloud for cloud in _CLOUDS}


def check_endpoint(url: str, *, plain_http: bool) -> str:
    """``url`` without a trailing slash, where it is scheme and host alone; raises ValueError saying what is wrong.

    ``plain_http`` allows ``http``, and that for loopback addresses alone: a token never crosses a network in the clear.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("expected scheme and host, such as https://graph.microsoft.com")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise ValueError("expected scheme and host, with no path")
    if parts.scheme == "http" and not plain_http:
        raise ValueError("expected https: sign-in never goes over plain http")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("plain http is accepted for loopback addresses alone")
    _ = parts.port  # raises ValueError for a port that is no number
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and addresses of the loopback range."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
