"""oscal.json: OSCAL assessment results 1.2.1, for tools of governance, risk and compliance.

One result a tenant. An *observation* is what one rule saw, a change, or a tenant that was not read in full; a *risk*
stands for each failure (``open``, or ``deviation-approved`` where it is waived) and for each question left open
(``investigating``); a *finding* says of one control how far it is met.

A control of NIST, ISO, CIS or SOC 2 asks far more than single sign-on to one application. So a finding's target is an
objective defined in this document (``local-definitions``): the control, as far as these rules reach, and no farther.
It is satisfied only where every rule behind it that applies passed. Waived and unknown are not satisfied. Where no rule
applies, nothing is said of the control.

Texts are markup in OSCAL and go through :func:`~auditor.report.text.markdown`; exact values stand in ``props``. UUIDs
follow from the scan and from fingerprints. Source: NIST OSCAL 1.2.1, assessment results model.
"""

from typing import Any

from auditor.model.result import ScanResult, TenantResult
from auditor.report import oscal_parts as parts
from auditor.report.finding_view import framework_title
from auditor.report.machine import (
    Shortfall,
    encoded,
    is_problem,
    json_file,
    shortfall,
    shortfalls,
    stable_uuid,
    tally,
    utc,
)
from auditor.report.order import findings_in_order, tenants_in_order
from auditor.report.oscal_controls import Controls, controls_of
from auditor.report.text import markdown
from auditor.report.words import VERDICTS

VERSION = "1.2.1"
"""Of OSCAL."""


def render_oscal(result: ScanResult) -> bytes:
    """The scan as one document of assessment results."""
    tenants = tenants_in_order(result.tenants)
    controls = controls_of(tenants)
    plan = stable_uuid("oscal-plan", result.id)
    document: dict[str, Any] = {
        "uuid": stable_uuid("oscal", result.id),
        "metadata": {
            "title": parts.line(f"{_title(result)}: results of scan {result.id}"),
            "last-modified": utc(result.finished_at),
            "version": parts.text(result.id),
            "oscal-version": VERSION,
            "props": parts.props(tool=f"{result.tool_name} {result.tool_version}", verdict=result.verdict.value),
        },
        "import-ap": {
            "href": f"#{plan}",
            "remarks": "There is no assessment plan beside the rule packs; the resource names them with their hashes.",
        },
    }
    if controls.objectives:
        document["local-definitions"] = {"objectives-and-methods": _objectives(controls)}
    document["results"] = [encoded(_result(result, tenant, controls)) for tenant in tenants] or [_nothing(result)]
    document["back-matter"] = {"resources": [_plan(result, plan)]}
    return json_file({"assessment-results": document})


def _title(result: ScanResult) -> str:
    return " and ".join(pack.title or pack.id for pack in result.packs) or "Single sign-on"


def _objectives(controls: Controls) -> list[dict[str, Any]]:
    return [
        {
            "control-id": one.control_id,
            "props": parts.props(framework=framework_title(one.framework), control=one.control),
            "parts": [
                {
                    "id": one.objective_id,
                    "name": "objective",
                    "prose": markdown(
                        f"{framework_title(one.framework)} {one.control}, as far as the settings that were "
                        f"read reach, and no farther: {', '.join(one.rules)}."
                    ),
                }
            ],
        }
        for one in controls.objectives
    ]


def _plan(result: ScanResult, uuid: str) -> dict[str, Any]:
    packs = [f"{pack.id} {pack.version} sha256:{pack.sha256}" for pack in result.packs]
    skipped = [rule for pack in result.packs for rule in pack.skipped]
    return {
        "uuid": uuid,
        "title": "Rule packs that were asked",
        "description": parts.paragraph(
            f"{'; '.join(packs) or 'No rule pack was named'}. "
            f"{'Out of scope by configuration: ' + ', '.join(skipped) if skipped else 'No rule was put out of scope'}."
        ),
    }


def _result(result: ScanResult, tenant: TenantResult, controls: Controls) -> dict[str, Any]:
    findings = findings_in_order(tenant.findings)
    missing = shortfall(tenant, result)
    maker = parts.Maker(result, tenant)
    observations = [maker.shortfall(missing)] if missing else []
    observations += [maker.observation(finding) for finding in findings]
    observations += [maker.change(change, place) for place, change in enumerate(maker.changes)]
    risks = [maker.unread_risk(missing)] if missing else []
    risks += [maker.risk(finding) for finding in findings if is_problem(finding)]
    reviewed = [one for one in controls.objectives if any(finding.rule in one.rules for finding in findings)]
    told = [found for one in reviewed if (found := maker.finding(one, findings)) is not None]
    counts = tally(tenant)
    return _filled(
        {
            "uuid": maker.uuid("result"),
            "title": parts.line(f"{tenant.tenant.name}: {VERDICTS[tenant.verdict][1].lower()}"),
            "description": parts.paragraph(
                f"{counts.passed} of {counts.total} findings pass, {counts.failed} fail, {counts.unknown} could not be "
                f"assessed, {counts.waived} are waived, {counts.not_applicable} do not apply."
            ),
            "start": utc(tenant.started_at or result.started_at),
            "end": utc(tenant.finished_at or result.finished_at),
            "props": parts.props(
                tenant_id=tenant.tenant.id,
                tenant=tenant.tenant.name,
                cloud=tenant.tenant.cloud,
                status=tenant.status.value,
                verdict=tenant.verdict.value,
                snapshot_sha256=tenant.snapshot_sha256 or "",
            ),
            "local-definitions": {"components": maker.components(findings)},
            "reviewed-controls": _reviewed([one.control_id for one in reviewed]),
            "observations": observations,
            "risks": risks,
            "findings": told,
        }
    )


def _nothing(result: ScanResult) -> dict[str, Any]:
    """A scan of no tenants: a result that says so, for the model asks for one."""
    none: Shortfall = shortfalls(result)[0]
    return {
        "uuid": stable_uuid("oscal", result.id, "", "result"),
        "title": "No tenant: unknown",
        "description": markdown(none.text),
        "start": utc(result.started_at),
        "end": utc(result.finished_at),
        "reviewed-controls": _reviewed([]),
        "observations": [
            {
                "uuid": stable_uuid("oscal", result.id, "", none.fingerprint),
                "title": "Nothing was scanned",
                "description": markdown(none.text),
                "methods": ["EXAMINE"],
                "collected": utc(none.at),
            }
        ],
    }


def _reviewed(control_ids: list[str]) -> dict[str, Any]:
    """The controls that any rule of the tenant serves; the model asks for a selection even where there is none."""
    if not control_ids:
        none = {"description": "No control was assessed.", "include-controls": [{"control-id": "none"}]}
        return {"control-selections": [none]}
    included = [{"control-id": control} for control in dict.fromkeys(control_ids)]
    return {"control-selections": [{"include-controls": included}]}


def _filled(document: dict[str, Any]) -> dict[str, Any]:
    """Without empty lists: OSCAL has no list of none."""
    return {key: value for key, value in document.items() if value != []}
