"""Stores to test with: a SQLite file, and a database of a real PostgreSQL server that the session starts for itself."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from auditor.store import Store, open_store

Opened = Callable[[], Store]


def _server_folder() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def _as_server_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: its own user runs it then. It ends with the tests, however these end."""
    if shutil.which("setpriv") is None:
        return command
    user = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *user, "--pdeathsig=INT", *command]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server's database ``postgres`` on loopback; the server ends with the session."""
    tools = _server_folder()
    if tools is None:
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    if os.geteuid() == 0 and (shutil.which("setpriv") is None or not _user_exists()):
        pytest.skip("PostgreSQL refuses to run as root, and there is no user postgres to run it as")
    folder = Path("/tmp") / f"auditor-pg-{uuid.uuid4().hex[:12]}"  # noqa: S108 - short: a socket's path has a limit
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        initialise = [
            str(tools / "initdb"),
            "-D",
            str(data),
            "-U",
            "auditor",
            "--auth=trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(_as_server_user(initialise), check=True, capture_output=True, cwd="/")
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
        server = subprocess.Popen(
            _as_server_user([str(tools / "postgres"), "-D", str(data), "-p", str(port), *options]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        try:
            _wait(port, server)
            yield f"postgresql+psycopg://auditor@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user_exists() -> bool:
    return subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode == 0


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    psycopg = pytest.importorskip("psycopg")
    for _ in range(300):
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="auditor", dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the PostgreSQL server did not start")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'history.db'}"
        return
    psycopg = pytest.importorskip("psycopg")
    server: str = request.getfixturevalue("postgres")
    plain = server.replace("+psycopg", "")
    name = f"t{uuid.uuid4().hex[:16]}"
    with closing(psycopg.connect(plain, autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield server.removesuffix("postgres") + name
    with closing(psycopg.connect(plain, autocommit=True)) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An empty store."""
    with open_store(address) as opened:
        yield opened


@pytest.fixture
def python() -> str:
    """The interpreter, for tests that need another process."""
    return sys.executable
