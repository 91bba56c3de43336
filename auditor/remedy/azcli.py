"""Scripts for the Azure CLI: POSIX sh and ``az rest``. A dry run unless ``--apply`` is given.

The prelude (``preludes/azcli.sh``) holds all that is the same in every script; what is generated here is the plan's own
data, each text of it through :func:`~auditor.remedy.quote_sh.quote`.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from auditor.model.plan import (
    CredentialLook,
    Guard,
    Hole,
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
from auditor.remedy.query import credential_query, kept_query, property_query, without_query
from auditor.remedy.quote_sh import quote

_VARIABLES = {Slot.ANSWER: '"$answer"', Slot.ANSWERS: '"$answer"', Slot.GRAPH: '"$GRAPH"'}
_FIELDS = (
    "title",
    "by_hand",
    "permission",
    "role",
    "risk",
    "question",
    "answer",
    "raw_answer",
    "misformed",
    "look_needs_answer",
    "start",
    "start_also",
    "goal",
    "goal_also",
    "lost",
    "confirm",
    "request",
    "backup",
    "guard_words",
    "leaves_path",
    "leaves_subject",
)


def render(plan: Plan) -> dict[str, bytes]:
    """``apply.sh`` and ``rollback.sh``, and a numbered pair for each further stage of a rotation."""
    scripts: dict[str, bytes] = {}
    for stage in plan.stages:
        for forward in (True, False):
            kind = "apply" if forward else "rollback"
            scripts[script_name(kind, stage, "sh")] = _script(plan, stage, forward=forward).encode("ascii")
    return scripts


def _script(plan: Plan, stage: Stage, *, forward: bool) -> str:
    steps = plan.steps_of(stage.number)
    if not forward:
        steps = tuple(step for step in reversed(steps) if isinstance(step, Step))
    moves = [move(step, forward=forward) for step in steps if isinstance(step, Step)]
    what = stage.words if forward else "Takes back what the apply script of the same name did, last step first."
    lines = [
        "#!/bin/sh",
        "# shellcheck disable=SC2016  # single quotes are meant: backquotes and $ are JMESPath and OData",
        "# shellcheck disable=SC2034  # not every script uses every value",
        f"# {headline(plan)}",
        f"# {what}",
        "# With no option it looks and changes nothing; --apply acts; --help tells the rest.",
        "# Needs az, the Azure CLI, signed in to the tenant.",
        "set -eu",
        "",
        f"PLAN={quote(plan.id)}",
        f"TENANT={quote(plan.tenant.id)}",
        f"EXPECTED_GRAPH={quote(GRAPH_HOSTS.get(plan.cloud, ''))}",
        f"MODE={quote('apply' if forward else 'rollback')}",
        f"ROLLBACK={quote('sh ' + script_name('rollback', stage, 'sh'))}",
        f"STEPS={quote(' '.join(str(step.number) for step in steps))}",
        "",
        "# STEP: sets what is to be known of it.",
        "load() {",
        *(f"    {name}=''" for name in _FIELDS),
        *_cases((step.number, _loaded(step, forward=forward)) for step in steps),
        "}",
        "",
        "# STEP: what is there now, as a JSON list.",
        "look() {",
        *_cases((one.step.number, [_look(one.step)]) for one in moves),
        "}",
        "",
        "# STEP: makes the change.",
        "act() {",
        *_cases((one.step.number, _act(one)) for one in moves if one.change is not None),
        "}",
        "",
        "# STEP: whether what must hold beside the step's own state holds.",
        "guard() {",
        *_cases((one.step.number, [_guard(one.guard)]) for one in moves if one.guard is not None),
        "}",
        "",
    ]
    return "\n".join(lines) + _prelude()


def _cases(branches: Iterable[tuple[int, Sequence[str]]]) -> list[str]:
    lines = ['    case "$1" in']
    for number, body in branches:
        lines += [f"    {number})", *(f"        {line}" for line in body), "        ;;"]
    return [*lines, "    *) ;;", "    esac"]


def _loaded(step: Step | Manual, *, forward: bool) -> list[str]:
    if isinstance(step, Manual):
        return [f"title={quote(plain(step.title))}", f"by_hand={quote(plain(step.words))}"]
    one = move(step, forward=forward)
    lines = [
        f"title={quote(step.title if forward else 'Take back: ' + step.title)}",
        f"permission={quote(step.permission)}",
        f"role={quote(step.role)}",
        f"risk={quote(step.risk.words if forward else step.undo.words)}",
        f"backup={quote(object_path(step.target))}",
        *_answer(step),
        *_state("start", one.start),
        *_state("goal", one.goal),
    ]
    if isinstance(step.look, MemberLook) and any(_has_holes(value) for _, value in step.look.where):
        lines.append("look_needs_answer=yes")
    for name, text in (("lost", one.lost), ("confirm", one.confirm)):
        if text:
            lines.append(f"{name}={quote(text)}")
    if one.change is not None:
        lines.append(f"request={_request_words(one)}")
    if one.guard is not None:
        lines.append(f"guard_words={quote(one.guard.otherwise)}")
    if one.leaves and isinstance(step.look, CredentialLook):
        lines += [f"leaves_path={quote(step.look.path)}", f"leaves_subject={quote(step.look.values[0])}"]
    return lines


def _answer(step: Step) -> list[str]:
    question = step.question
    if question is None:
        return []
    words = question.words + (f" One of: {' '.join(question.choices)}" if question.choices else "")
    source = f"{step.number} {question.kept_by}" if question.kept_by is not None else str(step.number)
    choices = "".join(f" {quote(choice)}" for choice in question.choices)
    return [
        f"question={quote(words)}",
        f"raw_answer=$(answer_of {source})",
        'if [ -n "$raw_answer" ]; then',
        f'    answer=$(formed {quote(question.kind.value)} "$raw_answer"{choices}) || misformed=yes',
        "fi",
    ]


def _state(name: str, state: State) -> list[str]:
    if state.text is None:
        return [f"{name}=+"]
    text = _word(state.text)
    if _has_holes(state.text):
        return [f'if [ -n "$answer" ]; then {name}={text}; fi']
    return [f"{name}={text}", *(f"{name}_also={quote(other)}" for other in state.also[:1])]


def _look(step: Step) -> str:
    look = step.look
    if isinstance(look, PropertyLook):
        path, query = property_query(look)
        return f"graph get {quote(path)} {quote(query)}"
    if isinstance(look, CredentialLook):
        path, query = credential_query(look)
        return f"graph get {quote(path)} {quote(query)}"
    parts: list[str | Hole] = []
    for place, (name, value) in enumerate(look.where):
        parts += [f"{' && ' if place else ''}{name}=='", *value, "'"]
    return f"members {quote(look.path)} {_word(tuple(parts))}"


def _act(one: Move) -> list[str]:
    change, step = one.change, one.step
    if isinstance(change, Request):
        body = f" {_word(change.body)}" if change.body is not None else ""
        query = " thumbprint" if one.leaves else ""
        return [f"send {change.method.lower()} {_word(change.path)}{body}{query}"]
    if isinstance(change, WithoutCredentials):
        lines = []
        if isinstance(step.undo.change, RestoreKeys):
            kept = kept_query(step.undo.change.key_ids)
            lines.append(f"keep {step.number} {quote(change.path)} {quote(kept)} &&")
        return [*lines, f"without {quote(change.path)} {quote(without_query(change))}"]
    assert isinstance(change, RestoreKeys)  # noqa: S101 - the three kinds of change there are
    return [f"restore {step.number} {quote(change.path)}"]


def _guard(guard: Guard) -> str:
    path, query = property_query(guard.look)
    states = " ".join(quote(state) for state in guard.states)
    return f"guarded {quote(path)} {quote(query)} {'one' if guard.holds_where_one else 'none'} {states}"


def _request_words(one: Move) -> str:
    """The request as a person reads it before it is sent."""
    change = one.change
    if isinstance(change, Request):
        parts = [f"{change.method} ", *change.path, *((" ", *change.body) if change.body is not None else ())]
        return _word(tuple(parts))
    if isinstance(change, WithoutCredentials):
        what = f"PATCH {change.path} {' and '.join(change.lists)} without {change.by} {', '.join(change.values)}"
        return quote(what)
    path = change.path if change is not None else ""
    return quote(f"PATCH {path} keyCredentials with the keys that were kept")


def _word(template: Template) -> str:
    """A text with holes as one shell word: quoted pieces and quoted variables side by side."""
    return "".join(quote(part) if isinstance(part, str) else _VARIABLES[part.slot] for part in template)


def _has_holes(template: Template) -> bool:
    return any(isinstance(part, Hole) for part in template)


@cache
def _prelude() -> str:
    return (files("auditor.remedy") / "preludes" / "azcli.sh").read_text(encoding="ascii")
