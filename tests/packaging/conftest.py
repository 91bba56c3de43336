"""What the packaging tests share: tracked files, a built distribution, an installation of it."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> tuple[str, ...]:
    """Paths, relative to the repository, of the files that git tracks and that are there."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so nothing says which files belong to it")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    names = listing.stdout.decode().split("\0")
    return tuple(name for name in names if name and (ROOT / name).is_file())


@dataclass(frozen=True)
class Distribution:
    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """The source distribution, and the wheel that is built from it and not from the checkout."""
    out = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return Distribution(next(out.glob("*.tar.gz")), next(out.glob("*.whl")))


@dataclass(frozen=True)
class Installation:
    """An environment that has the wheel, sees the tests' dependencies, and not the checkout."""

    prefix: Path

    @property
    def python(self) -> Path:
        return self.prefix / "bin" / "python"

    def run(self, *command: str, cwd: Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment's ``bin`` in ``cwd``, with no variables of the caller's."""
        return subprocess.run(
            [str(self.prefix / "bin" / command[0]), *command[1:]],
            cwd=cwd,
            env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds,
        )


@pytest.fixture(scope="session")
def installation(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel in an empty environment.

    The dependencies come by a path file from the environment that runs the tests, so that no network is
    needed. Path files inside that environment (the editable install of this checkout) are not followed then,
    so ``auditor`` can only be the wheel's; test_wheel.py asserts it.
    """
    prefix = tmp_path_factory.mktemp("installation")
    venv.create(prefix, symlinks=True, with_pip=False)
    installed = Installation(prefix)
    pip = [sys.executable, "-m", "pip", "--python", str(installed.python), "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "install", "--no-index", "--no-deps", str(distribution.wheel)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (site_packages,) = prefix.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return installed
