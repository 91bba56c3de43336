"""Signatures with a key that the user gives: PAdES in a PDF, CMS beside a bundle's manifest. Needs the extra ``sign``.

A signature says that the holder of the key let this program make the file, and when; it is never an opinion on what the
file says. No key is ever made, looked for, or kept, and no time stamp or revocation service is asked.
Sources: ETSI EN 319 142-1 (PAdES baseline B-B); RFC 5652 (CMS).
"""

import asyncio
import contextlib
import hashlib
import importlib.util
import io
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from auditor.errors import UserError

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

_DIGEST = "sha256"
_FIELD = "AuditorSignature"


class SigningError(UserError):
    """What was given to sign with, or to check a signature by, cannot be used."""


class SignAs(Struct, frozen=True):
    """Where the key is: ``p12``, or ``key`` and ``certificate`` (PEM or DER); ``password_env`` names a variable."""

    p12: Path | None = None
    key: Path | None = None
    certificate: Path | None = None
    password_env: str | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.p12, self.key, self.certificate, self.password_env))


class Signed(Struct, frozen=True):
    """A signature that holds: who made it, as the certificate says, and whether it is the one that was asked for."""

    subject: str
    sha256: str
    """Fingerprint of the signer's certificate, in lower-case hexadecimal digits."""
    expected: bool | None = None
    """None where no certificate was asked for."""


class Signer:
    """Signs with one key."""

    def __init__(self, given: SignAs, environ: Mapping[str, str]) -> None:
        """Load the key; raises :class:`SigningError` that says what is missing, without the password."""
        _need_library()
        self._signer = _load(given, _password(given, environ))

    def sign_pdf(self, data: bytes) -> bytes:
        """``data`` with an invisible PAdES signature over all of it, appended: the pages are as they were."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import PdfSignatureMetadata, signers
        from pyhanko.sign.fields import SigSeedSubFilter

        about = PdfSignatureMetadata(
            field_name=_FIELD, md_algorithm=_DIGEST, subfilter=SigSeedSubFilter.PADES, reason=None, location=None
        )
        signed: io.BytesIO = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), about, signer=self._signer)
        return signed.getvalue()

    def sign_detached(self, data: bytes) -> bytes:
        """A detached CMS signature over ``data``, in DER."""
        signature: bytes = asyncio.run(
            self._signer.async_sign_general_data(data, digest_algorithm=_DIGEST, detached=True)
        ).dump()
        return signature


def check_detached(data: bytes, signature: bytes, certificate: Path | None = None) -> Signed | None:
    """Who signed ``data``; None where the signature does not hold.

    ``certificate`` is what the signer's must be, or be issued by. Raises :class:`SigningError` where this cannot be
    checked: an unchecked signature must not pass for a good one.
    """
    _need_library()
    from asn1crypto import cms
    from pyhanko import keys
    from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
    from pyhanko_certvalidator import ValidationContext

    wanted = None
    if certificate is not None:
        try:
            load: Any = keys.load_cert_from_pemder  # it carries no annotations
            wanted = load(str(certificate))
            wanted.subject.human_friendly  # noqa: B018 - it is parsed only when it is read
        except (OSError, ValueError) as error:
            raise SigningError(f"{certificate}: is no certificate.", "Give the signer's, as PEM or DER.") from error
    context = ValidationContext(trust_roots=[wanted] if wanted is not None else [], allow_fetching=False)
    try:
        content = cms.ContentInfo.load(signature, strict=True)["content"]
        with _silence():
            status: Any = asyncio.run(async_validate_detached_cms(data, content, signer_validation_context=context))
    except Exception:  # whatever a foreign signature makes the library say, it does not hold
        return None
    if not (status.intact and status.valid):
        return None
    signer = status.signing_cert
    return Signed(
        subject=str(signer.subject.human_friendly),
        sha256=hashlib.sha256(signer.dump()).hexdigest(),
        expected=None if wanted is None else signer.dump() == wanted.dump() or bool(status.trusted),
    )


def _need_library() -> None:
    if importlib.util.find_spec("pyhanko") is None:
        raise SigningError(
            "Signatures need pyHanko, which is not installed.",
            "Install it with: pip install 'entra-saml-auditor[sign]'",
        )


def _password(given: SignAs, environ: Mapping[str, str]) -> bytes | None:
    if given.password_env is None:
        return None
    password = environ.get(given.password_env)
    if not password:
        raise SigningError(f"The variable {given.password_env}, named for the key's password, is not set.")
    return password.encode()


def _load(given: SignAs, password: bytes | None) -> "SimpleSigner":
    from pyhanko.sign import signers

    simple: Any = signers.SimpleSigner  # its loaders carry no annotations
    if given.p12 is not None and given.key is None and given.certificate is None:
        files: tuple[Path, ...] = (given.p12,)
        signer = _quiet(lambda: simple.load_pkcs12(str(given.p12), passphrase=password))
    elif given.p12 is None and given.key is not None and given.certificate is not None:
        files = (given.key, given.certificate)
        signer = _quiet(lambda: simple.load(str(given.key), str(given.certificate), key_passphrase=password))
    else:
        raise SigningError("To sign, give either --sign-p12, or both --sign-key and --sign-cert.")
    if signer is None:
        named = " and ".join(str(file) for file in files)
        raise SigningError(
            f"{named}: cannot be used to sign.",
            "Check that the file is there, and that --sign-password-env names the variable with its password.",
        )
    return signer


def _quiet(load: Callable[[], Any]) -> "SimpleSigner | None":
    """What ``load`` gives; None where it fails, in whatever way, with nothing said: causes may carry key material."""
    try:
        with _silence():
            signer: SimpleSigner | None = load()
    except Exception:  # see above
        return None
    return signer


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Without pyHanko's log: what it says is told in words of ours, and a certificate of one's own is no fault."""
    log = logging.getLogger("pyhanko")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)
