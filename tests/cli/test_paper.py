"""Paper from the command line: the page size, and a document for each tenant beside report.pdf."""

import io
from pathlib import Path

from pypdf import PdfReader

from auditor import config
from auditor.cli import paper as options
from auditor.report import paper as renderer
from tests.cli.conftest import Lab, Run
from tests.cli.test_bad_input import edit


def pages(path: Path) -> list[tuple[int, int]]:
    document = PdfReader(io.BytesIO(path.read_bytes()))
    return [(round(page.mediabox.width), round(page.mediabox.height)) for page in document.pages]


def test_each_tenant_has_its_document_on_the_paper_that_was_asked_for(run: Run, lab: Lab) -> None:
    out = lab.folder / "out"
    chosen = ("--tenant", "adatum", "--tenant", "northwind")
    ran = run("scan", "--config", lab.config, "--out", out, "--format", "json", *chosen, "--tenant-pdfs",
              "--page-size", "letter")  # fmt: skip
    assert ran.code == 1, ran.err
    found = sorted(path.name for path in out.iterdir())
    assert len(found) == 3
    assert found[-1] == "results.json"
    for name in found[:-1]:
        assert name.startswith("report-")
        assert set(pages(out / name)) == {(612, 792)}
        assert f"wrote {out / name}" in ran.err
        assert (out / name).stat().st_mode & 0o777 == 0o600


def test_the_configuration_sets_the_paper_and_a_wrong_one_is_named(run: Run, lab: Lab) -> None:
    edit(lab, r"\[clouds.lab\]", '[defaults]\npage_size = "A3"\n[clouds.lab]')
    ran = run("scan", "--config", lab.config, "--out", lab.folder / "out")
    assert ran.code == 2
    assert "page_size 'A3' is not known. Valid are: A4, letter." in ran.err
    edit(lab, 'page_size = "A3"', 'page_size = "A4"\ntenant_pdfs = 1')
    ran = run("scan", "--config", lab.config, "--out", lab.folder / "out")
    assert ran.code == 2
    assert "tenant_pdfs must be true or false." in ran.err


def test_one_set_of_page_sizes_is_known_everywhere() -> None:
    """The command line does not import the renderer to say which there are."""
    assert options.PAGE_SIZES == config.PAGE_SIZES == renderer.PAGE_SIZES
