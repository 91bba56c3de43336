"""The remediation plan of a tenant: ordered steps, each with what it looks at, changes, verifies and undoes.

Everything is stated as data, so that each renderer says the same thing in its own language. A state is the canonical
JSON of what a look gives (:func:`canonical_state`): equal states are equal texts, in every language.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from auditor.model.finding import Subject
from auditor.model.rule import Citation, Severity

SCHEMA = "1"
"""Version of plan.json."""


def canonical_state(values: Sequence[Any]) -> str:
    """The state of a look: a JSON list in ASCII with no white space, as JMESPath's ``to_string`` writes it."""
    return json.dumps(list(values), separators=(",", ":"), ensure_ascii=True)


# -- texts with holes ---------------------------------------------------------------------------------------------


class Slot(StrEnum):
    """What is known only when a script runs."""

    ANSWER = "answer"
    """The answer to the step's question: of a form that needs no escape in JSON or in a URL."""
    ANSWERS = "answers"
    """A comma-separated answer, as the members of a JSON list."""
    GRAPH = "graph"
    """Scheme and host of Microsoft Graph in the cloud that the person is signed in to."""


class Hole(Struct, frozen=True):
    """A place in a text that a script fills."""

    slot: Slot


Template = tuple[str | Hole, ...]
"""Constant text and holes, in order."""


# -- looks and states ---------------------------------------------------------------------------------------------


class PropertyLook(Struct, frozen=True, tag="property", tag_field="kind"):
    """One property of an object: ``[value]``, or the sorted members where it is a set of texts (``many``)."""

    path: str
    """Of the object, below ``/v1.0``; the look selects what it needs."""
    name: str
    """Dotted: ``web.redirectUris``."""
    many: bool = False


class MemberLook(Struct, frozen=True, tag="member", tag_field="kind"):
    """The ids of the members of a paged collection that have these values."""

    path: str
    where: tuple[tuple[str, Template], ...]


class CredentialLook(Struct, frozen=True, tag="credentials", tag_field="kind"):
    """The sorted key ids of an object's keys and secrets whose property ``by`` has one of ``values``."""

    path: str
    by: str
    """``keyId`` or ``displayName``."""
    values: tuple[str, ...]


Look = PropertyLook | MemberLook | CredentialLook


class State(Struct, frozen=True):
    """A state to compare a look with. ``text`` is None for "something is there, whatever its id"."""

    text: Template | None
    also: tuple[str, ...] = ()
    """Other states that count as this one."""


class Guard(Struct, frozen=True):
    """A condition beside the step's own: it must hold before anything is changed."""

    look: PropertyLook
    states: tuple[str, ...]
    holds_where_one: bool
    """True where the look must give one of ``states``, False where it must give none of them."""
    otherwise: str
    """What to say where it does not hold."""


# -- changes ------------------------------------------------------------------------------------------------------


class Request(Struct, frozen=True, tag="request", tag_field="kind"):
    """A request to Microsoft Graph. ``path`` is below ``/v1.0``; ``body`` is JSON, None where there is none."""

    method: str
    path: Template
    body: Template | None = None


class WithoutCredentials(Struct, frozen=True, tag="without-credentials", tag_field="kind"):
    """PATCH an object's credential lists as they are then, less those whose property ``by`` has one of ``values``."""

    path: str
    lists: tuple[str, ...]
    """``keyCredentials``, ``passwordCredentials``."""
    by: str
    values: tuple[str, ...]


class RestoreKeys(Struct, frozen=True, tag="restore-keys", tag_field="kind"):
    """PATCH an object's ``keyCredentials`` with the public keys that the step's run kept before it removed them."""

    path: str
    key_ids: tuple[str, ...]


Change = Request | WithoutCredentials | RestoreKeys


class Undo(Struct, frozen=True):
    """How a step is taken back. ``change`` is None where it cannot be, and ``words`` say why."""

    change: Change | None
    state: State | None
    """What a look gives once it is taken back."""
    words: str
    guard: Guard | None = None


