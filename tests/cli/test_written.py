"""What a command says of the files that it wrote."""

from pathlib import Path

from auditor.cli.written import written_lines


def test_files_by_name_and_folders_by_their_number() -> None:
    folder = Path("reports")
    names = ["remediation/a/plan.md", "report.pdf", "remediation/b/plan.md", "results.json", "tracebacks/a.txt"]
    assert written_lines(folder, [folder / name for name in names]) == [
        "wrote reports/report.pdf",
        "wrote reports/results.json",
        "wrote reports/remediation/ (2 files)",
        "wrote reports/tracebacks/ (1 file)",
    ]
