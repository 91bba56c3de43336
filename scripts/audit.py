#!/usr/bin/env python3
"""Ask pip-audit for known vulnerabilities of what the lock files pin; say so where it cannot know.

Usage: scripts/audit.py PIP-AUDIT LOCK... Exit code 1 where a vulnerability is known, else 0: advisories come and go
without any change here, so that no check of the code hangs on them.
"""

import json
import subprocess
import sys


def audit(command: str, lock: str) -> int:
    """Print what is known of one lock file; give the number of vulnerabilities."""
    options = ["--requirement", lock, "--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off"]
    ran = subprocess.run([command, *options], capture_output=True, text=True, check=False)  # noqa: S603 - the Makefile's
    try:
        pinned = json.loads(ran.stdout)["dependencies"]
    except ValueError:
        print(f"{lock}: not audited: the advisory service was not reached")
        return 0
    known = [one for one in pinned if "vulns" in one]
    vulnerable = [one for one in known if one["vulns"]]
    for one in vulnerable:
        for found in one["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no release yet"
            print(f"{lock}: {one['name']} {one['version']}: {found['id']} (mended in: {fixed})")
    skipped = len(pinned) - len(known)
    told = f", {skipped} not known to the advisory service and NOT audited" if skipped else ""
    print(f"{lock}: {len(known)} of {len(pinned)} packages audited, {len(vulnerable)} with known vulnerabilities{told}")
    return len(vulnerable)


if __name__ == "__main__":
    sys.exit(1 if sum([audit(sys.argv[1], lock) for lock in sys.argv[2:]]) else 0)
