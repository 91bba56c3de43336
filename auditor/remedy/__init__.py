"""From findings to a plan, and from a plan to scripts with their rollbacks. Pure: returns bytes, writes nothing."""

from auditor.model.plan import Plan, PlannedStep, Remediation, Step
from auditor.model.result import ScanResult, TenantResult
from auditor.remedy.files import script_name
from auditor.remedy.planner import plan

FORMATS = ("powershell", "azcli", "terraform")
"""What a plan is rendered as; plan.md and plan.json always come."""

__all__ = ["FORMATS", "plan", "render", "render_tenant", "steps"]


def render(result: ScanResult, formats: tuple[str, ...] = FORMATS) -> dict[str, bytes]:
    """The files of every tenant of a scan, by name: ``remediation/TENANT-ID/plan.md`` and so on.

    The same result gives the same bytes. Raises ValueError for a format that is not in :data:`FORMATS`.
    """
    files: dict[str, bytes] = {}
    for tenant in result.tenants:
        at = tenant.finished_at or result.finished_at
        for name, content in render_tenant(tenant, scan=result.id, at=at, formats=formats).items():
            files[f"remediation/{tenant.tenant.id}/{name}"] = content
    return files


def render_tenant(result: TenantResult, *, scan: str, at: str, formats: tuple[str, ...] = FORMATS) -> dict[str, bytes]:
    """The files of one tenant of the scan ``scan``, seen at ``at`` (RFC 3339, UTC)."""
    from auditor.remedy import azcli, powershell, terraform
    from auditor.remedy.document import plan_json, plan_markdown

    if unknown := set(formats) - set(FORMATS):
        raise ValueError(f"no such format: {', '.join(sorted(unknown))}")
    found: Plan = plan(result, scan=scan, at=at)
    files = {"plan.md": plan_markdown(found), "plan.json": plan_json(found)}
    if "powershell" in formats:
        files |= powershell.render(found)
    if "azcli" in formats:
        files |= azcli.render(found)
    if "terraform" in formats:
        files |= terraform.render(found, result.snapshot)
    return files


def steps(result: ScanResult, *, written: bool) -> Remediation:
    """Which steps mend which finding, for the reports; ``written``: whether :func:`render`'s files lie beside them."""
    return Remediation(written, {tenant.tenant.id: _steps(tenant, result) for tenant in result.tenants})


def _steps(tenant: TenantResult, result: ScanResult) -> dict[str, tuple[PlannedStep, ...]]:
    if not any(finding.is_open for finding in tenant.findings):
        return {}
    found = plan(tenant, scan=result.id, at=tenant.finished_at or result.finished_at)
    stages = {stage.number: stage for stage in found.stages}
    mending: dict[str, tuple[PlannedStep, ...]] = {}
    for step in found.steps:
        scripted = isinstance(step, Step)
        scripts = tuple(script_name("apply", stages[step.stage], suffix) for suffix in ("ps1", "sh"))
        told = PlannedStep(step.number, step.title, not scripted, scripts if scripted else ())
        for reason in step.because:
            mending[reason.fingerprint] = (*mending.get(reason.fingerprint, ()), told)
    return mending
