"""Takes out of an answer what must not lie in a file: private keys, passwords, tokens. Certificates are public.

Microsoft Graph gives ``secretText`` once, when a password is made, and never on a read; the ``key`` of a signing key is
documented as a certificate. Should a service answer otherwise all the same, the bundle must not spread it.
"""

import base64
import binascii
import re
from typing import Any

import msgspec
from cryptography import x509

REMOVED = "[removed]"
"""Stands where a secret stood. It is no base64, so that it decodes to the same evidence: no certificate."""

_SHAPES = (
    ("private key", re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S)),
    ("token", re.compile(rb"\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*", re.ASCII)),
)

_STRING = rb"(?:[^\"\\]|\\.)*"
_SECRET_TEXT = re.compile(rb'("secretText"\s*:\s*")(' + _STRING + rb")", re.S)
_KEY = re.compile(rb'("key"\s*:\s*")(' + _STRING + rb")", re.S)


def redacted(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """``body`` as it may be kept, and what was taken out: nothing, as a rule, and then the very same bytes."""
    removed: list[str] = []
    try:
        document = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        document = None
        body = _cleaned_text(body, removed)
    if _clean(document, removed):
        body = msgspec.json.encode(document)
    body = _SECRET_TEXT.sub(lambda found: _without("secretText", found, removed), body)  # of a name that stands twice
    for name, shape in _SHAPES:
        body, count = shape.subn(REMOVED.encode(), body)
        removed += [name] * count
    return body, tuple(sorted(set(removed)))


def _clean(value: Any, removed: list[str]) -> bool:
    """Replace secrets within ``value`` in place; True where there was one."""
    found = False
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending += one
        elif isinstance(one, dict):
            pending += one.values()
            if one.get("secretText"):
                one["secretText"] = REMOVED
                removed.append("secretText")
                found = True
            keys = one.get("keyCredentials")
            for key in keys if isinstance(keys, list) else ():
                if isinstance(key, dict) and key.get("key") and not _is_certificate(key["key"]):
                    key["key"] = REMOVED
                    removed.append("key")
                    found = True
    return found


def _cleaned_text(body: bytes, removed: list[str]) -> bytes:
    """The same for what is no JSON (cut short, ill encoded, a number out of range): by its text, and at the doubt."""
    body = _SECRET_TEXT.sub(lambda found: _without("secretText", found, removed), body)
    if b'"keyCredentials"' not in body:
        return body
    return _KEY.sub(lambda found: _without("key", found, removed), body)


def _without(what: str, found: re.Match[bytes], removed: list[str]) -> bytes:
    """A property found in a text, without its value where that is a secret."""
    public = what == "key" and _is_certificate(found[2].decode("ascii", "replace"))
    if not found[2] or found[2] == REMOVED.encode() or public:
        return found[0]
    removed.append(what)
    return found[1] + REMOVED.encode()


def _is_certificate(key: object) -> bool:
    """True for base64 of one X.509 certificate and nothing behind it."""
    try:
        x509.load_der_x509_certificate(base64.b64decode(str(key), validate=True))
    except (binascii.Error, ValueError, TypeError, x509.InvalidVersion):
        return False
    return True
