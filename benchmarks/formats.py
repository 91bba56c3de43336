"""Every format of one tenant's report, and Chromium printing the same HTML to PDF beside ours."""

import argparse
import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from auditor import job
from auditor.emulator import Emulator
from auditor.fleet import run_scan
from auditor.model.result import ScanResult
from auditor.pipeline import whole_result
from benchmarks.clients import NOW, scan_of
from benchmarks.harness import Figure, Measured, emit, interleaved, measured, middle

LIMIT_S = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def scanned() -> ScanResult:
    """A real scan of the sample tenant with the most to tell."""
    with Emulator(now=lambda: NOW) as emulator:
        tenant = emulator.tenant("fabrikam")
        client = emulator.client(tenant.id)
        server = {
            "graph": emulator.graph_url,
            "authority": emulator.authority_url,
            "ca_file": str(emulator.ca_file),
            "tenants": [
                {
                    "id": tenant.id,
                    "name": tenant.name,
                    "client_id": client.client_id,
                    "secret": client.secret,
                    "token": emulator.token(tenant.id),
                }
            ],
        }
        scan = scan_of(server, 1, 1, sign_in=False)
        return whole_result(scan, [one.result for one in asyncio.run(run_scan(scan))])


def figures(rounds: int) -> Iterator[Figure]:
    """Every figure of the reports. Imports and fonts are loaded before the first is taken."""
    result = scanned()
    formats = job.known_formats()
    job.render_result(result, formats, now=NOW)
    every = middle([measured(lambda: len(job.render_result(result, formats, now=NOW))) for _ in range(rounds)])
    yield Figure(
        f"all {len(formats)} formats of one tenant, wall against {LIMIT_S} s",
        f"{every.wall:.2f} s, {every.count} files",
        f"{every.cpu:.2f} s of CPU",
        every.wall / LIMIT_S,
        "<= 1",
    )
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_bytes(job.render_result(result, ["html"], now=NOW)["report.html"])
        runs = interleaved(
            rounds,
            {
                "ours": lambda: measured(lambda: len(job.render_result(result, ["pdf"], now=NOW)) > 0),
                "chromium": lambda: _printed(browser, page),
            },
        )
    ours, theirs = runs["ours"], runs["chromium"]
    yield Figure(
        "the PDF, wall against Chromium printing the report's HTML (untagged for PDF/UA, its start included)",
        f"{ours.wall:.2f} s",
        f"{theirs.wall:.2f} s",
        ours.wall / theirs.wall,
    )


def _printed(browser: str, page: Path) -> Measured:
    target = page.with_suffix(".pdf")
    target.unlink(missing_ok=True)
    start = time.perf_counter()
    subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={page.parent / 'profile'}",
            f"--print-to-pdf={target}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return Measured(time.perf_counter() - start, 0.0, 0.0, int(target.stat().st_size > 0))


def main() -> None:
    """Measure and emit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    emit(figures(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
