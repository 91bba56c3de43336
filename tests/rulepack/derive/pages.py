"""Small pages in the tutorials' form, made for the tests, and the shared ones where they are there."""

from pathlib import Path

import pytest

from auditor.rulepack.tutorial import TutorialFacts, parse_tutorial

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "rules"
SHARED = ROOT.parent / "shared" / "data" / "tutorials"

HEAD = """---
title: 'Tutorial: {app} single sign-on'
ms.date: 01/31/2024
---
# Tutorial: Microsoft Entra SSO integration with {app}

## Scenario description

* {app} supports **SP and IDP** initiated SSO.

## Add {app} from the gallery

1. In the **Add from the gallery** section, type **{app}** in the search box.
1. Select **{app}** from results panel.

## Configure Microsoft Entra SSO

1. Browse to **{app}** > **Single sign-on**.
1. On the **Select a single sign-on method** page, select **SAML**.
1. On the **Basic SAML Configuration** section, perform the following steps:

"""


def page(*steps: str, app: str = "Acme") -> TutorialFacts:
    """A page with these lettered steps."""
    lettered = "\n\n".join(f"    {chr(97 + number)}. {step}" for number, step in enumerate(steps))
    return parse_tutorial(HEAD.replace("{app}", app) + lettered + "\n", "acme-tutorial.md")


def shared(name: str) -> TutorialFacts:
    """One of the shared tutorials; skips the test where they are absent."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"the shared tutorials are not beside the repository ({name})")
    return parse_tutorial(path.read_bytes(), path.name)


IDENTIFIER = "In the **Identifier** text box, type the URL: `https://sso.northwind.net/sp`"
REPLY = "In the **Reply URL** text box, type a URL using the following pattern: `https://<subdomain>.northwind.net/acs`"
BLANK = "**Sign on URL** (keep this blank)"
