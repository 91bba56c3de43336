"""The view: everything that the HTML and the PDF say, worded and ordered once, for templates that only lay it out.

Every text is plain and unescaped; the escapes belong to the sinks (:mod:`auditor.report.text`). Nothing here
reads a clock: distances in days were worked out from the ``now`` that the view was built for.
"""

from msgspec import Struct

from auditor.model.rule import Severity
from auditor.report.chart_view import ChangesLine, Trend
from auditor.report.difference import Segments
from auditor.report.read_rows import CoverageView, InstanceView, PermissionsView
from auditor.report.words import Mark


class Counts(Struct, frozen=True):
    """Rules by how they stand; they add up to ``total``."""

    total: int
    failed: int
    unknown: int
    waived: int
    passed: int
    not_applicable: int


class SeverityCount(Struct, frozen=True):
    """Open failing rules of one severity."""

    severity: Severity
    count: int


class CitationView(Struct, frozen=True):
    """``text`` names document, section and step; ``url`` is None where it may not be linked to."""

    text: str
    url: str | None


class UnreadView(Struct, frozen=True):
    """Evidence that a finding lacks, and what would settle it."""

    text: str
    permission: str | None


class WaiverView(Struct, frozen=True):
    """A waiver in force on a finding."""

    rule: str
    subject: str
    owner: str
    reason: str
    ticket: str
    expires: str
    """The date with its distance."""
    observed: str
    anchor: str


class StandingView(Struct, frozen=True):
    """A finding against the recorded scans before: ``key`` for styles and filter, a word, and a sentence."""

    key: str
    word: str
    text: str


class ScriptView(Struct, frozen=True):
    """A file of the remediation that lies beside the report; ``path`` is relative to it, percent-encoded."""

    name: str
    path: str


class StepView(Struct, frozen=True):
    """A step of the plan, with the files that have it; none where they are not written along."""

    words: str
    scripts: tuple[ScriptView, ...]


class RemedyView(Struct, frozen=True):
    """What mends a finding. ``command`` writes the scripts, where they are not written along (``folder``)."""

    steps: tuple[StepView, ...]
    note: str
    folder: str | None
    files: tuple[str, ...]
    """Names of the files in it that concern these steps."""
    command: str | None


class ResolvedRow(Struct, frozen=True):
    """A finding that failed when it was last assessed, and no longer does."""

    rule: str
    title: str
    text: str
    anchor: str | None


class FindingView(Struct, frozen=True):
    """One finding: criteria, condition, cause, effect, recommendation."""

    anchor: str
    rule: str
    title: str
    severity: Severity
    mark: Mark
    subject: str
    expected: Segments
    observed: Segments
    stacked: bool
    """Whether the two are too long to stand side by side, and stand one above the other."""
    marked: bool
    """Whether differing characters are marked in both values."""
    reason: str
    citation: CitationView
    cause: str
    effect: str
    recommendation: str
    remedy: RemedyView | None
    standing: StandingView | None
    unread: tuple[UnreadView, ...]
    waiver: WaiverView | None
    controls: tuple[str, ...]
    fingerprint: str
    pack: str


class RuleRow(Struct, frozen=True):
    """One rule's row in the results table."""

    rule: str
    title: str
    severity: Severity
    mark: Mark
    note: str
    standing: StandingView | None
    """Of the same finding."""
    anchor: str
    """Of the finding that decides the row."""
    carded: bool
    """Whether that finding is told in full elsewhere; the row itself bears the anchor where it is not."""


class RuleGroup(Struct, frozen=True):
    """A heading of the results table."""

    title: str
    rows: tuple[RuleRow, ...]


class Action(Struct, frozen=True):
    """Something to do first."""

    title: str
    text: str
    anchor: str | None
    severity: Severity | None


class Gap(Struct, frozen=True):
    """Something that was not read, and the rules that are unknown for it."""

    text: str
    permission: str | None
    rules: tuple[str, ...]


