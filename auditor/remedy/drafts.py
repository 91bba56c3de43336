"""What a remedy gives before steps are ordered and numbered, and the pieces that all remedies build with.

Pure. Nothing here knows any app: values come from findings, and through them from the rule pack.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Struct

from auditor.model.evidence import Known
from auditor.model.finding import Finding, Subject
from auditor.model.graph_objects import Application, ServicePrincipal
from auditor.model.plan import (
    Because,
    Change,
    Hole,
    Look,
    Manual,
    PropertyLook,
    Question,
    Request,
    Risk,
    RiskLevel,
    Slot,
    State,
    Step,
    Template,
    Undo,
    canonical_state,
)
from auditor.model.snapshot import Instance, Snapshot

APPLICATION_WRITE = "Application.ReadWrite.All"
ASSIGNMENT_WRITE = "AppRoleAssignment.ReadWrite.All"
ADMINISTRATOR = "Cloud Application Administrator"

ANSWER = Hole(Slot.ANSWER)
ANSWERS = Hole(Slot.ANSWERS)
GRAPH = Hole(Slot.GRAPH)

EMPTY = State((canonical_state([]),))
PRESENT = State(None)

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


class RefusedError(Exception):
    """A change that would contradict another; the message says in what."""


class Case(Struct, frozen=True):
    """One instance of the app, and when it was seen."""

    instance: Instance
    snapshot: Snapshot
    at: str
    """When the scan saw it, RFC 3339."""
    leaving: frozenset[str] = frozenset()
    """Ids of assigned principals whose assignments the same plan removes."""

    @property
    def subject(self) -> Subject:
        """The instance's service principal."""
        return Subject("servicePrincipal", self.instance.id, self.instance.display_name)

    @property
    def service_principal(self) -> ServicePrincipal | None:
        """The service principal, where it was read and its id can stand in a path."""
        found = self.instance.service_principal
        return found.value if isinstance(found, Known) and is_id(found.value.id) else None

    @property
    def application(self) -> Application | None:
        """The application, where it was read and its id can stand in a path."""
        found = self.instance.application
        return found.value if isinstance(found, Known) and is_id(found.value.id) else None


class Draft(Struct, frozen=True):
    """A step before it has its number. ``slot`` says what it changes: no two drafts of a plan may change the same."""

    slot: str
    step: Step | Manual
    needs: str | None = None
    """Slot of the draft whose step leaves the answer to this one's question."""


def is_id(text: object) -> bool:
    """True for what can stand in a path and in a query as an object's id."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def because(findings: Sequence[Finding]) -> tuple[Because, ...]:
    """The findings as a step names them, the worst first."""
    ordered = sorted(findings, key=lambda finding: (-finding.severity.rank, finding.rule, finding.fingerprint))
    return tuple(
        Because(finding.rule, finding.title, finding.severity, finding.citation, finding.fingerprint)
        for finding in ordered
    )


def manual(
    case: Case | None, subject: Subject, findings: Sequence[Finding], title: str, words: str, *, slot: str
) -> Draft:
    """A step in words; ``case`` is None for what concerns the whole tenant."""
    instance = case.subject if case is not None else subject
    return Draft(
        slot=f"manual {instance.id} {slot}",
        step=Manual(number=0, stage=1, title=title, words=words, instance=instance, because=because(findings)),
    )


def by_hand(case: Case, findings: Sequence[Finding], title: str, *, slot: str | None = None) -> Draft:
    """What to do where the finding names no value that can be sent, or the object was not read: the guidance."""
    words = findings[0].guidance
    return manual(case, case.subject, findings, title, words, slot=slot or str(findings[0].remedy))


def json_text(value: Any) -> str:
    """JSON in ASCII with no white space: what stands in scripts never depends on a file's encoding."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def nested(name: str, value: Any) -> dict[str, Any]:
    """``{"web": {"redirectUris": value}}`` for the dotted name ``web.redirectUris``."""
    for part in reversed(name.split(".")):
        value = {part: value}
    return dict(value)


