"""Who is told that a certificate is about to expire."""

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import USER_READ, not_asked, not_shown
from auditor.model.addresses import is_address
from auditor.model.evidence import Unknown
from auditor.model.snapshot import AddressRecord

_PATH = "servicePrincipal.notificationEmailAddresses"


_PROBLEMS = {
    "reached": None,
    "empty": "no address is entered",
    "malformed": "an address is malformed",
    "departed": "every address belongs to a disabled user",
}


def put_notifications(evidence: Evidence, context: Context) -> None:
    """``notifications.*``."""
    causes = evidence.unknown.get(_PATH) or evidence.unknown.get("servicePrincipal")
    if causes:
        evidence.miss("notifications", *causes)
        return
    addresses: list[str] = evidence.value(_PATH)
    malformed = [address for address in addresses if not is_address(address)]
    evidence.put("notifications.addresses", addresses)
    evidence.put("notifications.malformed", malformed)
    state = "empty" if not addresses else "malformed" if malformed else _state(context, addresses)
    if isinstance(state, str):
        evidence.put("notifications.state", state)
        evidence.put("notifications.problem", _PROBLEMS[state])
    else:
        evidence.miss("notifications.state", *state)
        evidence.miss("notifications.problem", *state)


def _state(context: Context, addresses: list[str]) -> str | list[Unknown]:
    """``reached`` or ``departed``, or why that cannot be told."""
    records = {record.address: record for record in context.instance.notification_users}
    reached = [_reaches(records.get(address)) for address in addresses]
    if any(answer is True for answer in reached):
        return "reached"
    return [answer for answer in reached if isinstance(answer, Unknown)] or "departed"


def _reaches(record: AddressRecord | None) -> bool | Unknown:
    """Whether somebody reads what is sent there.

    An address of nobody in the directory is a mailing list, and fine.
    """
    if record is None:
        return not_asked("notificationUsers", "whose the notification addresses are was not asked", USER_READ)
    if isinstance(record.users, Unknown):
        return record.users
    enabled = [user.account_enabled for user in record.users.value]
    if not enabled or any(value is True for value in enabled):
        return True
    if all(value is False for value in enabled):
        return False
    return not_shown("notificationUsers", "whether the users behind the notification addresses are enabled", USER_READ)
