"""What scan and report share about signatures: the options, and what is signed."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.signing import Signer

SIGNED = ("report.pdf", "archive.pdf")
"""The files that carry a signature in themselves."""


def add_signing(parser: argparse.ArgumentParser) -> None:
    """``--sign-p12``, ``--sign-key``, ``--sign-cert``, ``--sign-password-env``."""
    group = parser.add_argument_group(
        "signatures",
        "report.pdf, archive.pdf and the evidence's manifest are signed with your key (needs the extra sign); "
        "a signature tells who made the files and when, never an opinion on them",
    )
    group.add_argument("--sign-p12", type=Path, metavar="FILE", help="PKCS #12 file with key and certificate")
    group.add_argument("--sign-key", type=Path, metavar="FILE", help="private key, PEM or DER; with --sign-cert")
    group.add_argument("--sign-cert", type=Path, metavar="FILE", help="certificate of --sign-key")
    group.add_argument("--sign-password-env", metavar="NAME", help="variable that holds the key's password")


def signer(args: argparse.Namespace, environ: Mapping[str, str]) -> "Signer | None":
    """The signer that the options name; None where they name none. Raises SigningError before anything is done."""
    if not any((args.sign_p12, args.sign_key, args.sign_cert, args.sign_password_env)):
        return None
    from auditor.signing import SignAs, Signer

    return Signer(SignAs(args.sign_p12, args.sign_key, args.sign_cert, args.sign_password_env), environ)


def signed(files: Mapping[str, bytes], by: "Signer | None") -> dict[str, bytes]:
    """``files`` with those of :data:`SIGNED` signed, where there is a key."""
    if by is None:
        return dict(files)
    return {name: by.sign_pdf(content) if name in SIGNED else content for name, content in files.items()}
