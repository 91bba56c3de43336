"""The pages as people meet them, in Debian's Chromium: by keyboard, in the dark, without script, on paper, on a phone.

One browser serves the module, and each page is loaded as seldom as can be: a load and a look of axe-core cost seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from auditor import remedy
from auditor.model.plan import Remediation
from auditor.model.result import ScanResult
from auditor.report import render
from auditor.report.drift_page import Compared, render_drift_page
from tests.report import samples
from tests.report.browser import Reader, launched, reading
from tests.report.hostile import Builder
from tests.report.test_html import TAGS

FABRIKAM = "tenant-22222222-2222-2222-2222-222222222222"
Open = Callable[..., AbstractContextManager[Reader]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Open:
    def open_(name: str, **options: Any) -> AbstractContextManager[Reader]:
        return reading(browser, page(name), tmp_path, **options)

    return open_


def small_fleet() -> ScanResult:
    """What is a fleet's alone, with few findings: those of a single tenant's page are judged there."""
    result = samples.scan(samples.partial().tenants[0], samples.absent().tenants[0])
    return msgspec.structs.replace(result, trend=samples.few().trend)


@cache
def page(name: str) -> bytes:
    if name == "drift":
        compared = [
            Compared(one.tenant, one.drift, "" if one.drift else "there is no earlier scan to compare with")
            for one in samples.few().tenants
        ]
        return render_drift_page(compared, generated_at=samples.AT)
    result = small_fleet() if name == "fleet" else samples.ALL[name]()
    planned = remedy.steps(result, written=name != "few")
    return render(result, ["html"], now=samples.NOW, remediation=planned)["report.html"]


# -- both themes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["drifted", "fleet", "drift"])
def test_nothing_is_wrong_by_axe_in_either_theme_and_nothing_leaves_the_page(opened: Open, name: str) -> None:
    with opened(name) as reader:
        reader.unfold()
        assert reader.violations() == []
        light = reader.contrasts()
        assert reader.violations_of_colour() == []
        reader.page.emulate_media(color_scheme="dark")
        dark = reader.contrasts()
        assert reader.violations_of_colour() == []
        for ratios in (light, dark):
            assert len(ratios) > 5
            assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}
        assert not light.keys() & dark.keys()
        assert reader.console == []
        assert [url.partition(":")[0] for url in reader.requests if not url.startswith("data:")] == ["file"]


def test_axe_and_the_contrast_find_what_is_wrong(opened: Open) -> None:
    """The checks above would see a picture without a name and a pale text."""
    with opened("drift") as reader:
        reader.page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', '<svg role=\"img\"></svg>');"
            "document.querySelector('.eyebrow').style.color = '#999'"
        )
        assert "svg-img-alt" in {line.partition(":")[0] for line in reader.violations()}
        assert {line.partition(":")[0] for line in reader.violations_of_colour()} == {"color-contrast"}
        assert min(reader.contrasts().values()) < 4.5


def test_the_theme_can_be_chosen_and_is_kept(opened: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened("drift", scheme="dark") as reader:
        dark = reader.page.evaluate(ground)
        reader.page.get_by_label("Theme").select_option("light")
        light = reader.page.evaluate(ground)
        reader.page.reload()
        assert (light, reader.page.evaluate(ground)) == ("rgb(255, 255, 255)", "rgb(255, 255, 255)")
        assert dark != light
        reader.page.get_by_label("Theme").select_option("dark")
        reader.page.emulate_media(media="print")
        assert reader.page.evaluate(ground) == light


# -- the filter ----------------------------------------------------------------------------------------------------


def focused(reader: Reader) -> str:
    found: str = reader.page.evaluate("document.activeElement.id")
    return found


def test_searching_and_filtering_by_keyboard_alone(opened: Open) -> None:
    with opened("few") as reader:
        keyboard = reader.page.keyboard
        reader.told("102 of 102 results, 17 of 17 findings")
        for _ in range(200):
            keyboard.press("Tab")
            if focused(reader) == "filter-text":
                break
        assert focused(reader) == "filter-text"
        keyboard.type("reply URL")
        reader.told("6 of 102 results, 2 of 17 findings")
        keyboard.press("Tab")
        keyboard.type("Fail")
        reader.told("2 of 102 results, 2 of 17 findings")
        assert [reader.page.evaluate(f"document.getElementById('filter-{name}').value") for name in ("text", "status")]
        shown = reader.page.evaluate(
            "[...document.querySelectorAll('tr.row, details.card')].filter(row => row.checkVisibility())"
            ".map(row => row.dataset.status + ' ' + row.dataset.rule)"
        )
        assert {"fail GTM-SAML-002", "fail SAML-URL-001"} == set(shown)
        assert reader.page.evaluate("location.hash") == "#?text=reply+URL&status=fail"
        reader.page.reload()
        reader.told("2 of 102 results, 2 of 17 findings")
        reader.page.get_by_label("Search").focus()
        keyboard.type(" nowhere")
        reader.told("Nothing matches: 0 of 102 results, 0 of 17 findings")
        for _ in range(6):
            keyboard.press("Tab")
        keyboard.press("Enter")
        reader.told("102 of 102 results, 17 of 17 findings")
        assert reader.page.evaluate("location.hash") == ""


def test_every_facet_narrows_what_is_shown(opened: Open) -> None:
    result = samples.few()
    with opened("few") as reader:
        for label, value, told in (
            ("severity", "critical", "12 of 102 results, 2 of 17 findings"),
            ("standing", "recurring", "4 of 102 results, 4 of 17 findings"),
            ("rule", "GTM-SAML-001", "3 of 102 results, 1 of 17 findings"),
            ("tenant", FABRIKAM, "34 of 102 results, 14 of 17 findings"),
        ):
            reader.page.locator(f"#filter-{label}").select_option(value)
            reader.told(told)
            reader.page.get_by_role("button", name="Clear").click()
            reader.told("102 of 102 results, 17 of 17 findings")
        assert sum(len({finding.rule for finding in tenant.findings}) for tenant in result.tenants) == 102


def test_a_link_opens_its_finding_even_past_a_filter(opened: Open) -> None:
    name = f"{FABRIKAM}-rule-SAML-ACC-004"
    with opened("few", fragment="#?status=unknown") as reader:
        reader.told("3 of 102 results, 3 of 17 findings")
        reader.page.evaluate(f"location.hash = '#{name}'")
        reader.told("102 of 102 results, 17 of 17 findings")
        card = reader.page.locator(f"[id='{name}']")
        assert card.get_attribute("open") is not None
        assert card.get_by_text("Recommendation").is_visible()
        box, bar = card.bounding_box(), reader.page.locator("#filter").bounding_box()
        assert box is not None
        assert bar is not None
        assert bar["y"] + bar["height"] <= box["y"] + 1
        assert reader.page.evaluate("document.activeElement.tagName") == "SUMMARY"


# -- copying -------------------------------------------------------------------------------------------------------

REFUSING = "void (navigator.clipboard.writeText = () => Promise.reject(new Error('refused')))"
NO_CLIPBOARD = "void Object.defineProperty(navigator, 'clipboard', {value: undefined})"


def test_a_command_is_copied_by_keyboard_and_said_to_be(opened: Open) -> None:
    """Through the clipboard's interface; where that refuses, or is not there as outside secure contexts, without it."""
    with opened("few") as reader:
        reader.page.evaluate("document.querySelectorAll('details.tenant').forEach(part => { part.open = true; })")
        commands = reader.page.locator(".card[open] .command")
        search = reader.page.get_by_label("Search")
        texts = []
        for number, setting in enumerate(("", REFUSING, NO_CLIPBOARD)):
            reader.page.evaluate(setting)
            command = commands.nth(number)
            text = command.locator("code").inner_text()
            assert text.startswith("auditor remediate 20261122T120000Z-5eed0001 --tenant 22222222-")
            reader.page.evaluate("document.getElementById('announcement').textContent = ''")
            command.get_by_role("button", name=f"Copy the command {text}").press("Enter")
            expect(reader.page.locator("#announcement")).to_have_text(f"Copied: {text}")
            search.fill("")
            search.press("Control+v")
            texts.append(search.input_value())
            assert texts[-1] == text
            search.fill("")
        assert reader.console == []


