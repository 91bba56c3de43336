"""Our words for the rules of a derived pack. The facts are a page's; no sentence here is.

``{name}`` in a title, risk or guidance is the app's name. ``says`` and ``expected`` are templates of the rule format,
and name the app by its path, so that no text of a page is ever read as a template.
"""

from typing import Any

from msgspec import Struct

from auditor.rulepack.tutorial import Field

Controls = dict[str, list[str]]


class Words(Struct, frozen=True):
    """What a rule says besides its values; ``shape`` holds the keys that decide, as the rule format has them."""

    title: str
    severity: str
    group: str
    shape: dict[str, Any]
    says: dict[str, str]
    risk: str
    guidance: str
    controls: Controls
    remedy: str | None = None


def _controls(nist: list[str], iso: list[str], cis: list[str], soc: list[str]) -> Controls:
    return {"nist-800-53r5": nist, "iso-27001-2022": iso, "cis-v8": cis, "soc2": soc}


def _setting(path: str) -> dict[str, Any]:
    return {"requires": [path], "select": f"$.{path}"}


_CONFIGURED = _controls(["CM-6", "IA-8"], ["A.8.5", "A.8.9"], ["4.1"], ["CC6.1"])

PRESENT = Words(
    title="{name} is in the tenant",
    severity="high",
    group="application",
    shape={
        "scope": "tenant",
        **_setting("discovery.present"),
        "expect": {"const": True},
        "observe": "$.discovery.instances",
        "expected": "an enterprise application for {app.displayName}",
    },
    says={
        "pass": "The tenant has {app.displayName}: {discovery.instances}.",
        "fail": "No enterprise application was found for {app.displayName}.",
    },
    risk="Without the enterprise application nobody signs in to {name} through this tenant. People fall back on "
    "passwords that the vendor keeps, which neither multifactor authentication nor offboarding here "
    "reaches.",
    guidance="In the Microsoft Entra admin center open Enterprise applications, choose New application, search "
    "the gallery for {name} and add it. Then set up single sign-on by the tutorial and scan again.",
    controls=_controls(["CM-8", "IA-8"], ["A.5.9", "A.5.16"], ["2.1", "6.7"], ["CC6.1"]),
)

FROM_GALLERY = Words(
    title="The application comes from the gallery's {name} template",
    severity="medium",
    group="application",
    shape={
        **_setting("gallery.state"),
        "expect": {"const": "gallery"},
        "observe": "$.servicePrincipal.applicationTemplateId",
        "expected": "the template that the gallery lists as {app.displayName}",
    },
    says={
        "pass": "It was made from the gallery template {servicePrincipal.applicationTemplateId}.",
        "fail": "It does not come from the gallery's template for {app.displayName}: {gallery.origin}.",
    },
    risk="A hand-made look-alike has none of the settings that the gallery entry brings, gets none of its "
    "updates, and is easily taken for the real one when somebody changes the wrong application.",
    guidance="Add {name} from the gallery, move single sign-on and assignments over to it, and delete the "
    "hand-made application once sign-in works.",
    controls=_controls(["CM-2", "CM-8"], ["A.8.9"], ["4.1"], ["CC7.1"]),
)

ONE_INSTANCE = Words(
    title="There is exactly one instance",
    severity="high",
    group="application",
    shape={
        "scope": "tenant",
        "when": {"properties": {"discovery": {"properties": {"present": {"const": True}}}}},
        **_setting("discovery.instances"),
        "expect": {"type": "array", "maxItems": 1},
        "expected": "one instance",
    },
    says={
        "pass": "There is one instance: {discovery.instances}.",
        "fail": "There is more than one instance of {app.displayName}: {discovery.instances}.",
        "not_applicable": "{app.displayName} is not in the tenant.",
    },
    risk="The vendor knows one identifier for every customer, so a second instance cannot work. It keeps "
    "assignments and certificates that nobody watches, and an admin may mend the wrong one.",
    guidance="Find out from the sign-in logs which instance is used. Move what the others hold that is still "
    "needed, then delete them.",
    controls=_controls(["CM-6", "CM-8"], ["A.5.9", "A.8.9"], ["2.1", "4.1"], ["CC6.1", "CC7.1"]),
)

