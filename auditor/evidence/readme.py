"""README.txt of a bundle: what an auditor who has only this file needs to know. Plain text, 80 columns."""

from auditor.evidence.layout import FORMAT, VERSION, Manifest

_TEXT = """\
{format}, version {version}
{rule}

Scan {scan}, written by {tool}.

What this is
    The evidence behind an audit report on SAML single sign-on in Microsoft
    Entra ID: the answers of Microsoft Graph as they were received, what was
    read from them, the rules that were asked, and what came of it. The scan
    only read. This file holds no password, no token and no private key.

What lies where
    manifest.json                    SHA-256 and size of every other file
    manifest.p7s                     only where the scan was signed: a detached
                                     CMS signature (RFC 5652, DER) over
                                     manifest.json
    results.json                     everything that the scan found
    scan.json                        the scan: tool, clock, waivers, tenants
    packs/ID.json                    the rules, with the sentences they cite
    tenants/ID/coverage.json         every request, how it ended, its request
                                     id (Microsoft's own name for it), time,
                                     and the SHA-256 of the answer
    tenants/ID/bodies/SHA-256.json   the answers, named by that SHA-256
    tenants/ID/redactions.json       only where a secret was taken out of an
                                     answer: that one is not as received
    tenants/ID/snapshot.json         what was read from the answers, with sorted
                                     keys and lists; its SHA-256 is the
                                     snapshot_sha256 of results.json
    tenants/ID/audit-events.json     the audit log's entries that explain drift
    tenants/ID/tenant.json           verdict, findings and drift of the tenant
    A tenant that could not be read has no snapshot; tenant.json says why.

How to check it without any special program
    1. Hash a file and compare with manifest.json:
           sha256sum results.json
    2. An answer's hash is its name, and stands in coverage.json.
    3. Where manifest.p7s is there, with OpenSSL and the signer's certificate:
           openssl cms -verify -binary -inform DER -in manifest.p7s \\
               -content manifest.json -CAfile CERTIFICATE -purpose any
    Hashes show that the files belong together. That nobody wrote all of them
    anew, only a signature, or a hash of this file kept elsewhere, can show.

How to check it with the program that wrote it
    auditor verify evidence.zip
    auditor report evidence.zip --out DIR              the same reports again
    auditor scan --from-evidence evidence.zip          evaluates it again

What it cannot show
    What was true before or after the times in coverage.json, and what
    Microsoft Graph did not tell. A request whose outcome is not "ok" was not
    read: the findings that rest on it are "unknown", never "pass".
"""


def readme(manifest: Manifest) -> bytes:
    """The text, in ASCII; of ``manifest`` the scan and the tool are told."""
    title = f"{FORMAT}, version {VERSION}"
    text = _TEXT.format(format=FORMAT, version=VERSION, rule="=" * len(title), scan=manifest.scan, tool=manifest.tool)
    return text.encode("ascii", "backslashreplace")
