"""Looks as requests and JMESPath: what the Azure CLI's ``--query`` gives is a state, letter by letter.

Only property names and ids come in here, never a tenant's own text. Source: JMESPath specification, ``to_string``.
"""

from auditor.model.plan import CredentialLook, PropertyLook, WithoutCredentials
from auditor.remedy.drafts import json_text


def property_query(look: PropertyLook) -> tuple[str, str]:
    """Path with ``$select``, and the query that gives the state."""
    path = f"{look.path}?$select={look.name.partition('.')[0]}"
    if look.many:
        return path, f"to_string(sort({look.name} || `[]`))"
    return path, f"to_string([{look.name}])"


def credential_query(look: CredentialLook) -> tuple[str, str]:
    """Path with ``$select``, and the query that gives the state."""
    path = f"{look.path}?$select=keyCredentials,passwordCredentials"
    among = _among(look.by, look.values)
    return path, f"to_string([keyCredentials, passwordCredentials][] | [?{among}].keyId | sort(@))"


def without_query(change: WithoutCredentials) -> str:
    """The query that gives the body of the PATCH: the lists as they are, less some."""
    among = _among(change.by, change.values)
    members = ", ".join(f"{name}: {name}[?!{among}] || `[]`" for name in change.lists)
    return f"to_string({{{members}}})"


def kept_query(key_ids: tuple[str, ...]) -> str:
    """The query that gives the keys with these ids, as a JSON list."""
    return f"to_string(keyCredentials[?{_among('keyId', key_ids)}] || `[]`)"


def _among(name: str, values: tuple[str, ...]) -> str:
    return f"contains(`{json_text(list(values))}`, {name})"
