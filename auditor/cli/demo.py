"""``auditor demo``: the whole job on the built-in sample tenants, with no account and no network."""

import argparse
from pathlib import Path

from auditor.cli.options import add_now

NAME = "demo"
HELP = "scan the built-in sample tenants through the embedded emulator, and write every report"
EPILOG = """example:
  auditor demo --out demo-reports
It scans twice: the first state into DIR/before, and a day and some changes later into DIR."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--out", type=Path, default=Path("demo-reports"), metavar="DIR", help="folder (default: demo-reports)"
    )
    add_now(parser)


def run(args: argparse.Namespace) -> int:
    """Run both scans; print the second one's summary; 0 where the demo itself went well, whatever it found."""
    import sys

    from auditor import demo, output
    from auditor.cli.exits import Exit
    from auditor.cli.progress import Progress
    from auditor.cli.summary import summary_lines
    from auditor.cli.written import written_lines
    from auditor.pipeline import parse_now, read_environment

    text = args.now if args.now is not None else read_environment().get("AUDITOR_NOW", demo.CLOCK)
    output.prepare(args.out)
    with demo.running(parse_now(text)) as stage:
        for folder, advance in ((args.out / "before", False), (args.out, True)):
            if advance:
                stage.drift()
            output.prepare(folder)
            with Progress(len(stage.tenants)) as progress:
                result = stage.scan(finished=progress.finished)
            for line in written_lines(folder, output.write_all(folder, stage.render(result))):
                print(line, file=sys.stderr)
    print("\n".join(summary_lines(result)))
    print(f"\nOpen {args.out / 'report.html'} or {args.out / 'report.pdf'}.")
    return Exit.OK
