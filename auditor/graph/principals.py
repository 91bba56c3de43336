"""Who the assignments, owners and notification addresses name: each looked up once, each known or unknown by itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.graph import reads
from auditor.graph.reader import Reader
from auditor.graph.urls import is_id
from auditor.graph.wire import GroupAnswer, ServicePrincipalAnswer, UserAnswer
from auditor.model.evidence import Known, Outcome, Unknown
from auditor.model.snapshot import AddressRecord, Principal, PrincipalRecord

MANY_USERS = 400
"""Past so many users, all of the tenant's are listed by pages rather than asked for one by one."""

_KINDS = {"user": "user", "group": "group", "serviceprincipal": "servicePrincipal"}


def kind_of(text: object) -> str:
    """The kind of principal in one spelling: ``User`` and ``user`` are ``user``; what is not known stays as it is."""
    return _KINDS.get(str(text).lower(), str(text)) if isinstance(text, str) else "unknown"


async def read_principals(client: Reader, wanted: Mapping[str, str]) -> list[PrincipalRecord]:
    """A record for every id of ``wanted`` (id → kind), sorted by id."""
    by_kind: dict[str, list[str]] = {}
    records: list[PrincipalRecord] = []
    for object_id, kind in sorted(wanted.items()):
        if kind in ("user", "group", "servicePrincipal") and is_id(object_id):
            by_kind.setdefault(kind, []).append(object_id)
        else:
            cause = "this type of principal is not known" if is_id(object_id) else "its id is not an object's id"
            records.append(PrincipalRecord(object_id, kind, Unknown("users", Outcome.NOT_ASKED, cause)))
    users, groups = by_kind.get("user", []), by_kind.get("group", [])
    service_principals = by_kind.get("servicePrincipal", [])
    listed = await _listed_users(client, users)
    asked = [user for user in users if user not in listed]
    readings = await client.read(
        [
            *(reads.user(object_id) for object_id in asked),
            *(reads.group(object_id) for object_id in groups),
            *(reads.group_members(object_id) for object_id in groups),
            *(reads.assigned_service_principal(object_id) for object_id in service_principals),
        ]
    )
    of_users = dict(zip(asked, readings, strict=False))
    rest = readings[len(asked) :]
    of_groups = zip(groups, rest, rest[len(groups) :], strict=False)
    of_service_principals = zip(service_principals, rest[2 * len(groups) :], strict=True)
    records += [
        PrincipalRecord(user, "user", listed.get(user) or _evidence(user, "user", of_users[user])) for user in users
    ]
    records += [
        PrincipalRecord(group, "group", evidence := _evidence(group, "group", reading), _count(evidence, members))
        for group, reading, members in of_groups
    ]
    records += [
        PrincipalRecord(object_id, "servicePrincipal", _evidence(object_id, "servicePrincipal", reading))
        for object_id, reading in of_service_principals
    ]
    return sorted(records, key=lambda record: record.id)


async def read_addresses(client: Reader, addresses: Iterable[str]) -> dict[str, AddressRecord]:
    """A record for every well-formed address: the users whose mail or user principal name it is."""
    asked = sorted(set(addresses))
    readings = await client.read([reads.users_of_address(address) for address in asked])
    records: dict[str, AddressRecord] = {}
    for address, reading in zip(asked, readings, strict=True):
        if isinstance(reading, Unknown):
            records[address] = AddressRecord(address, reading)
            continue
        matching = [user.as_principal() for user in reading.value.members if _has_address(user, address)]
        records[address] = AddressRecord(address, Known(tuple(sorted(matching, key=lambda user: user.id))))
    return records


async def _listed_users(client: Reader, users: list[str]) -> dict[str, Known[Principal] | Unknown]:
    """Users found in a listing of the whole tenant, where that is cheaper; who is not in it is asked for by id."""
    if len(users) <= MANY_USERS:
        return {}
    (listing,) = await client.read([reads.all_users()])
    if isinstance(listing, Unknown):
        return dict.fromkeys(users, listing)
    wanted = set(users)
    return {user.id: Known(user.as_principal()) for user in listing.value.members if user.id in wanted}


def _evidence(object_id: str, kind: str, reading: Known[Any] | Unknown) -> Known[Principal] | Unknown:
    if isinstance(reading, Unknown):
        return reading
    answer: UserAnswer | GroupAnswer | ServicePrincipalAnswer | None = reading.value
    if answer is None:
        return Known(Principal(id=object_id, kind=kind, exists=False))
    return Known(answer.as_principal())


def _count(group: Known[Principal] | Unknown, reading: Known[Any] | Unknown) -> Known[int] | Unknown:
    """The number of members; a deleted group has none to count."""
    if isinstance(group, Known) and not group.value.exists:
        return Known(0)
    if isinstance(reading, Unknown):
        return reading
    if reading.value is None or reading.value.count is None:
        return Unknown("groupMembers", Outcome.INVALID, "the service did not tell the number", "GroupMember.Read.All")
    return Known(reading.value.count)


def _has_address(user: UserAnswer, address: str) -> bool:
    wanted = address.casefold()
    known = [text for text in (user.mail, user.user_principal_name) if isinstance(text, str)]
    return not known or any(text.casefold() == wanted for text in known)
