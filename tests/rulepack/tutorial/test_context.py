"""What a page says around the Basic SAML Configuration."""

import pytest

from auditor.rulepack.tutorial import Initiation, TutorialFacts, parse_tutorial
from auditor.rulepack.tutorial.context import app_of_title


def read(body: str, title: str | None = None) -> TutorialFacts:
    front = f"---\ntitle: {title}\nms.date: 03/04/2024\n---\n" if title else ""
    return parse_tutorial(front + body, "page.md")


@pytest.mark.parametrize(
    ("title", "app"),
    [
        ("Tutorial: Azure Active Directory integration with 10,000 Widgets | Microsoft Docs", "10,000 Widgets"),
        ("Tutorial: Microsoft Entra single sign-on (SSO) integration with Adatum Portal", "Adatum Portal"),
        ("Configure Adatum Portal for Single sign-on with Microsoft Entra ID", "Adatum Portal"),
        ("Tutorial: Configure Northwind for automatic user provisioning with Microsoft Entra ID", "Northwind"),
        ("Tutorial: Integrate Northwind with Azure Active Directory", "Northwind"),
        ("Microsoft Entra SSO integration with Northwind - Microsoft Learn", "Northwind"),
        ("What is single sign-on?", None),
        ("Integration with Microsoft Entra ID", None),
    ],
)
def test_the_app_of_a_title(title: str, app: str | None) -> None:
    assert app_of_title(title) == app


def test_the_gallery_step_names_the_app_and_a_different_title_is_remarked() -> None:
    facts = read(
        "## Add Northwind One from the gallery\n\n"
        "1. Sign in.\n1. In the **Add from the gallery** section, type **Northwind One** in the search box.\n",
        "Tutorial: Microsoft Entra integration with Northwind",
    )
    assert facts.app_name is not None
    assert facts.gallery is not None
    assert (facts.app_name.value, facts.gallery.step) == ("Northwind One", "2")
    assert "the title names Northwind, the gallery step Northwind One" in [one.text for one in facts.undecided]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("* Adatum supports **SP** initiated SSO.", [Initiation.SP]),
        ("* Adatum supports **IDP** initiated SSO.", [Initiation.IDP]),
        ("* Adatum supports **SP and IDP** initiated SSO", [Initiation.IDP, Initiation.SP]),
        ("* Adatum supports both **SP** and **IDP** initiated single sign-on.", [Initiation.IDP, Initiation.SP]),
        ("* Adatum does not support **IDP** initiated SSO.", []),
        ("* Adatum has no opinion.", []),
    ],
)
def test_initiations(words: str, expected: list[Initiation]) -> None:
    facts = read(f"## Scenario description\n\n{words}\n")
    assert [stated.value for stated in facts.initiations] == expected


def test_single_instance_and_provisioning() -> None:
    facts = read(
        "## Scenario\n\n* Adatum supports **Just In Time** user provisioning.\n"
        "* Adatum supports [Automated user provisioning](adatum-provisioning-tutorial.md).\n\n"
        "> [!NOTE]\n> Identifier of this application is a fixed string value so only one instance can be configured.\n"
    )
    assert facts.single_instance is not None
    assert facts.fixed_identifier == facts.single_instance
    assert facts.just_in_time is not None
    assert facts.automatic_provisioning is not None
    assert facts.automatic_provisioning.value == "adatum-provisioning-tutorial.md"


def test_what_is_denied_is_no_fact() -> None:
    facts = read("Adatum does not support just-in-time provisioning, nor automatic user provisioning.")
    assert facts.just_in_time is None
    assert facts.automatic_provisioning is None


def test_claims_and_the_name_identifier() -> None:
    facts = read(
        "1. Adatum expects **nameidentifier** to be mapped; the Name ID is user.mail by default.\n\n"
        "   | Name | Source Attribute | Namespace |\n   | --- | --- | --- |\n"
        "   | email | user.mail | `https://adatum.net/claims` |\n"
        "   | Unique User Identifier | user.userprincipalname | |\n   | role | user.assignedroles | |\n   | | | |\n"
    )
    assert [(claim.name, claim.source, claim.namespace) for claim in facts.claims] == [
        ("email", "user.mail", "https://adatum.net/claims"),
        ("role", "user.assignedroles", None),
    ]
    assert {claim.citation.step for claim in facts.claims} == {"1"}
    assert [stated.value for stated in facts.name_id] == ["user.mail", "user.userprincipalname"]


def test_a_table_of_something_else_has_no_claims() -> None:
    assert read("| Environment | URL |\n|---|---|\n| Test | `https://adatum.net` |\n").claims == ()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("click **Download** to download the **Certificate (Base64)** and save it", "Certificate (Base64)"),
        ("find **Federation Metadata XML** and select **Download**", "Federation Metadata XML"),
        ("click copy to copy **App Federation Metadata Url** and save it", "App Federation Metadata Url"),
        ("click **Certificate(Raw)** and save the file", "Certificate(Raw)"),
    ],
)
def test_certificates(words: str, kind: str) -> None:
    facts = read(f"1. On the page, in the **SAML Signing Certificate** section, {words}.\n1. Open **Metadata XML**.\n")
    assert [stated.value for stated in facts.certificates] == [kind]


def test_test_users_are_people_each_told_once() -> None:
    facts = read(
        "Test with a test user called **B.Simon**. Then enable B.Simon to use single sign-on.\n\n"
        'A user called "Britta Simon" is created. Enable your users to use it. The user called Azure is none.\n'
    )
    assert [stated.value for stated in facts.test_users] == ["B.Simon", "Britta Simon"]


def test_assignment_mode_and_session_control() -> None:
    facts = read(
        "## Configure\n\n1. Sign in.\n1. On the **Select a single sign-on method** page, select **SAML**.\n\n"
        "### Assign the test user\n\nIn this section, grant access.\n\n"
        "## Next steps\n\nYou can enforce session control.\n"
    )
    assert facts.saml_mode is not None
    assert facts.saml_mode.step == "2"
    assert facts.assignment is not None
    assert facts.assignment.section == "Assign the test user"
    assert facts.session_control is not None
    assert facts.session_control.section == "Next steps"
