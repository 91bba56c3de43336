"""Reading ``modifiedProperties``: JSON within strings, a list even for one value, under names that are not Graph's.

Each entry is asked two things about a change: does it name the property, and does it show the value. "Says nothing" and
"says something else" are different answers: only the second speaks against an entry.
"""

import json
import re
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from auditor.drift.activities import member_keys
from auditor.model.audit import AuditEvent, ModifiedProperty
from auditor.model.drift import Change, ChangeKind

_ALIASES: dict[str, tuple[str, ...]] = {
    "application.displayName": ("displayname", "appdisplayname", "serviceprincipaldisplayname"),
    "application.applicationTemplateId": ("applicationtemplateid",),
    "application.identifierUris": (
        "identifieruris", "identifieruri", "appidentifieruri", "appidentifieruris", "serviceprincipalname",
        "serviceprincipalnames",
    ),
    "application.web.redirectUris": (
        "redirecturis", "webredirecturis", "replyurls", "replyurl", "appaddress", "addresses", "web",
    ),
    "application.defaultReplyUrl": (
        "redirecturisettings", "redirecturis", "webredirecturis", "appaddress", "replyurls", "web",
    ),
    "application.web.logoutUrl": ("logouturl", "weblogouturl", "applogouturl", "web"),
    "application.web.homePageUrl": ("homepageurl", "webhomepageurl", "homepage", "wwwhomepage", "web"),
    "application.groupMembershipClaims": ("groupmembershipclaims",),
    "application.samlMetadataUrl": ("samlmetadataurl",),
    "application.signInAudience": ("signinaudience", "availabletoothertenants"),
    "application.tokenEncryptionKeyId": ("tokenencryptionkeyid",),
    "servicePrincipal.accountEnabled": ("accountenabled",),
    "servicePrincipal.appRoleAssignmentRequired": ("approleassignmentrequired", "explicitaccessgrantrequired"),
    "servicePrincipal.appRoles": ("approles", "approle"),
    "servicePrincipal.loginUrl": ("loginurl", "signonurl"),
    "servicePrincipal.notificationEmailAddresses": ("notificationemailaddresses", "notificationemailaddress"),
    "servicePrincipal.preferredSingleSignOnMode": ("preferredsinglesignonmode",),
    "servicePrincipal.preferredTokenSigningKeyThumbprint": (
        "preferredtokensigningkeythumbprint", "tokensigningkeythumbprint",
    ),
    "servicePrincipal.samlSingleSignOnSettings.relayState": (
        "samlsinglesignonsettings", "samlsinglesignonsettingsrelaystate", "relaystate",
    ),
    "servicePrincipal.tags": ("tags", "tag"),
    "certificates": (
        "keydescription", "keycredentials", "keycredential", "passwordcredentials", "passwordcredential", "credential",
        "credentials",
    ),
}  # fmt: skip
"""Base path → what the log calls it, in letters and digits alone."""
_SAME_NAMES = {
    "credentials": "certificates",
    "servicePrincipal.displayName": "application.displayName",
    "servicePrincipal.applicationTemplateId": "application.applicationTemplateId",
    "servicePrincipal.servicePrincipalNames": "application.identifierUris",
    "servicePrincipal.replyUrls": "application.web.redirectUris",
    "servicePrincipal.logoutUrl": "application.web.logoutUrl",
    "servicePrincipal.homepage": "application.web.homePageUrl",
    "servicePrincipal.tokenEncryptionKeyId": "application.tokenEncryptionKeyId",
}
_KNOWN = frozenset(name for names in _ALIASES.values() for name in names)
_LISTING = "includedupdatedproperties"
_DEPTH = 4
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Answer(IntEnum):
    """What an entry says of a property or a value; greater is better."""

    OTHERWISE = 0
    NOTHING = 1
    YES = 2


def property_answer(change: Change, event: AuditEvent) -> Answer:
    """Whether the entry names the changed property; OTHERWISE where it names others alone, all of them known."""
    wanted = _names_of(change)
    if not wanted:
        return Answer.NOTHING
    named = set(_named(event))
    if any(_is_one_of(name, wanted) for name in named):
        return Answer.YES
    recognised = named & _KNOWN
    return Answer.OTHERWISE if recognised and named <= _KNOWN else Answer.NOTHING


def value_answer(change: Change, event: AuditEvent) -> Answer:
    """Whether the entry shows the change's value: as the new one for what came, as the old one for what went."""
    if change.path.startswith(("assignments[", "appRoleAssignments[")):
        return _role_answer(change, event)
    wanted = _names_of(change)
    answers = [
        _credential_answer(change, modified) if "keyCredentials" in _member(change) or "kind" in _member(change)
        else _scalar_answer(change, modified)
        for modified in _modified(event)
        if _is_one_of(_letters(modified.display_name), wanted)
    ]  # fmt: skip
    return max(answers, default=Answer.NOTHING)


