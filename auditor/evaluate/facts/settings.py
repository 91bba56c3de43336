"""Properties of the service principal and the application as Graph gave them."""

from typing import Any

from msgspec import UNSET

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import APPLICATION_READ, given_as_null, not_carried
from auditor.model.document import PATHS, Kind
from auditor.model.evidence import Known, Unknown


def _plain(root: str) -> tuple[tuple[str, str, str, bool], ...]:
    """The properties right below ``root``: path, Graph's name, our field's name, whether null is a value."""
    found = []
    for path, entry in PATHS.items():
        if not path.startswith(f"{root}.") or path.count(".") != 1 or entry.rests_on:
            continue
        name = path.rsplit(".", 1)[1]
        field = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        found.append((path, name, field, entry.kind is Kind.TEXT))
    return tuple(found)


_SERVICE_PRINCIPAL = _plain("servicePrincipal")
_APPLICATION = _plain("application")
_WEB = tuple(path for path in PATHS if path.startswith("application.web."))


def put_settings(evidence: Evidence, context: Context) -> None:
    """``servicePrincipal.*`` and ``application.*``."""
    instance = context.instance
    if isinstance(instance.service_principal, Unknown):
        evidence.miss("servicePrincipal", instance.service_principal)
    else:
        service_principal = instance.service_principal.value
        _put_plain(evidence, service_principal, _SERVICE_PRINCIPAL, "servicePrincipal")
        settings = service_principal.saml_single_sign_on_settings
        _put(
            evidence,
            "servicePrincipal.samlSingleSignOnSettings.relayState",
            settings.relay_state if settings is not None and settings is not UNSET else settings,
            "servicePrincipal",
            "samlSingleSignOnSettings.relayState",
            nullable=True,
        )
    if isinstance(instance.application, Unknown):
        evidence.miss("application", instance.application)
        return
    application = instance.application.value
    _put_plain(evidence, application, _APPLICATION, "application")
    web = application.web
    for path in _WEB:
        name = path.removeprefix("application.web.")
        field = {"redirectUris": "redirect_uris", "homePageUrl": "home_page_url", "logoutUrl": "logout_url"}[name]
        value = getattr(web, field) if web is not None and web is not UNSET else web
        _put(evidence, path, value, "application", f"web.{name}", nullable=name != "redirectUris")
    default = instance.default_reply_url
    if isinstance(default, Known):
        evidence.put("application.defaultReplyUrl", default.value)
    else:
        evidence.miss("application.defaultReplyUrl", default)


def _put_plain(evidence: Evidence, holder: Any, names: tuple[tuple[str, str, str, bool], ...], source: str) -> None:
    properties = evidence.document.setdefault(source, {})
    for path, name, field, nullable in names:
        value = getattr(holder, field)
        if type(value) is str or type(value) is bool:
            properties[name] = value
        else:
            _put(evidence, path, value, source, name, nullable=nullable)


def _put(evidence: Evidence, path: str, value: Any, source: str, name: str, *, nullable: bool) -> None:
    if value is UNSET:
        evidence.miss(path, not_carried(source, name, APPLICATION_READ))
    elif value is None and not nullable:
        evidence.miss(path, given_as_null(source, name, APPLICATION_READ))
    else:
        # Graph gives these lists in no order that means anything.
        evidence.put(path, sorted(value) if isinstance(value, tuple) else value)