SAML_MODE = Words(
    title="Single sign-on mode is SAML",
    severity="high",
    group="saml",
    shape={**_setting("servicePrincipal.preferredSingleSignOnMode"), "expect": {"const": "saml"}},
    says={
        "pass": "The single sign-on mode is saml.",
        "fail": "The single sign-on mode is {observed} and not saml.",
    },
    risk="In any other mode Microsoft Entra sends no SAML assertion. Sign-in goes by stored or vendor-side "
    "passwords, past Conditional Access and past offboarding.",
    guidance="Open the enterprise application, choose Single sign-on and select SAML. Fill in the Basic SAML "
    "Configuration before users try it.",
    controls=_controls(["IA-2", "IA-8"], ["A.5.17", "A.8.5"], ["6.7"], ["CC6.1"]),
    remedy="set-sso-mode",
)

_EDIT = "Open Single sign-on, edit Basic SAML Configuration, and set {field} to what this rule expects"

FIELDS: dict[Field, Words] = {
    Field.IDENTIFIER: Words(
        title="The identifier is the one that {name} expects",
        severity="critical",
        group="saml",
        shape=_setting("application.identifierUris"),
        says={"pass": "The identifier is {observed}.", "fail": "The identifiers are {observed}."},
        risk="The identifier is the audience of every assertion. With another one the vendor refuses sign-in; "
        "with a further one, assertions are issued for an audience that is not {name}.",
        guidance=f"{_EDIT.replace('{field}', 'Identifier')}. Remove every other one.",
        controls=_CONFIGURED,
        remedy="set-identifier",
    ),
    Field.REPLY_URL: Words(
        title="Reply URLs are addresses of {name}, and no others",
        severity="critical",
        group="saml",
        shape=_setting("application.web.redirectUris"),
        says={
            "pass": "The reply URLs are {observed}.",
            "fail": "Reply URLs that are not as expected: {observed}; the default is {application.defaultReplyUrl}.",
        },
        risk="Assertions are sent to reply URLs. Each further one is a place where a signed proof of somebody's "
        "identity can be received; a wrong default breaks sign-in that starts from My Apps.",
        guidance=f"{_EDIT.replace('{field}', 'Reply URL')}. Remove every other one.",
        controls=_controls(["AC-4", "CM-6", "IA-8"], ["A.8.5", "A.8.9"], ["4.1"], ["CC6.1", "CC6.6"]),
        remedy="set-reply-urls",
    ),
    Field.SIGN_ON_URL: Words(
        title="The sign-on URL is an address of {name}",
        severity="medium",
        group="saml",
        shape=_setting("servicePrincipal.loginUrl"),
        says={"pass": "The sign-on URL is {observed}.", "fail": "The sign-on URL is {observed}."},
        risk="My Apps sends people to this address when they open {name}. A wrong one ends in an error; one of "
        "somebody else's choosing can collect their passwords.",
        guidance=f"{_EDIT.replace('{field}', 'Sign on URL')}.",
        controls=_CONFIGURED,
    ),
    Field.RELAY_STATE: Words(
        title="RelayState leads to {name}",
        severity="high",
        group="saml",
        shape=_setting("servicePrincipal.samlSingleSignOnSettings.relayState"),
        says={"pass": "RelayState is {observed}.", "fail": "RelayState is {observed}."},
        risk="RelayState decides where people land after sign-in. With a foreign address, a genuine sign-in "
        "leads to somebody else's page.",
        guidance=f"{_EDIT.replace('{field}', 'Relay State')}, character by character.",
        controls=_CONFIGURED,
        remedy="set-relay-state",
    ),
}

SIGN_ON_BLANK = Words(
    title="The sign-on URL is blank",
    severity="medium",
    group="saml",
    shape=_setting("servicePrincipal.loginUrl"),
    says={
        "pass": "The sign-on URL is blank, so that sign-on starts at the identity provider.",
        "fail": "The sign-on URL is set to “{observed}”.",
    },
    risk="With a sign-on URL, My Apps sends people to that address instead of signing them in, and an address of"
    " somebody else's choosing can collect their passwords.",
    guidance="Open Single sign-on, edit Basic SAML Configuration, and empty the field Sign on URL.",
    controls=_CONFIGURED,
    remedy="clear-sign-on-url",
)

