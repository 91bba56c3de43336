"""A pack from a tutorial's facts: the rules that the page gives grounds for, each citing where, and no others.

What the page does not say is not in the pack; what could not be decided is told beside it, for a person.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from auditor.rulepack.derive.expectations import Expectation, PatternError, expectation
from auditor.rulepack.derive.names import one_line, pack_id, page_address, rule_prefix
from auditor.rulepack.derive.words import (
    CERTIFICATE,
    FIELDS,
    FROM_GALLERY,
    NO_TEST_USER,
    ONE_INSTANCE,
    PRESENT,
    PROVISIONING,
    SAML_MODE,
    SESSION,
    SIGN_ON_BLANK,
    SOMEBODY,
    Words,
)
from auditor.rulepack.tutorial import Citation, Field, FieldFact, Initiation, Kind, Remark, TutorialFacts

BASELINE = "saml-baseline"
VERSION = "1"
_NO_SECTION = "Basic SAML Configuration"
"""The section that is cited where a page, being an excerpt, has no heading: what the excerpt is of."""


class Derivation(Struct, frozen=True):
    """A pack as plain data, in the order in which it is to be read, and what was left to a person."""

    pack: dict[str, Any]
    undecided: tuple[Remark, ...]
    facts: TutorialFacts


def derive_pack(facts: TutorialFacts, *, app_name: str | None = None) -> Derivation:
    """Return the pack that follows from ``facts``; pure.

    ``app_name`` is given by a person where the page does not name the app. Without either there is no ``app`` block, so
    that the pack can only be included by another.
    """
    return _Assembly(facts, app_name).derivation()


class _Assembly:
    def __init__(self, facts: TutorialFacts, app_name: str | None) -> None:
        self._facts = facts
        given = app_name or (facts.app_name.value if facts.app_name else None)
        self._name = (one_line(given) or None) if given else None
        self._prefix = rule_prefix(self._name, facts.name)
        self._undecided = [remark for remark in facts.undecided if not (app_name and "name the app" in remark.text)]

    def derivation(self) -> Derivation:
        rules = list(self._rules())
        facts = self._facts
        pack: dict[str, Any] = {
            "id": pack_id(self._name, facts.name),
            "version": VERSION,
            "title": f"{self._name} SAML single sign-on" if self._name else "SAML single sign-on",
            "document": self._document(),
            "includes": [BASELINE],
        }
        if self._name:
            pack["app"] = self._app(self._name)
        pack["rules"] = rules
        return Derivation(pack, tuple(self._undecided), facts)

    def _document(self) -> dict[str, str]:
        title = one_line(self._facts.title or "") or (f"Tutorial for {self._name}" if self._name else "Tutorial")
        url, date = page_address(self._facts.name), self._facts.date
        return {"title": title, **({"url": url} if url else {}), **({"date": date} if date else {})}

    def _app(self, name: str) -> dict[str, Any]:
        app: dict[str, Any] = {"display_name": name, "template_name": name}
        identifier = self._facts.field(Field.IDENTIFIER)
        if identifier.kind is Kind.FIXED and not identifier.example_only:
            app["identifier"] = identifier.values[0]
        users = [one_line(user.value) for user in self._facts.test_users]
        if users:
            app["test_users"] = list(dict.fromkeys(user for user in users if user))
        return app

    def _rules(self) -> Iterator[dict[str, Any]]:
        """The rules in the order of the page; a fact without a place on the page makes none."""
        facts = self._facts
        if (found := facts.gallery or self._anywhere()) is not None:
            yield self._rule("APP-001", PRESENT, found)
        if facts.gallery:
            yield self._rule("APP-002", FROM_GALLERY, facts.gallery)
        if facts.single_instance:
            yield self._rule("APP-003", ONE_INSTANCE, facts.single_instance)
        if facts.saml_mode:
            yield self._rule("SSO-001", SAML_MODE, facts.saml_mode)
        for number, fact in enumerate(facts.fields, 1):
            rule = self._field(f"SAML-{number:03}", fact)
            if rule is not None:
                yield rule
        if facts.certificates:
            given = ", ".join(dict.fromkeys(one_line(stated.value) for stated in facts.certificates))
            yield self._rule("CERT-001", CERTIFICATE, facts.certificates[0].citation, given=given)
        if facts.assignment:
            yield self._rule("ASG-001", SOMEBODY, facts.assignment)
        if facts.test_users:
            yield self._rule("ASG-002", NO_TEST_USER, facts.test_users[0].citation)
        if facts.automatic_provisioning:
            yield self._rule("PROV-001", PROVISIONING, facts.automatic_provisioning.citation)
        if facts.session_control:
            yield self._rule("SES-001", SESSION, facts.session_control)

    def _anywhere(self) -> Citation | None:
        """A place on the page that speaks of setting the app up."""
        return next((fact.citation for fact in self._facts.fields if fact.citation is not None), None)

    def _field(self, number: str, fact: FieldFact) -> dict[str, Any] | None:
        optional = fact.field is Field.SIGN_ON_URL and self._sign_on_is_optional(fact)
        try:
            wanted = expectation(fact, optional=optional)
        except PatternError as error:
            self._undecided.append(Remark(f"no rule was made of the {_label(fact)}: {error}", fact.citation))
            return None
        if wanted is None or fact.citation is None:
            return None
        if optional:
            told = "the sign-on URL is given for SP-initiated sign-on; the rule accepts a blank one as well"
            self._undecided.append(Remark(told, fact.citation))
        if fact.field is Field.RELAY_STATE and fact.kind is Kind.ONE_OF:
            told = "which product each relay state belongs to: name them under app, products, for tenants to declare"
            self._undecided.append(Remark(told, fact.citation))
        words = SIGN_ON_BLANK if fact.field is Field.SIGN_ON_URL and fact.kind is Kind.BLANK else FIELDS[fact.field]
        return self._rule(number, words, fact.citation, wanted=wanted)

    def _sign_on_is_optional(self, fact: FieldFact) -> bool:
        """A page with two modes asks for the sign-on URL in one of them alone; a page with one asks for it always."""
        if fact.kind is Kind.BLANK or fact.initiation is not Initiation.SP:
            return False
        stated = {one.value for one in self._facts.initiations}
        if stated:
            return Initiation.IDP.value in stated
        return any(other.initiation is not Initiation.SP for other in self._facts.fields if other.kind is not Kind.NONE)

    def _rule(
        self, number: str, words: Words, place: Citation, *, wanted: Expectation | None = None, given: str = ""
    ) -> dict[str, Any]:
        name = self._name or "the application"

        def filled(text: str) -> str:
            told = text.replace("{given}", given).replace("{name}", name)
            return told if self._name else told[0].upper() + told[1:]

        remedy = words.remedy
        rule: dict[str, Any] = {
            "id": f"{self._prefix}-{number}",
            "title": filled(words.title),
            "severity": words.severity,
            "group": words.group,
            **words.shape,
        }
        if wanted is not None:
            rule["expect"] = wanted.expect
            if wanted.expected is not None:
                rule["expected"] = wanted.expected
            if wanted.patterns:
                rule["patterns"] = list(wanted.patterns)
            if remedy in ("set-identifier", "set-reply-urls") and not wanted.single:
                remedy = None
        step = {"step": place.step} if place.step else {}
        return rule | {
            "says": words.says,
            "citation": {"section": one_line(place.section) or _NO_SECTION, **step},
            "risk": filled(words.risk),
            "guidance": filled(words.guidance),
            "remedy": remedy,
            "controls": words.controls,
        }


def _label(fact: FieldFact) -> str:
    return fact.field.value.replace("_", " ")
