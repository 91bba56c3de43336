"""From a failing finding to the steps that mend it: links to scripts that lie beside the report, or how to get them.

A link is made of the tenant's id alone, percent-encoded; a command only of ids that need no quoting in any shell.
"""

import re
from urllib.parse import quote

from auditor.model.finding import Finding, Status
from auditor.model.plan import PlannedStep, Remediation
from auditor.model.result import TenantResult
from auditor.report.view import RemedyView, ScriptView, StepView

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def remedy_view(
    finding: Finding, tenant: TenantResult, scan: str, remediation: Remediation | None
) -> RemedyView | None:
    """The steps of a failing finding; None where it does not fail, is waived, or no plan was made for the report."""
    if remediation is None or finding.status is not Status.FAIL or finding.waiver is not None:
        return None
    steps = remediation.steps.get(tenant.tenant.id, {}).get(finding.fingerprint, ())
    if not steps and finding.remedy is None:
        return None
    folder = f"remediation/{quote(tenant.tenant.id, safe='')}" if remediation.written else None
    return RemedyView(
        steps=tuple(_step(step, folder) for step in steps),
        note="" if steps else "The plan has no step for it; plan.md says why.",
        folder=f"remediation/{tenant.tenant.id}" if remediation.written else None,
        files=("plan.md", *dict.fromkeys(name for step in steps for name in step.scripts)),
        command=None if remediation.written or not steps else _command(tenant, scan),
    )


def _step(step: PlannedStep, folder: str | None) -> StepView:
    words = f"Step {step.number}{' (by hand)' if step.by_hand else ''}: {step.title}"
    if folder is None:
        return StepView(words, ())
    return StepView(
        words,
        (
            ScriptView("plan.md", f"{folder}/plan.md#step-{step.number}"),
            *(ScriptView(name, f"{folder}/{quote(name)}") for name in step.scripts),
        ),
    )


def _command(tenant: TenantResult, scan: str) -> str:
    """What writes the scripts. Without a recorded scan there is nothing to write them from but another scan."""
    name = tenant.tenant.id if _PLAIN.fullmatch(tenant.tenant.id) else "TENANT"
    if tenant.history is None:
        return f"auditor scan --tenant {name} --format remediation --out ."
    return f"auditor remediate {scan if _PLAIN.fullmatch(scan) else 'SCAN'} --tenant {name} --out ."