def test_scripts_that_lie_beside_the_report_are_linked_to(opened: Open) -> None:
    with opened("drifted") as reader:
        card = reader.page.locator(f"[id='{FABRIKAM}-rule-GTM-SAML-001']")
        assert card.get_by_text("Step 1: Set the identifier (entity ID).").is_visible()
        targets = {link.inner_text(): link.get_attribute("href") for link in card.locator(".scripts a").all()}
        folder = "remediation/22222222-2222-2222-2222-222222222222"
        assert targets == {
            "plan.md": f"{folder}/plan.md#step-1",
            "apply.ps1": f"{folder}/apply.ps1",
            "apply.sh": f"{folder}/apply.sh",
        }
        assert reader.page.locator(".command").count() == 0


# -- without script, on paper, on a phone --------------------------------------------------------------------------


def test_without_javascript_everything_can_be_read(opened: Open) -> None:
    with opened("drifted", javascript=False) as reader:
        for hidden in ("#filter", "#theme", ".copy"):
            assert not reader.page.locator(hidden).first.is_visible()
        text = reader.page.locator("body").text_content() or ""
        for finding in samples.drifted().tenants[0].findings:
            assert finding.title in text
            assert finding.reason.split("\n")[0] in text
        waived = reader.page.locator(f"[id='{FABRIKAM}-rule-SAML-ACC-004']")
        assert not waived.get_by_text("Recommendation").is_visible()
        waived.locator("summary").press("Enter")
        assert waived.get_by_text("Recommendation").is_visible()


