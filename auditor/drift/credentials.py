"""Certificates and other credentials: a certificate group is one thing, and a stray key or secret is one by itself.

Both sides are grouped with what either knows of thumbprints, so that key material withheld in one scan never makes a
certificate come and go.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from auditor.drift.parts import in_order, patched_members
from auditor.drift.values import Shape, differences
from auditor.drift.view import Difference, Gap, Uncompared, View, graph_name, plain, uncompared
from auditor.model.certificates import group_credentials, hashed_thumbprint, identifier_bytes
from auditor.model.drift import Change, ChangeKind
from auditor.model.graph_objects import X509, KeyCredential, PasswordCredential

_STRAY = Shape(("kind", "usage", "type", "displayName", "startDateTime", "endDateTime", "customKeyIdentifier"))
_KEY = Shape((*_STRAY.compared, "keyId"))
_MATERIAL = "servicePrincipalKeys"

Readings = dict[str, dict[str, Any]]


class Credentials(Struct, frozen=True):
    """``certificates[THUMBPRINT]`` or ``credentials[KEY-ID]`` of one of the two objects (``side``)."""

    path: str
    side: str
    """Attribute of the evidence: ``service_principal`` or ``application``."""

    @property
    def section(self) -> str | None:
        """The object that holds them."""
        return self.side

    def diff(self, before: View, after: View) -> Iterator[Difference | Uncompared]:
        """Groups or strays that came, went or changed."""
        known = thumbprints(before) | thumbprints(after)
        old, new = self._read(before, known), self._read(after, known)
        if isinstance(old, Gap) or isinstance(new, Gap):
            yield from uncompared(self.path, old, new)
            return
        for key in sorted(old.keys() | new.keys()):
            here = f"{self.path}[{key}]"
            if key not in new:
                yield Difference(here, ChangeKind.REMOVED, old[key], None)
            elif key not in old:
                yield Difference(here, ChangeKind.ADDED, None, new[key])
            elif self.path == "credentials":
                yield from differences(here, old[key], new[key], _STRAY, graph_name(self.side))
            else:
                yield from _group_differs(here, old[key], new[key])

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Adds, removes and alters groups or strays, and leaves the other kind alone."""
        known = thumbprints(view).union(*(_thumbprints_in(change.after) for change in changes))
        members, rest = self._read(view, known), self._other._read(view, known)
        if isinstance(members, Gap) or isinstance(rest, Gap):
            raise ValueError(f"nothing can be changed in {self.path}: it was not read")
        changed = patched_members(self.path, members, changes, dict)
        held = (*changed.values(), *rest.values())
        keys = msgspec.convert(_parts(held, "keyCredentials", "key"), tuple[KeyCredential, ...])
        passwords = msgspec.convert(_parts(held, "passwordCredentials", "password"), tuple[PasswordCredential, ...])
        view = view.put((self.side, "key_credentials"), in_order(keys))
        return view.put((self.side, "password_credentials"), in_order(passwords))

    def holds(self, view: View, path: str) -> bool:
        """Whether ``path`` lies below one of the members that ``view`` has."""
        members = self._read(view, thumbprints(view))
        return not isinstance(members, Gap) and any(path.startswith(f"{self.path}[{key}].") for key in members)

    @property
    def _other(self) -> "Credentials":
        return Credentials("credentials" if self.path == "certificates" else "certificates", self.side)

    def _read(self, view: View, known: frozenset[str]) -> Readings | Gap:
        keys = view.get((self.side, "key_credentials"))
        passwords = view.get((self.side, "password_credentials"))
        for credentials in (keys, passwords):
            if isinstance(credentials, Gap):
                return credentials
        if keys is None or passwords is None:
            return Gap(graph_name(self.side), "null stood in place of the list of credentials")
        held = graph_name(self.side)
        for credential in (*keys, *passwords):
            if (missing := _unidentified(credential)) is not None:
                return Gap(held, f"a credential came without its {missing}")
        groups = group_credentials(in_order(keys), in_order(passwords), _preferred(view))
        if self.path == "certificates":
            by_hash = {hashed_thumbprint(thumbprint).hex().upper(): thumbprint for thumbprint in known}
            return {
                by_hash.get(group.identity, group.identity): {
                    "object": held,
                    "thumbprint": group.thumbprint or by_hash.get(group.identity),
                    "notBefore": group.not_before,
                    "notAfter": group.not_after,
                    "keyCredentials": [plain(key) for key in group.keys],
                    "passwordCredentials": [plain(password) for password in group.passwords],
                }
                for group in groups.certificates
            }
        kinds: tuple[tuple[str, Sequence[KeyCredential | PasswordCredential]], ...] = (
            ("key", groups.stray_keys),
            ("password", groups.stray_passwords),
        )
        return {
            str(stray.key_id): {"object": held, "kind": kind, **plain(stray)}
            for kind, found in kinds
            for stray in found
        }


