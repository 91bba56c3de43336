"""plan.md for the reviewer and plan.json for machines: the same plan, every step with what it is about to do."""

from collections.abc import Iterable, Sequence

import msgspec

from auditor.model.plan import (
    Because,
    Change,
    Hole,
    LeftOut,
    Look,
    Manual,
    MemberLook,
    Plan,
    PropertyLook,
    Refusal,
    Request,
    State,
    Step,
    Template,
    WithoutCredentials,
)
from auditor.remedy.files import script_name
from auditor.remedy.quote_markdown import code, prose

_HOLES = {"answer": "<answer>", "answers": "<answers>", "graph": "<Microsoft Graph>"}


def plan_json(plan: Plan) -> bytes:
    """The plan as JSON, keys in the order of the model."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"


def plan_markdown(plan: Plan) -> bytes:
    """The plan as a page to read before anything is run."""
    lines = [
        f"# Remediation plan for {code(plan.tenant.name or plan.tenant.id)}",
        "",
        f"- Tenant {code(plan.tenant.id)}, cloud {code(plan.cloud)}",
        f"- Plan {code(plan.id)}, from scan {code(plan.scan)} of {plan.at}",
        f"- Snapshot SHA-256 {code(plan.snapshot_sha256 or 'none: the tenant was not read')}",
        "",
        *_summary(plan),
        "",
        "## How to run it",
        "",
        "Every script looks first: it checks the tenant and the precondition of every step, and stops where anything",
        "is no longer what the scan saw. Without `--apply` (`-Apply`) it changes nothing. It writes a backup of each",
        "object and a transcript, and verifies each change. Run twice, it changes nothing the second time.",
        "",
        *_scripts(plan),
        "",
    ]
    for stage in plan.stages:
        lines += [f"## {_heading(stage.number, stage.name)}", "", prose(stage.words), ""]
        steps = plan.steps_of(stage.number)
        for step in steps:
            lines += [*(_step(step) if isinstance(step, Step) else _manual(step)), ""]
        if not steps:
            lines += ["No step is planned.", ""]
    lines += _refused(plan.refused)
    lines += _left_out(plan.left_out)
    return ("\n".join(lines).rstrip("\n") + "\n").encode("utf-8")


def _summary(plan: Plan) -> list[str]:
    scripted = [step for step in plan.steps if isinstance(step, Step)]
    cutting = [str(step.number) for step in scripted if step.risk.cuts_sign_in]
    asking = [str(step.number) for step in scripted if step.question is not None and step.question.kept_by is None]
    final = [str(step.number) for step in scripted if step.undo.change is None]
    by_hand = [str(step.number) for step in plan.steps if isinstance(step, Manual)]
    facts = (
        ("can cut somebody's sign-in", cutting),
        ("ask a person for a value", asking),
        ("cannot be undone", final),
        ("are done by hand", by_hand),
    )
    words = f"{len(plan.steps)} steps, {len(scripted)} of them scripted."
    if not plan.steps:
        unread = plan.snapshot_sha256 is None
        words = (
            "Nothing is planned: the tenant was not read." if unread else "Nothing is planned: see what was left out."
        )
    return [words, *(["", *(f"- Steps that {what}: {', '.join(which)}" for what, which in facts if which)])]


def _scripts(plan: Plan) -> list[str]:
    lines = ["| stage | PowerShell | Azure CLI | rollback |", "| --- | --- | --- | --- |"]
    for stage in plan.stages:
        apply, back = ([script_name(kind, stage, suffix) for suffix in ("ps1", "sh")] for kind in ("apply", "rollback"))
        lines.append(f"| {stage.number} | `{apply[0]}` | `{apply[1]}` | `{back[0]}`, `{back[1]}` |")
    return [*lines, "", "`main.tf` has what Terraform's azuread provider can express of the first stage."]


def _heading(number: int, name: str) -> str:
    return f"Stage {number}: {name.replace('-', ' ')}" if name else f"Stage {number}"


def _anchor(number: int) -> list[str]:
    """What the reports link to: a heading's own anchor differs from one Markdown viewer to the next."""
    return [f'<a id="step-{number}"></a>', ""]


