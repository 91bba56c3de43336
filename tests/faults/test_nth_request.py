"""Row 6: any one request of a scan fails, in any way, once or for good, and the scan tells no untruth for it.

``make test`` makes some of the trials, always the same; ``make sweep`` (AUDITOR_SWEEP set) makes them all.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import NamedTuple

import pytest

from auditor.emulator import Emulator, sample_names
from auditor.evaluate import Evaluator
from auditor.model.result import TenantResult
from auditor.model.snapshot import Snapshot
from tests.faults import sweep
from tests.faults.conftest import Lab, NewLab
from tests.scan.conftest import NOW

LATER = NOW + timedelta(days=1)
DRIFTING = ("contoso", "fabrikam")
SCENES = [*((name, "before") for name in sample_names()), *((name, "after") for name in DRIFTING)]
TRIALS = 10**6 if os.environ.get("AUDITOR_SWEEP") else 6
SLOW_TRIALS = TRIALS if TRIALS > 6 else 2
"""A request without an answer costs real time."""


class Scene(NamedTuple):
    """A tenant as it is read undisturbed, and what it was before."""

    lab: Lab
    name: str
    whole: TenantResult
    before: Snapshot
    places: list[sweep.Place]


@pytest.fixture(scope="module")
def drifted() -> Iterator[Emulator]:
    """The sample tenants after a day and their changes."""
    with Emulator(now=lambda: LATER) as emulator:
        emulator.advance("after")
        yield emulator


@cache
def _undisturbed(lab: Lab, name: str) -> tuple[TenantResult, list[sweep.Place]]:
    whole = lab.scan(name)
    return whole, sweep.places(lab.emulator.graph_log, whole.tenant.id)


_labs: dict[int, Lab] = {}


@pytest.fixture
def scene(request: pytest.FixtureRequest, emulator: Emulator, drifted: Emulator, new_lab: NewLab) -> Scene:
    name, phase = request.param
    labs = [_labs.setdefault(id(one), new_lab(one)) for one in (emulator, drifted)]
    first, _ = _undisturbed(labs[0], name)
    whole, places = _undisturbed(labs[phase == "after"], name)
    assert first.snapshot is not None
    return Scene(labs[phase == "after"], name, whole, first.snapshot, places)


@pytest.mark.fault(6)
@pytest.mark.fault(3)
@pytest.mark.parametrize("kind", sweep.KINDS)
@pytest.mark.parametrize("scene", SCENES, indirect=True, ids="-".join)
def test_no_single_fault_makes_a_scan_tell_an_untruth(scene: Scene, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    timed = kind == "no answer in time"
    if timed:
        monkeypatch.setattr("auditor.graph.exchange._REQUEST_TIMEOUT_S", sweep.ALLOWED_S)
    evaluator = Evaluator(scene.lab.packs)
    trials = sweep.chosen(scene.places, kind, f"{scene.name} {kind}", SLOW_TRIALS if timed else TRIALS)
    assert trials
    for trial in trials:
        disturbed = scene.lab.scan(scene.name, trial.place.rule(kind, lasting=trial.lasting))
        try:
            assert scene.lab.struck, "the fault struck no request"
            sweep.verify(scene.whole, disturbed, trial)
            sweep.verify_drift(scene.before, scene.whole, disturbed, evaluator, scene.lab.now)
        except AssertionError as error:
            raise AssertionError(f"{trial}: {error}") from error


@pytest.mark.fault(6)
def test_the_changed_tenants_do_drift(emulator: Emulator, drifted: Emulator, new_lab: NewLab) -> None:
    """Otherwise the trials above would hold for want of anything to tell."""
    for name in DRIFTING:
        assert new_lab(emulator).scan(name).snapshot_sha256 != new_lab(drifted).scan(name).snapshot_sha256


def test_every_source_of_the_catalogue_is_in_the_table() -> None:
    from auditor.graph.catalogue import CATALOGUE

    assert set(sweep.RESTS) == set(CATALOGUE)