# -- steps --------------------------------------------------------------------------------------------------------


class AnswerKind(StrEnum):
    """The form of an answer, which scripts check before they use it."""

    URL = "url"
    OBJECT_ID = "object-id"
    ADDRESSES = "addresses"
    THUMBPRINT = "thumbprint"


class Question(Struct, frozen=True):
    """What only a person can say. ``choices`` lists the right answers, where they are known."""

    kind: AnswerKind
    words: str
    choices: tuple[str, ...] = ()
    kept_by: int | None = None
    """Number of the step that leaves the answer behind when it is done."""


class RiskLevel(StrEnum):
    """How much can go wrong."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Risk(Struct, frozen=True):
    """What a step can do to people."""

    level: RiskLevel
    cuts_sign_in: bool
    words: str


class Because(Struct, frozen=True):
    """A finding that a step mends."""

    rule: str
    title: str
    severity: Severity
    citation: Citation
    fingerprint: str


class Step(Struct, frozen=True, tag="step", tag_field="kind"):
    """One change of one object. ``stage`` is the script it stands in: 1 for the first, 2 and 3 for a rotation's."""

    number: int
    stage: int
    remedy: str
    title: str
    target: Subject
    """The object that changes, by its id."""
    instance: Subject
    """The service principal of the instance that it belongs to."""
    because: tuple[Because, ...]
    look: Look
    before: State
    """Precondition: what the scan saw."""
    after: State
    """Verification: what a look gives once the step is done."""
    change: Change
    undo: Undo
    permission: str
    """Least Microsoft Graph permission."""
    role: str
    """Least directory role of a person."""
    risk: Risk
    question: Question | None = None
    guard: Guard | None = None
    leaves: str | None = None
    """``certificate``: the step leaves a certificate to upload, and its thumbprint for a later step."""
    confirm: str | None = None
    """What a person must have done outside Entra before; the script asks for it."""
    notes: tuple[str, ...] = ()


class Manual(Struct, frozen=True, tag="manual", tag_field="kind"):
    """What a person does by hand, in its place among the steps."""

    number: int
    stage: int
    title: str
    words: str
    instance: Subject
    because: tuple[Because, ...] = ()


class Refusal(Struct, frozen=True):
    """A change that was asked for and is not planned, because it would contradict another."""

    remedy: str
    subject: Subject
    rules: tuple[str, ...]
    words: str


class LeftOut(Struct, frozen=True):
    """A finding that nothing is planned for, because it was not assessed or is waived."""

    rule: str
    title: str
    subject: Subject
    why: str
    """``unknown`` or ``waived``."""
    words: str


class Stage(Struct, frozen=True):
    """One script of the plan: 1 is the first; ``name`` stands in the file names of the others."""

    number: int
    name: str
    words: str


class Plan(Struct, frozen=True):
    """Everything that is planned for one tenant. ``id`` follows from the content: the same findings, the same id."""

    schema: str
    id: str
    tenant: Subject
    cloud: str
    scan: str
    at: str
    """When the scan saw what the preconditions say, RFC 3339 in UTC."""
    snapshot_sha256: str | None
    stages: tuple[Stage, ...]
    steps: tuple[Step | Manual, ...]
    refused: tuple[Refusal, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def steps_of(self, stage: int) -> tuple[Step | Manual, ...]:
        """The steps of one stage, in order."""
        return tuple(step for step in self.steps if step.stage == stage)


class PlannedStep(Struct, frozen=True):
    """A step of a plan as a report points to it."""

    number: int
    title: str
    by_hand: bool
    scripts: tuple[str, ...]
    """The apply scripts that it stands in, beside plan.md; none where it is done by hand."""


class Remediation(Struct, frozen=True):
    """What is planned for the findings of a scan, for the reports."""

    written: bool
    """Whether ``remediation/TENANT-ID/…`` is written beside the report."""
    steps: dict[str, dict[str, tuple[PlannedStep, ...]]] = {}
    """By tenant id, and then by fingerprint of the finding that they mend."""
