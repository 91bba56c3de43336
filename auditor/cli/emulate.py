"""``auditor emulate``: the embedded Microsoft Graph and sign-in emulator, alone."""

import argparse
from pathlib import Path

NAME = "emulate"
HELP = "serve emulated tenants (Microsoft Graph v1.0 and sign-in) on loopback"
EPILOG = """example:
  auditor emulate --port 8080 --tenants tenants/ --log requests.jsonl
  auditor emulate --faults faults.yaml    (what goes wrong, and when: see docs/emulator.md)
It prints the addresses and an auditor.toml for them, and serves until Ctrl-C."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port of Graph (default: a free one)")
    parser.add_argument("--tls", action="store_true", help="serve Graph over TLS, too; sign-in always is")
    parser.add_argument(
        "--tenants", type=Path, metavar="FILE", help="tenant file or folder (default: the built-in sample tenants)"
    )
    parser.add_argument("--latency-ms", type=float, default=0, metavar="N", help="delay of every answer")
    parser.add_argument("--throttle", action="store_true", help="answer 429 past Graph's resource-unit limits")
    parser.add_argument(
        "--writable", action="store_true", help="take the writes that remediation scripts make (off by default)"
    )
    parser.add_argument(
        "--faults", type=Path, metavar="FILE", help="YAML or TOML script of requests that go wrong (docs/emulator.md)"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="append every request to this file, as JSON lines")


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from auditor.emulator.serve import serve

    return serve(
        tenants=args.tenants,
        port=args.port,
        tls=args.tls,
        latency_ms=args.latency_ms,
        throttle=args.throttle,
        writable=args.writable,
        log_file=args.log,
        faults=args.faults,
    )
