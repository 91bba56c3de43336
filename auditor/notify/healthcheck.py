"""A sign of life for whoever watches that the scan runs at all: one GET when it begins, one when it ends.

The address is a secret and is never told. The convention is that of healthchecks.io and its kin: the address itself
means success, ``/start`` and ``/fail`` below it the rest.
"""

import http.client
import urllib.error
import urllib.request
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

TIMEOUT_S = 5.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Sign(StrEnum):
    """What is said; the value is what follows the address's path."""

    START = "/start"
    SUCCESS = ""
    FAIL = "/fail"


def ping(address: str, sign: Sign, *, timeout_s: float = TIMEOUT_S) -> str | None:
    """Send ``sign`` to ``address`` (https; plain http for loopback alone).

    None where it was taken, else what went wrong, in words that hold nothing of the address.
    """
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname
    except ValueError:
        host = None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return "the address is no https address"
    url = urlunsplit(parts._replace(path=parts.path.rstrip("/") + sign.value, fragment=""))
    request = urllib.request.Request(url, headers={"User-Agent": "auditor"})  # noqa: S310 - the scheme was checked
    try:
        with urllib.request.urlopen(request, timeout=timeout_s):  # noqa: S310 - the scheme was checked
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answered with status {error.code}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None)
        return f"no answer ({type(reason if isinstance(reason, Exception) else error).__name__})"