def test_paper_has_everything_open_and_the_order_of_the_pdf(opened: Open) -> None:
    with opened("drifted", javascript=False, scheme="dark") as reader:
        reader.page.emulate_media(media="print", color_scheme="dark")
        headings = reader.page.locator("main h2").all()
        places = {heading.inner_text(): (heading.bounding_box() or {"y": -1.0})["y"] for heading in headings}
        wanted = ["Summary", "Scope, method, limits", "Results", "Findings", "Drift, and who did it", "Certificates",
                  "Assignments", "Waivers", "Control mapping", "Rules and glossary"]  # fmt: skip
        assert [name for name in sorted(places, key=lambda name: places[name]) if name in wanted] == wanted
        assert reader.page.get_by_text("Partner trainers join as guests").first.is_visible()
        request = reader.page.get_by_text("GET /organization?").first.bounding_box()
        assert request is not None
        assert request["height"] > 0
        assert not reader.page.locator("nav").is_visible()


def test_a_narrow_window_needs_no_scrolling_sideways(opened: Open) -> None:
    """WCAG 2.2, 1.4.10: at 320 pixels; the matrix scrolls within its own frame."""
    with opened("few", width=320) as reader:
        reader.unfold()
        assert reader.page.evaluate("document.documentElement.scrollWidth") == 320


# -- hostile text --------------------------------------------------------------------------------------------------

PIECES = [
    *("<", ">", "</", "/>", "<!--", "-->", "--!>", "<![CDATA[", "]]>", "&", "&#60;", "&lt;", "&#x3c", ";", '"', "'"),
    *("`", "=", "\\", "\n", "\r", "\t", "\x00", "\x0c", "\u2028", "\u202e", "\ufeff", "\ufffe", "{{", "}}", "{%", "%}"),
    *(
        "script",
        "</script>",
        "<script>",
        "style",
        "</style>",
        "</title>",
        "</textarea>",
        "</noscript>",
        "<svg",
        "<math",
    ),
    *("<img src=x onerror=", " onload=", " onfocus=", " autofocus", " style=", "<base href=//x/>", "<a href="),
    *("document.title='owned'", "javascript:", "data:text/html,", "url(//x/)", "@import", "<template>", "<table><td>"),
]
SEEN = """() => ({
  title: document.title,
  tags: [...new Set([...document.querySelectorAll('*')].map(one => one.tagName.toLowerCase()))],
  handlers: [...document.querySelectorAll('*')].filter(
    one => [...one.attributes].some(given => given.name.startsWith('on') || given.name === 'style')).length,
  links: [...new Set([...document.querySelectorAll('[href]')].map(one => one.getAttribute('href')))]
    .filter(one => !/^(#|remediation\\/[A-Za-z0-9%._\\/-]+(#step-\\d+)?$)/.test(one)),
})"""


class Varied(Builder):
    """Another text for each field, all made of what markup is made of."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    @property
    def text(self) -> str:
        return "".join(self._random.choices(PIECES, k=self._random.randint(1, 12)))

    @text.setter
    def text(self, value: str) -> None:
        pass


@pytest.mark.fault(12)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_text_made_of_markup_stays_text(browser: Browser, tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - texts to try, no secret
    result = Varied(random).build(ScanResult)
    data = render(result, ["html"], now=samples.NOW, remediation=Varied(random).build(Remediation))["report.html"]
    with reading(browser, data, tmp_path) as reader:
        seen = reader.page.evaluate(SEEN)
        assert "owned" not in seen["title"].replace("document.title='owned'", "")
        assert set(seen["tags"]) <= TAGS
        assert seen["handlers"] == 0
        assert seen["links"] == []
        assert reader.console == []
        assert [url for url in reader.requests if not url.startswith("file:")] == []
        assert len(reader.requests) == 1
