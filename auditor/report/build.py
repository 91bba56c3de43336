"""ScanResult and now → the view, once for all renderers."""

from collections.abc import Sequence
from datetime import datetime

from auditor.model.finding import Verdict
from auditor.model.plan import Remediation
from auditor.model.result import PackRef, ScanResult, TenantResult
from auditor.model.times import format_time
from auditor.report.controls_view import frameworks
from auditor.report.finding_view import document_view
from auditor.report.fleet_view import fleet_view, worst_first
from auditor.report.order import MOST_ROWS, tenants_in_order
from auditor.report.scope_view import period, scope_facts
from auditor.report.sentences import fleet_answer, yardstick
from auditor.report.statements import GLOSSARY, LIMITS, METHOD
from auditor.report.tenant_view import tenant_view
from auditor.report.text import anchor
from auditor.report.view import CitationView, PackView, ReportView
from auditor.report.words import VERDICTS, count, listed, time_words


def build_view(
    result: ScanResult,
    *,
    now: datetime,
    most_detailed: int,
    most_rows: int = MOST_ROWS,
    remediation: Remediation | None = None,
) -> ReportView:
    """The view of a scan.

    Of more tenants than ``most_detailed``, only that many, the worst, are told in full; the fleet's matrix has at most
    ``most_rows`` of them. ``remediation`` is what findings point to as their mending; None where no plan was made.
    """
    tenants = tenants_in_order(result.tenants)
    anchors = _anchors(tenants)
    told = worst_first(tenants)[:most_detailed]
    detailed = frozenset(tenant.tenant.id for tenant in told)
    product = _product(result.packs)
    against = yardstick(result)
    parts = tuple(
        tenant_view(
            tenant,
            product=product,
            against=against,
            anchor=anchors[tenant.tenant.id],
            scan=result.id,
            now=now,
            detailed=tenant.tenant.id in detailed,
            remediation=remediation,
        )
        for tenant in tenants
    )
    one = len(parts) == 1
    mark, verdict = VERDICTS[result.verdict if parts else Verdict.UNKNOWN]
    return ReportView(
        product=product,
        scope=parts[0].name if one else count(len(parts), "tenant"),
        answer=parts[0].answer if one else fleet_answer(product, tenants, against),
        mark=mark,
        verdict=verdict,
        report_id=result.id,
        scanned=time_words(result.finished_at),
        period=period(result),
        created=result.finished_at,
        generated=time_words(format_time(now)),
        tool=f"{result.tool_name} {result.tool_version}",
        packs=tuple(PackView(pack.id, pack.title, pack.version, pack.sha256, pack.skipped) for pack in result.packs),
        tenants=parts,
        tenants_note=_tenants_note(len(tenants), len(told)),
        fleet=None if one or not parts else fleet_view(tenants, anchors, detailed, most_rows, result.trend or ()),
        frameworks=frameworks(tenants),
        method=METHOD,
        limits=LIMITS,
        glossary=GLOSSARY,
        documents=_documents(tenants),
        facts=scope_facts(result),
    )


def _product(packs: Sequence[PackRef]) -> str:
    """What the report is about: the pack's title; of several, what their titles begin with and end in alike."""
    if len(packs) < 2:
        return next((pack.title or pack.id for pack in packs), "Single sign-on")
    titles = [(pack.title or pack.id).split() for pack in packs]
    alike = 0
    while alike < min(map(len, titles)) - 1 and len({title[-1 - alike] for title in titles}) == 1:
        alike += 1
    heads = listed([" ".join(title[: len(title) - alike]) for title in titles], 3)
    return " ".join([heads, *titles[0][len(titles[0]) - alike :]])


def _tenants_note(total: int, told: int) -> str | None:
    if told >= total:
        return None
    if not told:
        return (
            f"The findings of each of the {total:,} tenants stand in report.html, findings.csv and results.json; "
            "this document tells what they come to."
        )
    return f"The {told:,} worst of {total:,} tenants are told in full; findings.csv and results.json have them all."


def _anchors(tenants: Sequence[TenantResult]) -> dict[str, str]:
    """Tenant id → id within the document; ids that read alike are numbered."""
    anchors: dict[str, str] = {}
    taken: set[str] = set()
    for tenant in tenants:
        name = stem = anchor("tenant", tenant.tenant.id)
        number = 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name)
        anchors[tenant.tenant.id] = name
    return anchors


def _documents(tenants: Sequence[TenantResult]) -> tuple[CitationView, ...]:
    found: dict[str, CitationView] = {}
    for tenant in tenants:
        for finding in tenant.findings:
            if finding.citation.document not in found:
                found[finding.citation.document] = document_view(finding.citation)
    return tuple(found.values())
