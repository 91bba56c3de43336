"""report.html: self-contained, inert whatever tenants write, linked within itself, legible in both themes."""

from __future__ import annotations

import base64
import hashlib
import html as html_module
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from auditor.model.plan import Remediation
from auditor.model.result import ScanResult
from auditor.report import render
from auditor.report.build import build_view
from auditor.report.templates import render_template, templates_folder
from tests.report import samples
from tests.report.browser import dump
from tests.report.hostile import Builder, hostile_results

TAGS = frozenset({
    "a", "article", "body", "button", "caption", "code", "dd", "desc", "details", "div", "dl", "dt", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "head", "header", "html", "input", "label", "li", "line", "link",
    "main", "mark", "meta", "nav", "ol", "option", "p", "rect", "script", "section", "select", "span", "strong",
    "style", "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul",
})  # fmt: skip


class Outline(HTMLParser):
    """Every element with its attributes, and the raw text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in self.raw:
            self.raw[self._inside].append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def html(name: str) -> str:
    return render(samples.ALL[name](), ["html"], now=samples.NOW)["report.html"].decode("utf-8")


@pytest.fixture(scope="module", params=sorted(samples.ALL))
def outline(request: pytest.FixtureRequest) -> Outline:
    return Outline(html(request.param))


def test_two_renders_are_equal() -> None:
    assert html("few") == html("few")


def test_it_asks_for_nothing_and_carries_no_inline_style_or_handler(outline: Outline) -> None:
    for tag, attributes in outline.elements:
        assert tag in TAGS
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")
        ]
        target = attributes.get("href", "#")
        assert target.startswith(("#", "https://learn.microsoft.com/")), target


def test_the_policy_names_exactly_the_style_and_the_script(outline: Outline) -> None:
    policy = next(a["content"] for t, a in outline.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    style, script = outline.raw["style"], outline.raw["script"][1:]
    for directive, texts in (("style-src", style), ("script-src", script)):
        assert len(texts) == 1
        digest = base64.b64encode(hashlib.sha256(texts[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def dead_links(outline: Outline) -> list[str]:
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [
        name
        for _, attributes in outline.elements
        for name in [attributes.get("href", ""), *(f"#{one}" for one in attributes.get("aria-labelledby", "").split())]
        if name.startswith("#")
    ]
    assert named
    return sorted({name for name in named if name[1:] not in ids})


def test_ids_are_unique_and_links_lead_somewhere(outline: Outline) -> None:
    assert dead_links(outline) == []


@pytest.mark.parametrize("sample", ["healthy", "drifted", "partial", "fleet"])
def test_links_of_the_published_samples_lead_somewhere(sample: str) -> None:
    file = Path(__file__).parents[2] / "sample_reports" / sample / "report.html"
    assert dead_links(Outline(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("detailed", [0, 5])
@pytest.mark.parametrize("name", ["drifted", "few", "fleet"])
def test_links_on_paper_lead_somewhere_however_few_tenants_are_told_in_full(name: str, detailed: int) -> None:
    view = build_view(samples.ALL[name](), now=samples.NOW, most_detailed=detailed)
    assert dead_links(Outline(render_template("report.pdf.html.j2", view=view))) == []


def test_headings_go_down_by_one_step_and_tables_have_captions_and_scopes(outline: Outline) -> None:
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    assert sum(tag == "table" for tag, _ in outline.elements) == sum(tag == "caption" for tag, _ in outline.elements)
    assert all("scope" in attributes for tag, attributes in outline.elements if tag == "th")
    assert [tag for tag, _ in outline.elements if tag in ("main", "nav", "header", "footer")].count("main") == 1
    assert all(a.get("role") == "img" for tag, a in outline.elements if tag == "svg")


def test_the_first_heading_answers_the_question() -> None:
    answers = {
        "healthy": "GoToMeeting SAML single sign-on in contoso follows the tutorial: ",
        "drifted": "GoToMeeting SAML single sign-on in fabrikam does not follow the tutorial: ",
        "partial": "Whether GoToMeeting SAML single sign-on in northwind follows the tutorial is not known: ",
        "failed": "Whether GoToMeeting SAML single sign-on in adatum follows the tutorial is not known, because ",
        "fleet": "GoToMeeting SAML single sign-on does not follow the tutorial in ",
        "none": "Nothing is known of ",
    }
    for name, beginning in answers.items():
        assert f"<h1>{beginning}" in html(name)


def test_every_rule_of_every_tenant_can_be_linked_to() -> None:
    text = html("few")
    for tenant in samples.few().tenants:
        for finding in tenant.findings:
            assert f'id="tenant-{tenant.tenant.id}-rule-{finding.rule}"' in text


def test_cards_of_what_fails_or_is_unknown_are_open() -> None:
    cards = [
        attributes for tag, attributes in Outline(html("few")).elements if "card" in attributes.get("class", "").split()
    ]
    assert {card["data-status"] for card in cards} == {"fail", "unknown", "waived"}
    assert all(("open" in card) == (card["data-status"] != "waived") for card in cards)


def hostile(name: str) -> bytes:
    """The page of a result, and of a plan for it, with hostile text in every field."""
    planned = Builder().build(Remediation)
    return render(hostile_results()[name], ["html"], now=samples.NOW, remediation=planned)["report.html"]


@pytest.mark.parametrize("name", ["read", "unread"])
@pytest.mark.fault(13)
def test_hostile_text_makes_no_element_and_no_link(name: str) -> None:
    text = hostile(name).decode("utf-8")
    outline = Outline(text)
    assert {tag for tag, _ in outline.elements} <= TAGS
    allowed = {
        "id",
        "class",
        "href",
        "title",
        "open",
        "scope",
        "colspan",
        "role",
        "hidden",
        "lang",
        "charset",
        "content",
    }
    for tag, attributes in outline.elements:
        assert not [key for key in attributes if key.startswith("on")]
        if tag in ("p", "td", "li", "span", "code", "dd", "mark"):
            assert attributes.keys() <= allowed | {"aria-hidden", "aria-live"}
        assert re.match(r"#|remediation/[A-Za-z0-9%._/-]+(#step-7)?$", attributes.get("href", "#"))
    assert not set("\x00\x1b\u202e\u2066\u2028") & set(text)
    assert "‹U+202E›" in text  # noqa: RUF001 - how a hidden character is written out
    assert "{{7*7}}" in text
    assert len(outline.raw["script"]) == 2


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "http://x.example/", "//x.example/", "https://a@x.example/"]
)
@pytest.mark.fault(13)
def test_an_address_that_reads_as_one_and_is_no_plain_https_is_text(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payload above holds hidden characters, by which alone it would be no link; these hold none."""
    monkeypatch.setattr("tests.report.hostile.URL", address)
    result = Builder("x").build(ScanResult)
    text = render(result, ["html"], now=samples.NOW)["report.html"].decode("utf-8")
    links = {attributes.get("href", "#") for _, attributes in Outline(text).elements}
    assert [link for link in links if not link.startswith("#")] == []
    assert address in html_module.unescape(text)