CERTIFICATE = Words(
    title="There is a SAML signing certificate",
    severity="critical",
    group="certificate",
    shape={
        **_setting("certificates.groups"),
        "expect": {"type": "array", "minItems": 1},
        "expected": "at least one certificate",
    },
    says={
        "pass": "Signing certificates: {certificates.groups}.",
        "fail": "The application has no certificate to sign assertions with.",
    },
    risk="Without a signing certificate no assertion can be signed, and nobody can sign in.",
    guidance="Open Single sign-on, edit SAML Certificates, create a new certificate and make it active. Give the"
    " vendor what the tutorial asks for: {given}.",
    controls=_controls(["IA-5", "SC-12"], ["A.8.24"], ["4.1"], ["CC6.1"]),
    remedy="rotate-certificate",
)

SOMEBODY = Words(
    title="Somebody is assigned",
    severity="medium",
    group="access",
    shape={
        **_setting("assignments.somebody"),
        "expect": {"const": True},
        "observe": "$.assignments.principals",
        "expected": "at least one user or group",
    },
    says={
        "pass": "Users or groups are assigned; assignments in all: {assignments.count}.",
        "fail": "No user and no group is assigned.",
    },
    risk="Either nobody can use single sign-on, or everybody can because assignment is not required. In both "
    "cases access is not what somebody decided.",
    guidance="Open Users and groups of the enterprise application and add the groups that are to use {name}. "
    "Prefer groups to single users.",
    controls=_controls(["AC-2", "AC-3"], ["A.5.15", "A.5.18"], ["6.1"], ["CC6.2", "CC6.3"]),
)

NO_TEST_USER = Words(
    title="The tutorial's test user is no longer assigned",
    severity="low",
    group="access",
    shape={
        "when": {"properties": {"assignments": {"properties": {"count": {"minimum": 1}}}}},
        **_setting("assignments.testUsers"),
        "expect": {"type": "array", "maxItems": 0},
        "expected": "no test user",
    },
    says={
        "pass": "None of the names {app.testUsers} is assigned.",
        "fail": "A test user of the tutorial is still assigned: {assignments.testUsers}.",
        "not_applicable": "Nobody is assigned.",
    },
    risk="Test users keep the password they were made with, belong to no person, and nobody notices when they sign in.",
    guidance="Remove the assignment, and delete the test user unless something else needs it.",
    controls=_controls(["AC-2"], ["A.5.16", "A.5.18"], ["5.1", "6.2"], ["CC6.2"]),
    remedy="remove-assignment",
)

PROVISIONING = Words(
    title="Provisioning is healthy where it is set up",
    severity="medium",
    group="provisioning",
    shape={
        "requires": ["provisioning.jobs"],
        "select": "$.provisioning.jobs[?@.condition != 'not-set-up']",
        "each": True,
        "expect": {"type": "object", "required": ["condition"], "properties": {"condition": {"const": "healthy"}}},
        "expected": "an active job whose last cycle did not fail",
    },
    says={
        "pass": "Provisioning is healthy: {node.detail}.",
        "fail": "Provisioning is not healthy: {node.detail}.",
        "not_applicable": "No provisioning job is set up.",
    },
    risk="While the job stands still, people who left keep their accounts and licences at the vendor, and "
    "changes of name or role do not arrive.",
    guidance="Open Provisioning of the enterprise application, read the status and the provisioning logs, mend "
    "the cause and restart provisioning.",
    controls=_controls(["AC-2"], ["A.5.16", "A.5.18"], ["5.3", "6.2"], ["CC6.2"]),
)

SESSION = Words(
    title="A Conditional Access policy puts a session control on the application",
    severity="info",
    group="session",
    shape={
        **_setting("conditionalAccess.sessionPolicies"),
        "expect": {"type": "array", "minItems": 1},
        "expected": "at least one enabled policy with a session control",
    },
    says={
        "pass": "Session controls come from: {conditionalAccess.sessionPolicies}.",
        "fail": "No enabled Conditional Access policy that covers the application has a session control.",
    },
    risk="Once signed in, a session on a lost or shared device goes on for as long as the vendor lets it.",
    guidance="Where the organization wants it, make a Conditional Access policy for {name} with sign-in "
    "frequency, or with Conditional Access App Control of Microsoft Defender for Cloud Apps, and try it"
    " in report-only mode first.",
    controls=_controls(["AC-12", "SC-23"], ["A.8.5"], ["6.7"], ["CC6.1"]),
)
