"""A PDF for each tenant: the bytes of a report of that tenant alone, whoever else fails or dies beside it."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from auditor.model.result import ScanResult, TenantResult
from auditor.report import render
from auditor.report.tenant_pdfs import render_tenant_pdfs
from tests.report import samples


class Deadly:
    """Ends whichever process unpickles it, as the kernel does to one that takes too much memory."""

    def __reduce__(self) -> tuple[Any, tuple[int]]:
        return os._exit, (9,)


def broken(name: str) -> TenantResult:
    """A tenant whose results cannot be laid out: a value that is not of its declared type."""
    tenant = samples.healthy().tenants[0]
    wrong: Any = ["no text"]
    first = msgspec.structs.replace(tenant.findings[0], title=wrong)
    return named(msgspec.structs.replace(tenant, findings=(first, *tenant.findings[1:])), name)


def deadly(name: str) -> TenantResult:
    sentence: Any = Deadly()
    return named(msgspec.structs.replace(samples.healthy().tenants[0], warnings=(sentence,)), name)


def named(tenant: TenantResult, name: str) -> TenantResult:
    ref = msgspec.structs.replace(tenant.tenant, name=name, id=f"{len(name):08d}-0000-4000-8000-{0:012d}")
    return msgspec.structs.replace(tenant, tenant=ref)


def test_each_document_is_the_report_of_its_tenant_alone_and_a_failing_one_costs_no_other() -> None:
    first, second = named(samples.failed_tenant(), "a"), named(samples.absent().tenants[0], "bb")
    scan: ScanResult = samples.scan(first, broken("ccc"), second)
    made = list(render_tenant_pdfs(scan, now=samples.NOW, page_size="letter", workers=2))
    assert [document.tenant for document in made] == ["a", "ccc", "bb"]
    assert [document.name for document in made] == [
        f"report-0000000{size}-0000-4000-8000-000000000000.pdf" for size in (1, 3, 2)
    ]
    for document, tenant in ((made[0], first), (made[2], second)):
        alone = render(samples.scan(tenant), ["pdf"], now=samples.NOW, page_size="letter")
        assert document.data == alone["report.pdf"]
    assert made[1].data is None
    assert "Traceback" in made[1].error


def test_a_process_that_dies_loses_its_own_document_alone() -> None:
    scan = samples.scan(
        named(samples.failed_tenant(), "a"), deadly("bb"), named(samples.failed_tenant(), "ccc"), deadly("dddd")
    )
    made = list(render_tenant_pdfs(scan, now=samples.NOW, workers=2))
    assert [(document.tenant, document.data is None) for document in made] == [
        ("a", False), ("bb", True), ("ccc", False), ("dddd", True),
    ]  # fmt: skip
    assert "died" in made[1].error


def test_no_tenant_no_document() -> None:
    assert list(render_tenant_pdfs(samples.scan(), now=samples.NOW)) == []
