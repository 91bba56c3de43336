"""Which activities of Entra's audit log can explain a change at a path, and which objects such an entry must name.

Names are Microsoft's, of the "Microsoft Entra audit log categories and activities" reference; letter case, the kind of
dash and surrounding spaces vary and are ignored.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from auditor.drift.subjects import TENANT
from auditor.model.drift import Change, ChangeKind

_ADDED, _REMOVED, _CHANGED = ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED
_ANY = frozenset(ChangeKind)


class Explanation(Struct, frozen=True):
    """Activities that can explain a change, with the ids that the entry must mention: one of each set."""

    activities: tuple[str, ...]
    ids: tuple[frozenset[str], ...]

    def covers(self, activity: str) -> bool:
        """Whether an entry's activity is among them; ``*`` stands for any text."""
        name = normal(activity)
        return any(fnmatchcase(name, known) for known in self.activities)


class _Row(Struct, frozen=True):
    base: str
    kinds: frozenset[ChangeKind]
    activities: tuple[str, ...]
    member: bool = False
    """The entry must name the member (its key's parts) beside the subject."""
    alone: bool = False
    """The entry must name the member, and need not name the subject."""


_UPDATE = ("update service principal", "update application")
_CREDENTIALS = (
    "add service principal credentials",
    "remove service principal credentials",
    "update application - certificates and secrets management",
    *_UPDATE,
)
_DELETE = ("delete user", "hard delete user", "delete group", "hard delete group", "remove service principal")
_POLICY = ("add policy", "update policy", "delete policy")
_ACCESS = ("add conditional access policy", "update conditional access policy", "delete conditional access policy")
_ASSIGN = ("add policy to service principal", "add policy to application")
_UNASSIGN = ("remove policy from service principal", "remove policy from application")
_COME = (
    "add service principal", "add application", "restore service principal", "restore application",
    "consent to application", *_UPDATE,
)  # fmt: skip
_GO = (
    "remove service principal", "delete application", "hard delete service principal", "hard delete application",
    *_UPDATE,
)  # fmt: skip
_PERSON = (
    "update user", "disable account", "enable account", "restore user", "update group", "restore group",
    "add member to group", "remove member from group", "update service principal",
    "restore service principal", *_DELETE,
)  # fmt: skip

_TABLE = (
    _Row("application.owners", frozenset({_ADDED}), ("add owner to application",), member=True),
    _Row("application.owners", frozenset({_REMOVED}), ("remove owner from application",), member=True),
    _Row("servicePrincipal.owners", frozenset({_ADDED}), ("add owner to service principal",), member=True),
    _Row("servicePrincipal.owners", frozenset({_REMOVED}), ("remove owner from service principal",), member=True),
    _Row("application.owners", frozenset({_REMOVED}), _DELETE, alone=True),
    _Row("servicePrincipal.owners", frozenset({_REMOVED}), _DELETE, alone=True),
    _Row("application", _ANY, _UPDATE),
    _Row("servicePrincipal", _ANY, (*_UPDATE, "enable service principal", "disable service principal")),
    _Row("certificates", _ANY, _CREDENTIALS),
    _Row("credentials", _ANY, _CREDENTIALS),
    _Row("assignments", frozenset({_ADDED}), ("add app role assignment*",), member=True),
    _Row("assignments", frozenset({_REMOVED}), ("remove app role assignment*",), member=True),
    _Row("assignments", frozenset({_REMOVED}), _DELETE, alone=True),
    _Row("assignments", frozenset({_CHANGED}), ("update user", "update group", *_UPDATE), alone=True),
    _Row("appRoleAssignments", frozenset({_ADDED}), ("add app role assignment to service principal",), member=True),
    _Row("appRoleAssignments", frozenset({_ADDED}), ("consent to application",)),
    _Row(
        "appRoleAssignments", frozenset({_REMOVED}), ("remove app role assignment from service principal",), member=True
    ),
    _Row(
        "oauth2PermissionGrants",
        _ANY,
        ("add delegated permission grant", "remove delegated permission grant", "update delegated permission grant",
         "add oauth2permissiongrant", "remove oauth2permissiongrant", "consent to application", "revoke consent"),
    ),
    _Row("synchronizationJobs", _ANY, ("*provisioning*", "*quarantine*", "*synchronization*")),
    _Row("tokenIssuancePolicies", frozenset({_ADDED}), _ASSIGN),
    _Row("claimsMappingPolicies", frozenset({_ADDED}), _ASSIGN),
    _Row("tokenIssuancePolicies", frozenset({_REMOVED}), _UNASSIGN),
    _Row("claimsMappingPolicies", frozenset({_REMOVED}), _UNASSIGN),
    _Row("tokenIssuancePolicies", _ANY, _POLICY, alone=True),
    _Row("claimsMappingPolicies", _ANY, _POLICY, alone=True),
    _Row("conditionalAccessPolicies", _ANY, (*_ACCESS, *_POLICY), alone=True),
    _Row("principals", _ANY, _PERSON, alone=True),
    _Row("instances", frozenset({_ADDED}), _COME),
    _Row("instances", frozenset({_REMOVED}), _GO),
    _Row("organization", _ANY, ("update company*", "set company*")),
)  # fmt: skip


def explanations(change: Change, subject_ids: frozenset[str]) -> tuple[Explanation, ...]:
    """Every kind of entry that can explain ``change`` of the subject that goes by ``subject_ids``."""
    keys = tuple(frozenset({key}) for key in member_keys(change))
    found = []
    for row in _TABLE:
        if not _at(change.path, row.base) or change.kind not in row.kinds:
            continue
        if row.alone:
            ids = keys[:1]
        elif row.member and change.subject.type != TENANT:
            ids = (subject_ids, *keys[:1])
        else:
            ids = (subject_ids,)
        found.append(Explanation(row.activities, ids))
    if change.path.startswith("servicePrincipal.notificationEmailAddresses[") and isinstance(
        change.before or change.after, dict
    ):
        user = change.path.rpartition("[")[2].removesuffix("]")
        found = [Explanation(_PERSON, (frozenset({user}),))]
    return tuple(found)


def member_keys(change: Change) -> tuple[str, ...]:
    """The parts of a keyed member's key: a principal and a role, an owner, a policy."""
    _, bracket, rest = change.path.partition("[")
    return tuple(rest.partition("]")[0].split("/")) if bracket else ()


def normal(activity: str) -> str:
    """An activity's name without regard to letter case, the kind of dash, and spaces."""
    return " ".join(activity.replace("–", "-").replace("—", "-").casefold().split())


def mentions_all(required: Iterable[frozenset[str]], mentioned: frozenset[str]) -> bool:
    """Whether one id of each set is mentioned; ids are compared without regard to letter case."""
    return all(any(one.casefold() in mentioned for one in ids) for ids in required)


def _at(path: str, base: str) -> bool:
    return path == base or (path.startswith((f"{base}.", f"{base}[")) and not _is_deeper_row(path, base))


def _is_deeper_row(path: str, base: str) -> bool:
    """``application.owners[…]`` belongs to its own rows and not to that of ``application``."""
    return any(
        len(row.base) > len(base) and row.base.startswith(f"{base}.") and path.startswith(f"{row.base}[")
        for row in _TABLE
    )
