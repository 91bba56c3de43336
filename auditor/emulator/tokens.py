"""Access tokens of the emulated sign-in: signed JWTs with the claims that Entra puts in, and their verification.

The signing keys are made at start and never leave the process. Source: Microsoft identity platform, "Access token
claims reference"; RFC 7515 (JWS), RFC 7519 (JWT).
"""

import base64
import hashlib
import json
import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from auditor.emulator.directory import Client, Tenant
from auditor.emulator.errors import GraphError

LIFETIME_S = 3600
_CACHE_LIMIT = 100_000


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Bytes of base64url text. Raises ``ValueError``."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def split(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, signed bytes and signature of a compact JWT. Raises ``ValueError`` for what is none."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("JWT is not well formed, there are no three parts")
    header, claims = (json.loads(decode(part)) for part in parts[:2])
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ValueError("JWT is not well formed, its parts are no objects")
    return header, claims, f"{parts[0]}.{parts[1]}".encode(), decode(parts[2])


def signature_holds(key: object, algorithm: object, signed: bytes, signature: bytes) -> bool:
    """Whether a JWT signature holds: RS256, PS256 or ES256."""
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm == "RS256":
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, rsa.RSAPublicKey) and algorithm == "PS256":
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            key.verify(signature, signed, pss, hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm == "ES256" and len(signature) == 64:
            halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
            key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


class Signer:
    """An RSA key made at start, with its JSON Web Key and a signing method."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_key = self._key.public_key()
        numbers = self.public_key.public_numbers()
        modulus = numbers.n.to_bytes(256, "big")
        self.kid = encode(hashlib.sha256(modulus).digest()[:20])
        self.jwk = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "x5t": self.kid,
            "n": encode(modulus),
            "e": encode(numbers.e.to_bytes(3, "big")),
        }

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWT of the claims."""
        header = {"typ": "JWT", "alg": "RS256", "x5t": self.kid, "kid": self.kid}
        head = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
        return f"{head}.{encode(self._key.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class AccessTokens:
    """Issues access tokens for Graph and verifies them."""

    def __init__(self, audiences: Iterable[str]) -> None:
        self.signer = Signer()
        self.audiences = {audience.rstrip("/") for audience in audiences}
        self._verified: dict[str, dict[str, Any]] = {}

    def issue(
        self,
        tenant: Tenant,
        client: Client,
        *,
        audience: str,
        roles: Iterable[str] | None = None,
        scopes: Iterable[str] | None = None,
        lifetime_s: int = LIFETIME_S,
    ) -> str:
        """An access token. With ``scopes`` a delegated one (``scp``), else an application's (``roles``)."""
        now = int(time.time())
        principal = tenant.service_principals.by("appId", client.client_id)
        object_id = principal[0]["id"] if principal else tenant.new_id("client", client.client_id)
        claims: dict[str, Any] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant.id}/",
            "iat": now,
            "nbf": now - 5,
            "exp": now + lifetime_s,
            "app_displayname": client.name,
            "appid": client.client_id,
            "appidacr": "1",
            "idp": f"https://sts.windows.net/{tenant.id}/",
            "tid": tenant.id,
            "uti": encode(uuid4().bytes),
            "ver": "1.0",
        }
        if scopes is not None:
            user = next((one["id"] for one in tenant.users), object_id)
            claims |= {"idtyp": "user", "oid": user, "sub": user, "scp": " ".join(scopes)}
        else:
            held = list(client.roles if roles is None else roles)
            claims |= {"idtyp": "app", "oid": object_id, "sub": object_id, "roles": held}
        return self.signer.sign(claims)

    def verify(self, authorization: str | None) -> dict[str, Any]:
        """The claims of an ``Authorization`` header. Raises Graph's 401 for a token that is none or expired."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorized("Access token is empty.")
        claims = self._verified.get(token)
        if claims is None:
            claims = self._check(token.strip())
            if len(self._verified) >= _CACHE_LIMIT:
                self._verified.clear()
            self._verified[token] = claims
        if time.time() >= claims["exp"]:
            raise _unauthorized("Lifetime validation failed, the token is expired.")
        return claims

    def _check(self, token: str) -> dict[str, Any]:
        try:
            header, claims, signed, signature = split(token)
        except ValueError:
            raise _unauthorized("CompactToken parsing failed with error code: 80049217") from None
        if not signature_holds(self.signer.public_key, header.get("alg"), signed, signature):
            raise _unauthorized("Access token validation failure. Invalid signature.")
        if str(claims.get("aud", "")).rstrip("/") not in self.audiences:
            raise _unauthorized("Access token validation failure. Invalid audience.")
        held = claims.get("roles") or str(claims.get("scp") or "").split()
        claims["_held"] = frozenset(held)
        return claims


def _unauthorized(message: str) -> GraphError:
    return GraphError(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": 'Bearer realm=""'})