class ChangeView(Struct, frozen=True):
    """One change between two scans."""

    subject: str
    path: str
    kind: str
    effect: str
    """``regression``, ``improvement`` or ``neutral``."""
    effect_words: str
    mark: Mark
    before: Segments
    after: Segments
    stacked: bool
    who: str
    when: str
    evidence: str
    rules: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Further entries of the audit log that could explain it."""
    number: int = 0
    """Its place among the changes by time; those whose time is not known come last."""
    actor: str = ""
    """Who made it, in as few words as a table has room for."""


class DriftView(Struct, frozen=True):
    """What changed since the scan before."""

    summary: str
    changes: tuple[ChangeView, ...]
    not_comparable: tuple[str, ...]
    line: ChangesLine | None = None

    @property
    def by_time(self) -> tuple[ChangeView, ...]:
        """The changes in the order of their numbers."""
        return tuple(sorted(self.changes, key=lambda change: change.number))


class TenantView(Struct, frozen=True):
    """One tenant's part of the report."""

    anchor: str
    name: str
    id: str
    cloud: str
    product: str | None
    mark: Mark
    verdict: str
    status: str
    answer: str
    counts: Counts
    severities: tuple[SeverityCount, ...]
    actions: tuple[Action, ...]
    changed: tuple[str, ...]
    since: tuple[str, ...]
    """What became of findings since the scans before, or why that is not told."""
    trend: Trend | None
    resolved: tuple[ResolvedRow, ...]
    gaps: tuple[Gap, ...]
    groups: tuple[RuleGroup, ...]
    findings: tuple[FindingView, ...]
    """Failing first, then unknown, then waived; each by severity."""
    findings_note: str | None
    instances: tuple[InstanceView, ...]
    instances_note: str | None
    drift: DriftView
    waivers: tuple[WaiverView, ...]
    notices: tuple[str, ...]
    warnings: tuple[str, ...]
    coverage: CoverageView
    permissions: PermissionsView
    snapshot_sha256: str | None
    detailed: bool = True
    """False where a report of many tenants leaves the details to the data files."""


class ControlRow(Struct, frozen=True):
    """A control and the rules that serve it."""

    control: str
    mark: Mark
    rules: tuple[tuple[str, Mark, str], ...]
    """Rule, how it stands (over all tenants), and where it fails, in words."""


class Framework(Struct, frozen=True):
    """A framework's controls."""

    title: str
    rows: tuple[ControlRow, ...]


class MatrixCell(Struct, frozen=True):
    """One tenant's standing in one rule."""

    rule: str
    mark: Mark
    anchor: str | None


class MatrixRow(Struct, frozen=True):
    """One tenant in the fleet's matrix."""

    name: str
    anchor: str | None
    mark: Mark
    verdict: str
    failed: int
    unknown: int
    cells: tuple[MatrixCell, ...]


class Common(Struct, frozen=True):
    """A rule that fails in more than one tenant."""

    rule: str
    title: str
    severity: Severity
    count: int
    where: str


class FleetView(Struct, frozen=True):
    """Many tenants at a glance: rules by tenants, worst first."""

    rules: tuple[tuple[str, str], ...]
    """Id and title, in the packs' order."""
    rows: tuple[MatrixRow, ...]
    rows_note: str | None
    common: tuple[Common, ...]
    compliant: int
    non_compliant: int
    unknown: int
    total: int
    severities: tuple[SeverityCount, ...]
    changed: tuple[str, ...]
    since: tuple[str, ...]
    trend: Trend | None
    gaps: tuple[Gap, ...]
    first: tuple[Common, ...] = ()
    """What to do first: at most three failing rules that are more than information, the gravest and most common."""


class PackView(Struct, frozen=True):
    """Which rules were asked."""

    id: str
    title: str
    version: str
    sha256: str
    skipped: tuple[str, ...]


class ReportView(Struct, frozen=True):
    """The whole report."""

    product: str
    scope: str
    """The tenant's name, or how many tenants."""
    answer: str
    mark: Mark
    verdict: str
    report_id: str
    scanned: str
    period: str
    """From the scan before to this one, or this moment alone where there is none."""
    created: str
    """RFC 3339 in UTC: when the scan was finished, which is what the PDF is dated by."""
    generated: str
    tool: str
    packs: tuple[PackView, ...]
    tenants: tuple[TenantView, ...]
    tenants_note: str | None
    fleet: FleetView | None
    frameworks: tuple[Framework, ...]
    method: tuple[str, ...]
    limits: tuple[str, ...]
    glossary: tuple[tuple[str, str], ...]
    documents: tuple[CitationView, ...]
    """The documents that the rules cite, each once."""
    facts: tuple[tuple[str, str], ...] = ()
    """What was read, when, with which permissions and by which versions: label and sentence."""
