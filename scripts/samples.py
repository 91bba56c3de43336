"""Writes ``sample_reports/``: four scans of emulated tenants through the ordinary pipeline, over real HTTP.

Clock, port and scan ids are fixed, so that the same code writes the same bytes (tests/test_sample_reports.py).
With ``--pictures DIR`` it writes the pages that the README shows instead, by poppler's pdftoppm.
"""

import argparse
import gzip
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps

from auditor import demo, job, output
from auditor.emulator import Tenant, load_samples
from auditor.emulator.generate import tenants as made_up
from auditor.pipeline import parse_now

FOLDER = Path(__file__).parents[1] / "sample_reports"
PDFS = ("pdf", "pdfa")
"""The formats that take by far the most time."""
_RESOLUTION = "76"
_FRAME = "#b8c0ca"
_GAP = 14
_LARGE = 1_000_000
_FOR_MACHINES = (".json", ".jsonl", ".csv")


class Sample(NamedTuple):
    """A folder of sample_reports/: which tenants are scanned, a day apart, and whether they drift in between."""

    name: str
    tenants: Callable[[], Sequence[Tenant]]
    drifts: bool
    remediation: bool = False


def _fleet() -> list[Tenant]:
    """Fifty: the five that were written by hand, and made-up ones, of which every sixth has gone astray."""
    return [*load_samples(), *made_up(45, drifted=1 / 6)]


SAMPLES = (
    Sample("healthy", lambda: load_samples("contoso"), drifts=False),
    Sample("drifted", lambda: load_samples("contoso"), drifts=True, remediation=True),
    Sample("partial", lambda: load_samples("northwind"), drifts=False),
    Sample("fleet", _fleet, drifts=True),
)


class Picture(NamedTuple):
    """Pages of a sample's report.pdf, side by side in one file."""

    file: str
    sample: str
    pages: tuple[int, ...]


PICTURES = (
    Picture("report.png", "drifted", (1, 3, 7)),
    Picture("drift.png", "drifted", (11, 12, 13)),
    Picture("fleet.png", "fleet", (3, 4, 5)),
)


def formats_of(sample: Sample) -> tuple[str, ...]:
    """Every format that there is; scripts that mend things only where the sample is about what went wrong."""
    return tuple(name for name in job.known_formats() if sample.remediation or name != job.REMEDIATION)


def build(sample: Sample, *, without: Iterable[str] = ()) -> dict[str, bytes]:
    """The sample's files by name, without these formats."""
    left_out = set(without)
    with demo.running(parse_now(demo.CLOCK), sample.tenants(), name=sample.name) as stage:
        stage.scan()
        if sample.drifts:
            stage.drift()
        else:
            stage.rest()
        return stage.render(stage.scan(), [name for name in formats_of(sample) if name not in left_out])


def packed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same, with what is for machines and larger than a megabyte as ``.gz``: a repository is no place for it."""
    return dict(
        (f"{name}.gz", gzip.compress(content, mtime=0))
        if len(content) > _LARGE and name.endswith(_FOR_MACHINES)
        else (name, content)
        for name, content in files.items()
    )


def draw(picture: Picture, folder: Path) -> None:
    """Write the picture into ``folder``; raises CalledProcessError where poppler refuses."""
    with tempfile.TemporaryDirectory(prefix="auditor-pages-") as temporary:
        pages = []
        for page in picture.pages:
            stem = Path(temporary) / f"page-{page:03d}"
            command = ["pdftoppm", "-r", _RESOLUTION, "-png", "-singlefile", "-f", str(page), "-l", str(page)]
            subprocess.run([*command, str(FOLDER / picture.sample / "report.pdf"), str(stem)], check=True)  # noqa: S603 - our own files
            with Image.open(f"{stem}.png") as drawn:
                pages.append(ImageOps.expand(drawn.convert("RGB"), border=1, fill=_FRAME))
        _side_by_side(pages).quantize(192, Image.Quantize.MAXCOVERAGE).save(folder / picture.file, optimize=True)


def _side_by_side(pages: Sequence[Image.Image]) -> Image.Image:
    """One picture of several, with a gap between them."""
    width = sum(page.width for page in pages) + _GAP * (len(pages) - 1)
    whole = Image.new("RGB", (width, max(page.height for page in pages)), "white")
    left = 0
    for page in pages:
        whole.paste(page, (left, 0))
        left += page.width + _GAP
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all samples anew, or the pictures of those that are there; what else stands in the folders stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write the README's pictures here, and no samples")
    args = parser.parse_args(arguments)
    if args.pictures is not None:
        for picture in PICTURES:
            draw(picture, args.pictures)
        return 0
    for sample in SAMPLES:
        folder = FOLDER / sample.name
        shutil.rmtree(folder, ignore_errors=True)
        output.prepare(folder)
        output.write_all(folder, packed(build(sample)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
