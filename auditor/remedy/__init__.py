"""From findings to a plan, and from a plan to scripts with their rollbacks. Pure: returns bytes, writes nothing."""

from auditor.model.plan import Plan
from auditor.model.result import ScanResult, TenantResult
from auditor.remedy.planner import plan

FORMATS = ("powershell", "azcli", "terraform")
"""What a plan is rendered as; plan.md and plan.json always come."""

__all__ = ["FORMATS", "plan", "render", "render_tenant"]


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