def mentioned_ids(event: AuditEvent) -> frozenset[str]:
    """Every object id that an entry names, as a target or within a modified property, in lower case."""
    ids = {str(target.id).casefold() for target in event.target_resources or () if isinstance(target.id, str)}
    for modified in _modified(event):
        for text in (modified.old_value, modified.new_value):
            if isinstance(text, str):
                ids.update(_GUID.findall(text.casefold()))
    return frozenset(ids)


def _modified(event: AuditEvent) -> Iterator[ModifiedProperty]:
    for target in event.target_resources or ():
        yield from target.modified_properties or ()


def _named(event: AuditEvent) -> Iterator[str]:
    for modified in _modified(event):
        name = _letters(modified.display_name)
        if name == _LISTING:
            for text in _texts(modified.new_value):
                yield from (_letters(part) for part in re.split(r"[,;\s]+", text) if part)
        elif name and not name.startswith(("targetid", "actionclient")):
            yield name


def _names_of(change: Change) -> tuple[str, ...]:
    base = change.path.partition("[")[0]
    base = _SAME_NAMES.get(base, base)
    if base == "principals":
        return (_letters(change.path.rpartition("].")[2]),) if "]." in change.path else ()
    if base in _ALIASES:
        return _ALIASES[base]
    leaf = _letters(base.rpartition(".")[2])
    return (leaf,) if base.startswith(("application.", "servicePrincipal.", "organization.")) else ()


def _is_one_of(name: str, wanted: tuple[str, ...]) -> bool:
    return name in wanted


def _letters(name: object) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold()) if isinstance(name, str) else ""


def _member(change: Change) -> dict[str, Any]:
    member = change.after if change.after is not None else change.before
    return member if isinstance(member, dict) else {}


def _role_answer(change: Change, event: AuditEvent) -> Answer:
    """Whether the entry's app role is the assignment's."""
    role = member_keys(change)[-1].casefold()
    told = [
        text.casefold()
        for modified in _modified(event)
        if _letters(modified.display_name) in ("approleid", "approleassignmentapproleid")
        for value in (modified.new_value, modified.old_value)
        for text in _texts(value)
    ]
    if not told:
        return Answer.NOTHING
    return Answer.YES if role in told else Answer.OTHERWISE


def _credential_answer(change: Change, modified: ModifiedProperty) -> Answer:
    member = _member(change)
    parts = (member, *member.get("keyCredentials", ()), *member.get("passwordCredentials", ()))
    told = (*(part.get("keyId") for part in parts), member.get("thumbprint"))
    ids = {str(one).casefold() for one in told if one}
    old, new = (text.casefold() if isinstance(text, str) else "" for text in (modified.old_value, modified.new_value))
    before, after = ({one for one in ids if one in text} for text in (old, new))
    if change.kind is ChangeKind.REMOVED:
        before, after = after, before
    if after - before or (change.kind is ChangeKind.CHANGED and after):
        return Answer.YES
    return Answer.OTHERWISE if _GUID.search(old) or _GUID.search(new) else Answer.NOTHING


def _scalar_answer(change: Change, modified: ModifiedProperty) -> Answer:
    if isinstance(change.before, (dict, list)) or isinstance(change.after, (dict, list)):
        return Answer.NOTHING
    old, new = set(_texts(modified.old_value)), set(_texts(modified.new_value))
    if change.kind is ChangeKind.ADDED:
        good = str(change.after) in new and str(change.after) not in old
    elif change.kind is ChangeKind.REMOVED:
        good = str(change.before) not in new and (str(change.before) in old or not old)
    elif change.after in (None, ""):
        good = not new
    elif isinstance(change.after, bool):
        good = _as_text(change.after) in {text.casefold() for text in new}
    else:
        good = str(change.after) in new
    return Answer.YES if good else Answer.OTHERWISE


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(value: object, depth: int = _DEPTH) -> Iterator[str]:
    """Every scalar in a value as text: through lists, objects, JSON within strings, and lists joined by semicolons."""
    if isinstance(value, str):
        if depth and (inner := _decoded(value)) is not None:
            yield from _texts(inner, depth - 1)
        elif value:
            yield value
            if ";" in value:
                yield from (part.strip() for part in value.split(";") if part.strip())
    elif isinstance(value, (bool, int, float)):
        yield _as_text(value)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member, depth)
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts(member, depth)


def _decoded(text: str) -> Any:
    """The JSON in a text; None where it is none, or where it is null (which is no text either)."""
    if text.strip() == "null":
        return []
    try:
        return json.loads(text) if text[:1] in '"[{tf' or text.strip().isdigit() else None
    except (ValueError, RecursionError):
        return None
