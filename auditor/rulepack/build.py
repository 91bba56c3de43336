"""From one rule's mapping to :class:`auditor.model.rule.Rule`, with every reference checked."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct

from auditor.model.remedies import REMEDIES
from auditor.model.rule import Citation, Rule, Scope, Severity
from auditor.rulepack.binding import check_patterns
from auditor.rulepack.errors import nearest
from auditor.rulepack.overrides import apply_overrides
from auditor.rulepack.paths import check_document_path, check_mentions, check_query, check_template
from auditor.rulepack.schemas import check_schema, check_types, with_parameters
from auditor.rulepack.shape import Section

RULE_KEYS = (
    "id",
    "title",
    "severity",
    "enabled",
    "scope",
    "subject",
    "group",
    "requires",
    "select",
    "expect",
    "each",
    "when",
    "observe",
    "expected",
    "says",
    "parameters",
    "patterns",
    "citation",
    "risk",
    "guidance",
    "remedy",
    "controls",
)
CITATION_KEYS = ("section", "step", "document", "url", "date")
SAYS_KEYS = ("pass", "fail", "not_applicable")
_PROSE = ("title", "risk", "guidance", "group")
SUBJECTS = ("tenant", "application", "servicePrincipal")

_RULE_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+", re.ASCII)
_GROUP = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_HTTPS = re.compile(r"https://[^\s/?#@]+([/?#]\S*)?", re.ASCII)


class Document(Struct, frozen=True):
    """The page that a pack's rules cite unless they name another."""

    title: str | None = None
    url: str | None = None
    date: str | None = None


def read_document(section: Section | None) -> Document:
    """The ``document`` of a pack."""
    if section is None:
        return Document()
    section.known_keys(("title", "url", "date"))
    return Document(section.text("title", required=True), _url(section), _date(section))


def rule_id(section: Section) -> str | None:
    """The rule's id, where it has a well-formed one."""
    given = section.text("id", required=True)
    if given is not None and not _RULE_ID.fullmatch(given):
        section.problem("id", f"{given!r} is no rule id", "upper-case words joined by hyphens, such as ABC-URL-001")
        return None
    return given


def build_rule(section: Section, *, document: Document, pack: str, overrides: list[Section]) -> Rule | None:
    """The rule, or None after noting in ``section.problems`` all that is wrong with it."""
    before = len(section.problems)
    section.known_keys(RULE_KEYS)
    given = section.mapping("parameters")
    parts = apply_overrides(section, dict(given.value) if given else {}, overrides)
    used: set[str] = set()

    def noted(key: str) -> Callable[[str, str | None], None]:
        return partial(section.problem, key)

    def schema(key: str) -> Any:
        raw = section.value.get(key)
        return None if raw is None else with_parameters(raw, parts.parameters, used, noted(key))

    each = section.flag("each", default=False)
    scope = Scope(section.choice("scope", [str(member) for member in Scope], str(Scope.INSTANCE)) or Scope.INSTANCE)
    expect = schema("expect")
    if "expect" not in section.value:
        section.problem(None, "'expect' is missing", "a JSON Schema")
    elif check_schema(expect, noted("expect")):
        check_types(expect, noted("expect"))
    when = schema("when")
    if when is not None and check_schema(when, noted("when")):
        check_mentions(when, noted("when"))
    select = section.text("select", required=True)
    selected = check_query(select, noted("select")) if select else None
    observe = section.text("observe")
    if observe:
        check_query(observe, noted("observe"))
    requires = [path for path in section.texts("requires") if check_document_path(path, noted("requires"))]
    if selected and not any(selected == path or selected.startswith(f"{path}.") for path in requires):
        requires.append(selected)
    expected = section.text("expected")
    says = _says(section)
    templates = {f"says.{status}": text for status, text in says.items()}
    if expected:
        templates["expected"] = expected
    for key, template in templates.items():
        check_template(template, parts.parameters, each, noted(key))
    for unused in sorted(parts.parameters.keys() - used):
        section.problem(
            f"parameters.{unused}", "nothing uses this parameter", f"{{$param: {unused}}} in expect or when"
        )
    patterns = section.texts("patterns")
    if patterns:
        check_patterns(patterns, expect, noted("patterns"))
    citation = _citation(section, document)
    title, risk, guidance, group = (section.text(key, required=True) or "" for key in _PROSE)
    if group and not _GROUP.fullmatch(group):
        section.problem("group", f"{group!r} is no group", "a lower-case word, such as certificate")
    remedy = section.text("remedy")
    if remedy is not None and remedy not in REMEDIES:
        message = f"there is no remedy {remedy!r}{nearest(remedy, REMEDIES)}"
        section.problem("remedy", message, f"null, or one of {', '.join(REMEDIES)}")
    subject = section.choice("subject", SUBJECTS, "tenant" if scope is Scope.TENANT else "application")
    controls = _controls(section)
    name = rule_id(section)
    if len(section.problems) > before or citation is None or parts.severity is None or not (name and select):
        return None
    return Rule(
        id=name,
        title=title,
        severity=Severity(parts.severity),
        scope=scope,
        subject=subject or "application",
        group=group,
        requires=tuple(requires),
        select=select,
        expect=expect,
        each=each,
        when=when,
        observe=observe,
        expected=expected,
        says=says,
        parameters=parts.parameters,
        citation=citation,
        risk=risk,
        guidance=guidance,
        remedy=remedy,
        controls=controls,
        enabled=parts.enabled,
        pack=pack,
        patterns=patterns,
    )


def _citation(section: Section, document: Document) -> Citation | None:
    given = section.mapping("citation")
    if given is None:
        if "citation" not in section.value:
            section.problem(None, "the rule has no citation", "'citation' with a section")
        return None
    given.known_keys(CITATION_KEYS)
    own = given.text("document")
    title = own or document.title
    where = given.text("section", required=True)
    step = given.text("step", numbers=True)
    url, date = _url(given), _date(given)
    if title is None:
        given.problem(None, "neither the citation nor the pack names a document", "'document' with the page's title")
    if where is None or title is None:
        return None
    # A page of its own does not borrow the address and the date of the pack's page.
    return Citation(
        document=title,
        section=where,
        step=step,
        url=url if own else url or document.url,
        date=date if own else date or document.date,
    )


def _says(section: Section) -> dict[str, str]:
    given = section.mapping("says")
    if given is None:
        return {}
    given.known_keys(SAYS_KEYS)
    return {key: text for key in SAYS_KEYS if (text := given.text(key)) is not None}


def _controls(section: Section) -> dict[str, tuple[str, ...]]:
    given = section.mapping("controls")
    return {name: given.texts(name) for name in given.value} if given else {}


def _url(section: Section) -> str | None:
    url = section.text("url")
    if url is not None and not _HTTPS.fullmatch(url):
        section.problem("url", f"{url!r} is no address to cite", "an https address")
        return None
    return url


def _date(section: Section) -> str | None:
    date = section.text("date")
    if date is not None and not _DATE.fullmatch(date):
        section.problem("date", f"{date!r} is no date", "YYYY-MM-DD")
        return None
    return date
