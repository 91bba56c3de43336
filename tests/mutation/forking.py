"""A pytest plugin: collect once, then a fork of the process for every mutant, with the tests that reach it.

mutmut starts its tests anew for each of its mutants, at several seconds each; a fork costs some hundredths of one. The
mutants are mutmut's own: every changed function stands beside the original, and a name says which one is called.

The environment says what to do: ``MUTANTS_NAMES`` (a file with a name a line), ``MUTANTS_OUT`` (a line of JSON for
each: ``{"mutant": …, "outcome": killed | survived | timeout | no tests}``), ``MUTANTS_JOBS``. A change in what runs
while modules are imported, or in what is kept once it is made, cannot be seen here: whoever started this asks again, in
a process of its own.
"""

import functools
import gc
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import hypothesis
import mutmut.mutation.trampoline as trampoline
import pytest

hypothesis.settings.register_profile(
    "mutants",
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
)
hypothesis.settings.load_profile("mutants")

_PATIENCE = 30.0
"""Seconds beyond five times what the tests take without a mutant, after which it counts as noticed."""
_KILLERS = 12
"""So many tests that last noticed a change in a function, or in its module, are asked first."""


class Reach:
    """Which tests reach which function, and how long each takes; found by running all of them once."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._tests: dict[str, list[str]] = {}

    def measure(self, session: pytest.Session) -> None:
        """Runs every test; each file's begin with empty caches, so that its first reaches what is kept for the rest."""
        reached: set[str] = set()
        file = None
        setattr(trampoline, "record_trampoline_hit", lambda name, caller=None: reached.add(name))  # noqa: B010 - mutmut imports it by name, unexported
        trampoline.set_mutant_under_test("stats")
        for item in session.items:
            if item.path != file:
                file = item.path
                forget()
            reached.clear()
            begun, failed = time.perf_counter(), session.testsfailed
            run(item)
            if session.testsfailed > failed:
                raise pytest.UsageError(f"{item.nodeid} fails without any change")
            self.seconds[item.nodeid] = time.perf_counter() - begun
            for name in reached:
                self._tests.setdefault(name, []).append(item.nodeid)
        trampoline.set_mutant_under_test(None)
        os.environ.pop("MUTANT_UNDER_TEST", None)

    def of(self, function: str) -> list[str]:
        """Tests that reach ``function``, the quickest first."""
        return sorted(self._tests.get(function, ()), key=lambda test: self.seconds[test])


def forget() -> None:
    """Empty the caches of the program and of the tests."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("auditor", "tests")):
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def run(item: pytest.Item) -> None:
    """One test with its fixtures, which all end with it."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


class Forks:
    """The children at work, at most ``jobs`` of them."""

    def __init__(self, session: pytest.Session, out: Path, jobs: int) -> None:
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        self._out = out.open("a", encoding="utf-8")
        self._jobs = jobs
        self._at_work: dict[int, tuple[str, float, int]] = {}
        self._killers: dict[str, list[str]] = {}

    def try_mutant(self, mutant: str, tests: Sequence[str], patience: float) -> None:
        """Starts on a mutant as soon as there is room."""
        while len(self._at_work) >= self._jobs:
            self._reap()
        first = [test for place in _places(mutant) for test in self._killers.get(place, ()) if test in set(tests)]
        order = list(dict.fromkeys((*first, *tests)))
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            self._child(mutant, order, writer)
        os.close(writer)
        self._at_work[pid] = (mutant, time.monotonic() + patience, reader)

    def wait(self) -> None:
        """Until all are done."""
        while self._at_work:
            self._reap()
        self._out.close()

    def tell(self, mutant: str, outcome: str) -> None:
        """One line of the outcome."""
        self._out.write(json.dumps({"mutant": mutant, "outcome": outcome}) + "\n")
        self._out.flush()

    def _child(self, mutant: str, tests: Sequence[str], writer: int) -> None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            trampoline.set_mutant_under_test(mutant)
            for test in tests:
                run(self._items[test])
                if self._session.testsfailed:
                    os.write(writer, test.encode())
                    break
        except BaseException:  # whatever comes out of a change, the change was noticed
            os.write(writer, b"?")
        finally:
            os._exit(0)

    def _reap(self) -> None:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            for child, (_, deadline, _) in self._at_work.items():
                if time.monotonic() > deadline:
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.005)
            return
        mutant, deadline, reader = self._at_work.pop(pid)
        killer = os.read(reader, 65536).decode()
        os.close(reader)
        if killer in self._items:
            for place in _places(mutant):
                known = self._killers.setdefault(place, [])
                self._killers[place] = [killer, *(test for test in known if test != killer)][:_KILLERS]
        late = time.monotonic() > deadline
        self.tell(mutant, "killed" if killer else "timeout" if late else "survived")


def _places(mutant: str) -> Iterator[str]:
    function = function_of(mutant)
    yield function
    yield function.rpartition(".")[0]


def function_of(mutant: str) -> str:
    """The name that mutmut gives the function that a mutant is of."""
    return re.sub(r"__mutmut_\d+$", "", mutant)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """In place of the usual loop."""
    import auditor

    if "mutants" not in Path(str(auditor.__file__)).parts:
        raise pytest.UsageError("the program that is tested is not the one with mutants in it")
    session.config.option.maxfail = 0
    reach = Reach()
    reach.measure(session)
    forks = Forks(session, Path(os.environ["MUTANTS_OUT"]), int(os.environ["MUTANTS_JOBS"]))
    gc.collect()
    gc.freeze()
    for mutant in Path(os.environ["MUTANTS_NAMES"]).read_text(encoding="utf-8").split():
        tests = reach.of(function_of(mutant))
        if tests:
            forks.try_mutant(mutant, tests, _PATIENCE + 5 * sum(reach.seconds[test] for test in tests))
        else:
            forks.tell(mutant, "no tests")
    forks.wait()
    return True
