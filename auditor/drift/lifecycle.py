"""Findings over time: which are new, which came back, which go on, which are resolved.

A status of unknown settles nothing: a failure that could not be read in between has neither gone nor come back.
"""

from collections.abc import Iterable

from auditor.model.finding import Finding, Status
from auditor.model.lifecycle import FindingHistory, Gone, Lifecycle, Standing, Stretch


def lifecycle(current: Iterable[Finding], history: FindingHistory) -> dict[str, Lifecycle]:
    """The standing of every finding that fails now or failed when it was last assessed, by fingerprint.

    A failure whose subject is gone is resolved, but not where its rule was skipped now or is unknown for anything in
    this scan: then nothing was settled.
    """
    findings = tuple(current)
    now = {finding.fingerprint: finding.status for finding in findings}
    standing: dict[str, Lifecycle] = {}
    for finding in findings:
        last = history.last_settled.get(finding.fingerprint)
        if finding.status is Status.FAIL:
            if last is Status.FAIL:
                standing[finding.fingerprint] = Lifecycle.CONTINUING
            elif finding.fingerprint in history.ever_failed:
                standing[finding.fingerprint] = Lifecycle.RECURRING
            else:
                standing[finding.fingerprint] = Lifecycle.NEW
        elif last is Status.FAIL:
            unknown = finding.status is Status.UNKNOWN
            standing[finding.fingerprint] = Lifecycle.UNSETTLED if unknown else Lifecycle.RESOLVED
    assessed = {finding.rule for finding in findings}
    unsettled = {finding.rule for finding in findings if finding.status is Status.UNKNOWN}
    for fingerprint, last in history.last_settled.items():
        if last is Status.FAIL and fingerprint not in now:
            rule = history.rules.get(fingerprint)
            settled = rule in assessed and rule not in unsettled
            standing[fingerprint] = Lifecycle.RESOLVED if settled else Lifecycle.UNSETTLED
    return standing


def standings(
    current: Iterable[Finding], history: FindingHistory, at: str
) -> tuple[dict[str, Standing], tuple[Gone, ...]]:
    """The same with when it was first seen and for how many scans: by fingerprint, and for what is no longer listed.

    ``at`` is when the current scan was finished, RFC 3339 in UTC.
    """
    findings = tuple(current)
    listed = {finding.fingerprint for finding in findings}
    told = {
        fingerprint: _standing(fingerprint, state, history, at)
        for fingerprint, state in lifecycle(findings, history).items()
    }
    gone = (
        Gone(fingerprint, history.rules[fingerprint], standing)
        for fingerprint, standing in told.items()
        if fingerprint not in listed
    )
    return (
        {fingerprint: standing for fingerprint, standing in told.items() if fingerprint in listed},
        tuple(sorted(gone, key=lambda one: (one.rule, one.fingerprint))),
    )


def _standing(fingerprint: str, state: Lifecycle, history: FindingHistory, at: str) -> Standing:
    before = history.stretches.get(fingerprint, Stretch(at, 0))
    fails = state not in (Lifecycle.RESOLVED, Lifecycle.UNSETTLED)
    return Standing(state, history.first_failed.get(fingerprint, at), before.since, before.scans + fails)
