"""``auditor verify``: whether an evidence bundle is as it was written, and who signed it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.evidence import Bundle, Fault

NAME = "verify"
HELP = "check an evidence bundle: every hash, what follows from what, and its signature where there is one"
EPILOG = """example:
  auditor verify reports/evidence.zip
  auditor verify reports/evidence.zip --signer auditor.pem
Exit codes: 0 good, 1 not as it was written, or not signed by --signer (each file is named), 2 no bundle, or a signature
that cannot be checked here. Nothing is unpacked, and no network is asked."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="evidence.zip of a scan")
    parser.add_argument(
        "--signer", type=Path, metavar="CERT", help="certificate that must have signed it, or issued the signer's"
    )


def run(args: argparse.Namespace) -> int:
    """Check; print what was found; 0, or 1 where something is wrong."""
    from auditor.cli.exits import Exit
    from auditor.evidence import Bundle, Tampered

    try:
        with Bundle(args.bundle) as bundle:
            faults, told = _checked(bundle, args.signer)
            count, size = len(bundle.manifest.files), sum(one.size for one in bundle.manifest.files.values())
            head = f"scan {bundle.manifest.scan}, {len(bundle.head.tenants)} tenants, {count} files, {size} bytes"
    except Tampered as error:
        return _tampered(args.bundle, list(error.faults))
    if faults:
        return _tampered(args.bundle, faults)
    print(f"{args.bundle}: good: {head}")
    print("\n".join(told))
    return Exit.OK


def _tampered(path: Path, faults: "list[Fault]") -> int:
    from auditor.cli.exits import Exit

    print(f"{path}: NOT as it was written:")
    for fault in faults:
        print(f"  {fault}")
    return Exit.FINDINGS


def _checked(bundle: "Bundle", signer: Path | None) -> "tuple[list[Fault], list[str]]":
    """What is wrong beyond the hashes, and lines on what was found."""
    import asyncio

    from auditor import custody, job

    faults, told = _signature(bundle, signer)
    derived = asyncio.run(custody.derivation_faults(bundle, job.results_json))
    if derived is None:
        version = bundle.head.result.tool_version
        told.append(f"Written by version {version}; what follows from the answers was not derived again.")
    else:
        faults += derived
        told.append("Snapshots follow from the answers, findings from snapshots and rules, results.json from findings.")
    return faults, told


def _signature(bundle: "Bundle", signer: Path | None) -> "tuple[list[Fault], list[str]]":
    from auditor.evidence import Fault
    from auditor.evidence.errors import printable
    from auditor.evidence.layout import MANIFEST, SIGNATURE
    from auditor.signing import check_detached

    signature = bundle.signature
    if signature is None:
        if signer is not None:
            return [Fault(SIGNATURE, "is missing: the bundle is not signed")], []
        return [], ["Not signed: the hashes show that the files belong together, not who wrote them."]
    found = check_detached(bundle.signed, signature, signer)
    if found is None:
        return [Fault(SIGNATURE, f"is no good signature over {MANIFEST}")], []
    who = f"{printable(found.subject)} (certificate SHA-256 {found.sha256})"
    if found.expected is False:
        return [Fault(SIGNATURE, f"was made by {who}, not by --signer")], []
    if found.expected:
        return [], [f"Signed by {who}, as --signer asks."]
    return [], [f"Signed by {who}; whose certificate that is was not checked: name it with --signer."]
