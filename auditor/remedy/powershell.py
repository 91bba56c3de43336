"""Scripts for PowerShell: Microsoft.Graph.Authentication's ``Invoke-MgGraphRequest``. A dry run unless told ``-Apply``.

The prelude (``preludes/powershell.ps1``) holds all that is the same in every script; what is generated here is a list
of steps whose every text goes through :func:`~auditor.remedy.quote_powershell.quote`.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from auditor.model.plan import (
    CredentialLook,
    Guard,
    Hole,
    Look,
    Manual,
    MemberLook,
    Plan,
    PropertyLook,
    Request,
    RestoreKeys,
    Slot,
    Stage,
    State,
    Step,
    Template,
    WithoutCredentials,
)
from auditor.remedy.drafts import object_path
from auditor.remedy.files import GRAPH_HOSTS, Move, headline, move, plain, script_name
from auditor.remedy.quote_powershell import quote

_VARIABLES = {Slot.ANSWER: "$said", Slot.ANSWERS: "$said", Slot.GRAPH: "$Graph"}


def render(plan: Plan) -> dict[str, bytes]:
    """``apply.ps1`` and ``rollback.ps1``, and a numbered pair for each further stage of a rotation."""
    scripts: dict[str, bytes] = {}
    for stage in plan.stages:
        for forward in (True, False):
            name = script_name("apply" if forward else "rollback", stage, "ps1")
            scripts[name] = _script(plan, stage, forward=forward).encode("ascii")
    return scripts


def _script(plan: Plan, stage: Stage, *, forward: bool) -> str:
    steps = plan.steps_of(stage.number)
    if not forward:
        steps = tuple(step for step in reversed(steps) if isinstance(step, Step))
    kind = "apply" if forward else "rollback"
    what = stage.words if forward else "Takes back what the apply script of the same name did, last step first."
    lines = [
        "#Requires -Version 5.1",
        "#Requires -Modules Microsoft.Graph.Authentication",
        "<#",
        ".SYNOPSIS",
        f"    {headline(plan)}",
        ".DESCRIPTION",
        f"    {what}",
        "    It checks the tenant and the precondition of every step before it changes anything, writes a backup",
        "    of each object, acts, and verifies. Run twice, it changes nothing the second time.",
        ".PARAMETER Apply",
        "    Act. Without it the script looks and says what it would do, as with -WhatIf.",
        ".PARAMETER Answer",
        "    Answers to the questions of steps: -Answer @{ '4' = 'VALUE' }",
        ".PARAMETER Only",
        "    These steps alone.",
        ".PARAMETER Confirmed",
        "    What the steps ask to be done outside Microsoft Entra ID has been done.",
        ".PARAMETER State",
        "    Folder for backups, the transcript and what later scripts need.",
        ".EXAMPLE",
        f"    ./{script_name(kind, stage, 'ps1')} -WhatIf",
        ".EXAMPLE",
        f"    ./{script_name(kind, stage, 'ps1')} -Apply",
        ".NOTES",
        f"    Sign in first: Connect-MgGraph -TenantId {plan.tenant.id} -Scopes {','.join(_permissions(steps))}",
        "    Exit codes: 0 everything is as it should be, 1 stopped, 3 steps are left to a person.",
        "#>",
        "[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]",
        "param(",
        "    [switch] $Apply,",
        "    [hashtable] $Answer = @{},",
        "    [int[]] $Only = @(),",
        "    [switch] $Confirmed,",
        f"    [string] $State = (Join-Path $PSScriptRoot {quote('state-' + plan.id)})",
        ")",
        f"$PlanId = {quote(plan.id)}",
        f"$Tenant = {quote(plan.tenant.id)}",
        f"$ExpectedGraph = {quote(GRAPH_HOSTS.get(plan.cloud, ''))}",
        f"$Mode = {quote(kind)}",
        f"$Rollback = {quote('./' + script_name('rollback', stage, 'ps1'))}",
        "$Steps = @(",
        *(line for step in steps for line in _hashtable(step, forward=forward)),
        ")",
        "",
    ]
    return "\n".join(lines) + _prelude()


def _permissions(steps: Sequence[Step | Manual]) -> list[str]:
    return sorted({step.permission for step in steps if isinstance(step, Step)}) or ["Application.Read.All"]


def _hashtable(step: Step | Manual, *, forward: bool) -> list[str]:
    fields = dict.fromkeys(
        ("Kind", "Question", "Lost", "Confirm", "Request", "Risk", "Permission", "Role", "Backup", "GuardWords"), "''"
    )
    fields |= {"KeptBy": "0", "Choices": "@()", "LookNeedsAnswer": "$false", "Raw": "''", "ByHand": "''"}
    fields |= {"Guard": "$null", "GuardStates": "@()", "GuardOne": "$true", "Leaves": "$null"}
    fields |= {"Live": "''", "Answer": "''", "GoalState": "@('')", "Number": str(step.number)}
    if isinstance(step, Manual):
        fields |= {"Title": quote(plain(step.title)), "ByHand": quote(plain(step.words))}
    else:
        fields |= _fields(move(step, forward=forward), forward=forward)
    return ["    @{", *(f"        {name} = {value}" for name, value in sorted(fields.items())), "    }"]


def _fields(one: Move, *, forward: bool) -> dict[str, str]:
    step = one.step
    fields = {
        "Title": quote(step.title if forward else f"Take back: {step.title}"),
        "Permission": quote(step.permission),
        "Role": quote(step.role),
        "Risk": quote(step.risk.words if forward else step.undo.words),
        "Backup": quote(object_path(step.target)),
        "Lost": quote(one.lost),
        "Confirm": quote(one.confirm),
        "Start": _state(one.start),
        "Goal": _state(one.goal),
        "Look": f"{{ param($said) {_look(step.look)} }}",
        "Request": _request_words(one),
        "Act": f"{{ param($said) {_act(one)} }}",
    }
    if step.question is not None:
        choices = step.question.choices
        words = step.question.words + (f" One of: {' '.join(choices)}" if choices else "")
        fields |= {
            "Kind": quote(step.question.kind.value),
            "Question": quote(words),
            "Choices": _array(choices),
            "KeptBy": str(step.question.kept_by or 0),
        }
    if isinstance(step.look, MemberLook) and any(_has_holes(value) for _, value in step.look.where):
        fields["LookNeedsAnswer"] = "$true"
    if one.guard is not None:
        fields |= _guard(one.guard)
    if one.leaves and isinstance(step.look, CredentialLook):
        path, subject = quote(step.look.path), quote(step.look.values[0])
        fields["Leaves"] = f"{{ Export-Certificate -Number {step.number} -Path {path} -Subject {subject} }}"
    return fields


def _guard(guard: Guard) -> dict[str, str]:
    return {
        "Guard": f"{{ {_look(guard.look)} }}",
        "GuardStates": _array(guard.states),
        "GuardOne": "$true" if guard.holds_where_one else "$false",
        "GuardWords": quote(guard.otherwise),
    }


def _look(look: Look) -> str:
    if isinstance(look, PropertyLook):
        many = " -Many" if look.many else ""
        return f"Get-PropertyState -Path {quote(look.path)} -Name {quote(look.name)}{many}"
    if isinstance(look, CredentialLook):
        return f"Get-CredentialState -Path {quote(look.path)} -By {quote(look.by)} -Values {_array(look.values)}"
    where = "; ".join(f"{name} = {_text(value)}" for name, value in look.where)
    return f"Get-MemberState -Path {quote(look.path)} -Where @{{ {where} }}"


def _act(one: Move) -> str:
    change, step = one.change, one.step
    if isinstance(change, Request):
        body = f" -Body {_text(change.body)}" if change.body is not None else ""
        return f"Invoke-Graph -Method {quote(change.method)} -Path {_text(change.path)}{body}"
    if isinstance(change, WithoutCredentials):
        lists, values = _array(change.lists), _array(change.values)
        path = quote(change.path)
        keep = ""
        if isinstance(step.undo.change, RestoreKeys):
            ids = _array(step.undo.change.key_ids)
            keep = f"[void] (Save-Keys -Number {step.number} -Path {path} -KeyIds {ids}); "
        return f"{keep}Remove-Credentials -Path {path} -Lists {lists} -By {quote(change.by)} -Values {values}"
    if isinstance(change, RestoreKeys):
        return f"Restore-Keys -Number {step.number} -Path {quote(change.path)}"
    return "$null"


def _request_words(one: Move) -> str:
    change = one.change
    if isinstance(change, Request):
        parts = [change.method, " ", *change.path, *((" ", *change.body) if change.body is not None else ())]
        shown = "".join(part if isinstance(part, str) else f"<{part.slot.value}>" for part in parts)
        return quote(shown)
    if isinstance(change, WithoutCredentials):
        what = f"PATCH {change.path} {' and '.join(change.lists)} without {change.by} {', '.join(change.values)}"
        return quote(what)
    return quote(f"PATCH {change.path} keyCredentials with the keys that were kept") if change is not None else "''"


def _state(state: State) -> str:
    """A script block that gives the state, and others that count as it; an empty text while the answer is missing."""
    if state.text is None:
        return "{ param($said) '+' }"
    if _has_holes(state.text):
        return f"{{ param($said) if ($said) {{ {_text(state.text)} }} else {{ '' }} }}"
    return f"{{ param($said) {', '.join([_text(state.text), *map(quote, state.also)])} }}"


def _text(template: Template) -> str:
    """A text with holes as one value: quoted pieces and variables, joined in parentheses where there are several."""
    parts = [quote(part) if isinstance(part, str) else _VARIABLES[part.slot] for part in template]
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def _array(texts: Sequence[str]) -> str:
    return f"@({', '.join(map(quote, texts))})"


def _has_holes(template: Template) -> bool:
    return any(isinstance(part, Hole) for part in template)


@cache
def _prelude() -> str:
    return (files("auditor.remedy") / "preludes" / "powershell.ps1").read_text(encoding="ascii")