def around(name: str, hole: Hole, *, listed: bool = False) -> Template:
    """The JSON body that puts the answer at a dotted name, as a text or as a list of texts."""
    head, tail = json_text(nested(name, "\x00")).split('"\\u0000"')
    return (f"{head}[", hole, f"]{tail}") if listed else (f'{head}"', hole, f'"{tail}')


def patch(path: str, body: Any) -> Request:
    """A PATCH with a constant body."""
    return Request("PATCH", (path,), (json_text(body),))


def seen(value: Any, *, many: bool = False) -> str:
    """The state of a property that the scan saw."""
    if many:
        return canonical_state(sorted(value or ()))
    return canonical_state([None if value is UNSET else value])


def low(words: str) -> Risk:
    """A risk to nobody's sign-in."""
    return Risk(RiskLevel.LOW, False, words)


def step(
    case: Case,
    findings: Sequence[Finding],
    *,
    title: str,
    target: Subject,
    look: Look,
    before: State,
    after: State,
    change: Change,
    undo: Undo,
    risk: Risk,
    permission: str = APPLICATION_WRITE,
    remedy: str | None = None,
    stage: int = 1,
    **more: Any,
) -> Step:
    """A step without its number."""
    return Step(
        number=0,
        stage=stage,
        remedy=remedy or str(findings[0].remedy),
        title=title,
        target=target,
        instance=case.subject,
        because=because(findings),
        look=look,
        before=before,
        after=after,
        change=change,
        undo=undo,
        permission=permission,
        role=ADMINISTRATOR,
        risk=risk,
        **more,
    )


def set_property(
    case: Case,
    findings: Sequence[Finding],
    *,
    title: str,
    target: Subject,
    name: str,
    was: Any,
    becomes: Any,
    risk: Risk,
    many: bool = False,
    body: Any = None,
    undo_body: Any = None,
    also: tuple[str, ...] = (),
    **more: Any,
) -> Draft:
    """A step that sets one property to a constant, and back to what the scan saw.

    ``body`` and ``undo_body`` are given where more than the property itself must be sent.
    """
    path = object_path(target)
    before, after = seen(was, many=many), seen(becomes, many=many)
    return Draft(
        slot=f"{target.id} {name}",
        step=step(
            case,
            findings,
            title=title,
            target=target,
            look=PropertyLook(path, name, many),
            before=State((before,)),
            after=State((after,), also),
            change=patch(path, body if body is not None else nested(name, becomes)),
            undo=Undo(
                patch(path, undo_body if undo_body is not None else nested(name, was)),
                State((before,)),
                "Sets it back to what the scan saw.",
            ),
            risk=risk,
            **more,
        ),
    )


def ask_property(
    case: Case,
    findings: Sequence[Finding],
    *,
    title: str,
    name: str,
    was: Any,
    question: Question,
    risk: Risk,
    many: bool = False,
    undo_body: Any = None,
) -> Draft:
    """A step that sets a property of the service principal to a person's answer, and back to what the scan saw."""
    path = object_path(case.subject)
    before = State((seen(was, many=many),))
    return Draft(
        slot=f"{case.instance.id} {name}",
        step=step(
            case,
            findings,
            title=title,
            target=case.subject,
            look=PropertyLook(path, name, many),
            before=before,
            after=State(("[", ANSWERS, "]") if many else ('["', ANSWER, '"]')),
            change=Request("PATCH", (path,), around(name, ANSWERS if many else ANSWER, listed=many)),
            undo=Undo(
                patch(path, undo_body if undo_body is not None else nested(name, was)),
                before,
                "Sets it back to what the scan saw.",
            ),
            risk=risk,
            question=question,
        ),
    )


def object_path(target: Subject) -> str:
    """Path of an application or a service principal below ``/v1.0``."""
    return f"/{'applications' if target.type == 'application' else 'servicePrincipals'}/{target.id}"


def application_subject(application: Application) -> Subject:
    """An application as a target."""
    name = application.display_name
    return Subject("application", application.id, name if isinstance(name, str) else None)
