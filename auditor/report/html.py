"""report.html: one file that needs no network, is read with JavaScript off, and runs nothing but its own script.

The Content-Security-Policy names the hashes of the one style element and the one script element, and forbids
all else; no element carries a style or a handler.
"""

import base64
import hashlib

from auditor.report.templates import render_template, shipped, templates_folder, trusted
from auditor.report.view import ReportView

MOST_DETAILED = 200
"""Tenants told in full: some 40 KB each."""

_FONTS = {
    "sans-regular": "source-sans-3-latin-400-normal.woff2",
    "sans-semibold": "source-sans-3-latin-600-normal.woff2",
    "mono-regular": "source-code-pro-latin-400-normal.woff2",
    "mono-semibold": "source-code-pro-latin-600-normal.woff2",
}


def render_html(view: ReportView) -> bytes:
    """The report as HTML in UTF-8."""
    style, script = page_style(), "\n".join((shipped("page.js"), shipped("report.js")))
    text = render_template(
        "report.html.j2",
        view=view,
        style=trusted(style),
        script=trusted(script),
        policy=content_security_policy(style, script),
        facets=_facets(view),
    )
    return (text + "\n").encode("utf-8")


def page_style() -> str:
    """The style sheet of every page on a screen, fonts and both themes included."""
    return "\n".join(
        [_font_faces(), shipped("tokens.css"), _dark(), *(shipped(name) for name in ("common.css", "screen.css"))]
    )


def _dark() -> str:
    """The dark theme, for those whose system asks for it and for those who chose it; never on paper."""
    tokens = shipped("tokens-dark.css").partition("{")[2].rpartition("}")[0]
    return (
        "@media screen {\n"
        f"  @media (prefers-color-scheme: dark) {{ :root:not([data-theme='light']) {{{tokens}}} }}\n"
        f"  :root[data-theme='dark'] {{{tokens}}}\n"
        "}"
    )


def content_security_policy(style: str, script: str) -> str:
    """What the browser may do with the file: apply this style, run this script, show embedded fonts and pictures."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_source_hash(style)}'",
            f"script-src '{_source_hash(script)}'",
            "img-src data:",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _source_hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _font_faces() -> str:
    faces = []
    for name, file in _FONTS.items():
        family, weight = name.split("-")
        data = base64.b64encode((templates_folder() / "fonts" / file).read_bytes()).decode()
        faces.append(
            f"@font-face {{ font-family: 'Auditor {family.capitalize()}'; font-weight: "
            f"{400 if weight == 'regular' else 600}; font-display: swap; "
            f"src: url(data:font/woff2;base64,{data}) format('woff2'); }}"
        )
    return "\n".join(faces)


def _facets(view: ReportView) -> dict[str, list[list[str]]]:
    """What the filter's lists offer: values that occur, each with its label."""
    rows = [row for tenant in view.tenants for group in tenant.groups for row in group.rows]
    cards = [card for tenant in view.tenants for card in tenant.findings]
    found = [*(row.standing for row in rows), *(card.standing for card in cards)]
    standings = {standing.key: standing.word for standing in found if standing is not None}
    return {
        "rule": sorted([rule, f"{rule} {title}"] for rule, title in {row.rule: row.title for row in rows}.items()),
        "standing": sorted([key, word] for key, word in standings.items()),
        "tenant": [[tenant.anchor, tenant.name] for tenant in view.tenants if tenant.detailed],
    }