def _step(step: Step) -> list[str]:
    name = f" {code(step.target.name)}" if step.target.name else ""
    cuts = ", can cut sign-in" if step.risk.cuts_sign_in else ""
    lines = [
        *_anchor(step.number),
        f"### Step {step.number}: {prose(step.title)}",
        "",
        f"- Object: {step.target.type}{name} {code(step.target.id)}",
        f"- Looks at: {code(_look(step.look))}",
        f"- Precondition, as the scan saw it: {code(_state(step.before))}",
        f"- Change: {code(_change(step.change))}",
        f"- Verified by: {code(_state(step.after))}",
        f"- Rollback: {prose(step.undo.words)}"
        + (f" {code(_change(step.undo.change))}" if step.undo.change is not None else ""),
        f"- Needs: permission {code(step.permission)}, or the role {prose(step.role)}",
        f"- Risk: {step.risk.level.value}{cuts}. {prose(step.risk.words)}",
    ]
    if step.question is not None:
        lines.append(f"- Asks: {prose(step.question.words)}")
        lines += [f"  - {code(choice)}" for choice in step.question.choices]
        if step.question.kept_by is not None:
            lines.append(f"  - Step {step.question.kept_by} leaves the answer behind.")
    if step.guard is not None:
        lines.append(f"- Stops where: {prose(step.guard.otherwise)}")
    if step.confirm is not None:
        lines.append(f"- Only after: {prose(step.confirm)}")
    lines += [f"- Note: {prose(note)}" for note in step.notes]
    return [*lines, *_because(step.because)]


def _manual(step: Manual) -> list[str]:
    name = f" {code(step.instance.name)}" if step.instance.name else ""
    return [
        *_anchor(step.number),
        f"### Step {step.number}: {prose(step.title)} (by hand)",
        "",
        f"- Object: {step.instance.type}{name} {code(step.instance.id)}",
        *(f"- {prose(line)}" for line in step.words.split("\n") if line.strip()),
        *_because(step.because),
    ]


def _because(reasons: Sequence[Because]) -> list[str]:
    lines: list[str] = []
    for reason in reasons:
        citation = reason.citation
        place = f"{citation.document}, {citation.section}" + (f", step {citation.step}" if citation.step else "")
        lines.append(
            f"- Because of {code(reason.rule)} ({reason.severity.value}): {prose(reason.title)}. {prose(place)}"
        )
    return lines


def _refused(refusals: Sequence[Refusal]) -> list[str]:
    if not refusals:
        return []
    lines = ["## Refused", "", "These would contradict one another, or something else in the tenant.", ""]
    for refusal in refusals:
        rules = ", ".join(code(rule) for rule in refusal.rules)
        subject = f"{refusal.subject.type} {code(refusal.subject.id)}"
        lines.append(f"- {code(refusal.remedy)} for {subject} ({rules}): {prose(refusal.words)}")
    return [*lines, ""]


def _left_out(left_out: Sequence[LeftOut]) -> list[str]:
    lines = ["## Left out", ""]
    if not left_out:
        return [*lines, "Nothing: every open failure is planned for, and nothing was left unassessed or waived."]
    lines += ["Nothing is planned for what was not assessed, or is waived.", ""]
    for left in left_out:
        subject = f"{left.subject.type} {code(left.subject.id)}"
        lines.append(f"- {code(left.rule)} {left.why}, {subject}: {prose(left.words)}")
    return lines


def _look(look: Look) -> str:
    if isinstance(look, PropertyLook):
        return f"GET {look.path} {look.name}"
    if isinstance(look, MemberLook):
        where = " and ".join(f"{name} = {_text(value)}" for name, value in look.where)
        return f"GET {look.path} where {where}"
    return f"GET {look.path} keyCredentials and passwordCredentials where {look.by} = {' or '.join(look.values)}"


def _change(change: Change) -> str:
    if isinstance(change, Request):
        body = f" {_text(change.body)}" if change.body is not None else ""
        return f"{change.method} {_text(change.path)}{body}"
    if isinstance(change, WithoutCredentials):
        return f"PATCH {change.path} {' and '.join(change.lists)} without {change.by} {', '.join(change.values)}"
    return f"PATCH {change.path} keyCredentials with {', '.join(change.key_ids)} as kept"


def _state(state: State) -> str:
    if state.text is None:
        return "something is there"
    return " or ".join([_text(state.text), *state.also])


def _text(template: Template | Iterable[str | Hole]) -> str:
    return "".join(part if isinstance(part, str) else _HOLES[part.slot.value] for part in template)
