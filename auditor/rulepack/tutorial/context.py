"""What the page says around the Basic SAML Configuration.

The app's name, supported initiations, provisioning, the signing certificate, claims, test users, and where the
gallery, assignment and session control stand. Each fact is a value or the bare place of a statement; no sentence of
the page is kept. A statement that is negated ("does not support …") is no fact.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.rulepack.tutorial.facts import Citation, Claim, Initiation, Remark, Stated
from auditor.rulepack.tutorial.lines import Line, LineKind
from auditor.rulepack.tutorial.text import Style, Text

_TITLES = (
    re.compile(r"\b(?:integration|integrating|integrate|sso\))\s+with\s+(?P<app>.+)$", re.IGNORECASE),
    re.compile(
        r"\bconfigur(?:e|ing)\s+(?P<app>.+?)\s+for\s+(?:single\s+sign[\s-]?on|sso|automatic\s+user|user\s+provisioning)",
        re.IGNORECASE,
    ),
    re.compile(r"\bintegrat(?:e|ing)\s+(?P<app>.+?)\s+with\s+(?:microsoft\s+entra|azure)", re.IGNORECASE),
)
_PLATFORM = re.compile(r"\W*(?:microsoft\s+entra(?:\s+id)?|azure\s+(?:active\s+directory|ad))\W*", re.IGNORECASE)
_GALLERY_STEP = re.compile(r"\b(?:type|enter|search\s+for)\b[^.]{0,120}?\bsearch\b|\bsearch\s+box\b", re.IGNORECASE)
_GALLERY_SECTION = re.compile(r"\bfrom\s+the\s+(?:[\w-]+\s+){0,3}gallery\b", re.IGNORECASE)
_INITIATED = re.compile(
    r"\bsupports?\b(?P<what>.{0,80}?)\binitiated\b(?:\s+(?:single\s+sign[\s-]?on|sso|mode))?", re.IGNORECASE | re.DOTALL
)
_SINGLE = re.compile(r"\bonly\s+(?:one|a\s+single|1)\s+instance\b", re.IGNORECASE)
_FIXED = re.compile(r"\bidentifier\b[^.]{0,80}\bfixed\b|\bfixed\s+string\b|\bfixed\s+identifier\b", re.IGNORECASE)
_JIT = re.compile(r"\bjust[\s-]*in[\s-]*time\b|\bJIT\b", re.IGNORECASE)
_AUTOMATIC = re.compile(r"\bautomat(?:ic|ed)\s+user\s+(?:de-?)?provisioning\b", re.IGNORECASE)
_SUPPORTS = re.compile(r"\b(?:supports?|enabled|provides?|offers?)\b", re.IGNORECASE)
_NEGATED = re.compile(
    r"\b(?:not|n['’]t|neither|no\s+longer)\b[^.]{0,40}\b(?:support|provide|offer|available)|\bdoes\s*n['’]t\b|\bdoes\s+not\b",
    re.IGNORECASE,
)
_SIGNING = re.compile(r"saml\s+(?:signing\s+)?certificates?\b|\bsigning\s+certificate\b", re.IGNORECASE)
_CERTIFICATE = re.compile(
    r"(?:certificate\s*\(\s*(?:base\s*-?\s*64|raw|pem)\s*\)|(?:federation\s+)?metadata\s+xml|"
    r"app\s+federation\s+metadata\s+ur[li]|pem\s+certificate|thumbprint(?:\s+value)?)",
    re.IGNORECASE,
)
_PERSON = r"[A-Z]\.\s?[A-Z][a-z]+|[A-Z][a-z]+(?:\s[A-Z][a-z]+)?"
_TEST_USER = re.compile(
    rf"\b(?i:user\s+(?:called|named))\W{{1,4}}(?P<called>{_PERSON})"
    rf"|\b(?i:enable)\s+(?P<enabled>{_PERSON})\s+to\s+use\b"
)
_SAML_MODE = re.compile(
    r"select\s+a\s+single\s+sign-on\s+method.{0,80}\bsaml\b|\bmode\W{1,4}(?:as|to)\W{1,4}saml",
    re.IGNORECASE | re.DOTALL,
)
_ASSIGN = re.compile(r"\bassign(?:ing)?\b[^.]{0,60}\buser\b", re.IGNORECASE)
_SESSION = re.compile(r"\bsession\s+controls?\b", re.IGNORECASE)
_NAME_COLUMN = re.compile(
    r"\W*(?:claim\s+|attribute\s+|saml\s+|token\s+)*(?:name|attribute|claim(?:\s+type)?)\W*", re.IGNORECASE
)
_SOURCE_COLUMN = re.compile(
    r"\W*(?:source\s*attribute|attribute\s*value|value|source|azure\s+ad\s+(?:value|attribute))\W*", re.IGNORECASE
)
_DIRECTORY = re.compile(r"\buser\.[a-z][\w.]*\b|\bExtractMailPrefix\s*\([^()]{0,60}\)", re.IGNORECASE)
_NAME_ID = re.compile(
    r"\b(?:unique\s+user\s+identifier|user\s+identifier|name\s*id(?:entifier)?)\b(?!\s+format)", re.IGNORECASE
)
_UNIQUE_NAME = re.compile(
    r"unique\s+user\s+identifier.*|name\s*id(?:entifier)?(?:\s+value)?|nameidentifier", re.IGNORECASE
)
_NO_PERSON = frozenset({"user", "users", "azure", "microsoft", "entra", "sso", "saml", "test", "your"})


@dataclass(slots=True)
class Context:
    """Facts gathered so far; the first statement of a kind wins."""

    app_name: Stated | None = None
    initiations: dict[Initiation, Stated] = field(default_factory=dict)
    single_instance: Citation | None = None
    fixed_identifier: Citation | None = None
    just_in_time: Citation | None = None
    automatic_provisioning: Stated | None = None
    claims: list[Claim] = field(default_factory=list)
    name_id: list[Stated] = field(default_factory=list)
    certificates: dict[str, Stated] = field(default_factory=dict)
    test_users: dict[str, Stated] = field(default_factory=dict)
    gallery: Citation | None = None
    saml_mode: Citation | None = None
    assignment: Citation | None = None
    session_control: Citation | None = None
    remarks: list[Remark] = field(default_factory=list)


def read_context(lines: tuple[Line, ...], title: str | None, date: str | None) -> Context:
    """Gather the facts around the Basic SAML Configuration."""
    context = Context()
    certificate_group: int | None = None
    columns: tuple[int, int, int | None] | None = None
    for line in lines:
        place = Citation(line.section, line.step, date, line.number)
        if line.kind is LineKind.ROW:
            if not line.header:
                columns = _claim_columns(line.cells)
            elif columns:
                _claim(context, line, columns, place)
            continue
        plain = line.text.plain
        if _SIGNING.search(plain) and (line.lead or line.labelled):
            certificate_group = line.group
        if line.group == certificate_group and not line.note:
            _certificates(context, line.text, place)
        _statements(context, line, place)
        _places(context, line, place)
    _name_from_title(context, title, lines, date)
    return context


def _statements(context: Context, line: Line, place: Citation) -> None:
    plain = line.text.plain
    negated = _NEGATED.search(plain) is not None
    for match in _INITIATED.finditer(plain):
        if not negated:
            _initiations(context, match["what"], place)
    if _SINGLE.search(plain):
        context.single_instance = context.single_instance or place
    if _FIXED.search(plain) and not negated:
        context.fixed_identifier = context.fixed_identifier or place
    if _JIT.search(plain) and _SUPPORTS.search(plain) and not negated:
        context.just_in_time = context.just_in_time or place
    if _AUTOMATIC.search(plain) and _SUPPORTS.search(plain) and not negated and not context.automatic_provisioning:
        links = [span.href or "" for span in line.text.styled(Style.LINK) if "provisioning" in (span.href or "")]
        context.automatic_provisioning = Stated(links[0] if links else "", place)
    for name in _users(line.text):
        context.test_users.setdefault(name, Stated(name, place))
    if _NAME_ID.search(plain) and (source := _DIRECTORY.search(plain)):
        stated = Stated(source[0], place)
        if all(known.value.lower() != stated.value.lower() for known in context.name_id):
            context.name_id.append(stated)


def _initiations(context: Context, what: str, place: Citation) -> None:
    words = re.findall(r"[A-Za-z]+", what.upper())
    for initiation in Initiation:
        if initiation.value in words:
            context.initiations.setdefault(initiation, Stated(initiation.value, place))


def _users(text: Text) -> Iterator[str]:
    for match in _TEST_USER.finditer(text.plain):
        name = match["called"] or match["enabled"]
        if name.split()[0].lower() not in _NO_PERSON:
            yield name


def _places(context: Context, line: Line, place: Citation) -> None:
    plain = line.text.plain
    if _GALLERY_STEP.search(plain) and (context.gallery is None) and _names_app(line):
        context.gallery = place
        name = next(_bold_names(line.text), None)
        if name:
            context.app_name = Stated(name, place)
    if _SAML_MODE.search(plain):
        context.saml_mode = context.saml_mode or place
    if _ASSIGN.search(line.section):
        context.assignment = context.assignment or Citation(line.section, None, place.date, line.number)
    if _SESSION.search(plain) and not _NEGATED.search(plain):
        context.session_control = context.session_control or place


def _names_app(line: Line) -> bool:
    return line.step is not None and (
        _GALLERY_SECTION.search(line.section) is not None or "search box" in line.text.plain.lower()
    )


def _bold_names(text: Text) -> Iterator[str]:
    """Bold text that follows "type" or "search for"; section names such as "Add from the gallery" are not it."""
    for span in text.styled(Style.STRONG):
        before = text.plain[max(0, span.start - 24) : span.start].lower()
        if re.search(r"\b(?:type|enter|search for|select)\W*(?:the\s+)?$", before):
            yield " ".join(span.text.split()).strip(" .,")


def _name_from_title(context: Context, title: str | None, lines: tuple[Line, ...], date: str | None) -> None:
    """Use the title where no gallery step names the app; remark where the two differ."""
    if title is None:
        return
    name = app_of_title(title)
    if name is None:
        return
    if context.app_name is None:
        context.app_name = Stated(name, Citation("", None, date, 1))
    elif " ".join(name.lower().split()) != context.app_name.value.lower():
        context.remarks.append(
            Remark(f"the title names {name}, the gallery step {context.app_name.value}", context.app_name.citation)
        )


def app_of_title(title: str) -> str | None:
    """Return the app that a title names: "… integration with APP", "Configure APP for Single sign-on …"."""
    bare = re.split(r"\s+\|\s+|\s+[-–]\s+Microsoft (?:Entra|Docs|Learn)", title)[0].strip()
    for form in _TITLES:
        match = form.search(bare)
        if match and not _PLATFORM.fullmatch(match["app"]):
            app = re.sub(
                r"\s+(?:in|with|for|and|using)\s+(?:microsoft entra|azure).*$", "", match["app"], flags=re.IGNORECASE
            )
            return app.strip(" .'\"") or None
    return None


def _certificates(context: Context, text: Text, place: Citation) -> None:
    for match in _CERTIFICATE.finditer(text.plain):
        name = " ".join(match[0].split())
        key = re.sub(r"[\s-]+", "", name.lower())
        context.certificates.setdefault(key, Stated(name, place))


def _claim_columns(header: tuple[Text, ...]) -> tuple[int, int, int | None] | None:
    """The columns of name, source and namespace, where the header is that of a claims table."""
    names = [cell.plain for cell in header]
    source = next((at for at, name in enumerate(names) if at and _SOURCE_COLUMN.fullmatch(name)), None)
    if source is None or not _NAME_COLUMN.fullmatch(names[0]):
        return None
    namespace = next((at for at, name in enumerate(names) if "namespace" in name.lower()), None)
    return 0, source, namespace


def _claim(context: Context, line: Line, columns: tuple[int, int, int | None], place: Citation) -> None:
    name, source, namespace = (
        line.cells[at].plain.strip() if at is not None and at < len(line.cells) else "" for at in columns
    )
    if not name or not source:
        return
    if _UNIQUE_NAME.fullmatch(name):
        context.name_id.append(Stated(source, place))
    else:
        context.claims.append(Claim(name, source, namespace or None, place))
