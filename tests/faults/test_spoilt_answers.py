"""Rows 12 and 24: any one property of any one answer is missing, null, empty, of another type, huge or hostile.

The scan ends, tells every rule and why, and rests on nothing that it was not given. ``make test`` spoils some of the
properties, always the same; ``make sweep`` (AUDITOR_SWEEP set) spoils them all.
"""

import os
import random
from collections import defaultdict
from typing import NamedTuple

import pytest

from auditor import pipeline
from auditor.emulator import Emulator
from auditor.model.finding import Finding, Status, TenantStatus
from auditor.model.result import TenantResult
from auditor.model.rule import Pack
from tests.faults.answers import KINDS, LOST, Site, Spoiler, sites
from tests.faults.conftest import NewLab
from tests.faults.sweep import DISCOVERY
from tests.scan.conftest import run, scan_of, token_tenant

pytestmark = [pytest.mark.fault(12), pytest.mark.fault(24)]

SHARES = 4
"""Parts in which a tenant's properties are spoilt, so that several workers share them."""
SPOILT = 10**6 if os.environ.get("AUDITOR_SWEEP") else 4
"""Properties a part."""


class Scene(NamedTuple):
    """A tenant on an emulator whose answers can be spoilt, and its scan when none is."""

    scan: pipeline.Scan
    spoiler: Spoiler
    whole: TenantResult
    where: list[Site]

    def spoilt(self, site: Site, kind: str) -> TenantResult:
        """The scan of the tenant with one property spoilt."""
        self.spoiler.spoil(site, kind)
        try:
            (result,) = run(self.scan)
        finally:
            self.spoiler.spoil(None)
        return result


_scenes: dict[tuple[int, str], Scene] = {}


def _scene(emulator: Emulator, packs: tuple[Pack, ...], name: str) -> Scene:
    if (id(emulator), name) not in _scenes:
        _scenes[id(emulator), name] = _first(emulator, packs, name)
    return _scenes[id(emulator), name]


def _first(emulator: Emulator, packs: tuple[Pack, ...], name: str) -> Scene:
    spoiler = Spoiler()
    emulator.middleware = spoiler
    scan = scan_of(packs, [token_tenant(emulator, name)], {"TOKEN": emulator.token(name)})
    (whole,) = run(scan)
    where = sites(spoiler.answers)
    random.Random(name).shuffle(where)  # noqa: S311 - a choice that repeats, no secret
    return Scene(scan, spoiler, whole, where)


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("name", ["contoso", "fabrikam", "northwind", "tailspin"])
def test_no_property_is_taken_for_granted(
    name: str, share: int, emulator: Emulator, packs: tuple[Pack, ...], new_lab: NewLab
) -> None:
    new_lab(emulator)  # waits are skipped
    scene = _scene(emulator, packs, name)
    emulator.middleware = scene.spoiler
    try:
        for site in scene.where[share::SHARES][:SPOILT]:
            _verify(scene, site)
    finally:
        emulator.middleware = None


def test_the_walk_finds_every_property(emulator: Emulator, packs: tuple[Pack, ...], new_lab: NewLab) -> None:
    new_lab(emulator)
    scene = _scene(emulator, packs, "contoso")
    emulator.middleware = None
    names = {pointer[-1] for _, pointer in scene.where}
    assert {"identifierUris", "loginUrl", "relayState", "endDateTime", "accountEnabled", "definition", "code"} <= names
    assert len(scene.where) > 400


def _verify(scene: Scene, site: Site) -> None:
    results = {kind: scene.spoilt(site, kind) for kind in KINDS}
    for kind, result in results.items():
        about = f"{kind} at {site.pointer} of {site.request}"
        assert "internal error" not in (result.cause or ""), about
        assert {finding.rule for finding in result.findings} == {finding.rule for finding in scene.whole.findings}
        for finding in result.findings:
            assert finding.reason, f"{about}: {finding.rule} says nothing"
            assert finding.status is not Status.UNKNOWN or finding.causes, f"{about}: {finding.rule} names no cause"
        assert all(entry.cause for entry in result.coverage if entry.outcome != "ok"), about
    before = _statuses(scene.whole.findings)
    told = {kind: _statuses(result.findings) for kind, result in results.items()}
    for rule, statuses in before.items():
        decides = [kind for kind in results if kind not in LOST and Status.FAIL in told[kind][rule] - statuses]
        for kind in LOST:
            if kind == "removed" and isinstance(site.pointer[-1], int):
                continue  # a list with a member less is a list
            about = f"{kind} at {site.pointer} of {site.request}: {rule} was {statuses}, and is {told[kind][rule]}"
            if Status.FAIL in statuses and not _undiscovered(results[kind]):
                assert told[kind][rule] & {Status.FAIL, Status.UNKNOWN}, f"a failure vanished with {about}"
            if decides:
                assert told[kind][rule] != {Status.PASS}, f"a pass without what decides it ({decides}): {about}"


def _undiscovered(result: TenantResult) -> bool:
    """True where an instance may not have been found, and the result says so: then nothing can be told of it."""
    lost = {entry.source for entry in result.coverage if entry.outcome != "ok"} & DISCOVERY
    if not lost:
        return False
    assert result.status is not TenantStatus.COMPLETE
    assert Status.PASS not in _statuses(result.findings)["GTM-APP-003"], "there may be an instance more"
    return True


def _statuses(findings: tuple[Finding, ...]) -> dict[str, set[Status]]:
    told: dict[str, set[Status]] = defaultdict(set)
    for finding in findings:
        told[finding.rule].add(finding.status)
    return told
