"""What every renderer shares: names of files, comments in ASCII, and the two directions of a plan."""

import json
from dataclasses import dataclass

from auditor.model.plan import Change, Guard, Plan, Stage, State, Step

GRAPH_HOSTS = {
    "global": "https://graph.microsoft.com",
    "usgov": "https://graph.microsoft.us",
    "usgov-dod": "https://dod-graph.microsoft.us",
    "china": "https://microsoftgraph.chinacloudapi.cn",
}
"""Microsoft's clouds. Of another cloud the script believes the tool that is signed in. Source: "National cloud
deployments" of Microsoft Graph."""


@dataclass(frozen=True)
class Move:
    """A step in one direction: from a state to another, by a change, or lost for a reason."""

    step: Step
    start: State
    goal: State
    change: Change | None
    lost: str
    guard: Guard | None
    confirm: str
    leaves: bool


def script_name(kind: str, stage: Stage, suffix: str) -> str:
    """``apply.sh`` for the first stage, ``apply-2-activate.sh`` for another."""
    return f"{kind}.{suffix}" if not stage.name else f"{kind}-{stage.number}-{stage.name}.{suffix}"


def move(step: Step, *, forward: bool) -> Move:
    """The step as the apply script takes it, or as the rollback does."""
    if forward:
        return Move(
            step,
            step.before,
            step.after,
            step.change,
            "",
            step.guard,
            step.confirm or "",
            step.leaves == "certificate",
        )
    undo = step.undo
    lost = undo.words if undo.change is None else ""
    goal = undo.state if undo.state is not None else step.before
    return Move(step, step.after, goal, undo.change, lost, undo.guard, "", False)


def comment(text: str) -> str:
    """``text`` on one line of printable ASCII, in double quotes: it cannot end a comment of any of the languages."""
    return json.dumps(text, ensure_ascii=True).replace("#>", "#\\u003e").replace("\x7f", "\\u007f")


_TYPOGRAPHY = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})


def plain(text: str) -> str:
    """``text`` as one line of printable ASCII for a terminal: no tenant's text may move a cursor or turn a line."""
    folded = " ".join(text.split()).translate(_TYPOGRAPHY)
    return "".join(one if " " <= one <= "~" else f"<U+{ord(one):04X}>" for one in folded)


def headline(plan: Plan) -> str:
    """One line that says which plan a file belongs to."""
    return f"Plan {plan.id} for tenant {plan.tenant.id}, from scan {comment(plan.scan)} of {plan.at}."