@pytest.mark.parametrize("name", ["read", "unread"])
@pytest.mark.fault(12)
def test_hostile_text_runs_nothing_in_a_browser(name: str, tmp_path: Path) -> None:
    text, console = dump(hostile(name), tmp_path)
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
    assert title is not None
    assert title.group(1) != "owned"
    assert "<img" not in text
    assert console == ""
    assert re.search(r'id="filter-count"[^>]*>\d+ of \d+ results, \d+ of \d+ findings<', text), (
        "the report's own script ran"
    )


def test_a_deep_link_opens_its_card_and_the_console_stays_silent(tmp_path: Path) -> None:
    data = render(samples.drifted(), ["html"], now=samples.NOW)["report.html"]
    name = "tenant-22222222-2222-2222-2222-222222222222-rule-SAML-ACC-004"
    closed = next(a for _, a in Outline(data.decode()).elements if a.get("id") == name)
    assert "open" not in closed
    text, console = dump(data, tmp_path, f"#{name}")
    opened = next(a for _, a in Outline(text).elements if a.get("id") == name)
    assert "open" in opened
    assert console == ""


def test_a_policy_that_did_not_fit_would_be_noticed(tmp_path: Path) -> None:
    data = render(samples.healthy(), ["html"], now=samples.NOW)["report.html"]
    text, console = dump(data.replace(b"</script>\n</body>", b"//</script>\n</body>"), tmp_path)
    assert "Content Security Policy" in console
    assert 'role="status" aria-live="polite"></p>' in text


# -- colours -------------------------------------------------------------------------------------------------------


def tokens(file: str) -> dict[str, str]:
    text = (templates_folder() / file).read_text(encoding="utf-8")
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", text))


def contrast(first: str, second: str) -> float:
    """WCAG 2's contrast ratio."""

    def luminance(colour: str) -> float:
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("file", ["tokens.css", "tokens-dark.css"])
def test_text_has_a_contrast_of_four_and_a_half_in_both_themes(file: str) -> None:
    colours = tokens(file)
    words = [
        "ink",
        "soft",
        "accent",
        "fail",
        "unknown",
        "waived",
        "pass",
        "na",
        "critical",
        "high",
        "medium",
        "low",
        "info",
    ]
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    for name in words:
        for ground in ("paper", "panel"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (file, name, ground)
        if f"{name}-tint" in colours:
            assert contrast(colours[name], colours[f"{name}-tint"]) >= 4.5, (file, name)


def test_both_themes_have_the_same_colours() -> None:
    assert tokens("tokens.css").keys() == tokens("tokens-dark.css").keys()
