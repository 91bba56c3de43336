"""From answers to the snapshot's own form: sets sorted, certificates parsed, the default reply URL told apart."""

from collections.abc import Mapping, Sequence
from sys import intern
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from auditor.graph.x509 import read_certificate
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.graph_objects import Application, KeyCredential, ServicePrincipal, Texts, WebApplication

S = TypeVar("S", bound=msgspec.Struct)


def normal_service_principal(answer: ServicePrincipal, keys: Mapping[str, str]) -> ServicePrincipal:
    """``answer`` with sorted sets, and with what each certificate says where ``keys`` (DER by key id) has it."""
    return msgspec.structs.replace(
        answer,
        app_roles=sorted_structs(answer.app_roles),
        notification_email_addresses=sorted_texts(answer.notification_email_addresses),
        reply_urls=sorted_texts(answer.reply_urls),
        service_principal_names=sorted_texts(answer.service_principal_names),
        tags=sorted_texts(answer.tags),
        key_credentials=_with_certificates(answer.key_credentials, keys),
        password_credentials=sorted_structs(answer.password_credentials),
    )


def normal_application(answer: Application) -> Application:
    """``answer`` with sorted sets."""
    web = answer.web
    if isinstance(web, WebApplication):
        web = msgspec.structs.replace(
            web,
            redirect_uris=sorted_texts(web.redirect_uris),
            redirect_uri_settings=sorted_structs(web.redirect_uri_settings),
        )
    return msgspec.structs.replace(
        answer,
        identifier_uris=sorted_texts(answer.identifier_uris),
        web=web,
        key_credentials=sorted_structs(answer.key_credentials),
        password_credentials=sorted_structs(answer.password_credentials),
    )


def default_reply_url(answer: Application) -> Known[str | None] | Unknown:
    """The reply URL that the service uses where a request names none.

    The lowest index decides (``web.redirectUriSettings``); an only URL is the default without one. Several URLs with no
    index have no told default: ``Known(None)``, because their order in an answer means nothing.
    """
    web = answer.web
    if web is None:
        return Known(None)
    if web is UNSET or web.redirect_uris is UNSET:
        return Unknown("application", Outcome.INVALID, "the answer did not carry web.redirectUris")
    urls = web.redirect_uris or ()
    settings = web.redirect_uri_settings if isinstance(web.redirect_uri_settings, tuple) else ()
    indexed = [
        (setting.index, setting.uri)
        for setting in settings
        if isinstance(setting.index, int) and isinstance(setting.uri, str) and setting.uri in urls
    ]
    if indexed:
        return Known(min(indexed)[1])
    return Known(urls[0] if len(urls) == 1 else None)


def sorted_texts(texts: Texts) -> Texts:
    """A set of texts in one order; null and missing stay what they are."""
    return tuple(sorted(set(texts))) if isinstance(texts, tuple) else texts


def sorted_structs(members: Any) -> Any:
    """Structures in the order of their canonical JSON, each once; null and missing stay what they are."""
    if not isinstance(members, tuple):
        return members
    by_form = {msgspec.json.encode(member, order="sorted"): member for member in members}
    return tuple(by_form[form] for form in sorted(by_form))


def with_shared_texts(reading: Known[Any] | Unknown, names: Sequence[str]) -> Known[Any] | Unknown:
    """``reading``, where equal texts of the fields ``names`` of its members are one object: memory, and no value.

    Frozen members are changed in place, which nobody can tell: each text becomes an equal one.
    """
    if isinstance(reading, Known):
        for member in reading.value.members:
            for name in names:
                text = getattr(member, name)
                if isinstance(text, str):
                    msgspec.structs.force_setattr(member, name, intern(text))
    return reading


def _with_certificates(credentials: Any, keys: Mapping[str, str]) -> Any:
    if not isinstance(credentials, tuple):
        return credentials
    parsed: list[KeyCredential] = [
        msgspec.structs.replace(credential, certificate=read_certificate(keys.get(str(credential.key_id))))
        for credential in credentials
    ]
    return sorted_structs(tuple(parsed))
