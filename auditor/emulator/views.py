"""What an answer shows of an object: default property sets, ``$select``, and what the token may not see.

Key material comes only with ``$select=keyCredentials`` on a single object, secrets never. Source: Microsoft Graph,
keyCredential and passwordCredential; "Limited information returned for inaccessible member objects".
"""

from typing import Any

from auditor.emulator import permissions, schema

_CREDENTIALS = ("servicePrincipal", "application")


def show(
    type_name: str,
    value: dict[str, Any],
    select: tuple[str, ...] | None,
    held: frozenset[str],
    *,
    single: bool = False,
) -> dict[str, Any]:
    """An object as an answer holds it. ``held`` are the token's permissions, ``single`` says it was asked for alone."""
    if select is None:
        unasked = schema.shown_unasked(type_name)
        if type_name == "user":
            shown = {name: value.get(name, blank) for name, blank in unasked.items()}
        else:
            shown = {**unasked, **value}
            for name in schema.ONLY_ON_SELECT.get(type_name, ()):
                shown.pop(name, None)
    else:
        blank = schema.blank(type_name)
        shown = {name: value.get(name, blank.get(name)) for name in select}
    if type_name in _CREDENTIALS:
        keys = shown.get("keyCredentials")
        if keys and not (single and select is not None):
            shown["keyCredentials"] = [{**key, "key": None} for key in keys]
    elif type_name == "user":
        _hide(shown, held)
    return shown


def show_member(
    kind: str, value: dict[str, Any], select: tuple[str, ...] | None, held: frozenset[str]
) -> dict[str, Any]:
    """An object in a list of ``directoryObject``; only id and type where the token may not read its kind."""
    names = schema.TYPES[kind].properties
    own = tuple(name for name in select if name in names) if select is not None else None
    shown = show(kind, value, own, held)
    if not held & _readers(kind):
        blank = schema.blank(kind)
        shown = {name: value["id"] if name == "id" else blank.get(name) for name in shown}
    return {"@odata.type": f"#microsoft.graph.{kind}", **shown}


def _readers(kind: str) -> frozenset[str]:
    if kind == "user":
        return permissions.USER_BASIC
    return permissions.GROUP_READ if kind == "group" else permissions.APPLICATION_READ


def _hide(shown: dict[str, Any], held: frozenset[str]) -> None:
    if not held.isdisjoint(permissions.USER_FULL):
        return
    visible = permissions.USER_BASIC_PROPERTIES if not held.isdisjoint(permissions.USER_BASIC) else {"id"}
    blank = schema.blank("user")
    for name in shown:
        if name not in visible:
            shown[name] = blank[name]