def thumbprints(view: View) -> frozenset[str]:
    """Every thumbprint that a view knows by a certificate, by an identifier or by preference."""
    known = {_preferred(view) or ""}
    for side in ("service_principal", "application"):
        for attribute in ("key_credentials", "password_credentials"):
            credentials = view.get((side, attribute))
            for credential in credentials if isinstance(credentials, tuple) else ():
                known.add(_thumbprint(credential))
    return frozenset(known - {""})


def _parts(held: Sequence[dict[str, Any]], group: str, kind: str) -> list[dict[str, Any]]:
    """The credentials of one kind in groups and strays alike."""
    return [part for member in held for part in member.get(group, ())] + [
        member for member in held if member.get("kind") == kind
    ]


def _thumbprint(credential: KeyCredential | PasswordCredential) -> str:
    if isinstance(credential, KeyCredential) and isinstance(credential.certificate, X509):
        return credential.certificate.thumbprint
    raw = identifier_bytes(credential.custom_key_identifier)
    return raw.hex().upper() if raw is not None and len(raw) == 20 else ""


def _thumbprints_in(member: Any) -> frozenset[str]:
    thumbprint = member.get("thumbprint") if isinstance(member, dict) else None
    return frozenset({thumbprint} if isinstance(thumbprint, str) else ())


def _preferred(view: View) -> str | None:
    thumbprint = view.get(("service_principal", "preferred_token_signing_key_thumbprint"))
    return thumbprint.upper() if isinstance(thumbprint, str) and thumbprint else None


def _group_differs(path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference | Uncompared]:
    """A group is one thing: whatever differs in its keys is one change of the group, with the whole of it."""
    if _state(old) != _state(new) or _other_certificate(old, new):
        yield Difference(path, ChangeKind.CHANGED, old, new)
        return
    told = list(_member_differences(path, old, new))
    if any(isinstance(entry, Difference) for entry in told):
        yield Difference(path, ChangeKind.CHANGED, old, new)
        return
    yield from told
    known = [any(key.get("certificate") for key in side["keyCredentials"]) for side in (old, new)]
    if known[0] != known[1]:
        missing = Gap(_MATERIAL, "the key material was withheld")
        yield Uncompared(f"{path}.certificate", missing if not known[0] else None, missing if not known[1] else None)


def _state(group: dict[str, Any]) -> set[tuple[str, Any]]:
    return {(name, part["keyId"]) for name in ("keyCredentials", "passwordCredentials") for part in group[name]}


def _pairs(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The credentials of two groups of the same state, by key id."""
    for name in ("keyCredentials", "passwordCredentials"):
        others = {part["keyId"]: part for part in new[name]}
        for part in old[name]:
            yield part, others[part["keyId"]]


def _member_differences(path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference | Uncompared]:
    for part, other in _pairs(old, new):
        yield from differences(path, part, other, _KEY, old["object"])


def _other_certificate(old: dict[str, Any], new: dict[str, Any]) -> bool:
    pairs = ((part.get("certificate"), other.get("certificate")) for part, other in _pairs(old, new))
    return any(one and other and one != other for one, other in pairs)


def _unidentified(credential: KeyCredential | PasswordCredential) -> str | None:
    """What a credential lacks of that by which it is known and put into its group; None where it is all there."""
    if not isinstance(credential.key_id, str):
        return "key id"
    if credential.custom_key_identifier is UNSET:
        return "customKeyIdentifier"
    return "usage" if isinstance(credential, KeyCredential) and credential.usage is UNSET else None
