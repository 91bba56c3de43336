"""The emulator alone, in the foreground: what ``auditor emulate`` runs.

Everything it says goes to standard error: the addresses, the authority to trust, and a configuration to scan with.
"""

import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from auditor.emulator.directory import Tenant
from auditor.emulator.errors import EmulatorError
from auditor.emulator.faults import FaultScript, load_faults
from auditor.emulator.server import Emulator

MAX_SHOWN = 20
"""So many tenants are written out in the configuration; of more, the rest is counted."""


def serve(
    *,
    tenants: Path | None = None,
    port: int = 0,
    tls: bool = False,
    latency_ms: float = 0,
    writable: bool = False,
    throttle: bool = False,
    log_file: Path | None = None,
    faults: Path | None = None,
    now: str | None = None,
    say: TextIO | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code: 0, or 2 where the tenants or the port cannot be used.

    ``port`` is Graph's (0: a free one); sign-in listens on the next. ``now`` fixes the directory's clock (RFC 3339).
    ``faults`` is a script of what goes wrong.
    """
    out = say or sys.stderr
    try:
        moment = datetime.fromisoformat(now) if now else None
        script = load_faults(faults) if faults is not None else None
        emulator = Emulator(
            tenants,
            tls=tls,
            latency_ms=latency_ms,
            writable=writable,
            throttle=throttle,
            log_file=log_file,
            port=port,
            signin_port=port + 1 if port else 0,
            now=(lambda: moment) if moment else (lambda: datetime.now(UTC)),
        )
        _follow(emulator, script)
    except (EmulatorError, OSError, ValueError) as error:
        out.write(f"auditor emulate: {error}\n")
        return 2
    stop = threading.Event()
    before = {one: signal.signal(one, lambda *_: stop.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        with emulator:
            out.write(announcement(emulator, writable=writable, faults=script))
            out.flush()
            stop.wait()
        out.write("Stopped.\n")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _follow(emulator: Emulator, script: FaultScript | None) -> None:
    """Let a script loose, or let go of the emulator that it does not fit."""
    try:
        emulator.set_faults(script)
    except EmulatorError:
        emulator.stop()
        raise


def announcement(emulator: Emulator, *, writable: bool, faults: FaultScript | None = None) -> str:
    """What is told at start: addresses, and an ``auditor.toml`` for the tenants served."""
    lines = [
        f"Graph    {emulator.graph_url}/v1.0",
        f"Sign-in  {emulator.authority_url}",
        f"Trust    {emulator.ca_file}",
        "Writes   " + ("are taken: this emulator is writable" if writable else "are refused"),
        *([f"Faults   {len(faults.rules)} from {faults.source}"] if faults is not None else []),
        "",
        "A configuration that scans these tenants:",
        "",
        *configuration(emulator),
        "",
        "Secrets that it asks for:",
        "",
        *(
            f"export {variable(tenant)}={next(iter(tenant.clients.values())).secret}"
            for tenant in emulator.tenants[:MAX_SHOWN]
            if tenant.clients
        ),
        "",
        "Serving until Ctrl-C.",
    ]
    return "\n".join(lines) + "\n"


def configuration(emulator: Emulator) -> list[str]:
    """The lines of an ``auditor.toml`` for the tenants of an emulator, each with its first client's secret."""
    lines = [
        "[clouds.emulator]",
        f'graph     = "{emulator.graph_url}"',
        f'authority = "{emulator.authority_url}"',
        f'ca_file   = "{emulator.ca_file}"',
    ]
    for tenant in emulator.tenants[:MAX_SHOWN]:
        if not tenant.clients:
            continue
        client = next(iter(tenant.clients.values()))
        lines += [
            "",
            "[[tenants]]",
            f'name       = "{tenant.name}"',
            f'id         = "{tenant.id}"',
            'cloud      = "emulator"',
            f'client_id  = "{client.client_id}"',
            f'credential = {{ kind = "client-secret", env = "{variable(tenant)}" }}',
        ]
        product = (tenant.notes.get("expect") or {}).get("product")
        if product:
            lines.append(f'product    = "{product}"')
    more = len(emulator.tenants) - MAX_SHOWN
    if more > 0:
        lines += ["", f"# and {more} more"]
    return lines


def variable(tenant: Tenant) -> str:
    """The environment variable that the configuration reads a tenant's client secret from."""
    return "SECRET_" + "".join(one if one.isascii() and one.isalnum() else "_" for one in tenant.name.upper())
