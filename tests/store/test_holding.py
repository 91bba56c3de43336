"""A scan is run by one process at a time, on both databases; whoever holds it lets go however it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from auditor.store import StoreError, open_store

HOLDER = """
import sys, time
from auditor.store import open_store
with open_store(sys.argv[1]) as store, store.hold("s-1"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_holds_another_is_told(address: str) -> None:
    with open_store(address) as one, open_store(address) as other:
        with one.hold("s-1"):
            with other.hold("s-2"):
                pass
            with pytest.raises(StoreError, match=r"Scan s-1 .* runs in another process"), other.hold("s-1"):
                pytest.fail("two hold one scan")
        with other.hold("s-1"):
            pass


def test_an_error_lets_go(address: str) -> None:
    with open_store(address) as one, open_store(address) as other:
        with pytest.raises(ZeroDivisionError), one.hold("s-1"):
            raise ZeroDivisionError
        with other.hold("s-1"):
            pass


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'history.db'}"
    with subprocess.Popen([sys.executable, "-c", HOLDER, address], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with open_store(address) as store:
            with pytest.raises(StoreError, match="another process"), store.hold("s-1"):
                pytest.fail("two hold one scan")
            (mark,) = tmp_path.glob("history.db.running-*")
            assert mark.stat().st_mode & 0o777 == 0o600
            holder.kill()
            holder.wait()
            with store.hold("s-1"):
                pass
    assert not list(tmp_path.glob("history.db.running-*"))
