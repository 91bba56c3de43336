"""report.xlsx: the scan for people who sort and filter; a sheet for each kind of thing, typed and safe cells.

Sheets: Summary, Findings, Drift, Coverage, Certificates, Assignments, Waivers. Times are UTC. The same result and clock
give the same bytes. The file is built in memory; nothing in it computes or links (:mod:`auditor.report.sheet`).
"""

import io
from datetime import datetime

from auditor.model.drift import Effect
from auditor.model.result import ScanResult, TenantResult
from auditor.report import xlsx_rows as rows
from auditor.report.machine import shortfall, tally
from auditor.report.order import tenants_in_order
from auditor.report.sheet import Book, Column, Value
from auditor.report.words import TENANT_STATUSES, VERDICTS, capital, moment

MOST_ASSIGNMENTS = 20_000
"""Rows of the sheet Assignments; how many there are is told, and the evidence has them all."""

_TENANTS = (
    Column("Tenant", 24),
    Column("Tenant ID", 38),
    Column("Cloud", 10),
    Column("Verdict", 15),
    Column("Read", 17),
    Column("Findings", 10),
    Column("Pass", 8),
    Column("Fail", 8),
    Column("Unknown", 10),
    Column("Waived", 9),
    Column("Not applicable", 11),
    Column("Changes", 9),
    Column("Regressions", 12),
    Column("Finished (UTC)", 17),
    Column("What was not read", 70, wrap=True),
    Column("Warnings", 70, wrap=True),
    Column("Snapshot SHA-256", 66),
)


def render_xlsx(result: ScanResult, *, now: datetime) -> bytes:
    """The workbook; ``now`` is what days left are counted from."""
    import xlsxwriter

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as workbook:
        created = (moment(result.finished_at) or now).replace(tzinfo=None, microsecond=0)
        workbook.set_properties({"title": "Scan results", "created": created})
        book = Book(workbook)
        tenants = tenants_in_order(result.tenants)
        _summary(book, result, tenants)
        book.table("Findings", rows.FINDINGS, rows.findings(tenants))
        book.table("Drift", rows.DRIFT, rows.drift(tenants))
        book.table("Coverage", rows.COVERAGE, rows.coverage(tenants))
        book.table("Certificates", rows.CERTIFICATES, rows.certificates(tenants, now))
        book.table("Assignments", rows.ASSIGNMENTS, rows.assignments(tenants), most=MOST_ASSIGNMENTS)
        book.table("Waivers", rows.WAIVERS, rows.waivers(tenants, now))
    return data.getvalue()


def _summary(book: Book, result: ScanResult, tenants: list[TenantResult]) -> None:
    """What the scan was, then a row for each tenant, failed ones too."""
    sheet = book.workbook.add_worksheet("Summary")
    about: list[tuple[str, Value]] = [
        ("Verdict", VERDICTS[result.verdict][1] if tenants else "Not known"),
        ("Scan", result.id),
        ("Finished (UTC)", moment(result.finished_at) or result.finished_at),
        ("Tool", f"{result.tool_name} {result.tool_version}"),
        ("Rule packs", "; ".join(f"{pack.id} {pack.version}" for pack in result.packs) or "none"),
        ("Out of scope", ", ".join(rule for pack in result.packs for rule in pack.skipped) or "nothing"),
        ("Tenants", len(tenants)),
        ("Not read in full", sum(shortfall(tenant, result) is not None for tenant in tenants)),
    ]
    if result.warnings:
        about.append(("Warnings", "; ".join(result.warnings)))
    for row, (name, value) in enumerate(about):
        book.write(sheet, row, 0, name, bold=True)
        book.write(sheet, row, 1, value, align="left")
    top = len(about) + 1
    book.header(sheet, top, _TENANTS)
    sheet.freeze_panes(top + 1, 1)
    last = book.rows(sheet, top + 1, _TENANTS, (_tenant(result, tenant) for tenant in tenants))
    sheet.autofilter(top, 0, max(last, top + 1), len(_TENANTS) - 1)


def _tenant(result: ScanResult, tenant: TenantResult) -> list[Value]:
    counts, missing = tally(tenant), shortfall(tenant, result)
    changes = tenant.drift.changes if tenant.drift else ()
    return [
        tenant.tenant.name,
        tenant.tenant.id,
        tenant.tenant.cloud,
        VERDICTS[tenant.verdict][1],
        capital(TENANT_STATUSES[tenant.status]),
        counts.total,
        counts.passed,
        counts.failed,
        counts.unknown,
        counts.waived,
        counts.not_applicable,
        len(changes) if tenant.drift else "not compared",
        sum(change.effect is Effect.REGRESSION for change in changes) if tenant.drift else None,
        moment(tenant.finished_at),
        missing.text if missing else None,
        "; ".join((*tenant.warnings, *(notice.message for notice in tenant.notices))),
        tenant.snapshot_sha256,
    ]
