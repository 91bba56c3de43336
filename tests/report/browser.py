"""Headless Chromium: the document as it is after its script ran, or a page to look at, to type into and to listen to.

The browser is Debian's; Playwright drives it and axe-core judges it, neither fetches anything. Nothing may hold a
:class:`Reader` beyond one module: as long as it is open, this thread has a running event loop.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=3000",
    "--enable-logging=stderr",
    "--log-level=0",
)


def chromium() -> str:
    """The browser's path; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is not installed, so nothing was run in a browser")
    return found


def dump(html: bytes, folder: Path, fragment: str = "") -> tuple[str, str]:
    """The document after its script ran, and what the console said."""
    page = folder / "report.html"
    page.write_bytes(html)
    done = subprocess.run(
        [chromium(), *_FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", f"{page.as_uri()}{fragment}"],
        capture_output=True,
        timeout=120,
        check=True,
    )
    console = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    return done.stdout.decode("utf-8"), "\n".join(console)


class Reader:
    """One open page: what it asked for, what its console said, and what axe-core and our own eyes find wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.console: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))

    def told(self, words: str) -> None:
        """Wait until the announced count says ``words``."""
        expect(self.page.locator("#filter-count")).to_have_text(words, timeout=3000)

    def unfold(self) -> None:
        """Open every folded part."""
        self.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")

    def violations(self) -> list[str]:
        """What axe-core finds by its rules, those for WCAG 2.2 too, save that of contrast: rule and element."""
        return self._axe({}, {"rules": {"color-contrast": {"enabled": False}, "target-size": {"enabled": True}}})

    def violations_of_colour(self) -> list[str]:
        """What axe-core finds by its rules of colour; of rows and cards that repeat, it looks at the first ones.

        They cost it seconds; :meth:`contrasts` looks at every text.
        """
        repeated = [[selector] for selector in _REPEATED]
        return self._axe({"exclude": repeated}, {"runOnly": {"type": "rule", "values": list(_OF_COLOUR)}})

    def _axe(self, context: dict[str, Any], options: dict[str, Any]) -> list[str]:
        if not self.page.evaluate("typeof window.axe === 'object'"):
            self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate(
            "([context, options]) => axe.run(Object.keys(context).length ? context : document, options)"
            ".then(result => result.violations)",
            [context, options | {"resultTypes": ["violations"]}],
        )
        return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]

    def contrasts(self) -> dict[str, float]:
        """Each pair of computed colours that text is seen in (``text on ground``), with WCAG's ratio of contrast."""
        ratios: dict[str, float] = self.page.evaluate(_CONTRASTS)
        return ratios


_OF_COLOUR = ("color-contrast", "link-in-text-block")
_REPEATED = (
    "tr:nth-child(n + 4)",
    ".card:nth-of-type(n + 4)",
    ".matrix td:nth-child(n + 12)",
    ".change:nth-child(n + 3)",
)

_CONTRASTS = """() => {
  const parse = text => (text.match(/[0-9.]+/g) || []).map(Number);
  const linear = value => value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const found = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility({visibilityProperty: true})) { continue; }
    if (["SCRIPT", "OPTION", "title", "desc"].includes(element.tagName)) { continue; }
    const style = getComputedStyle(element);
    const ink = style[element.namespaceURI.endsWith("svg") ? "fill" : "color"];
    let ground = element;
    while (ground && (parse(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) { ground = ground.parentElement; }
    const paper = ground ? getComputedStyle(ground).backgroundColor : "rgb(255, 255, 255)";
    const [one, other] = [luminance(parse(ink)), luminance(parse(paper))].sort((a, b) => b - a);
    found[`${ink} on ${paper}`] = (one + 0.05) / (other + 0.05);
  }
  return found;
}"""


@contextmanager
def launched() -> Iterator[Browser]:
    """Debian's Chromium under Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-quic", "--disable-gpu"]
        )
        yield browser
        browser.close()


@contextmanager
def reading(
    browser: Browser,
    html: bytes,
    folder: Path,
    *,
    fragment: str = "",
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    javascript: bool = True,
) -> Iterator[Reader]:
    """The page in a window of its own, as a file."""
    file = folder / "report.html"
    file.write_bytes(html)
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        java_script_enabled=javascript,
        reduced_motion="reduce",
    )
    reader = Reader(context.new_page())
    reader.page.goto(f"{file.as_uri()}{fragment}")
    yield reader
    context.close()
