"""Who is told that a certificate is about to expire."""

from auditor.evaluate.context import Context
from auditor.evaluate.evidence import Evidence
from auditor.evaluate.gaps import USER_READ, not_asked, not_shown
from auditor.model.addresses import is_address
from auditor.model.evidence import Unknown
from auditor.model.snapshot import AddressRecord

_PATH = "servicePrincipal.notificationEmailAddresses"


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
    if not addresses:
        evidence.put("notifications.state", "empty")
        return
    if malformed:
        evidence.put("notifications.state", "malformed")
        return
    records = {record.address: record for record in context.instance.notification_users}
    reached = [_reaches(records.get(address)) for address in addresses]
    gaps = [answer for answer in reached if isinstance(answer, Unknown)]
    if any(answer is True for answer in reached):
        evidence.put("notifications.state", "reached")
    elif gaps:
        evidence.miss("notifications.state", *gaps)
    else:
        evidence.put("notifications.state", "departed")


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
